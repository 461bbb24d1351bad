/* SPDX-License-Identifier: Apache-2.0 */
/* test_tokenizer_json.c - what of a tokenizer.json reaches the definition, and what is refused in which words. */
#include "zest_test.h"

#include "tokenizer_json.h"

#define MODEL "\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"a b\"]}"
#define FLAGS "\"single_word\": false, \"lstrip\": false, \"rstrip\": true, \"normalized\": false"

static enum zest_status read_text(const char *text, struct zest_tokenizer_definition *definition,
                                  struct zest_error *error)
{
    *error = (struct zest_error){0};
    *definition = (struct zest_tokenizer_definition){0};
    zest_arena_init(&definition->arena, ZEST_ARENA_UNLIMITED);
    return zest_tokenizer_json_read("t.json", zest_text_of(text), definition, error);
}

static void check_refused(const char *text, enum zest_status status, const char *part)
{
    struct zest_tokenizer_definition definition;
    struct zest_error error;
    ZEST_CHECK_INT(read_text(text, &definition, &error), status);
    if (!strstr(error.message, part))
        ZEST_FAILED("%s: \"%s\" does not say \"%s\"", text, error.message, part);
    zest_definition_finish(&definition);
}

/* The definition in one line: tokens by id, merges, added tokens, the model's type. */
static void check_read(const char *text, const char *wanted)
{
    struct zest_tokenizer_definition d;
    struct zest_error error;
    char got[1024] = "";
    size_t used = 0;
#define PRINT(...) used += (size_t)snprintf(got + used, sizeof got - used, __VA_ARGS__)
    ZEST_CHECK_OK(read_text(text, &d, &error), &error);
    for (uint32_t i = 0; i < d.token_count; i++)
        PRINT("%s%.*s", i > 0 ? "," : "", d.tokens[i].data ? (int)d.tokens[i].size : 1,
              d.tokens[i].data ? d.tokens[i].data : "?");
    for (uint32_t i = 0; d.scores && i < d.token_count; i++)
        PRINT("%s%g", i > 0 ? "," : " | ", d.scores[i]);
    for (uint32_t i = 0; i < d.merge_count; i++)
        PRINT("%s%u+%u=%u", i > 0 ? "," : " | ", d.merges[i].left, d.merges[i].right, d.merges[i].product);
    for (uint32_t i = 0; i < d.added_count; i++)
        PRINT("%s%.*s=%u%s%s", i > 0 ? "," : " | ", (int)d.added[i].content.size, d.added[i].content.data,
              d.added[i].id, d.added[i].special ? "s" : "", d.added[i].rstrip ? "r" : "");
    if (d.components)
        PRINT(" | %s", json_string_value(json_object_get(json_object_get(d.components, "model"), "type")));
    ZEST_CHECK_TEXT(zest_text_of(got), zest_text_of(wanted));
    zest_definition_finish(&d);
#undef PRINT
}

ZEST_TEST(a_small_file_is_read)
{
    check_read("{" MODEL "}", "a,b,ab | 0+1=2 | BPE");
    check_read(
        "{\"version\": \"1.0\", \"added_tokens\": [], \"normalizer\": null, \"pre_tokenizer\": {\"type\": \"Digits\"}, "
        "\"post_processor\": null, \"decoder\": null, \"truncation\": null, \"padding\": null, " MODEL "}",
        "a,b,ab | 0+1=2 | BPE");
}

ZEST_TEST(keys_come_in_any_order)
{
    check_read("{\"added_tokens\": [{\"special\": true, \"content\": \"<s>\", " FLAGS ", \"id\": 3}], "
               "\"model\": {\"merges\": [[\"a\", \"#b\"]], \"vocab\": {\"ab\": 2, \"#b\": 1, \"a\": 0}, "
               "\"continuing_subword_prefix\": \"#\", \"type\": \"BPE\"}}",
               "a,#b,ab | 0+1=2 | <s>=3sr | BPE");
}

