/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenize_lines.c - runs pre-tokenizers for tests in other languages, line by line.
 *
 *     {"component": {"type": "Digits", …}}   the pre-tokenizer from here on: {"ok": true} or {"error": "…"}
 *     {"text": "a1", "aligned": true}        cuts it: [["a", 0, 1], ["1", 1, 2]], offsets in bytes of the text
 *
 * Where "aligned" is false no origins are kept, and the first number is the piece's origin as it is counted then.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pretokenizer_kinds.h"

static json_t *set_component(const json_t *component, struct zest_arena *arena, struct zest_pretokenizer **pretokenizer)
{
    struct zest_error error = {0};
    zest_pretokenizer_finish(*pretokenizer);
    *pretokenizer = NULL;
    zest_arena_reset(arena);
    if (zest_pretokenizer_create(component, arena, pretokenizer, &error) != ZEST_OK ||
        zest_pretokenizer_prepare(*pretokenizer, &error) != ZEST_OK)
        return json_pack("{ss}", "error", error.message);
    return json_pack("{sb}", "ok", 1);
}

static json_t *list_pieces(const struct zest_pieces *pieces)
{
    json_t *list = json_array();
    for (size_t i = 0; i < pieces->count; i++) {
        const struct zest_piece *piece = &pieces->list[i];
        struct zest_span origin = zest_aligned_origin(&pieces->text, piece->start, piece->end);
        const char *text = (const char *)pieces->text.bytes + piece->start;
        json_array_append_new(
            list, json_pack("[s%ii]", text, (size_t)(piece->end - piece->start), (int)piece->origin, (int)origin.end));
    }
    return list;
}

static json_t *cut(const json_t *text, bool aligned, const struct zest_pretokenizer *pretokenizer,
                   struct zest_pieces pieces[2])
{
    struct zest_error error = {0};
    const unsigned char *bytes = (const unsigned char *)json_string_value(text);
    for (size_t i = 0; i < 2; i++)
        zest_pieces_reset(&pieces[i], aligned);
    zest_aligned_append_original(&pieces[0].text, bytes, json_string_length(text), 0);
    zest_pieces_close(&pieces[0], 0);
    zest_pretokenizer_run(pretokenizer, &pieces[0], &pieces[1]);
    if (pieces[1].status == ZEST_OK)
        return list_pieces(&pieces[1]);
    zest_pretokenizer_fail(pretokenizer, pieces[1].status, &error);
    return json_pack("{ss}", "error", error.message);
}

int main(void)
{
    struct zest_arena arena;
    struct zest_pretokenizer *pretokenizer = NULL;
    struct zest_pieces pieces[2] = {{.count = 0}};
    char *line = NULL;
    size_t capacity = 0;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
        json_t *request = json_loadb(line, (size_t)size, JSON_ALLOW_NUL, NULL);
        json_t *component = json_object_get(request, "component"), *text = json_object_get(request, "text");
        json_t *reply = component ? set_component(component, &arena, &pretokenizer)
                        : text    ? cut(text, !json_is_false(json_object_get(request, "aligned")), pretokenizer, pieces)
                                  : json_pack("{ss}", "error", "no request");
        json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        putchar('\n');
        fflush(stdout);
        json_decref(reply);
        json_decref(request);
    }
    zest_pretokenizer_finish(pretokenizer);
    for (size_t i = 0; i < 2; i++)
        zest_pieces_finish(&pieces[i]);
    zest_arena_finish(&arena);
    free(line);
    return 0;
}
