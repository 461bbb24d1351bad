/* SPDX-License-Identifier: Apache-2.0 */
/* test_sentencepiece_model.c - models against the tokenizer.json beside them, families, settings, damage. */
#include "definition_check.h"

#include "mapped_file.h"
#include "sentencepiece_model.h"

static void check_against_json(const char *model)
{
    char path[4096];
    struct zest_tokenizer_definition wanted, got = {0};
    struct zest_text file = {0};
    struct zest_error error = {0};
    json_t *config;
    reference_model(path, sizeof path, model, "tokenizer.json");
    ZEST_CHECK_OK(zest_definition_read(path, &wanted, &error), &error);
    reference_model(path, sizeof path, model, "tokenizer_config.json");
    config = json_load_file(path, 0, NULL);
    ZEST_CHECK(config != NULL);
    reference_model(path, sizeof path, model, "tokenizer.model");
    for (int with_config = 0; with_config < 2; with_config++) {
        ZEST_CHECK_OK(zest_file_map(path, SIZE_MAX, &file, &error), &error);
        got = (struct zest_tokenizer_definition){0};
        zest_arena_init(&got.arena, ZEST_ARENA_UNLIMITED);
        ZEST_CHECK_OK(zest_sentencepiece_model_read("m", file, with_config ? config : NULL, &got, &error), &error);
        check_same_tokens(&got, &wanted);
        check_same_added(&got, &wanted);
        check_same_component(&got, &wanted, "normalizer");
        check_same_component(&got, &wanted, "pre_tokenizer");
        check_same_component(&got, &wanted, "model");
        check_same_component(&got, &wanted, "decoder");
        ZEST_CHECK(got.ends.adds_bos && !got.ends.adds_eos);
        zest_definition_finish(&got);
        zest_file_unmap(file);
    }
    json_decref(config);
    zest_definition_finish(&wanted);
}

ZEST_TEST(models_are_those_of_the_tokenizer_json_beside_them)
{
    static const char *const models[] = {"llama-mha",     "llama-rope-yarn", "mistral-swa", "mixtral", "phi3",
                                         "phi3-longrope", "gemma",           "gemma2",      "gemma3"};
    char path[4096];
    if (!reference_model(path, sizeof path, models[0], "tokenizer.model"))
        ZEST_SKIP("needs the reference data");
    for (size_t i = 0; i < ZEST_COUNT(models); i++)
        check_against_json(models[i]);
}

/* ---- models made here ---- */

struct made {
    char bytes[2048];
    size_t size;
};

static void put(struct made *m, const void *bytes, size_t size)
{
    ZEST_CHECK(m->size + size <= sizeof m->bytes);
    memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
}

static void put_byte(struct made *m, unsigned byte)
{
    unsigned char c = (unsigned char)byte;
    put(m, &c, 1);
}

/* Fields and sizes are below 128 here but for a tag of two bytes. */
static void put_piece(struct made *m, const char *text, float score, unsigned type)
{
    size_t size = strlen(text);
    put_byte(m, 1 << 3 | 2);
    put_byte(m, (unsigned)size + 2 + 5 + 2);
    put_byte(m, 1 << 3 | 2);
    put_byte(m, (unsigned)size);
    put(m, text, size);
    put_byte(m, 2 << 3 | 5);
    put(m, &score, 4);
    put_byte(m, 3 << 3);
    put_byte(m, type);
}

/* Field numbers 16 .. 127 take two bytes. */
static void put_trainer(struct made *m, unsigned model_type, bool suffix, bool bytes)
{
    put_byte(m, 2 << 3 | 2);
    put_byte(m, 2 + 3 + 3);
    put_byte(m, 3 << 3);
    put_byte(m, model_type);
    put_byte(m, 0x80 | (24 << 3 & 0x7F)), put_byte(m, 24 << 3 >> 7), put_byte(m, suffix);
    put_byte(m, 0x80 | (35 << 3 & 0x7F)), put_byte(m, 35 << 3 >> 7), put_byte(m, bytes);
}

