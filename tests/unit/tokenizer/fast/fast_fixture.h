/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_fixture.h - small tokenizers of each kind that the fast path knows, run the fast and the plain way.
 *
 * The vocabulary has the 256 bytes and some hundred merges, made from words of several scripts; so most words are cut
 * in several ways.
 */
#ifndef ZEST_TEST_FAST_FIXTURE_H
#define ZEST_TEST_FAST_FIXTURE_H

#include "zest_test.h"

#include "component.h"
#include "fast.h"
#include "image_definition.h"
#include "token_table.h"
#include "tokenizer_json.h"
#include "unicode_class.h"

struct fast_fixture {
    struct zest_arena arena, text_arena;
    struct zest_image image;
    struct zest_tokenizer_definition definition;
    struct zest_normalizer *normalizer;
    struct zest_pretokenizer *pretokenizer;
    struct zest_token_model *model;
    struct zest_model_scratch *model_scratch;
    const struct zest_fast *fast;
    struct zest_fast_scratch *scratch;
    struct zest_error error;
};

/* ---- a vocabulary ---- */

/* The character that a byte-level vocabulary writes a byte with. */
static size_t fixture_byte(unsigned char byte, char *out)
{
    uint32_t shifted = 0x100;
    for (uint32_t i = 0; i < 256; i++) {
        bool itself = (i >= 0x21 && i <= 0x7E) || (i >= 0xA1 && i <= 0xAC) || i >= 0xAE;
        if (i == byte)
            return zest_utf8_encode(itself ? i : shifted, out);
        shifted += !itself;
    }
    return 0;
}

static size_t fixture_bytes(const char *text, size_t size, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < size; i++)
        written += fixture_byte((unsigned char)text[i], out + written);
    return written;
}

static const char *const fixture_words[] = {
    " the",
    " there",
    "hello",
    " Hello",
    "HELLO",
    "don't",
    "'s",
    "'ll",
    "123",
    "2024",
    "   ",
    "\n\n",
    "    \n",
    "...",
    "://",
    " (",
    "())",
    "中文",
    "漢字",
    "日本",
    "の",
    "語",
    "한국",
    "é",
    "ñ",
    "привет",
    "мир",
    "а",
    "👍",
    "❤️",
    "ABc",
    "isn't",
    "ing",
    " and",
    "er",
    "aaaa",
    "====",
    "================",
    "                ",
    "international",
};

static void fixture_add(json_t *vocabulary, const char *text, size_t size)
{
    if (!json_object_getn(vocabulary, text, size))
        json_object_setn_new(vocabulary, text, size, json_integer((json_int_t)json_object_size(vocabulary)));
}

/* Each word grows from its first byte on, its second half from its own too: tokens that begin inside characters. */
static void fixture_grow(json_t *vocabulary, json_t *merges, const char *word, size_t start, size_t size)
{
    char left[256], right[8], both[264];
    for (size_t end = start + 1; end < size; end++) {
        size_t left_size = fixture_bytes(word + start, end - start, left),
               right_size = fixture_byte((unsigned char)word[end], right);
        memcpy(both, left, left_size);
        memcpy(both + left_size, right, right_size);
        if (json_object_getn(vocabulary, both, left_size + right_size))
            continue;
        fixture_add(vocabulary, both, left_size + right_size);
        json_t *pair = json_array();
        json_array_append_new(pair, json_stringn(left, left_size));
        json_array_append_new(pair, json_stringn(right, right_size));
        json_array_append_new(merges, pair);
    }
}

static json_t *fixture_model(bool ignore_merges, bool all_bytes)
{
    json_t *vocabulary = json_object(), *merges = json_array();
    for (uint32_t i = 0; i < 256; i++) {
        char text[8];
        if (all_bytes || (i != 4 && i != 0x16 && i != 0xF1))
            fixture_add(vocabulary, text, fixture_byte((unsigned char)i, text));
    }
    for (size_t i = 0; i < ZEST_COUNT(fixture_words); i++)
        for (size_t half = 0; half < 2; half++)
            fixture_grow(vocabulary, merges, fixture_words[i], half * strlen(fixture_words[i]) / 2,
                         strlen(fixture_words[i]));
    if (ignore_merges) { /* tokens that only a whole piece can be */
        char text[64];
        fixture_add(vocabulary, text, fixture_bytes(" whole", 6, text));
        fixture_add(vocabulary, text, fixture_bytes("文字", 6, text));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "BPE", "vocab", vocabulary, "merges", merges, "ignore_merges",
                     ignore_merges);
}

