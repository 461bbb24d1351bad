/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages.c - growing and copying what the stages hand to each other. One thread at a time.
 */
#include "stages.h"

#include "character.h"

#include <assert.h>
#include <stdlib.h>

/* Room for `wanted` items of `size` bytes behind *items; false (the items stay) where memory is out. */
static bool grow(void *items, size_t *capacity, size_t wanted, size_t size)
{
    void **place = items;
    if (wanted <= *capacity)
        return true;
    size_t larger = wanted + wanted / 2 + 64;
    void *grown = realloc(*place, larger * size);
    if (!grown)
        return false;
    *place = grown;
    *capacity = larger;
    return true;
}

/* ---- aligned text ---- */

void zest_aligned_reset(struct zest_aligned *text, bool aligned)
{
    text->size = 0;
    text->aligned = aligned;
    text->begin = 0;
    text->status = ZEST_OK;
}

void zest_aligned_finish(struct zest_aligned *text)
{
    free(text->bytes);
    free(text->origins);
    *text = (struct zest_aligned){0};
}

static bool reserve_text(struct zest_aligned *text, size_t more)
{
    size_t wanted = text->size + more;
    if (text->status != ZEST_OK)
        return false;
    if (wanted > 4 * ZEST_TEXT_SIZE_MAX - 64) /* positions are 32-bit */
        text->status = ZEST_TOO_LARGE;
    else if (!grow(&text->bytes, &text->byte_capacity, wanted, 1) ||
             (text->aligned && !grow(&text->origins, &text->origin_capacity, wanted, sizeof *text->origins)))
        text->status = ZEST_OUT_OF_MEMORY;
    return text->status == ZEST_OK;
}

void zest_aligned_append_original(struct zest_aligned *text, const unsigned char *bytes, size_t size, size_t origin)
{
    if (size == 0 || !reserve_text(text, size))
        return;
    if (text->size == 0)
        text->begin = (uint32_t)origin;
    memcpy(text->bytes + text->size, bytes, size);
    for (size_t at = 0; text->aligned && at < size;) {
        size_t length = zest_character_size(bytes[at]);
        assert(at + length <= size); /* whole characters */
        for (size_t i = 0; i < length; i++)
            text->origins[text->size + at + i] =
                (struct zest_span){(uint32_t)(origin + at), (uint32_t)(origin + at + length)};
        at += length;
    }
    text->size += size;
}

void zest_aligned_put(struct zest_aligned *text, const void *bytes, size_t size, struct zest_span origin)
{
    if (size == 0 || !reserve_text(text, size))
        return;
    memcpy(text->bytes + text->size, bytes, size);
    for (size_t i = 0; text->aligned && i < size; i++)
        text->origins[text->size + i] = origin;
    text->size += size;
}

void zest_aligned_copy(struct zest_aligned *text, const struct zest_aligned *from, size_t start, size_t end)
{
    assert(start <= end && end <= from->size && from->aligned >= text->aligned);
    if (start == end || !reserve_text(text, end - start))
        return;
    memcpy(text->bytes + text->size, from->bytes + start, end - start);
    if (text->aligned)
        memcpy(text->origins + text->size, from->origins + start, (end - start) * sizeof *from->origins);
    text->size += end - start;
}

/* ---- pieces ---- */

void zest_pieces_reset(struct zest_pieces *pieces, bool aligned)
{
    zest_aligned_reset(&pieces->text, aligned);
    pieces->count = 0;
    pieces->status = ZEST_OK;
}

void zest_pieces_finish(struct zest_pieces *pieces)
{
    zest_aligned_finish(&pieces->text);
    free(pieces->list);
    *pieces = (struct zest_pieces){0};
}

void zest_pieces_close(struct zest_pieces *pieces, uint32_t origin)
{
    uint32_t start = pieces->count > 0 ? pieces->list[pieces->count - 1].end : 0;
    if (pieces->status == ZEST_OK)
        pieces->status = pieces->text.status;
    if (pieces->status != ZEST_OK || pieces->text.size == start)
        return;
    if (!grow(&pieces->list, &pieces->capacity, pieces->count + 1, sizeof *pieces->list)) {
        pieces->status = ZEST_OUT_OF_MEMORY;
        return;
    }
    pieces->list[pieces->count++] = (struct zest_piece){start, (uint32_t)pieces->text.size, origin};
}

void zest_pieces_copy(struct zest_pieces *pieces, const struct zest_pieces *in, size_t start, size_t end,
                      uint32_t origin)
{
    zest_aligned_copy(&pieces->text, &in->text, start, end);
    zest_pieces_close(pieces, origin);
}

/* ---- tokens ---- */

bool zest_tokens_reserve(struct zest_tokens *tokens, size_t more)
{
    if (tokens->status == ZEST_OK &&
        !grow(&tokens->list, &tokens->capacity, tokens->count + more, sizeof *tokens->list))
        tokens->status = ZEST_OUT_OF_MEMORY;
    return tokens->status == ZEST_OK;
}

void zest_tokens_finish(struct zest_tokens *tokens)
{
    free(tokens->list);
    *tokens = (struct zest_tokens){0};
}
