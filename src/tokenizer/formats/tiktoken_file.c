/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiktoken_file.c - the ranks of tiktoken's encodings as a byte-level BPE.
 *
 * tiktoken merges any two neighbours that make up a token, the lowest rank of the product first: so each cut of a token
 * into two tokens is a merge (score_merges.c with -rank for a score). It looks for the whole word first, hence
 * ignore_merges. A file says neither its pattern nor its special tokens: they belong to the encoding.
 *
 * Source    tiktoken_ext/openai_public.py of tiktoken, tokenization_qwen.py of Qwen, llama3's tokenizer.py.
 */
#include "tiktoken_file.h"

#include "added_list.h"
#include "byte_alphabet.h"
#include "component_words.h"
#include "end_tokens.h"
#include "gguf_pretokenizers.h"
#include "score_merges.h"
#include "shown_text.h"
#include "unicode_class.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SPECIALS_MAX 16

struct special {
    const char *text;
    uint32_t id;
};

/* An encoding: part of its file's name, the number of its ranks, the family of its pattern, its special tokens. */
static const struct encoding {
    const char *name, *family;
    uint32_t rank_count;
    bool adds_bos; /* the first special token */
    struct special specials[SPECIALS_MAX];
    const char *reserved; /* further special tokens, by number, up to `end` */
    uint32_t end;
    const char *eos;
} encodings[] = {
    {"cl100k_base",
     "llama-bpe",
     100256,
     false,
     {{"<|endoftext|>", 100257},
      {"<|fim_prefix|>", 100258},
      {"<|fim_middle|>", 100259},
      {"<|fim_suffix|>", 100260},
      {"<|endofprompt|>", 100276}},
     NULL,
     0,
     "<|endoftext|>"},
    {"o200k_base",
     "gpt-4o",
     199998,
     false,
     {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}},
     NULL,
     0,
     "<|endoftext|>"},
    {"p50k_base", "gpt-2", 50280, false, {{"<|endoftext|>", 50256}}, NULL, 0, "<|endoftext|>"},
    {"r50k_base", "gpt-2", 50256, false, {{"<|endoftext|>", 50256}}, NULL, 0, "<|endoftext|>"},
    {"llama3",
     "llama-bpe",
     128000,
     true,
     {{"<|begin_of_text|>", 128000},
      {"<|end_of_text|>", 128001},
      {"<|reserved_special_token_0|>", 128002},
      {"<|reserved_special_token_1|>", 128003},
      {"<|finetune_right_pad_id|>", 128004},
      {"<|reserved_special_token_2|>", 128005},
      {"<|start_header_id|>", 128006},
      {"<|end_header_id|>", 128007},
      {"<|eom_id|>", 128008},
      {"<|eot_id|>", 128009},
      {"<|python_tag|>", 128010}},
     "<|reserved_special_token_%u|>", /* from 3 on */
     128256,
     "<|end_of_text|>"},
    {"qwen",
     "qwen2",
     151643,
     false,
     {{"<|endoftext|>", 151643}, {"<|im_start|>", 151644}, {"<|im_end|>", 151645}},
     "<|extra_%u|>", /* from 0 on */
     151851,
     "<|endoftext|>"},
};

struct reading {
    const char *name;
    struct zest_tokenizer_definition *definition;
    struct zest_error *error;
    struct zest_token_list tokens;
    struct zest_added_list added;
    size_t line; /* the one that is read, from 1 */
};

/* ---- lines ---- */