/* The same words as characters, ▁ for a blank, and bytes as <0xNN>. */
static json_t *fixture_characters(void)
{
    json_t *vocabulary = json_object(), *merges = json_array();
    fixture_add(vocabulary, "<unk>", 5);
    for (uint32_t i = 0; i < 256; i++) {
        char text[8];
        fixture_add(vocabulary, text, (size_t)snprintf(text, sizeof text, "<0x%02X>", i));
    }
    for (size_t i = 0; i < ZEST_COUNT(fixture_words); i++) {
        char text[256];
        uint32_t ends[128], count = 0, size = 0;
        const char *word = fixture_words[i];
        for (uint32_t at = 0, length; word[at]; at += length) {
            zest_utf8_decode((const unsigned char *)word + at, &length);
            const char *from = word[at] == ' ' ? "▁" : word + at;
            uint32_t written = word[at] == ' ' ? 3 : length;
            memcpy(text + size, from, written);
            fixture_add(vocabulary, from, written);
            ends[count++] = size += written;
        }
        for (uint32_t end = 1; end < count; end++) {
            if (json_object_getn(vocabulary, text, ends[end]))
                continue;
            fixture_add(vocabulary, text, ends[end]);
            json_t *pair = json_array();
            json_array_append_new(pair, json_stringn(text, ends[end - 1]));
            json_array_append_new(pair, json_stringn(text + ends[end - 1], ends[end] - ends[end - 1]));
            json_array_append_new(merges, pair);
        }
    }
    return json_pack("{s:s, s:o, s:o, s:b, s:b, s:s}", "type", "BPE", "vocab", vocabulary, "merges", merges,
                     "byte_fallback", 1, "fuse_unk", 1, "unk_token", "<unk>");
}

/* Letters and digits that begin a word and go on in one, some words and parts of words. */
static json_t *fixture_word_pieces(void)
{
    static const char *const more[] = {"[UNK]", "hello",     "##llo", "word",   "the",    "##ing", "12",
                                       "##23",  "a\xCC\x81", "e",     "中",     "漢",     "字",    ".",
                                       "!",     "'",         "(",     "=",      "##cccd", "Hello", "##LLO",
                                       "の",    "##の",      "한",    "привет", "##ми"};
    json_t *vocabulary = json_object();
    for (char letter = '0'; letter <= 'z'; letter++) {
        char text[4] = {'#', '#', letter, 0};
        if ((letter >= 'a' && letter <= 'x') || letter <= '8' || (letter >= 'A' && letter <= 'X')) {
            fixture_add(vocabulary, text + 2, 1);
            fixture_add(vocabulary, text, 3);
        }
    }
    for (size_t i = 0; i < ZEST_COUNT(more); i++)
        fixture_add(vocabulary, more[i], strlen(more[i]));
    return json_pack("{s:s, s:o, s:s, s:s, s:i}", "type", "WordPiece", "vocab", vocabulary, "unk_token", "[UNK]",
                     "continuing_subword_prefix", "##", "max_input_chars_per_word", 20);
}

/* ---- opening ---- */

/* The model is taken. */
static void fixture_open(struct fast_fixture *f, const char *normalizer, const char *pretokenizer, json_t *model,
                         const char *cpu)
{
    *f = (struct fast_fixture){0};
    json_t *file =
        json_pack("{s:s, s:o, s:o, s:o}", "version", "1.0", "normalizer", json_loads(normalizer, JSON_DECODE_ANY, NULL),
                  "pre_tokenizer", json_loads(pretokenizer, JSON_DECODE_ANY, NULL), "model", model);
    char *text = json_dumps(file, JSON_COMPACT);
    struct zest_image_builder builder;
    json_decref(file);
    zest_arena_init(&f->arena, ZEST_ARENA_UNLIMITED);
    zest_arena_init(&f->definition.arena, ZEST_ARENA_UNLIMITED);
    zest_image_builder_init(&builder);
    ZEST_CHECK_OK(zest_tokenizer_json_read("fixture", zest_text_of(text), &f->definition, &f->error), &f->error);
    ZEST_CHECK_OK(zest_image_definition_compile(&f->definition, &builder, &f->error), &f->error);
    ZEST_CHECK_OK(zest_token_table_compile(&f->definition, &builder, &f->error), &f->error);
    ZEST_CHECK_OK(zest_token_model_compile(&f->definition, &builder, &f->error), &f->error);
    ZEST_CHECK_OK(zest_fast_compile(&f->definition, &builder, &f->error), &f->error);
    ZEST_CHECK_OK(zest_image_build(&builder, &f->image, &f->error), &f->error);
    zest_image_builder_finish(&builder);
    const json_t *components = f->definition.components;
    ZEST_CHECK_OK(
        zest_normalizer_create(json_object_get(components, "normalizer"), &f->arena, &f->normalizer, &f->error),
        &f->error);
    ZEST_CHECK_OK(
        zest_pretokenizer_create(json_object_get(components, "pre_tokenizer"), &f->arena, &f->pretokenizer, &f->error),
        &f->error);
    ZEST_CHECK_OK(
        zest_token_model_open(&f->image, json_object_get(components, "model"), &f->arena, &f->model, &f->error),
        &f->error);
    ZEST_CHECK_OK(zest_fast_open(&f->image, cpu, &f->arena, &f->fast, &f->error), &f->error);
    f->model_scratch = zest_model_scratch_create();
    f->scratch = zest_fast_scratch_create();
    free(text);
}