static void put_normalizer(struct made *m, const char *map, bool prefix, bool shrinks, bool escapes)
{
    put_byte(m, 3 << 3 | 2);
    put_byte(m, 2 + (unsigned)strlen(map) + 6);
    put_byte(m, 2 << 3 | 2), put_byte(m, (unsigned)strlen(map));
    put(m, map, strlen(map));
    put_byte(m, 3 << 3), put_byte(m, prefix);
    put_byte(m, 4 << 3), put_byte(m, shrinks);
    put_byte(m, 5 << 3), put_byte(m, escapes);
}

static void put_pieces(struct made *m)
{
    put_piece(m, "<unk>", 0, ZEST_PIECE_UNKNOWN);
    put_piece(m, "<s>", 0, ZEST_PIECE_CONTROL);
    put_piece(m, "</s>", 0, ZEST_PIECE_CONTROL);
    put_piece(m, "\xE2\x96\x81", -1, ZEST_PIECE_NORMAL);
    put_piece(m, "9", -2, ZEST_PIECE_NORMAL);
    put_piece(m, "9,", -3, ZEST_PIECE_NORMAL);
    put_piece(m,
              "\xE2\x96\x81"
              "9",
              -4, ZEST_PIECE_NORMAL);
    put_piece(m, "user", 0, ZEST_PIECE_USER_DEFINED);
}

