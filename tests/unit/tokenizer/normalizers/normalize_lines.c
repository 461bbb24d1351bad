/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_lines.c - runs normalizers for tests/system/test_normalizers.py. A line of JSON in, a line out:
 *
 *     {"component": {"type": "NFC"}, "texts": ["é"], "aligned": true}  →  {"texts": ["é"], "origins": [[0, 3, 0, 3]]}
 *     {"set": "Lu"}                                                    →  {"ranges": [65, 90, 192, …]}
 *
 * Origins are start and end in bytes, two numbers a byte of the result. What fails answers {"error": "…"}.
 */
#include "component.h"
#include "unicode_set.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *origins_of(const struct zest_aligned *text)
{
    json_t *array = json_array();
    for (size_t i = 0; text->aligned && i < text->size; i++) {
        json_array_append_new(array, json_integer(text->origins[i].start));
        json_array_append_new(array, json_integer(text->origins[i].end));
    }
    return array;
}

static json_t *run_texts(const struct zest_normalizer *normalizer, const json_t *texts, bool aligned)
{
    struct zest_aligned in = {0}, out = {0};
    json_t *results = json_array(), *origins = json_array(), *reply = json_object();
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)texts, index, text)
    {
        zest_aligned_reset(&in, aligned);
        zest_aligned_reset(&out, aligned);
        zest_aligned_append_original(&in, (const unsigned char *)json_string_value(text), json_string_length(text), 0);
        zest_normalizer_run(normalizer, &in, &out);
        if (in.status != ZEST_OK || out.status != ZEST_OK) {
            fprintf(stderr, "text %zu fails: %s\n", index, zest_status_name(out.status));
            exit(1);
        }
        json_t *result = json_stringn((const char *)out.bytes, out.size); /* NULL where it is no UTF-8 */
        json_array_append_new(results, result ? result : out.size == 0 ? json_string("") : json_null());
        json_array_append_new(origins, origins_of(&out));
    }
    json_object_set_new(reply, "texts", results);
    json_object_set_new(reply, "origins", origins);
    zest_aligned_finish(&in);
    zest_aligned_finish(&out);
    return reply;
}

static json_t *run_component(const json_t *request)
{
    struct zest_arena arena;
    struct zest_error error = {0};
    struct zest_normalizer *normalizer = NULL;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    json_t *reply;
    if (zest_normalizer_create(json_object_get(request, "component"), &arena, &normalizer, &error) == ZEST_OK &&
        zest_normalizer_prepare(normalizer, &error) == ZEST_OK)
        reply =
            run_texts(normalizer, json_object_get(request, "texts"), json_is_true(json_object_get(request, "aligned")));
    else
        reply = json_pack("{s:s}", "error", error.message);
    zest_normalizer_finish(normalizer);
    zest_arena_finish(&arena);
    return reply;
}

static json_t *list_set(const char *name)
{
    const struct zest_unicode_set *set = zest_unicode_set_find(zest_text_of(name));
    if (!set)
        return json_pack("{s:s}", "error", "there is no such set");
    json_t *ranges = json_array();
    for (size_t i = 0; i < set->count; i++) {
        json_array_append_new(ranges, json_integer(set->ranges[i].first));
        json_array_append_new(ranges, json_integer(set->ranges[i].last));
    }
    return json_pack("{s:o}", "ranges", ranges);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    while ((size = getline(&line, &capacity, stdin)) > 0) {
        json_error_t problem;
        json_t *request = json_loadb(line, (size_t)size, JSON_ALLOW_NUL, &problem);
        if (!request) {
            fprintf(stderr, "no JSON: %s\n", problem.text);
            return 1;
        }
        const json_t *set = json_object_get(request, "set");
        json_t *reply = set ? list_set(json_string_value(set)) : run_component(request);
        json_dumpf(reply, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(reply);
        json_decref(request);
    }
    free(line);
    return 0;
}
