/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fast.c - the fast path against the plain path, ids and spans: texts made of what the patterns tell apart, so
 * laid out that each meets the bounds of 64-byte blocks, on every instruction set of the machine.
 */
#include "fast_fixture.h"

#include "fast_classify.h"

#define CONTRACTIONS "'s|'t|'re|'ve|'m|'ll|'d"
#define BYTE_LEVEL(regex) \
    "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": " regex "}"
#define SPLIT(pattern)                                                                                       \
    "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" pattern \
    "\"}, \"behavior\": \"Isolated\", \"invert\": false}, " BYTE_LEVEL("false") "]}"
#define TAIL "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define CL100K(number) SPLIT("(?i:" CONTRACTIONS ")|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|" number TAIL)
#define UPPERS "[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"
#define LOWERS "[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"
#define O200K                                                                        \
    SPLIT("[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?" UPPERS "*" LOWERS "+(?i:" CONTRACTIONS    \
          ")?|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?" UPPERS "+" LOWERS "*(?i:" CONTRACTIONS \
          ")?|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+")

#define ISOLATED(pattern)                                                                                       \
    "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" pattern "\"}, \"behavior\": \"Isolated\", \"invert\": " \
    "false}, "
#define DEEPSEEK                                                                                                     \
    "{\"type\": \"Sequence\", \"pretokenizers\": [" ISOLATED("\\\\p{N}{1,3}") ISOLATED("[一-龥぀-ゟ゠-ヿ]+")   \
        ISOLATED("[!\\\"#$%&'()*+,\\\\-./"                                                                           \
                 ":;<=>?@\\\\[\\\\\\\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\\\p{L}\\\\p{P}\\\\p{S}]?[\\\\p{L}\\\\p{M}]+|" \
                 " ?[\\\\p{P}\\\\p{S}]+[\\r\\n]*|\\\\s*[\\r\\n]+|\\\\s+(?!\\\\S)|\\\\s+") BYTE_LEVEL("false") "]}"
#define REPLACE "{\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, \"content\": \"▁\"}"

#define BERT(lower, strip)                                                                                           \
    "{\"type\": \"BertNormalizer\", \"clean_text\": true, \"handle_chinese_chars\": true, \"strip_accents\": " strip \
    ", \"lowercase\": " lower "}"

static const struct kind {
    const char *name, *normalizer, *pretokenizer;
    bool ignore_merges, all_bytes, characters, word_pieces;
} kinds[] = {
    {"gpt2", "null", BYTE_LEVEL("true"), false, true},
    {"digits", "null",
     "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\", \"individual_digits\": true}, " BYTE_LEVEL(
         "true") "]}",
     false, false},
    {"cl100k", "null", CL100K("\\\\p{N}{1,3}"), true, true},
    {"qwen2", "{\"type\": \"NFC\"}", CL100K("\\\\p{N}"), false, true},
    {"o200k", "null", O200K, false, true},
    {"deepseek", "{\"type\": \"Sequence\", \"normalizers\": []}", DEEPSEEK, false, true},
    {"spaces", REPLACE,
     "{\"type\": \"Split\", \"pattern\": {\"String\": \" \"}, \"behavior\": "
     "\"MergedWithPrevious\", \"invert\": false}",
     false, true, true},
    {"spaces", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\", \"prepend\": \"▁\"}, " REPLACE "]}",
     "null", false, true, true},
    {"bert", BERT("true", "null"), "{\"type\": \"BertPreTokenizer\"}", .word_pieces = true},
    {"bert", BERT("false", "null"), "{\"type\": \"BertPreTokenizer\"}", .word_pieces = true},
    {"bert", BERT("true", "false"), "{\"type\": \"BertPreTokenizer\"}", .word_pieces = true},
};

static const char *const paths[] = {"baseline", "avx2", "avx512"};

