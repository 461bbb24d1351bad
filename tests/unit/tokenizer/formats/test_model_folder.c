/* SPDX-License-Identifier: Apache-2.0 */
/* test_model_folder.c - which file of a folder counts, what the files beside it add, what is said where none is there.
 */
#include "definition_check.h"

#define JSON "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"<s>\": 1, \"</s>\": 2}, \"merges\": []}}"

/* A folder that is made, filled and taken away again. */
struct place {
    char path[64], names[8][32];
    int count;
};

static void begin(struct place *place)
{
    place->count = 0;
    snprintf(place->path, sizeof place->path, "/tmp/zest-folder-XXXXXX");
    ZEST_CHECK(mkdtemp(place->path) != NULL);
}

static const char *add(struct place *place, const char *name, const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", place->path, name);
    snprintf(place->names[place->count++], sizeof place->names[0], "%s", name);
    if (text)
        write_file(path, zest_text_of(text));
    return path;
}

static void end(struct place *place)
{
    char path[128];
    for (int i = 0; i < place->count; i++) {
        snprintf(path, sizeof path, "%s/%s", place->path, place->names[i]);
        ZEST_CHECK_INT(unlink(path), 0);
    }
    ZEST_CHECK_INT(rmdir(place->path), 0);
}

ZEST_TEST(the_files_beside_give_ends_and_template)
{
    struct place place;
    struct zest_tokenizer_definition got;
    struct zest_error error = {0};
    begin(&place);
    add(&place, "tokenizer.json", JSON);
    add(&place, "tokenizer_config.json",
        "{\"bos_token\": {\"content\": \"<s>\", \"special\": true}, \"eos_token\": \"</s>\", \"chat_template\": "
        "[{\"name\": \"tool\", \"template\": \"x\"}, {\"name\": \"default\", \"template\": \"{{ y }}\"}]}");
    add(&place, "generation_config.json", "{\"eos_token_id\": [2, 0]}");
    ZEST_CHECK_OK(zest_definition_read(place.path, &got, &error), &error);
    ZEST_CHECK(got.ends.bos_id == 1 && got.ends.eos_id == 2 && got.ends.end_id_count == 2);
    ZEST_CHECK(got.ends.end_ids[0] == 0 && got.ends.end_ids[1] == 2 && !got.ends.adds_bos);
    ZEST_CHECK_TEXT(got.ends.bos_token, ZEST_TEXT("<s>"));
    ZEST_CHECK_TEXT(got.ends.chat_template, ZEST_TEXT("{{ y }}"));
    zest_definition_finish(&got);
    add(&place, "chat_template.jinja", "{{ z }}\n");
    ZEST_CHECK_OK(zest_definition_read(place.path, &got, &error), &error);
    ZEST_CHECK_TEXT(got.ends.chat_template, ZEST_TEXT("{{ z }}\n"));
    zest_definition_finish(&got);
    end(&place);
}

ZEST_TEST(a_vocab_txt_is_a_bert)
{
    char path[4096];
    struct place place;
    struct zest_tokenizer_definition wanted, got;
    struct zest_error error = {0};
    static const char *const models[] = {"bert-mean", "bert-cls", "nomic-bert"};
    if (!reference_model(path, sizeof path, models[0], "vocab.txt"))
        ZEST_SKIP("needs the reference data");
    for (size_t i = 0; i < ZEST_COUNT(models); i++) {
        begin(&place);
        reference_model(path, sizeof path, models[i], "vocab.txt");
        copy_file(path, add(&place, "vocab.txt", NULL));
        reference_model(path, sizeof path, models[i], "tokenizer_config.json");
        copy_file(path, add(&place, "tokenizer_config.json", NULL));
        ZEST_CHECK_OK(zest_definition_read(place.path, &got, &error), &error);
        reference_model(path, sizeof path, models[i], "tokenizer.json");
        ZEST_CHECK_OK(zest_definition_read(path, &wanted, &error), &error);
        check_same_tokens(&got, &wanted);
        check_same_added(&got, &wanted);
        static const char *const names[] = {"normalizer", "pre_tokenizer", "model", "post_processor", "decoder"};
        for (size_t k = 0; k < ZEST_COUNT(names); k++)
            check_same_component(&got, &wanted, names[k]);
        zest_definition_finish(&got);
        zest_definition_finish(&wanted);
        end(&place);
    }
}

