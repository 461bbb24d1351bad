/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocabulary.h - the tokens of a model: id to bytes, bytes to id, and what kind each is.
 *
 * Immutable after init: any number of threads may read.
 */
#ifndef ZEST_VOCABULARY_H
#define ZEST_VOCABULARY_H

#include "../core/gguf.h"

#define ZEST_NO_TOKEN UINT32_MAX
#define ZEST_VOCABULARY_MAX (1u << 22) /* tokens; the largest known vocabulary has 2^18 */

/* The numbers of tokenizer.ggml.token_type. */
enum zest_token_kind {
    ZEST_TOKEN_NORMAL = 1,
    ZEST_TOKEN_UNKNOWN = 2,
    ZEST_TOKEN_CONTROL = 3,
    ZEST_TOKEN_USER_DEFINED = 4,
    ZEST_TOKEN_UNUSED = 5,
    ZEST_TOKEN_BYTE = 6,
};

struct zest_vocabulary {
    struct zest_arena arena;
    uint32_t count;
    uint32_t size_max;       /* bytes of the longest token */
    const char *bytes;       /* what the tokens stand for, one after the other */
    const uint32_t *offsets; /* [count + 1] into bytes */
    const uint8_t *kinds;    /* [count] enum zest_token_kind */
    const uint32_t *slots;   /* bytes -> id, open addressing; only tokens written in the byte alphabet */
    uint32_t slot_mask;
};

/* Reads tokenizer.ggml.tokens and .token_type, written in GPT-2's byte alphabet. */
enum zest_status zest_vocabulary_init(struct zest_vocabulary *vocabulary, const struct zest_gguf *gguf,
                                      struct zest_error *error) ZEST_MUST_CHECK;
void zest_vocabulary_finish(struct zest_vocabulary *vocabulary); /* takes a zeroed one too */

/* ZEST_NO_TOKEN where no token stands for these bytes. */
uint32_t zest_vocabulary_find(const struct zest_vocabulary *vocabulary, const void *bytes, size_t size);

/* `id` is below count. */
static inline struct zest_text zest_vocabulary_bytes(const struct zest_vocabulary *vocabulary, uint32_t id)
{
    return (struct zest_text){vocabulary->bytes + vocabulary->offsets[id],
                              vocabulary->offsets[id + 1] - vocabulary->offsets[id]};
}

static inline bool zest_token_is_special(uint8_t kind)
{
    return kind == ZEST_TOKEN_CONTROL || kind == ZEST_TOKEN_UNKNOWN;
}

/* Turns text in GPT-2's byte alphabet (a printable character for each byte) into bytes. Answers how many were written
   to `out` (at most text.size), or SIZE_MAX where a character is outside the alphabet. */
size_t zest_byte_alphabet_decode(struct zest_text text, char *out);

#endif