static void fixture_close(struct fast_fixture *f)
{
    zest_fast_scratch_destroy(f->scratch);
    zest_model_scratch_destroy(f->model_scratch);
    zest_fast_close(f->fast);
    zest_pretokenizer_finish(f->pretokenizer);
    zest_normalizer_finish(f->normalizer);
    zest_image_close(&f->image);
    zest_definition_finish(&f->definition);
    zest_arena_finish(&f->arena);
}

/* ---- the plain way ---- */

/* Ids and origins of one text; answers how many. */
static size_t fixture_plain(struct fast_fixture *f, const unsigned char *text, size_t size, uint32_t *ids,
                            struct zest_span *spans)
{
    struct zest_aligned raw = {0}, normal = {0};
    struct zest_pieces in = {0}, out = {0};
    struct zest_tokens tokens = {0};
    size_t count = 0;
    zest_aligned_reset(&raw, true);
    zest_aligned_reset(&normal, true);
    zest_aligned_append_original(&raw, text, size, 0);
    zest_normalizer_run(f->normalizer, &raw, &normal);
    const struct zest_aligned *from = f->normalizer ? &normal : &raw;
    zest_pieces_reset(&in, true);
    zest_pieces_reset(&out, true);
    zest_aligned_copy(&in.text, from, 0, from->size);
    zest_pieces_close(&in, 0);
    zest_pretokenizer_run(f->pretokenizer, &in, &out);
    const struct zest_pieces *pieces = f->pretokenizer ? &out : &in;
    for (size_t i = 0; i < pieces->count; i++) {
        uint32_t start = pieces->list[i].start;
        tokens.count = 0;
        zest_token_model_run(f->model, f->model_scratch, pieces->text.bytes + start, pieces->list[i].end - start,
                             &tokens);
        for (size_t t = 0; t < tokens.count; t++, count++) {
            ids[count] = tokens.list[t].id;
            spans[count] =
                zest_aligned_origin(&pieces->text, start + tokens.list[t].span.start, start + tokens.list[t].span.end);
        }
    }
    ZEST_CHECK_INT(in.status | out.status | raw.status | normal.status | tokens.status, ZEST_OK);
    zest_tokens_finish(&tokens);
    zest_pieces_finish(&in);
    zest_pieces_finish(&out);
    zest_aligned_finish(&raw);
    zest_aligned_finish(&normal);
    return count;
}

/* ---- both ways ---- */

struct fixture_counts {
    size_t same, plain, normalized, different;
};

#define FIXTURE_TEXT_MAX 4096u

/* What the normalizer had to work on goes to the fast path when that is done. */
static size_t fixture_fast_normal(struct fast_fixture *f, const unsigned char *text, size_t size, uint32_t *ids,
                                  struct zest_span *spans)
{
    struct zest_aligned raw = {0}, normal = {0};
    zest_aligned_reset(&raw, true);
    zest_aligned_append_original(&raw, text, size, 0);
    zest_aligned_reset(&normal, true);
    zest_normalizer_run(f->normalizer, &raw, &normal);
    size_t count = zest_fast_encode(f->fast, f->scratch, normal.bytes, normal.size, ZEST_FAST_NORMAL, ids, spans);
    for (size_t i = 0; count != ZEST_FAST_PLAIN && spans && i < count; i++)
        spans[i] = zest_aligned_origin(&normal, spans[i].start, spans[i].end);
    zest_aligned_finish(&raw);
    zest_aligned_finish(&normal);
    return count;
}

static void fixture_compare(struct fast_fixture *f, const unsigned char *text, size_t size,
                            struct fixture_counts *counts)
{
    static uint32_t want[2 * FIXTURE_TEXT_MAX], got[2 * FIXTURE_TEXT_MAX];
    static struct zest_span want_spans[2 * FIXTURE_TEXT_MAX], got_spans[2 * FIXTURE_TEXT_MAX];
    unsigned char *exact = malloc(size > 0 ? size : 1); /* so that a byte read outside is found */
    memcpy(exact, text, size);
    size_t count = fixture_plain(f, text, size, want, want_spans);
    bool differ = false;
    for (int with_spans = 0; with_spans < 2; with_spans++) {
        size_t fast = zest_fast_encode(f->fast, f->scratch, exact, size, 0, got, with_spans ? got_spans : NULL);
        if (fast == ZEST_FAST_PLAIN && f->normalizer && zest_fast_takes_normal(f->fast)) {
            fast = fixture_fast_normal(f, text, size, got, with_spans ? got_spans : NULL);
            counts->normalized += fast != ZEST_FAST_PLAIN;
        }
        if (fast == ZEST_FAST_PLAIN) {
            counts->plain++;
            continue;
        }
        bool same = fast == count && memcmp(got, want, count * sizeof *got) == 0;
        for (size_t i = 0; same && with_spans && i < count; i++)
            same = got_spans[i].start == want_spans[i].start && got_spans[i].end == want_spans[i].end;
        differ = differ || !same;
        counts->same += same;
    }
    if (differ) {
        counts->different++;
        ZEST_FAILED("%.*s differs for \"%.*s\"", (int)zest_fast_name(f->fast).size, zest_fast_name(f->fast).data,
                    (int)(size < 300 ? size : 300), text);
    }
    free(exact);
}

#endif
