/* SPDX-License-Identifier: Apache-2.0 */
/* folder_config.c - fields of tokenizer_config.json, and of the older added_tokens.json. Stateless. */
#include "folder_config.h"

#include <stdio.h>
#include <stdlib.h>

static struct zest_text text_of(const json_t *value)
{
    if (!json_is_string(value))
        return ZEST_TEXT("");
    return (struct zest_text){json_string_value(value), json_string_length(value)};
}

struct zest_text zest_config_token(const json_t *config, const char *key)
{
    const json_t *value = json_object_get(config, key);
    return text_of(json_is_object(value) ? json_object_get(value, "content") : value);
}

bool zest_config_flag(const json_t *config, const char *key, bool fallback)
{
    const json_t *value = json_object_get(config, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

struct zest_text zest_config_class(const json_t *config)
{
    struct zest_text name = text_of(json_object_get(config, "tokenizer_class"));
    if (name.size > 4 && memcmp(name.data + name.size - 4, "Fast", 4) == 0)
        name.size -= 4;
    return name;
}

bool zest_config_is_class(const json_t *config, const char *const names[], size_t count)
{
    struct zest_text name = zest_config_class(config);
    for (size_t i = 0; i < count; i++)
        if (zest_text_equal(name, zest_text_of(names[i])))
            return true;
    return false;
}

static int compare_ids(const void *a, const void *b)
{
    const struct zest_added_token *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

bool zest_config_added(const json_t *config, struct zest_arena *arena, struct zest_added_list *list)
{
    json_t *decoder = json_object_get(config, "added_tokens_decoder"), *value;
    const char *key;
    size_t first = list->count;
    json_object_foreach(decoder, key, value)
    {
        struct zest_added_token token = {
            .content = zest_text_copy(arena, zest_config_token(decoder, key)),
            .id = (uint32_t)strtoul(key, NULL, 10),
            .special = zest_config_flag(value, "special", false),
            .lstrip = zest_config_flag(value, "lstrip", false),
            .rstrip = zest_config_flag(value, "rstrip", false),
            .single_word = zest_config_flag(value, "single_word", false),
        };
        token.normalized = zest_config_flag(value, "normalized", !token.special);
        if (!token.content.data || !zest_added_list_add(list, &token))
            return false;
    }
    if (list->count > first)
        qsort(list->entries + first, list->count - first, sizeof *list->entries, compare_ids);
    return true;
}

bool zest_config_special(struct zest_text content, struct zest_arena *arena, struct zest_added_list *list)
{
    struct zest_added_token token = {.content = zest_text_copy(arena, content), .special = true};
    return content.size == 0 || (token.content.data && zest_added_list_add(list, &token));
}

/* ---- added_tokens.json ---- */

/* Whether some "…_token", or the list of additional ones, is this text. */
static bool names_special(const json_t *config, struct zest_text content)
{
    static const char *const keys[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token"};
    const json_t *more = json_object_get(config, "additional_special_tokens"), *item;
    size_t i;
    for (i = 0; i < ZEST_COUNT(keys); i++)
        if (zest_text_equal(zest_config_token(config, keys[i]), content))
            return true;
    json_array_foreach(more, i, item)
    {
        if (zest_text_equal(text_of(json_is_object(item) ? json_object_get(item, "content") : item), content))
            return true;
    }
    return false;
}

bool zest_config_take_old_added(json_t *config, const json_t *old_added, const json_t *specials, const char **ret_wrong)
{
    json_t *decoder = json_object_get(config, "added_tokens_decoder"), *id;
    const char *content;
    *ret_wrong = NULL;
    if (!json_is_object(decoder)) {
        decoder = json_object();
        if (json_object_set_new(config, "added_tokens_decoder", decoder) != 0)
            return false;
    }
    json_object_foreach((json_t *)old_added, content, id)
    {
        char key[24];
        struct zest_text text = zest_text_of(content);
        if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) >= ZEST_VOCABULARY_MAX) {
            *ret_wrong = content;
            return true;
        }
        snprintf(key, sizeof key, "%d", (int)json_integer_value(id));
        if (json_object_get(decoder, key))
            continue;
        json_t *token = json_pack("{s:s, s:b}", "content", content, "special",
                                  names_special(config, text) || names_special(specials, text));
        if (!token || json_object_set_new(decoder, key, token) != 0)
            return false;
    }
    return true;
}