ZEST_TEST(a_vocab_json_goes_with_its_merges)
{
    struct place place;
    struct zest_tokenizer_definition got;
    struct zest_error error = {0};
    begin(&place);
    add(&place, "vocab.json", "{\"a\": 0, \"b\": 1, \"ab\": 2}");
    check_read_fails(place.path, ZEST_NOT_FOUND, "has no tokenizer: no tokenizer.json");
    add(&place, "merges.txt", "#version: 0.2\na b\n");
    add(&place, "tokenizer_config.json", "{\"tokenizer_class\": \"GPT2Tokenizer\", \"eos_token\": \"<|endoftext|>\"}");
    ZEST_CHECK_OK(zest_definition_read(place.path, &got, &error), &error);
    ZEST_CHECK(got.merge_count == 1 && got.merges[0].product == 2);
    ZEST_CHECK(got.added_count == 1 && got.added[0].id == 3 && got.added[0].special);
    ZEST_CHECK(got.ends.eos_id == 3 && got.ends.end_id_count == 1);
    check_component(&got, "pre_tokenizer",
                    "{'type': 'ByteLevel', 'add_prefix_space': false, 'trim_offsets': true, 'use_regex': true}");
    zest_definition_finish(&got);
    add(&place, "tokenizer_config.json", "{\"tokenizer_class\": \"CLIPTokenizer\"}");
    place.count--;
    check_read_fails(place.path, ZEST_UNSUPPORTED, "\"CLIPTokenizer\"");
    add(&place, "merges.txt", "a b c\n");
    place.count--;
    add(&place, "tokenizer_config.json", "{}");
    place.count--;
    check_read_fails(place.path, ZEST_MODEL_DAMAGED, "merges.txt: line 1");
    end(&place);
}

ZEST_TEST(old_folders_list_added_tokens_in_a_file)
{
    struct place place;
    struct zest_tokenizer_definition got;
    struct zest_error error = {0};
    begin(&place);
    add(&place, "vocab.json", "{\"a\": 0, \"b\": 1, \"ab\": 2}");
    add(&place, "merges.txt", "#version: 0.2\na b\n");
    add(&place, "special_tokens_map.json", "{\"additional_special_tokens\": [\"<x>\"], \"eos_token\": \"<z>\"}");
    add(&place, "added_tokens.json", "{\"<y>\": 4, \"<x>\": 3, \"<z>\": 5}");
    ZEST_CHECK_OK(zest_definition_read(place.path, &got, &error), &error);
    ZEST_CHECK_INT(got.added_count, 3);
    ZEST_CHECK(got.added[0].id == 3 && got.added[0].special && !got.added[0].normalized);
    ZEST_CHECK(got.added[1].id == 4 && !got.added[1].special && got.added[1].normalized);
    ZEST_CHECK(got.added[2].id == 5 && got.added[2].special && got.ends.eos_id == 5);
    ZEST_CHECK_TEXT(got.added[0].content, ZEST_TEXT("<x>"));
    zest_definition_finish(&got);
    place.count--;
    add(&place, "added_tokens.json", "{\"<y>\": \"four\"}");
    ZEST_CHECK_INT(zest_definition_read(place.path, &got, &error), ZEST_MODEL_DAMAGED);
    ZEST_CHECK(strstr(error.message, "<y>") != NULL);
    zest_definition_finish(&got);
    end(&place);
}

ZEST_TEST(what_is_no_tokenizer_is_told_what_was_looked_for)
{
    struct place place;
    begin(&place);
    check_read_fails(place.path, ZEST_NOT_FOUND, "tokenizer.json, tokenizer.model, spiece.model, vocab.txt");
    check_read_fails("/nonexistent/file", ZEST_NOT_FOUND, "/nonexistent/file");
    check_read_fails(add(&place, "x", "hello"), ZEST_UNSUPPORTED, "neither a tokenizer.json (an object), a GGUF");
    place.count--;
    check_read_fails(add(&place, "x", ""), ZEST_MODEL_DAMAGED, "is empty");
    place.count--;
    check_read_fails(add(&place, "x", "GGUF"), ZEST_MODEL_DAMAGED, "x");
    place.count--;
    check_read_fails(add(&place, "x", "{\"hidden_size\": 1}"), ZEST_MODEL_DAMAGED, "\"hidden_size\" is no key");
    add(&place, "tokenizer_config.json", "{\"a\": }");
    add(&place, "tokenizer.json", JSON);
    check_read_fails(place.path, ZEST_MODEL_DAMAGED, "tokenizer_config.json: line 1, column 7");
    end(&place);
}
