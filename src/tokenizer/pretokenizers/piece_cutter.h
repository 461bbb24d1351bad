/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece_cutter.h - cuts a piece where a pattern matches, in the five ways of the reference, and rewrites pieces.
 *
 * A pattern tells the parts of a piece one after the other (matches and what lies between); the cutter decides which of
 * them are pieces, which are joined and which are dropped, with a memory of one part. One thread at a time.
 */
#ifndef ZEST_PIECE_CUTTER_H
#define ZEST_PIECE_CUTTER_H

#include "scratch_pool.h"
#include "stages.h"

#include <jansson.h>

/* What becomes of a match. The names are those of tokenizer.json. */
enum zest_cut {
    ZEST_CUT_REMOVED,
    ZEST_CUT_ISOLATED,
    ZEST_CUT_MERGED_WITH_PREVIOUS,
    ZEST_CUT_MERGED_WITH_NEXT,
    ZEST_CUT_CONTIGUOUS,
};

struct zest_piece_cutter {
    enum zest_cut cut;
    bool inverted; /* a match counts as what lies between, and the other way round */
    const struct zest_pieces *in;
    struct zest_pieces *out;
    const struct zest_piece *piece; /* the one being cut */
    size_t start, end;              /* the part that waits for what follows; in bytes of the piece */
    bool waits, matched;            /* whether one waits; whether the last part matched */
};

/* Begins a piece of `in`. */
void zest_cutter_begin(struct zest_piece_cutter *cutter, const struct zest_piece *piece);
/* The next part, in bytes of the piece; parts leave no gaps. A zest_regex_part. */
void zest_cutter_part(void *cutter, size_t start, size_t end, bool matched);
void zest_cutter_end(struct zest_piece_cutter *cutter);

/* Cuts the piece at each character for which `is` answers true. */
void zest_cutter_by_character(struct zest_piece_cutter *cutter, const struct zest_piece *piece,
                              bool (*is)(const void *context, uint32_t code_point), const void *context);

/* Where text->bytes[start] comes from: the byte of the original. `piece` is the one that holds it. */
static inline uint32_t zest_piece_origin(const struct zest_pieces *pieces, const struct zest_piece *piece, size_t start)
{
    if (pieces->text.aligned)
        return pieces->text.origins[start].start;
    return piece->origin + (uint32_t)(start - piece->start);
}

static inline const unsigned char *zest_piece_text(const struct zest_pieces *pieces, const struct zest_piece *piece)
{
    return pieces->text.bytes + piece->start;
}

/* Keeps the first failure. */
static inline void zest_pieces_fail(struct zest_pieces *pieces, enum zest_status status)
{
    if (pieces->status == ZEST_OK)
        pieces->status = status;
}

/*
 * Puts `text` before what the piece holds, as the reference's prepend: it stands for the piece's first character, and
 * that character's bytes all stand for what its last byte stood for. Appends both to out's open piece.
 */
void zest_pieces_prepend(struct zest_pieces *out, const struct zest_pieces *in, const struct zest_piece *piece,
                         const char *text, size_t size);

/* ---- pieces for a moment ---- */

/* Empty ones, aligned as told; NULL where memory is out. */
struct zest_pieces *zest_pieces_borrow(struct zest_scratch_pool *pool, bool aligned);
void zest_pieces_return(struct zest_scratch_pool *pool, struct zest_pieces *pieces); /* takes NULL */
void zest_pieces_drain(struct zest_scratch_pool *pool);                              /* frees all in the pool */

#endif
