/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages.h - what the stages of the plain path hand to each other: text with its origins, pieces of it, tokens.
 *
 *   text ─ normalizer ─► text ─ pre-tokenizer ─► pieces ─ token model ─► tokens ─ post-processor ─► encoding
 *
 * The plain path does one stage after the other, each exactly as the reference (Hugging Face tokenizers 0.23) defines
 * it, for every tokenizer there is. The fast path (fast/) does the known ones in one go and is checked against it.
 *
 * Everything here belongs to one thread at a time and keeps its memory from call to call. The first failure (no memory,
 * a pattern's limit) is kept in `status` until the next reset, and appending to what failed does nothing: stages need
 * no checks of their own, the flow looks once at the end.
 */
#ifndef ZEST_TOKENIZER_STAGES_H
#define ZEST_TOKENIZER_STAGES_H

#include <zest/core.h>

#define ZEST_NO_TOKEN UINT32_MAX
#define ZEST_TEXT_SIZE_MAX ((size_t)1 << 30) /* bytes of one text; spans are 32-bit */

/* [start, end) in bytes (in code points where a function says so). */
struct zest_span {
    uint32_t start, end;
};

/* ---- text with its origins ---------------------------------------------------------------------------------- */

/* Valid UTF-8 and, where offsets are wanted, which bytes of the original each of its bytes stands for. */
struct zest_aligned {
    unsigned char *bytes;
    struct zest_span *origins; /* [size]; not kept where `aligned` is false */
    size_t size, byte_capacity, origin_capacity;
    bool aligned;
    uint32_t begin; /* byte of the original where the text begins: what a normalizer inserts before all stands there */
    enum zest_status status; /* ZEST_OK, or the first failure */
};

void zest_aligned_reset(struct zest_aligned *text, bool aligned); /* empties it, keeps the memory */
void zest_aligned_finish(struct zest_aligned *text);              /* takes a zeroed one too */
/* Appends bytes of the original that begin at `origin` there, each standing for its whole character. */
void zest_aligned_append_original(struct zest_aligned *text, const unsigned char *bytes, size_t size, size_t origin);
/* Appends bytes that all stand for `origin`. */
void zest_aligned_put(struct zest_aligned *text, const void *bytes, size_t size, struct zest_span origin);
/* Appends from->bytes[start, end) with their origins. */
void zest_aligned_copy(struct zest_aligned *text, const struct zest_aligned *from, size_t start, size_t end);

/* What text->bytes[start, end) stands for; start < end. {0, 0} where no origins are kept. */
static inline struct zest_span zest_aligned_origin(const struct zest_aligned *text, size_t start, size_t end)
{
    if (!text->aligned)
        return (struct zest_span){0, 0};
    return (struct zest_span){text->origins[start].start, text->origins[end - 1].end};
}

/* ---- pieces ------------------------------------------------------------------------------------------------- */

/* A piece of the text: bytes [start, end) of pieces->text, end > start. */
struct zest_piece {
    uint32_t start, end;
    uint32_t origin; /* byte of the original where the piece begins, counted even where no origins are kept */
};

struct zest_pieces {
    struct zest_aligned text; /* the pieces' texts, one after the other */
    struct zest_piece *list;
    size_t count, capacity;
    enum zest_status status;
};

void zest_pieces_reset(struct zest_pieces *pieces, bool aligned);
void zest_pieces_finish(struct zest_pieces *pieces);
/* Makes all of text since the last piece a piece; nothing where that is empty. */
void zest_pieces_close(struct zest_pieces *pieces, uint32_t origin);
/* Copies in->text[start, end) as a piece of its own. `origin` as in struct zest_piece. */
void zest_pieces_copy(struct zest_pieces *pieces, const struct zest_pieces *in, size_t start, size_t end,
                      uint32_t origin);

/* ---- tokens ------------------------------------------------------------------------------------------------- */

struct zest_token {
    uint32_t id;
    struct zest_span span; /* bytes of the piece */
};

struct zest_tokens {
    struct zest_token *list;
    size_t count, capacity;
    enum zest_status status;
};

bool zest_tokens_reserve(struct zest_tokens *tokens, size_t more); /* room for `more`; false (and a status) where not */
void zest_tokens_finish(struct zest_tokens *tokens);

static inline void zest_tokens_add(struct zest_tokens *tokens, uint32_t id, uint32_t start, uint32_t end)
{
    if (tokens->count < tokens->capacity || zest_tokens_reserve(tokens, 1))
        tokens->list[tokens->count++] = (struct zest_token){id, {start, end}};
}

#endif