/* What the patterns tell apart. */
static const char *const fragments[] = {
    "'s",
    "'S",
    "'\xC5\xBF",
    "'ll",
    "'LL",
    "'re",
    "'vE",
    "'t",
    "'x",
    "'",
    "''",
    "\n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "   ",
    "\t",
    "\xC2\xA0",
    "\xE3\x80\x80",
    "\xE2\x80\xA8",
    "\xC2\x85",
    "a",
    "Z",
    "ab",
    "Word",
    "HELLO",
    "helloWorld",
    "ABc",
    "é",
    "É",
    "ß",
    "ǅ",
    "ʰ",
    "漢",
    "字",
    "文字",
    "の",
    "한",
    "ก",
    "ा",
    "क",
    "\xCC\x81",
    "\xEF\xB8\x8F",
    "👍",
    "❤️",
    "\xE2\x80\x8D",
    "1",
    "12",
    "123",
    "1234567",
    "½",
    "٣",
    "Ⅷ",
    "²",
    ".",
    "!",
    "/",
    "//",
    "\n/",
    "./\n",
    "(",
    ")",
    "((",
    "_",
    "-",
    "=",
    "\"",
    "<|",
    "\x01",
    "\x04",
    "\x7F",
    "\xF1\x80\x80\x80",
    "İ",
    "ſ",
    "\t\t",
    "    ",
    "\n\n",
    "\n  \n",
    " \n",
    " a",
    " 1",
    " .",
    " whole",
    "whole",
    "中文",
    "ABC漢字DEF",
    "あAあB",
    "aあB",
    " the",
    "international",
    "================",
    "                ",
    "привет мир",
    "▁",
    "▁the",
    "\xE2\x96\x81 ",
    "カナ・",
    "\xE2\x80\x8B\xE2\x80\x8B",
    "(foo",
    "(fooé",
    "\xE2\x80\x9C",
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

static size_t append(unsigned char *text, size_t size, const char *fragment)
{
    size_t more = strlen(fragment);
    if (size + more > FIXTURE_TEXT_MAX)
        return size;
    memcpy(text + size, fragment, more);
    return size + more;
}

/* Letters up to somewhere near a block's end, then a few fragments, or fragments all along. */
static size_t make_text(unsigned char *text, uint64_t *state)
{
    size_t size = 0, filler = next_random(state) % 2 ? 52 + next_random(state) % 14 : 0;
    size_t few = 2 + next_random(state) % 4, count = 1 + next_random(state) % (next_random(state) % 4 ? 12 : 150);
    const char *chosen[5];
    for (size_t i = 0; i < few; i++)
        chosen[i] = fragments[next_random(state) % ZEST_COUNT(fragments)];
    bool from_few = next_random(state) % 3 == 0;
    for (size_t i = 0; i < filler; i++)
        text[size++] = "a .1"[filler % 4];
    for (size_t i = 0; i < count; i++)
        size =
            append(text, size,
                   from_few ? chosen[next_random(state) % few] : fragments[next_random(state) % ZEST_COUNT(fragments)]);
    return size;
}

static void compare_kind(const struct kind *kind, const char *cpu, size_t text_count)
{
    struct fast_fixture f;
    struct fixture_counts counts = {0};
    uint64_t state = 0x9E3779B97F4A7C15u;
    static unsigned char text[FIXTURE_TEXT_MAX];
    fixture_open(&f, kind->normalizer, kind->pretokenizer,
                 kind->characters    ? fixture_characters()
                 : kind->word_pieces ? fixture_word_pieces()
                                     : fixture_model(kind->ignore_merges, kind->all_bytes),
                 cpu);
    ZEST_CHECK(f.fast != NULL);
    if (f.fast) {
        ZEST_CHECK(strncmp(zest_fast_name(f.fast).data, kind->name, strlen(kind->name)) == 0);
        for (size_t i = 0; i < text_count && counts.different < 5; i++)
            fixture_compare(&f, text, make_text(text, &state), &counts);
        ZEST_CHECK(counts.same > text_count / 4); /* the plain path is the exception */
        if (strstr(kind->normalizer, "NFC"))
            /* The texts hang on the order in which a compiler evaluates arguments: a fifth to a third are unsafe. */
            ZEST_CHECK(counts.normalized > text_count / 8 && counts.plain == 0);
    }
    fixture_close(&f);
}

ZEST_TEST(each_kind_gives_what_the_plain_path_gives)
{
    for (size_t kind = 0; kind < ZEST_COUNT(kinds); kind++)
        for (size_t path = 0; path < ZEST_COUNT(paths); path++)
            compare_kind(&kinds[kind], paths[path], 1500);
}

ZEST_TEST(unknown_kinds_are_left_to_the_plain_path)
{
    struct fast_fixture f;
    fixture_open(&f, "null", SPLIT("\\\\p{L}+|."), fixture_model(false, true), NULL);
    ZEST_CHECK(f.fast == NULL);
    fixture_close(&f);
    fixture_open(&f, "{\"type\": \"Lowercase\"}", BYTE_LEVEL("true"), fixture_model(false, true), NULL);
    ZEST_CHECK(f.fast == NULL);
    fixture_close(&f);
}

ZEST_TEST(a_path_that_the_machine_lacks_is_the_next_lower_one)
{
    ZEST_CHECK(strcmp(zest_fast_path_choose("baseline")->name, "baseline") == 0);
    ZEST_CHECK(zest_fast_path_choose(NULL) == zest_fast_path_choose("auto"));
    ZEST_CHECK(zest_fast_path_choose(NULL) == zest_fast_path_choose("avx512"));
}

/* What fast_wide.h takes for alike, for all plans: those ask for no other bits. */
ZEST_TEST(stretches_of_wide_characters_are_alike)
{
    static const uint32_t stretches[][3] = {
        {0x4E00, 0x9F7F, 0x4E00}, {0xAC00, 0xD77F, 0xAC00}, {0x3041, 0x3096, 0x3042}, {0x30A1, 0x30FA, 0x3042}};
    const uint32_t asked =
        ~(uint32_t)(ZEST_CLASS_NFD_UNSAFE | ZEST_CLASS_NFKD_UNSAFE | ZEST_CLASS_HIRAGANA | ZEST_CLASS_KATAKANA);
    for (size_t i = 0; i < ZEST_COUNT(stretches); i++)
        for (uint32_t point = stretches[i][0]; point <= stretches[i][1]; point++)
            ZEST_CHECK_INT(zest_unicode_class(point) & asked, zest_unicode_class(stretches[i][2]) & asked);
}

static bool same_masks(const struct zest_fast_masks *a, const struct zest_fast_masks *b)
{
    return a->letter == b->letter && a->number == b->number && a->space == b->space && a->upper == b->upper &&
           a->lower == b->lower && a->mark == b->mark && a->cuts == b->cuts && a->before_word == b->before_word;
}

static bool same_spills(const struct zest_fast_spill *a, const struct zest_fast_spill *b)
{
    return a->letter == b->letter && a->number == b->number && a->space == b->space && a->upper == b->upper &&
           a->lower == b->lower && a->mark == b->mark;
}

/* Each character of three bytes at each place of a block, among others: zest_fast_wide_fill against zest_fast_fill. */
static void compare_fills(const struct zest_fast *fast, uint32_t point, uint32_t place)
{
    unsigned char bytes[80];
    size_t size = 0;
    while (size < place)
        bytes[size++] = 'a';
    for (uint32_t i = 0; size < 66; i++)
        size += zest_utf8_encode(i % 3 == 1 ? 0x65E5 + i : i % 7 == 6 ? 0x3000 : point, (char *)bytes + size);
    struct zest_fast_text text = {fast->classes, fast->cuts.hashed ? &fast->cuts : NULL, bytes, size, ZEST_FAST_DIRTY};
    struct zest_fast_block block = zest_fast_load(bytes);
    struct zest_fast_masks masks = {.high = zest_fast_high(block), .inside = zest_fast_in(block, 0x80, 0x3F)};
    struct zest_fast_masks wide_masks = masks;
    struct zest_fast_spill spill = {0}, wide_spill = {0};
    uint8_t all = zest_fast_fill(&text, 0, &masks, &spill);
    uint8_t wide_all = zest_fast_wide_fill(&text, 0, bytes, masks.high & ~masks.inside, &wide_masks, &wide_spill);
    ZEST_CHECK_INT(wide_all, all);
    ZEST_CHECK(same_masks(&wide_masks, &masks) && same_spills(&wide_spill, &spill));
    if (text.cuts)
        ZEST_CHECK_INT(wide_spill.character, spill.character);
}

ZEST_TEST(wide_blocks_have_the_masks_of_single_characters)
{
    for (size_t kind = 0; kind < ZEST_COUNT(kinds); kind++) {
        struct fast_fixture f;
        fixture_open(&f, kinds[kind].normalizer, kinds[kind].pretokenizer,
                     kinds[kind].characters    ? fixture_characters()
                     : kinds[kind].word_pieces ? fixture_word_pieces()
                                               : fixture_model(kinds[kind].ignore_merges, kinds[kind].all_bytes),
                     "baseline");
        for (uint32_t point = 0x800; f.fast && point < 0x10000; point += point == 0xD7FF ? 0x801 : 1)
            compare_fills(f.fast, point, point % 64);
        fixture_close(&f);
    }
}

ZEST_TEST(empty_and_single_bytes)
{
    struct fast_fixture f;
    struct fixture_counts counts = {0};
    fixture_open(&f, kinds[2].normalizer, kinds[2].pretokenizer, fixture_model(true, true), NULL);
    fixture_compare(&f, (const unsigned char *)"", 0, &counts);
    for (unsigned char byte = 0; byte < 0x80; byte++)
        fixture_compare(&f, &byte, 1, &counts);
    ZEST_CHECK_INT(counts.same, 2 * 129);
    fixture_close(&f);
}