static int sextet(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* The bytes of `text` into `out`, which has room for 3/4 of it; false where it is not base64. */
static bool decode_base64(struct zest_text text, unsigned char *out, size_t *ret_size)
{
    size_t size = 0, padding = 0;
    if (text.size == 0 || text.size % 4 != 0)
        return false;
    while (padding < 2 && text.data[text.size - 1 - padding] == '=')
        padding++;
    for (size_t at = 0; at < text.size; at += 4) {
        uint32_t bits = 0;
        for (size_t i = at; i < at + 4; i++) {
            int value = i < text.size - padding ? sextet(text.data[i]) : 0;
            if (value < 0)
                return false;
            bits = bits << 6 | (uint32_t)value;
        }
        for (int shift = 16; shift >= 0; shift -= 8)
            out[size++] = (unsigned char)(bits >> shift);
    }
    *ret_size = size - padding;
    return true;
}

/* A line as its two parts; false where it is not two. */
static bool split_line(struct zest_text line, struct zest_text *ret_token, uint32_t *ret_rank)
{
    const char *space = memchr(line.data, ' ', line.size);
    uint64_t rank = 0;
    if (!space || space + 1 == line.data + line.size || line.data + line.size - space > 11)
        return false;
    for (const char *at = space + 1; at < line.data + line.size; at++) {
        if (*at < '0' || *at > '9')
            return false;
        rank = rank * 10 + (uint64_t)(*at - '0');
    }
    *ret_token = (struct zest_text){line.data, (size_t)(space - line.data)};
    *ret_rank = (uint32_t)rank;
    return rank < ZEST_VOCABULARY_MAX;
}

static struct zest_text next_line(struct zest_text file, size_t *at)
{
    const char *line = file.data + *at, *end = memchr(line, '\n', file.size - *at);
    size_t size = end ? (size_t)(end - line) : file.size - *at;
    *at += size + 1;
    return (struct zest_text){line, size > 0 && line[size - 1] == '\r' ? size - 1 : size};
}

bool zest_is_tiktoken(struct zest_text file)
{
    struct zest_text token;
    uint32_t rank;
    size_t at = 0, size;
    unsigned char bytes[768];
    return split_line(next_line(file, &at), &token, &rank) && token.size <= 1024 && decode_base64(token, bytes, &size);
}

static enum zest_status read_line(struct reading *r, struct zest_text line)
{
    struct zest_text token;
    uint32_t rank;
    size_t size, used = 0;
    if (!split_line(line, &token, &rank))
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: line %zu is no token in base64 with a rank below %u",
                         r->name, r->line, ZEST_VOCABULARY_MAX);
    unsigned char *bytes = zest_alloc(&r->definition->arena, token.size, 1);
    char *letters = zest_alloc(&r->definition->arena, 2 * token.size, 1);
    if (!bytes || !letters)
        return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "%s: no memory for line %zu", r->name, r->line);
    if (!decode_base64(token, bytes, &size))
        return zest_fail(r->error, ZEST_MODEL_DAMAGED, "%s: line %zu is not base64", r->name, r->line);
    for (size_t i = 0; i < size; i++)
        used += zest_utf8_encode(zest_byte_alphabet_code_point(bytes[i]), letters + used);
    return zest_token_list_add(&r->tokens, (struct zest_text){letters, used}, rank)
               ? ZEST_OK
               : zest_fail(r->error, ZEST_OUT_OF_MEMORY, "%s: no memory for %zu tokens", r->name, r->line);
}

/* ---- the encoding ---- */

static enum zest_status find_encoding(const struct reading *r, const struct encoding **ret_encoding)
{
    for (size_t i = 0; i < ZEST_COUNT(encodings); i++) {
        if (strcasestr(r->name, encodings[i].name)) {
            *ret_encoding = &encodings[i];
            return ZEST_OK;
        }
    }
    for (size_t i = 0; i < ZEST_COUNT(encodings); i++) {
        if (encodings[i].rank_count == r->tokens.count) {
            *ret_encoding = &encodings[i];
            return ZEST_OK;
        }
    }
    return zest_fail(r->error, ZEST_UNSUPPORTED,
                     "%s has %zu ranks, which are those of no known encoding (cl100k_base, o200k_base, p50k_base, "
                     "r50k_base, llama3, qwen), nor does its name tell one",
                     r->name, r->tokens.count);
}

static bool add_special(struct reading *r, struct zest_text text, uint32_t id)
{
    struct zest_added_token token = {.content = text, .id = id, .special = true};
    return text.data && zest_added_list_add(&r->added, &token);
}

