/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_pretokenizers.c - the names of tokenizer.ggml.pre and the pre-tokenizers of their families.
 *
 * Source    The names that llama.cpp knows (src/llama-vocab.cpp); the patterns are those of the families' own
 *           tokenizer.json files or, where a model comes without one, of its published tokenizer code.
 *           llama.cpp itself runs some of them in a simplified form (contractions without "'ſ", digits by hand);
 *           here the original stands.
 * Read-only: any thread.
 *
 * RX_… are regular expressions as they stand between the quotes of JSON, hence two backslashes for each of theirs.
 */
#include "gguf_pretokenizers.h"

/* ---- regular expressions ------------------------------------------------------------------------------------- */

#define RX_LLAMA3                                                                                                   \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]" \
    "+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_QWEN2                                                                                               \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]" \
    "+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_QWEN35                                                                              \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{L}\\\\p{M}]+|\\\\p{N}|" \
    " ?[^\\\\s\\\\p{L}\\\\p{M}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_O200K                                                                                                      \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"                                    \
    "*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]"              \
    "?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|" \
    "'d)?|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_YOUTU                                                                                                      \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"                                    \
    "*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]"              \
    "?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|" \
    "'d)?|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_TEKKEN                                                                                      \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"                     \
    "*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]"                            \
    "?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*|\\\\p{N}|" \
    " ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_KIMI                                                                                                 \
    "[\\\\p{Han}]+|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}&&[^\\\\p{Han}]]" \
    "*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}&&[^\\\\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"                      \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}&&[^\\\\p{Han}]]"               \
    "+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}&&[^\\\\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\\\p{N}{1,3}|"        \
    " ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_DEEPSEEK3                                                                                      \
    "[!\\\"#$%&'()*+,\\\\-./:;<=>?@\\\\[\\\\\\\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\\\p{L}\\\\p{P}\\\\p{S}]" \
    "?[\\\\p{L}\\\\p{M}]+| ?[\\\\p{P}\\\\p{S}]+[\\r\\n]*|\\\\s*[\\r\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_SPARK                                                                                          \
    "[!\\\"#$%&'()*+,\\\\-./:;<=>?@\\\\[\\\\\\\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\\\p{L}\\\\p{P}\\\\p{S}]" \
    "?[\\\\p{L}\\\\p{M}]+| ?[\\\\p{P}\\\\p{S}]+|[\\r\\n]|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_JAIS2                                                                                                    \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]" \
    "+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s{512}(?!\\\\S)|\\\\s{256}(?!\\\\S)|\\\\s{128}(?!\\\\S)|"               \
    "\\\\s{64}(?!\\\\S)|\\\\s{32}(?!\\\\S)|\\\\s{16}(?!\\\\S)|\\\\s{8}(?!\\\\S)|\\\\s{4}(?!\\\\S)|"                 \
    "\\\\s{1,2}(?!\\\\S)|\\\\s{1}"
#define RX_BAILING                                                                                                     \
    "'(?i:[sdmt]|ll|ve|re)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?+\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]++[\\\\r\\\\n]" \
    "*|\\\\s*[\\\\r\\\\n]|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_SEED                                                                                                       \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1}| ?[^\\\\s\\\\p{L}\\\\p{N}\\r\\n]+|" \
    "\\\\s*[\\r\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_UFAKZEKA                                                                                                  \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|" \
    "\\\\s+(?!\\\\S)|\\\\s+"
#define RX_EXAONE_MOE                                                                                           \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?(?:\\\\p{L}\\\\p{M}*(?: \\\\p{L}\\\\p{M}*)*)+|" \
    "\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]?|\\\\s*[\\\\r\\\\n]|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_MINICPM5                                                                                             \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}+| ?[^\\\\s\\\\p{L}\\\\p{N}]" \
    "+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define RX_GROUPS_OF_3 "\\\\d{1,3}(?=(?:\\\\d{3})*\\\\b)"
#define RX_HAN_KANA "[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+"
#define RX_CJK "[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+"
#define RX_CASED                                                                                                       \
    "\\\\s?[A-Za-z\\u00B5\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u01BA\\u01BC-\\u01BF\\u01C4-\\u0293\\u0295-\\u02AF"   \
    "\\u0370-\\u0373\\u0376\\u0377\\u037B-\\u037D\\u037F\\u0386\\u0388-\\u038A\\u038C\\u038E-\\u03A1\\u03A3-\\u03F5"   \
    "\\u03F7-\\u0481\\u048A-\\u052F\\u0531-\\u0556\\u10A0-\\u10C5\\u13A0-\\u13F5\\u13F8-\\u13FD\\u1C90-\\u1CBA\\u1CBD" \
    "-\\u1CBF\\u1D00-\\u1D2B\\u1D6B-\\u1D77\\u1D79-\\u1D9A\\u1E00-\\u1F15\\u1F18-\\u1F1D\\u1F20-\\u1F45\\u1F48-"       \
    "\\u1F4D\\u1F50-\\u1F57\\u1F59\\u1F5B\\u1F5D\\u1F5F-\\u1F7D\\u1F80-\\u1FB4\\u1FB6-\\u1FBC\\u1FBE\\u1FC2-\\u1FC4"   \
    "\\u1FC6-\\u1FCC\\u1FD0-\\u1FD3\\u1FD6-\\u1FDB\\u1FE0-\\u1FEC\\u1FF2-\\u1FF4\\u1FF6-\\u1FFC\\u2102\\u2107\\u210A-" \
    "\\u2113\\u2115\\u2119-\\u211D\\u2124\\u2126\\u2128\\u212A-\\u212D\\u212F-\\u2134\\u2139\\u213C-\\u213F\\u2145-"   \
    "\\u2149\\u214E\\u2183\\u2184\\u2C00-\\u2C7B\\u2C7E-\\u2CE4\\u2CEB-\\u2CEE\\u2CF2\\u2CF3\\uA640-\\uA66D\\uA680-"   \
    "\\uA69B\\uA722-\\uA76F\\uA771-\\uA787\\uA78B-\\uA78E\\uAB70-\\uABBF\\uFB00-\\uFB06\\uFB13-\\uFB17\\uFF21-\\uFF3A" \
    "\\uFF41-\\uFF5A\\uD801\\uDC00-\\uD801\\uDC4F\\uD801\\uDCB0-\\uD801\\uDCD3\\uD801\\uDCD8-\\uD801\\uDCFB\\uD803"    \
    "\\uDC80-\\uD803\\uDCB2\\uD803\\uDCC0-\\uD803\\uDCF2\\uD806\\uDCA0-\\uD806\\uDCDF\\uD83A\\uDD00-\\uD83A\\uDD43]+"
#define RX_MARKS "\\\\s?[!-/:-~\\uFF01-\\uFF0F\\uFF1A-\\uFF5E\\u2018-\\u201F\\u3000-\\u3002]+"
#define RX_YOUTU_SCRIPTS                                                                                               \
    "[\\uAC00-\\uD7A3\\u3131-\\u318E]+|[\\uFF01\\u2026\\u201C\\u201D\\u2018\\u2019\\u2014\\uFF1A\\uFF1B\\uFF0C\\u3001" \
    "-\\u303F\\uFE30-\\uFE4F]+|[\\u3105-\\u312F]+|[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+"
#define RX_ASIAN                                                                                                       \
    "[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\uF900-\\uFAFF\\u3040-\\u309F\\u30A0-\\u30FF\\uFF65-\\uFF9F\\u2F00-\\u2FDF"       \
    "\\u0E40-\\u0E7F\\u0E80-\\u0EFF\\u1780-\\u17FF\\u1000-\\u109F\\uAA60-\\uAA7F\\uA9E0-\\uA9FF\\uAC00-\\uD7AF\\u1100" \
    "-\\u11FF]+"
#define RX_BLOOM " ?[^(\\\\s|[.,!?\\u2026\\u3002\\uFF0C\\u3001\\u0964\\u06D4\\u060C])]+"

/* ---- components ---------------------------------------------------------------------------------------------- */

#define SPLIT(regex) \
    "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" regex "\"},\"behavior\":\"Isolated\",\"invert\":false}"
#define DIGITS "{\"type\":\"Digits\",\"individual_digits\":true}"
#define BYTES "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}"
#define GPT2 "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}"
#define SEQUENCE(list) "{\"type\":\"Sequence\",\"pretokenizers\":[" list "]}"
#define ONE_SPLIT(regex) SEQUENCE(SPLIT(regex) "," BYTES)
#define DEEPSEEK3 SEQUENCE(SPLIT("\\\\p{N}{1,3}") "," SPLIT(RX_HAN_KANA) "," SPLIT(RX_DEEPSEEK3) "," BYTES)
#define DIGITS_GPT2 SEQUENCE(DIGITS "," GPT2)
#define SPACES_TO_PREVIOUS \
    "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"MergedWithPrevious\",\"invert\":false}"
#define NFC "{\"type\":\"NFC\"}"
#define SPACES_TO_BLOCKS "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\\u2581\"}"

static const struct zest_gguf_pretokenizer families[] = {
    {"llama-bpe", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"llama3", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"llama-v3", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"falcon3", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"falcon-h1", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"pixtral", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"midm-2.0", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"lfm2", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"jina-v5-nano", ONE_SPLIT(RX_LLAMA3), NULL, true, true},
    {"dbrx", ONE_SPLIT(RX_LLAMA3), NULL, false, false},
    {"smaug-bpe", ONE_SPLIT(RX_LLAMA3), NULL, false, false},
    {"glm4", ONE_SPLIT(RX_LLAMA3), NULL, false, false},
    {"chatglm-bpe", ONE_SPLIT(RX_LLAMA3), NULL, false, false},
    {"jais-2", ONE_SPLIT(RX_JAIS2), NULL, false, false},
    {"minicpm5", SEQUENCE(SPLIT("\\\\p{N}{1,3}") "," SPLIT(RX_MINICPM5) "," BYTES), NULL, true, false},

    {"gpt-4o", ONE_SPLIT(RX_O200K), NULL, true, false},
    {"llama4", ONE_SPLIT(RX_O200K), NULL, true, false},
    {"kanana2", ONE_SPLIT(RX_O200K), NULL, false, false},
    {"talkie", ONE_SPLIT(RX_O200K), NULL, false, false},
    {"minimax-m2", ONE_SPLIT(RX_O200K), NULL, false, false},
    {"granite-embed-multi-97m", ONE_SPLIT(RX_O200K), NULL, true, false},
    {"tiny_aya", SEQUENCE(SPLIT(RX_GROUPS_OF_3) "," SPLIT(RX_O200K) "," BYTES), NFC, false, false},
    {"cohere2moe", SEQUENCE(SPLIT(RX_GROUPS_OF_3) "," SPLIT(RX_O200K) "," BYTES), NFC, false, false},
    {"tekken", ONE_SPLIT(RX_TEKKEN), NULL, true, true},
    {"kimi-k2", ONE_SPLIT(RX_KIMI), NULL, true, false},
    {"kimi-k25", ONE_SPLIT(RX_KIMI), NULL, true, false},
    {"youtu", SEQUENCE(SPLIT(RX_YOUTU_SCRIPTS) "," SPLIT(RX_YOUTU) "," BYTES), NULL, true, false},

    {"qwen2", ONE_SPLIT(RX_QWEN2), NFC, false, false},
    {"deepseek-r1-qwen", ONE_SPLIT(RX_QWEN2), NFC, false, false},
    {"f2llmv2", ONE_SPLIT(RX_QWEN2), NFC, false, false},
    {"stablelm2", ONE_SPLIT(RX_QWEN2), NFC, false, false},
    {"hunyuan", ONE_SPLIT(RX_QWEN2), NFC, false, false},
    {"kormo", ONE_SPLIT(RX_QWEN2), NULL, false, false},
    {"megrez", ONE_SPLIT(RX_QWEN2), NULL, false, false},
    {"solar-open", ONE_SPLIT(RX_QWEN2), NULL, false, false},
    {"grok-2", ONE_SPLIT(RX_QWEN2), NULL, false, false},
    {"qwen35", ONE_SPLIT(RX_QWEN35), NFC, false, false},
    {"ufakzeka", ONE_SPLIT(RX_UFAKZEKA), NULL, false, false},
    {"laguna", SEQUENCE(SPLIT("[^\\\\n]+|[\\\\n]+") "," SPLIT(RX_QWEN2) "," BYTES), NULL, false, false},
    {"bailingmoe", ONE_SPLIT(RX_BAILING), NULL, false, false},
    {"bailingmoe2", ONE_SPLIT(RX_BAILING), NULL, false, false},
    {"llada-moe", ONE_SPLIT(RX_BAILING), NULL, false, false},
    {"seed-coder", ONE_SPLIT(RX_SEED), NULL, false, false},
    {"exaone-moe", ONE_SPLIT(RX_EXAONE_MOE), NULL, false, false},

    {"deepseek-v3", DEEPSEEK3, NULL, false, false},
    {"hunyuan-dense", DEEPSEEK3, NULL, false, false},
    {"joyai-llm", DEEPSEEK3, NULL, false, false},
    {"hy_v4", DEEPSEEK3, NULL, false, false},
    {"spark2_5",
     SEQUENCE(SPLIT("\\\\p{N}{1,3}") "," SPLIT(RX_HAN_KANA) "," SPLIT(RX_SPARK) "," SPLIT("\\\\p{N}") "," BYTES), NULL,
     false, false},
    {"afmoe", SEQUENCE(SPLIT(RX_GROUPS_OF_3) "," SPLIT(RX_ASIAN) "," SPLIT(RX_DEEPSEEK3) "," BYTES), NULL, false,
     false},
    {"deepseek-llm",
     SEQUENCE(SPLIT("[\\r\\n]") "," SPLIT(RX_CASED) "," SPLIT(RX_MARKS) "," SPLIT("\\\\s+$") "," SPLIT(
         RX_CJK) "," DIGITS "," BYTES),
     NULL, false, false},
    {"deepseek-coder",
     SEQUENCE(SPLIT("[\\r\\n]") "," SPLIT("\\\\s?\\\\p{L}+") "," SPLIT("\\\\s?\\\\p{P}+") "," SPLIT(RX_CJK) "," DIGITS
                                                                                                            "," BYTES),
     NULL, false, false},

    {"gpt-2", GPT2, NULL, false, false},
    {"phi-2", GPT2, NULL, false, false},
    {"jina-es", GPT2, NULL, false, false},
    {"jina-de", GPT2, NULL, false, false},
    {"jina-v1-en", GPT2, NULL, false, false},
    {"jina-v2-es", GPT2, NULL, false, false},
    {"jina-v2-de", GPT2, NULL, false, false},
    {"jina-v2-code", GPT2, NULL, false, false},
    {"roberta-bpe", GPT2, NULL, false, false},
    {"gigachat", GPT2, NULL, false, false},
    {"a.x-4.0", GPT2, NULL, false, false},
    {"mellum", GPT2, NULL, false, false},
    {"exaone4", GPT2, NULL, false, false},
    {"jais", GPT2, NULL, false, false},
    {"trillion", GPT2, NULL, false, false},
    {"granite-docling", GPT2, NULL, false, false},
    {"mpt", GPT2, NFC, false, false},
    {"olmo", GPT2, NFC, false, false},
    {"modern-bert", GPT2, NFC, false, false},

    {"starcoder", DIGITS_GPT2, NULL, false, false},
    {"refact", DIGITS_GPT2, NULL, false, false},
    {"command-r", DIGITS_GPT2, NFC, false, false},
    {"smollm", DIGITS_GPT2, NULL, false, false},
    {"codeshell", DIGITS_GPT2, NULL, false, false},
    {"exaone", DIGITS_GPT2, NULL, false, false},
    {"minerva-7b", DIGITS_GPT2, NULL, false, false},
    {"mellum2", DIGITS_GPT2, NULL, false, false},
    {"falcon",
     SEQUENCE("{\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"}," GPT2
              ",{\"type\":\"Digits\",\"individual_digits\":false}," SPLIT("[0-9][0-9][0-9]")),
     NULL, false, false},

    {"bloom", ONE_SPLIT(RX_BLOOM), NULL, false, false},
    {"poro-chat", ONE_SPLIT(RX_BLOOM), NULL, false, false},
    {"gpt3-finnish", ONE_SPLIT(RX_BLOOM), NULL, false, false},
    {"viking", SEQUENCE(SPLIT(RX_BLOOM) "," DIGITS "," BYTES), NULL, false, false},
    {"superbpe", SEQUENCE(SPLIT("\\\\p{N}+") "," SPLIT("(?=(\\\\d{3})+(?!\\\\d))") "," BYTES), NULL, false, false},
    {"chameleon",
     SEQUENCE(SPLIT("<sentinel:[0-9]+>") "," SPLIT("(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z") "," SPLIT(
         "([\\\\t\\\\n]|    |  )") "," DIGITS ",{\"type\":\"Punctuation\",\"behavior\":\"Isolated\"}," GPT2),
     NULL, false, true},

    /* Words of Unicode characters with a block for each space, as in SentencePiece models. */
    {"gemma4", SPACES_TO_PREVIOUS, SPACES_TO_BLOCKS, false, false},
    {"granite-embed-multi-311m", SPACES_TO_PREVIOUS, SPACES_TO_BLOCKS, false, false},
    {"sarvam-moe", SPACES_TO_PREVIOUS, SPACES_TO_BLOCKS, false, false},
    {"whitespace", "{\"type\":\"WhitespaceSplit\"}", NULL, false, false},

    /* Files from before the key was known: no model's own, but what llama.cpp has always done with them. */
    {"default",
     SEQUENCE(SPLIT("[\\\\p{P}\\\\$\\\\+<=>\\\\^~\\\\|]+") "," GPT2
                                                           "," SPLIT("\\\\p{N}+") "," SPLIT("[0-9][0-9][0-9]")),
     NULL, false, false},
};

const struct zest_gguf_pretokenizer *zest_gguf_pretokenizer_find(struct zest_text name)
{
    for (size_t i = 0; i < ZEST_COUNT(families); i++)
        if (zest_text_equal(name, zest_text_of(families[i].name)))
            return &families[i];
    return NULL;
}

void zest_gguf_pretokenizer_names(struct zest_buffer *buffer)
{
    for (size_t i = 0; i < ZEST_COUNT(families); i++)
        zest_buffer_printf(buffer, "%s%s", i > 0 ? ", " : "", families[i].name);
}