ZEST_TEST(the_type_of_old_files_is_guessed)
{
    check_read("{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}", "a | BPE");
    check_read("{\"model\": {\"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}}", "a | WordLevel");
    check_read("{\"model\": {\"vocab\": {\"a\": 0}, \"unk_token\": \"a\", \"continuing_subword_prefix\": \"##\", "
               "\"max_input_chars_per_word\": 100}}",
               "a | WordPiece");
    check_read("{\"model\": {\"vocab\": [[\"a\", -1.5]]}}", "a | -1.5 | Unigram");
    check_refused("{\"model\": {\"vocab\": {\"a\": 0}}}", ZEST_MODEL_DAMAGED, "those of no type");
    check_refused("{\"model\": {\"merges\": []}}", ZEST_MODEL_DAMAGED, "those of no type");
}

ZEST_TEST(lists_of_tokens_keep_doubles)
{
    check_read(
        "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"<unk>\", 0], [\"a\", -1], [\"a\", -2e0]]}, "
        "\"added_tokens\": [{\"id\": 9, \"content\": \"a\", \"special\": true, " FLAGS "}, "
        "{\"id\": 9, \"content\": \"b\", \"special\": false, " FLAGS "}]}",
        "<unk>,a,a | 0,-1,-2 | a=2sr,b=3r | Unigram");
}

ZEST_TEST(of_two_ids_of_a_text_the_later_counts)
{
    check_read(
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2, \"a\": 4}, \"merges\": [\"a b\"]}}",
        "?,b,ab,?,a | 4+1=2 | BPE");
}

ZEST_TEST(merges_come_in_two_forms)
{
    check_read("{\"model\": {\"vocab\": {\"a\": 0, \"b c\": 1, \"ab c\": 2}, \"merges\": [[\"a\", \"b c\"]]}}",
               "a,b c,ab c | 0+1=2 | BPE");
    check_read("{\"model\": {\"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"#version: 0.2\", \"a b\"]}}",
               "a,b,ab | 0+1=2 | BPE");
}

ZEST_TEST(long_products_are_found)
{
    char text[4096], left[400], right[400];
    struct zest_tokenizer_definition d;
    struct zest_error error;
    memset(left, 'l', sizeof left - 1), left[sizeof left - 1] = 0;
    memset(right, 'r', sizeof right - 1), right[sizeof right - 1] = 0;
    snprintf(text, sizeof text,
             "{\"model\": {\"vocab\": {\"%s\": 0, \"%s\": 1, \"%s%s\": 2, \"a\": 3, \"aa\": 4}, "
             "\"merges\": [\"a a\", \"%s %s\", \"a a\"]}}",
             left, right, left, right, left, right);
    ZEST_CHECK_OK(read_text(text, &d, &error), &error);
    ZEST_CHECK_INT(d.merge_count, 3);
    ZEST_CHECK_INT(d.merges[1].product, 2);
    ZEST_CHECK_INT(d.merges[2].product, 4);
    zest_definition_finish(&d);
}

#define ADDED(list) "{\"added_tokens\": [" list "], " MODEL "}"
#define TOKEN(id, content, special) \
    "{\"id\": " id ", \"content\": \"" content "\", \"special\": " special ", " FLAGS "}"

ZEST_TEST(added_tokens_get_the_reference_s_ids)
{
    check_read(ADDED(TOKEN("7", "x", "true") ", " TOKEN("5", "y", "false")), "a,b,ab | 0+1=2 | x=3sr,y=4r | BPE");
    check_read(ADDED(TOKEN("9", "b", "true") ", " TOKEN("5", "", "true") ", " TOKEN("5", "y", "true") ", " TOKEN(
                   "6", "y", "false")),
               "a,b,ab | 0+1=2 | b=1sr,y=3sr | BPE");
    check_read(
        "{\"added_tokens\": [" TOKEN("3", "x", "true") ", " TOKEN(
            "10", "y",
            "true") "], "
                    "\"model\": {\"type\": \"BPE\", \"merges\": [], \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 5}}}",
        "a,b,?,?,?,ab | x=3sr,y=4sr | BPE");
    check_refused(
        "{\"added_tokens\": [" TOKEN("2", "x", "true") ", " TOKEN(
            "3", "b", "true") "], "
                              "\"model\": {\"type\": \"BPE\", \"merges\": [], \"vocab\": {\"a\": 0, \"b\": 2}}}",
        ZEST_UNSUPPORTED, "\"x\" and \"b\" both get the id 2");
}

