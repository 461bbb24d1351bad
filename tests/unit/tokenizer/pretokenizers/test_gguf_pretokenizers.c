/* SPDX-License-Identifier: Apache-2.0 */
/* test_gguf_pretokenizers.c - the table of pre-tokenizers' names: each entry is JSON, no name stands twice. */
#include "gguf_pretokenizers.h"

#include "pretokenizer_kinds.h"

#include "../../../zest_test.h"

/* The type of the component, or "" where the text is none. */
static void type_of(const char *text, char *ret_type, size_t capacity)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(json, "type"));
    snprintf(ret_type, capacity, "%s", type ? type : "");
    json_decref(json);
}

/* The regular expression of the index-th Split of a Sequence. */
static char *regex_of(const char *text, size_t index)
{
    json_t *json = json_loads(text, 0, NULL);
    json_t *split = json_array_get(json_object_get(json, "pretokenizers"), index);
    const char *regex = json_string_value(json_object_get(json_object_get(split, "pattern"), "Regex"));
    char *copy = strdup(regex ? regex : "");
    json_decref(json);
    return copy;
}

ZEST_TEST(every_name_is_found_once_and_holds_json)
{
    struct zest_buffer names;
    zest_buffer_init(&names, 1 << 16);
    zest_gguf_pretokenizer_names(&names);
    zest_buffer_append(&names, "", 1);
    ZEST_CHECK(!names.failed);
    size_t count = 0;
    for (char *save, *name = strtok_r(names.data, ", ", &save); name; name = strtok_r(NULL, ", ", &save), count++) {
        const struct zest_gguf_pretokenizer *found = zest_gguf_pretokenizer_find(zest_text_of(name));
        char type[32] = "";
        if (found)
            type_of(found->pre_tokenizer_json, type, sizeof type);
        if (!found || strcmp(found->name, name) != 0 || !type[0])
            ZEST_FAILED("%s is not found, or its pre-tokenizer is no component", name);
        if (found && found->normalizer_json)
            type_of(found->normalizer_json, type, sizeof type);
        if (!type[0])
            ZEST_FAILED("the normalizer of %s is no component", name);
        for (const char *other = name + strlen(name) + 1; other < names.data + names.size - 1;
             other += strcspn(other, ",") + 2)
            if (strncmp(other, name, strlen(name)) == 0 && strchr(",", other[strlen(name)]))
                ZEST_FAILED("%s stands twice", name);
    }
    ZEST_CHECK(count >= 80);
    zest_buffer_finish(&names);
}

/* Whether the entry's pre-tokenizer can be made. */
static void check_made(const char *name)
{
    const struct zest_gguf_pretokenizer *family = zest_gguf_pretokenizer_find(zest_text_of(name));
    json_t *json = json_loads(family->pre_tokenizer_json, 0, NULL);
    struct zest_arena arena;
    struct zest_error error = {0};
    struct zest_pretokenizer *made = NULL;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    if (zest_pretokenizer_create(json, &arena, &made, &error) != ZEST_OK)
        ZEST_FAILED("%s: %s", name, error.message);
    zest_pretokenizer_finish(made);
    zest_arena_finish(&arena);
    json_decref(json);
}

ZEST_TEST(every_pre_tokenizer_can_be_made)
{
    struct zest_buffer names;
    zest_buffer_init(&names, 1 << 16);
    zest_gguf_pretokenizer_names(&names);
    zest_buffer_append(&names, "", 1);
    for (char *save, *name = strtok_r(names.data, ", ", &save); name; name = strtok_r(NULL, ", ", &save))
        check_made(name);
    zest_buffer_finish(&names);
}

ZEST_TEST(an_unknown_name_is_not_found)
{
    ZEST_CHECK(!zest_gguf_pretokenizer_find(ZEST_TEXT("qwen")));
    ZEST_CHECK(!zest_gguf_pretokenizer_find(ZEST_TEXT("")));
}

static void check_regex(const char *family, size_t index, const char *expected)
{
    char *regex = regex_of(zest_gguf_pretokenizer_find(zest_text_of(family))->pre_tokenizer_json, index);
    ZEST_CHECK_TEXT(zest_text_of(regex), zest_text_of(expected));
    free(regex);
}

ZEST_TEST(escapes_survive_c_and_json)
{
    check_regex("qwen2", 0,
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
                "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
    check_regex("deepseek-v3", 1, "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+");
}

ZEST_TEST(flags_are_those_of_the_family)
{
    const struct zest_gguf_pretokenizer *llama = zest_gguf_pretokenizer_find(ZEST_TEXT("llama-bpe"));
    ZEST_CHECK(llama->ignore_merges && llama->adds_bos && !llama->normalizer_json);
    const struct zest_gguf_pretokenizer *qwen = zest_gguf_pretokenizer_find(ZEST_TEXT("qwen2"));
    ZEST_CHECK(!qwen->ignore_merges && !qwen->adds_bos && qwen->normalizer_json);
}