static enum zest_status read_made(const struct made *m, const char *config, struct zest_tokenizer_definition *got,
                                  struct zest_error *error)
{
    json_t *tree = config ? json_loads(config, 0, NULL) : NULL;
    *got = (struct zest_tokenizer_definition){.ends = {.bos_id = -1, .eos_id = -1}};
    *error = (struct zest_error){0};
    zest_arena_init(&got->arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status =
        zest_sentencepiece_model_read("m", (struct zest_text){m->bytes, m->size}, tree, got, error);
    json_decref(tree);
    return status;
}

ZEST_TEST(a_unigram_is_converted_in_the_general_way)
{
    struct made m = {0};
    struct zest_tokenizer_definition got;
    struct zest_error error;
    put_pieces(&m);
    put_trainer(&m, 1, false, false);
    put_normalizer(&m, "map", true, true, true);
    ZEST_CHECK_OK(read_made(&m, NULL, &got, &error), &error);
    check_component(&got, "normalizer",
                    "{'type': 'Sequence', 'normalizers': [{'type': 'Precompiled', 'precompiled_charsmap': 'bWFw'}, "
                    "{'type': 'Strip', 'strip_left': false, 'strip_right': true}, "
                    "{'type': 'Replace', 'pattern': {'Regex': ' {2,}'}, 'content': '\xE2\x96\x81'}]}");
    check_component(&got, "pre_tokenizer",
                    "{'type': 'Metaspace', 'replacement': '\xE2\x96\x81', 'prepend_scheme': 'always', 'split': true}");
    check_component(&got, "model", "{'type': 'Unigram', 'unk_id': 0, 'byte_fallback': false}");
    check_component(&got, "post_processor", "null");
    ZEST_CHECK(got.scores && got.scores[5] == -3);
    ZEST_CHECK_INT(got.added_count, 4);
    ZEST_CHECK(!find_added(&got, 7)->special && find_added(&got, 1)->special);
    zest_definition_finish(&got);
}

ZEST_TEST(classes_choose_their_converter)
{
    struct made m = {0};
    struct zest_tokenizer_definition got;
    struct zest_error error;
    put_pieces(&m);
    put_trainer(&m, 1, false, false);
    put_normalizer(&m, "", true, true, true);
    ZEST_CHECK_OK(read_made(&m, "{\"tokenizer_class\": \"T5TokenizerFast\", \"extra_ids\": 2}", &got, &error), &error);
    ZEST_CHECK_INT(got.token_count, 10);
    ZEST_CHECK_TEXT(got.tokens[9], ZEST_TEXT("<extra_id_0>"));
    ZEST_CHECK(got.ends.adds_eos && !got.ends.adds_bos);
    zest_definition_finish(&got);
    ZEST_CHECK_OK(read_made(&m, "{\"tokenizer_class\": \"XLMRobertaTokenizer\"}", &got, &error), &error);
    ZEST_CHECK_INT(got.token_count, 4 + 5 + 1);
    ZEST_CHECK_TEXT(got.tokens[1], ZEST_TEXT("<pad>"));
    ZEST_CHECK_TEXT(got.tokens[4], ZEST_TEXT("\xE2\x96\x81"));
    check_component(&got, "model", "{'type': 'Unigram', 'unk_id': 3, 'byte_fallback': false}");
    ZEST_CHECK(find_added(&got, 9)->lstrip);
    zest_definition_finish(&got);
    ZEST_CHECK_OK(read_made(&m, "{\"tokenizer_class\": \"AlbertTokenizer\"}", &got, &error), &error);
    ZEST_CHECK(got.scores[5] == -103 && got.scores[4] == -2);
    zest_definition_finish(&got);
    ZEST_CHECK_INT(read_made(&m, "{\"tokenizer_class\": \"MBartTokenizer\"}", &got, &error), ZEST_UNSUPPORTED);
    ZEST_CHECK(strstr(error.message, "\"MBartTokenizer\"") != NULL);
    zest_definition_finish(&got);
}

ZEST_TEST(a_llama_without_legacy_prepends_once)
{
    struct made m = {0};
    struct zest_tokenizer_definition got;
    struct zest_error error;
    put_pieces(&m);
    put_trainer(&m, 2, false, true);
    put_normalizer(&m, "", true, false, true);
    ZEST_CHECK_OK(read_made(&m, "{\"tokenizer_class\": \"LlamaTokenizer\", \"legacy\": false, \"add_eos_token\": true}",
                            &got, &error),
                  &error);
    check_component(&got, "normalizer", "null");
    check_component(&got, "pre_tokenizer",
                    "{'type': 'Metaspace', 'replacement': '\xE2\x96\x81', 'prepend_scheme': 'first', 'split': false}");
    ZEST_CHECK(got.ends.adds_bos && got.ends.adds_eos);
    ZEST_CHECK_INT(got.merge_count, 1); /* the mark and 9; no token is a comma */
    ZEST_CHECK(got.merges[0].left == 3 && got.merges[0].right == 4 && got.merges[0].product == 6);
    zest_definition_finish(&got);
}

static void check_setting(unsigned model_type, bool suffix, bool escapes, const char *part)
{
    struct made m = {0};
    struct zest_tokenizer_definition got;
    struct zest_error error;
    put_pieces(&m);
    put_trainer(&m, model_type, suffix, false);
    put_normalizer(&m, "", true, true, escapes);
    ZEST_CHECK_INT(read_made(&m, NULL, &got, &error), ZEST_UNSUPPORTED);
    ZEST_CHECK(strstr(error.message, part) != NULL);
    zest_definition_finish(&got);
}

ZEST_TEST(settings_that_would_change_ids_are_refused)
{
    check_setting(3, false, true, "of the type 3");
    check_setting(4, false, true, "of the type 4");
    check_setting(1, true, true, "treat_whitespace_as_suffix");
    check_setting(1, false, false, "escape_whitespaces");
}

ZEST_TEST(every_cut_and_bent_byte_is_refused_or_harmless)
{
    static const unsigned char values[] = {0, 1, 0x0A, 0x7F, 0x80, 0xFF};
    struct made m = {0};
    struct zest_tokenizer_definition got;
    struct zest_error error;
    put_pieces(&m);
    put_trainer(&m, 2, false, true);
    put_normalizer(&m, "map", true, false, true);
    struct made whole = m;
    for (m.size = 0; m.size < whole.size; m.size++) {
        enum zest_status status = read_made(&m, NULL, &got, &error);
        ZEST_CHECK((status == ZEST_OK) == (error.message[0] == 0));
        zest_definition_finish(&got);
    }
    for (size_t i = 0; i < whole.size; i++) {
        for (size_t k = 0; k < sizeof values; k++) {
            m = whole;
            m.bytes[i] = (char)values[k];
            enum zest_status status = read_made(&m, NULL, &got, &error);
            ZEST_CHECK((status == ZEST_OK) == (error.message[0] == 0));
            zest_definition_finish(&got);
        }
    }
}
