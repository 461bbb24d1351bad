/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece_cutter.c - cuts pieces by the parts that a pattern tells.
 *
 * Source    NormalizedString::split, slice and prepend of the reference. It gathers all parts in a list and folds it,
 *           for MergedWithNext from the end; here each way needs to remember one part only:
 *
 *           Contiguous          joins parts of the same kind; none is known before the first but "no match"
 *           MergedWithPrevious  joins a match to the part before, unless that is a match too
 *           MergedWithNext      joins a match to the part behind, unless that is a match too
 *
 * Empty parts take part in this and vanish only as pieces.
 */
#include "piece_cutter.h"

#include <assert.h>
#include <stdlib.h>

#include "unicode_class.h"

#define KEPT_BYTES_MAX ((size_t)4 << 20) /* pieces of more text are not kept for the next user */

void zest_cutter_begin(struct zest_piece_cutter *cutter, const struct zest_piece *piece)
{
    cutter->piece = piece;
    cutter->waits = cutter->matched = false;
}

static void put_piece(struct zest_piece_cutter *cutter, size_t start, size_t end)
{
    size_t from = cutter->piece->start + start;
    if (start == end)
        return;
    zest_pieces_copy(cutter->out, cutter->in, from, cutter->piece->start + end,
                     zest_piece_origin(cutter->in, cutter->piece, from));
}

/* Lets go of the part that waits, and has this one wait. */
static void wait_for_next(struct zest_piece_cutter *cutter, size_t start, size_t end)
{
    if (cutter->waits)
        put_piece(cutter, cutter->start, cutter->end);
    cutter->start = start;
    cutter->end = end;
    cutter->waits = true;
}

void zest_cutter_part(void *context, size_t start, size_t end, bool matched)
{
    struct zest_piece_cutter *cutter = context;
    bool joins = false;
    matched ^= cutter->inverted;
    switch (cutter->cut) {
    case ZEST_CUT_REMOVED:
        if (!matched)
            put_piece(cutter, start, end);
        return;
    case ZEST_CUT_ISOLATED:
        put_piece(cutter, start, end);
        return;
    case ZEST_CUT_MERGED_WITH_PREVIOUS:
        joins = matched && !cutter->matched;
        break;
    case ZEST_CUT_MERGED_WITH_NEXT:
        joins = !matched && cutter->matched;
        break;
    case ZEST_CUT_CONTIGUOUS:
        joins = matched == cutter->matched;
        break;
    }
    if (joins && cutter->waits)
        cutter->end = end;
    else
        wait_for_next(cutter, start, end);
    cutter->matched = matched;
}

void zest_cutter_end(struct zest_piece_cutter *cutter)
{
    if (cutter->waits)
        put_piece(cutter, cutter->start, cutter->end);
    cutter->waits = false;
}

void zest_cutter_by_character(struct zest_piece_cutter *cutter, const struct zest_piece *piece,
                              bool (*is)(const void *context, uint32_t code_point), const void *context)
{
    const unsigned char *text = zest_piece_text(cutter->in, piece);
    size_t size = piece->end - piece->start, told = 0;
    zest_cutter_begin(cutter, piece);
    for (size_t at = 0; at < size;) {
        uint32_t length, c = zest_utf8_decode(text + at, &length);
        if (is(context, c)) {
            if (told < at)
                zest_cutter_part(cutter, told, at, false);
            zest_cutter_part(cutter, at, at + length, true);
            told = at + length;
        }
        at += length;
    }
    if (told < size)
        zest_cutter_part(cutter, told, size, false);
    zest_cutter_end(cutter);
}

void zest_pieces_prepend(struct zest_pieces *out, const struct zest_pieces *in, const struct zest_piece *piece,
                         const char *text, size_t size)
{
    uint32_t length;
    assert(piece->start < piece->end);
    zest_utf8_decode(zest_piece_text(in, piece), &length);
    size_t rest = piece->start + length;
    zest_aligned_put(&out->text, text, size, zest_aligned_origin(&in->text, piece->start, piece->start + 1));
    zest_aligned_put(&out->text, zest_piece_text(in, piece), length, zest_aligned_origin(&in->text, rest - 1, rest));
    zest_aligned_copy(&out->text, &in->text, rest, piece->end);
}

/* ---- pieces for a moment ---- */

static void destroy(struct zest_pieces *pieces)
{
    zest_pieces_finish(pieces);
    free(pieces);
}

struct zest_pieces *zest_pieces_borrow(struct zest_scratch_pool *pool, bool aligned)
{
    struct zest_pieces *pieces = zest_scratch_take(pool);
    if (!pieces)
        pieces = calloc(1, sizeof *pieces);
    if (pieces)
        zest_pieces_reset(pieces, aligned);
    return pieces;
}

void zest_pieces_return(struct zest_scratch_pool *pool, struct zest_pieces *pieces)
{
    if (!pieces)
        return;
    if (pieces->text.byte_capacity > KEPT_BYTES_MAX || !zest_scratch_put(pool, pieces))
        destroy(pieces);
}

void zest_pieces_drain(struct zest_scratch_pool *pool)
{
    for (struct zest_pieces *pieces; (pieces = zest_scratch_take(pool));)
        destroy(pieces);
}