ZEST_TEST(what_the_reference_refuses_is_refused)
{
    check_refused("{}", ZEST_MODEL_DAMAGED, "t.json: \"model\" is missing");
    check_refused("[]", ZEST_MODEL_DAMAGED, "line 1, column 1: an object is wanted");
    check_refused("{" MODEL "} x", ZEST_MODEL_DAMAGED, "the end of the file is wanted here, not 'x'");
    check_refused("{\"version\": \"1.1\", " MODEL "}", ZEST_UNSUPPORTED, "\"1.1\", 1.0 is known");
    check_refused("{\"foo\": 1, " MODEL "}", ZEST_MODEL_DAMAGED, "column 8: \"foo\" is no key of a tokenizer");
    check_refused("{" MODEL ", " MODEL "}", ZEST_MODEL_DAMAGED, "\"model\" stands here for the second time");
    check_refused("{\"decoder\": null, \"decoder\": null, " MODEL "}", ZEST_MODEL_DAMAGED, "\"decoder\" stands here");
    check_refused("{\"model\": {\"type\": \"Foo\", \"vocab\": {}}}", ZEST_UNSUPPORTED, "\"Foo\"; BPE, WordPiece");
    check_refused("{\"model\": {\"type\": 1, \"vocab\": {}}}", ZEST_UNSUPPORTED, "are known");
    check_refused("{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}", ZEST_MODEL_DAMAGED, "BPE has no \"merges\"");
    check_refused("{\"model\": {\"type\": \"BPE\", \"merges\": []}}", ZEST_MODEL_DAMAGED, "has no \"vocab\"");
    check_refused("{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"a\", \"vocab\": {}}}", ZEST_MODEL_DAMAGED,
                  "has no \"continuing_subword_prefix\"");
    check_refused("{\"model\": {\"type\": \"WordLevel\", \"vocab\": {}}}", ZEST_MODEL_DAMAGED, "has no \"unk_token\"");
    check_refused("{\"model\": {\"type\": \"Unigram\", \"vocab\": {}}}", ZEST_MODEL_DAMAGED, "Unigram is a list");
    check_refused("{\"model\": {\"type\": \"BPE\", \"vocab\": [], \"merges\": []}}", ZEST_MODEL_DAMAGED,
                  "is an object");
    check_refused("{\"model\": {\"type\": \"BPE\", \"type\": \"BPE\"}}", ZEST_MODEL_DAMAGED, "second time");
    check_refused("{\"model\": {\"vocab\": {}, \"vocab\": {}}}", ZEST_MODEL_DAMAGED, "\"vocab\" stands here");
    check_refused("{\"model\": {\"merges\": [], \"merges\": []}}", ZEST_MODEL_DAMAGED, "\"merges\" stands here");
}