static enum zest_status add_specials(struct reading *r, const struct encoding *encoding)
{
    uint32_t next = 0, number = strcmp(encoding->name, "llama3") == 0 ? 3 : 0;
    bool good = true;
    for (size_t i = 0; good && i < SPECIALS_MAX && encoding->specials[i].text; i++) {
        good = add_special(r, zest_text_of(encoding->specials[i].text), encoding->specials[i].id);
        next = encoding->specials[i].id + 1;
    }
    for (; good && encoding->reserved && next < encoding->end; next++, number++) {
        char text[64];
        int size =
            snprintf(text, sizeof text, "%.*s%u|>", (int)(strlen(encoding->reserved) - 4), encoding->reserved, number);
        good = add_special(r, zest_text_copy(&r->definition->arena, (struct zest_text){text, (size_t)size}), next);
    }
    return good ? zest_added_list_settle(&r->added, &r->tokens, ZEST_ADDED_IDS_LISTED, r->definition, r->error)
                : zest_fail(r->error, ZEST_OUT_OF_MEMORY, "%s: no memory for special tokens", r->name);
}

static void set_ends(struct reading *r, const struct encoding *encoding)
{
    struct zest_tokenizer_ends *ends = &r->definition->ends;
    ends->adds_bos = encoding->adds_bos;
    for (size_t i = 0; i < SPECIALS_MAX && encoding->specials[i].text; i++) {
        if (strcmp(encoding->specials[i].text, encoding->eos) != 0)
            continue;
        ends->eos_id = (int32_t)encoding->specials[i].id;
        ends->eos_token = zest_text_of(encoding->eos);
    }
    if (encoding->adds_bos) {
        ends->bos_id = (int32_t)encoding->specials[0].id;
        ends->bos_token = zest_text_of(encoding->specials[0].text);
    }
    zest_ends_settle(r->definition);
}

static enum zest_status write_components(struct reading *r, const struct encoding *encoding)
{
    const struct zest_gguf_pretokenizer *family = zest_gguf_pretokenizer_find(zest_text_of(encoding->family));
    struct zest_tokenizer_ends *ends = &r->definition->ends;
    assert(family);
    struct zest_template template = {.before = ends->bos_token,
                                     .before_id = ends->adds_bos ? ends->bos_id : -1,
                                     .after_id = -1,
                                     .before_second = true};
    struct zest_components components = {
        .normalizer = family->normalizer_json ? json_loads(family->normalizer_json, JSON_DECODE_ANY, NULL) : NULL,
        .pre_tokenizer = json_loads(family->pre_tokenizer_json, JSON_DECODE_ANY, NULL),
        .model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b}", "type", "BPE", "dropout", "unk_token",
                           "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 0, "byte_fallback", 0,
                           "ignore_merges", 1),
        .post_processor = zest_template_words(&template),
        .decoder = zest_byte_level_decoder_words(),
    };
    return zest_components_finish(&components, r->definition, r->error);
}

/* ---- all ---- */

static enum zest_status read_lines(struct reading *r, struct zest_text file)
{
    enum zest_status status = ZEST_OK;
    for (size_t at = 0; at < file.size && status == ZEST_OK;) {
        struct zest_text line = next_line(file, &at);
        r->line++;
        if (line.size > 0)
            status = read_line(r, line);
    }
    return status;
}

static enum zest_status make_merges(struct reading *r)
{
    uint32_t count = r->definition->token_count;
    float *scores = ZEST_NEW_ARRAY(&r->definition->arena, float, count + 1);
    if (!scores)
        return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "%s: no memory for %u ranks", r->name, count);
    for (uint32_t id = 0; id < count; id++)
        scores[id] = -(float)id; /* exact: ids are below 2^22 */
    return zest_score_merges(&r->tokens, scores, r->definition, r->error);
}

enum zest_status zest_tiktoken_read(const char *name, struct zest_text file,
                                    struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct reading r = {.name = name, .definition = definition, .error = error};
    const struct encoding *encoding = NULL;
    assert(!definition->components);
    enum zest_status status = read_lines(&r, file);
    if (status == ZEST_OK)
        status = find_encoding(&r, &encoding);
    if (status == ZEST_OK)
        status = zest_token_list_lay_out(&r.tokens, definition, ZEST_SAME_TEXT_MOVES, error);
    if (status == ZEST_OK)
        status = make_merges(&r);
    if (status == ZEST_OK)
        status = add_specials(&r, encoding);
    if (status == ZEST_OK) {
        set_ends(&r, encoding);
        status = write_components(&r, encoding);
    }
    zest_token_list_finish(&r.tokens);
    zest_added_list_finish(&r.added);
    return status;
}
