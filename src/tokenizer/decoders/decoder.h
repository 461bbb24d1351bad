/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decoder.h - from tokens back to text: one file each kind, made from "decoder" of tokenizer.json.
 *
 * A decoder takes the texts of tokens, as the vocabulary writes them, and gives a list of texts that joined are the
 * answer. Which ids have a text and which are skipped is decided before (the decode flow). Kinds that look at one token
 * at a time have `map`, the others `run`; a Sequence is taken apart when it is created, so that a decoder is a list of
 * steps. Exactly as Hugging Face tokenizers 0.23 has it, but where the reference panics (Strip of more than there is).
 *
 * Immutable after creation, lives in the arena it was created in: any number of threads may run it.
 *
 * To add a kind: a file that ends with its struct zest_decoder_kind, its line in decoder_list.c and in decoder_kinds.h,
 * a line in meson.build, a test.
 */
#ifndef ZEST_DECODER_H
#define ZEST_DECODER_H

#include "stages.h"

#include <jansson.h>

#define ZEST_DECODER_STEPS_MAX 64u

/* ---- lists of texts ---- */

/* Keeps its memory. The first failure stays in `status` until the next reset, appending to what failed does nothing. */
struct zest_texts {
    char *bytes; /* the texts, one after the other */
    size_t size, byte_capacity;
    size_t *ends; /* [count] where each text ends in bytes */
    size_t count, end_capacity;
    enum zest_status status;
};

void zest_texts_reset(struct zest_texts *texts);
void zest_texts_finish(struct zest_texts *texts); /* takes a zeroed one too */
/* Bytes for the text that is being written, behind the last one. */
void zest_texts_append(struct zest_texts *texts, const void *bytes, size_t size);
void zest_texts_close(struct zest_texts *texts); /* what was appended since the last one is a text */
void zest_texts_add(struct zest_texts *texts, struct zest_text text);

static inline struct zest_text zest_texts_at(const struct zest_texts *texts, size_t at)
{
    size_t start = at > 0 ? texts->ends[at - 1] : 0;
    return (struct zest_text){texts->bytes + start, texts->ends[at] - start};
}

/* All texts, joined. */
static inline struct zest_text zest_texts_joined(const struct zest_texts *texts)
{
    return (struct zest_text){texts->bytes, texts->count > 0 ? texts->ends[texts->count - 1] : 0};
}

/* ---- decoders ---- */

struct zest_decoder_step {
    const struct zest_decoder_kind *kind;
};

struct zest_decoder_kind {
    const char *type; /* "Fuse" */
    enum zest_status (*create)(const json_t *json, struct zest_arena *arena, struct zest_decoder_step **ret_step,
                               struct zest_error *error);
    /* Appends what one token becomes to `out`, without closing it. NULL: see run. */
    void (*map)(const struct zest_decoder_step *self, struct zest_text token, bool is_first, struct zest_texts *out);
    /* Reads `in`, writes `out`, which is empty. NULL where there is `map`. */
    void (*run)(const struct zest_decoder_step *self, const struct zest_texts *in, struct zest_texts *out);
    void (*finish)(struct zest_decoder_step *self); /* NULL: nothing to do */
};

/*
 * What a decoder comes to where each token's text is mapped on its own and the rest is joining: what streams and tables
 * of finished texts need. Chains that don't are ZEST_DECODE_GENERAL.
 */
enum zest_decode_join {
    ZEST_DECODE_GENERAL,
    ZEST_DECODE_PLAIN,         /* texts are joined */
    ZEST_DECODE_BYTE_LEVEL,    /* bytes are joined, then read as UTF-8 */
    ZEST_DECODE_BYTE_FALLBACK, /* runs of "<0xNN>" are read as UTF-8, texts are joined */
};

struct zest_decoder {
    const struct zest_decoder_step **steps;
    size_t step_count;
    bool has_steps; /* false: there is no decoder, tokens are joined by blanks */
    enum zest_decode_join join;
    size_t map_count;               /* steps in front that map tokens one by one */
    bool first_differs;             /* the first token may be mapped otherwise than later ones */
    struct zest_text strip_content; /* not empty: the joined text loses this once at its start */
};

struct zest_decoder_scratch {
    struct zest_texts a, b;
};

void zest_decoder_scratch_finish(struct zest_decoder_scratch *scratch);

/* `json` null or NULL: no decoder. */
enum zest_status zest_decoder_create(const json_t *json, struct zest_arena *arena, struct zest_decoder **ret_decoder,
                                     struct zest_error *error) ZEST_MUST_CHECK;
void zest_decoder_finish(struct zest_decoder *decoder); /* takes NULL */
/* Decodes tokens (which may be any list but the scratch's). The answer lies in the scratch; its status tells. */
const struct zest_texts *zest_decoder_run(const struct zest_decoder *decoder, struct zest_decoder_scratch *scratch,
                                          const struct zest_texts *tokens);
/* What the mapping steps make of one token; lies in the scratch. */
struct zest_text zest_decoder_map(const struct zest_decoder *decoder, struct zest_decoder_scratch *scratch,
                                  struct zest_text token, bool is_first);

#endif