ZEST_TEST(bad_tokens_and_merges_are_refused)
{
    check_refused("{\"model\": {\"vocab\": {\"a\": -1}}}", ZEST_MODEL_DAMAGED, "an integer from 0 to 4294967295");
    check_refused("{\"model\": {\"vocab\": {\"a\": 1.0}}}", ZEST_MODEL_DAMAGED, "an integer from 0");
    check_refused("{\"model\": {\"vocab\": {\"a\": \"1\"}}}", ZEST_MODEL_DAMAGED, "a number is wanted");
    check_refused("{\"model\": {\"vocab\": {\"a\": 4194304}, \"merges\": []}}", ZEST_TOO_LARGE,
                  "\"a\" has the id 4194304");
    check_refused("{\"model\": {\"vocab\": {\"a\": 1, \"b\": 1}, \"merges\": []}}", ZEST_UNSUPPORTED,
                  "the id 1 belongs to two tokens, \"a\" and \"b\"");
    check_refused("{\"model\": {\"vocab\": [[\"a\", 1, 2]]}}", ZEST_MODEL_DAMAGED, "[text, score]");
    check_refused("{\"model\": {\"vocab\": [[\"a\"]]}}", ZEST_MODEL_DAMAGED, "[text, score]");
    check_refused("{\"model\": {\"vocab\": [\"a\"]}}", ZEST_MODEL_DAMAGED, "a list is wanted");
    check_refused("{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [\"a a\"]}}", ZEST_MODEL_DAMAGED,
                  "merge 0 (\"a\" \"a\"): the vocabulary has no token \"aa\"");
    check_refused("{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}", ZEST_MODEL_DAMAGED, "no token \"b\"");
    check_refused("{\"model\": {\"merges\": [\"a  b\"]}}", ZEST_MODEL_DAMAGED, "is not two tokens");
    check_refused("{\"model\": {\"merges\": [\"ab\"]}}", ZEST_MODEL_DAMAGED, "is not two tokens");
    check_refused("{\"model\": {\"merges\": [[\"a\", \"b\"], \"a b\"]}}", ZEST_MODEL_DAMAGED, "merges are all texts");
    check_refused("{\"model\": {\"merges\": [[\"a\"]]}}", ZEST_MODEL_DAMAGED, "a merge is a list of two");
    check_refused("{\"model\": {\"merges\": [[\"a\", \"b\", \"c\"]]}}", ZEST_MODEL_DAMAGED, "a merge is a list of two");
    check_refused("{\"model\": {\"merges\": [1]}}", ZEST_MODEL_DAMAGED, "merges are all texts");
    check_refused("{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [\"a a\"], \"continuing_subword_prefix\": \"##\"}}",
                  ZEST_MODEL_DAMAGED, "shorter than the continuing_subword_prefix");
}

ZEST_TEST(bad_added_tokens_are_refused)
{
    check_refused(ADDED("{\"id\": 1}"), ZEST_MODEL_DAMAGED, "has no \"special\"");
    check_refused(ADDED("{\"content\": \"x\", \"special\": true, " FLAGS "}"), ZEST_MODEL_DAMAGED, "has no \"id\"");
    check_refused(ADDED("{\"id\": 1, \"special\": true, " FLAGS "}"), ZEST_MODEL_DAMAGED, "has no \"content\"");
    check_refused(ADDED("{\"id\": 1, \"id\": 1}"), ZEST_MODEL_DAMAGED, "second time");
    check_refused(ADDED("{\"foo\": 1}"), ZEST_MODEL_DAMAGED, "\"foo\" is no field");
    check_refused(ADDED("{\"special\": 1}"), ZEST_MODEL_DAMAGED, "true or false");
    check_refused(ADDED("1"), ZEST_MODEL_DAMAGED, "an object is wanted");
    check_refused("{\"added_tokens\": null, " MODEL "}", ZEST_MODEL_DAMAGED, "a list is wanted");
    check_refused("{\"added_tokens\": [], \"added_tokens\": [], " MODEL "}", ZEST_MODEL_DAMAGED, "second time");
}

ZEST_TEST(every_cut_and_bent_byte_is_refused_or_harmless)
{
    static const char whole[] = ADDED(TOKEN("9", "b", "true") ", " TOKEN("5", "\\u00e9\xC3\xA9", "true"));
    static const char values[] = "\0\"\\{}[],:0-e\x80\xFF";
    struct zest_tokenizer_definition d;
    struct zest_error error;
    char bent[sizeof whole];
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        memcpy(bent, whole, size);
        bent[size] = 0;
        ZEST_CHECK(read_text(bent, &d, &error) != ZEST_OK && error.message[0] != 0);
        zest_definition_finish(&d);
    }
    for (size_t i = 0; i < sizeof whole - 1; i++) {
        for (size_t k = 0; k < sizeof values; k++) {
            memcpy(bent, whole, sizeof whole);
            bent[i] = values[k];
            ZEST_CHECK((read_text(bent, &d, &error) == ZEST_OK) == (error.message[0] == 0));
            zest_definition_finish(&d);
        }
    }
}
