/* SPDX-License-Identifier: Apache-2.0 */
/*
 * component.h - normalizers, pre-tokenizers and token models: one file each kind, made from the JSON of tokenizer.json.
 *
 * Each object begins with a pointer to its kind and lives in the arena that it was created in (finish frees only what
 * lies elsewhere, such as a compiled regular expression). Immutable after creation: any number of threads may run it,
 * each with a scratch of its own. An unknown type, field or value is an error that names it.
 *
 * Regular expressions are translated when they first run. `prepare` translates them all and so refuses those that are
 * wrong: done once, when an image is compiled.
 *
 * To add a kind: a file that ends with its struct zest_…_kind, a line in the list beside it (normalizers/,
 * pretokenizers/, models/), a line in meson.build, a test.
 */
#ifndef ZEST_TOKENIZER_COMPONENT_H
#define ZEST_TOKENIZER_COMPONENT_H

#include "image.h"

/* What running a component may write on beside its output; keeps its memory. One thread at a time. */
struct zest_regex_scratch; /* pretokenizers/regex.h */

/* ---- normalizers/ ---- */

struct zest_normalizer {
    const struct zest_normalizer_kind *kind;
};

struct zest_normalizer_kind {
    const char *type; /* "NFC", as in tokenizer.json */
    enum zest_status (*create)(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error);
    /* Appends the normalized `in` to `out`, which is empty and keeps origins where `in` does. */
    void (*run)(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out);
    void (*finish)(struct zest_normalizer *self); /* NULL: nothing to do */
};

/* `json` null or NULL: *ret_normalizer is NULL, which leaves text as it is. */
enum zest_status zest_normalizer_create(const json_t *json, struct zest_arena *arena,
                                        struct zest_normalizer **ret_normalizer,
                                        struct zest_error *error) ZEST_MUST_CHECK;
void zest_normalizer_run(const struct zest_normalizer *normalizer, const struct zest_aligned *in,
                         struct zest_aligned *out);
void zest_normalizer_finish(struct zest_normalizer *normalizer);
enum zest_status zest_normalizer_prepare(const struct zest_normalizer *normalizer,
                                         struct zest_error *error) ZEST_MUST_CHECK; /* takes NULL */

/* ---- pretokenizers/ ---- */

struct zest_pretokenizer {
    const struct zest_pretokenizer_kind *kind;
};

struct zest_pretokenizer_kind {
    const char *type; /* "ByteLevel" */
    enum zest_status (*create)(const json_t *json, struct zest_arena *arena,
                               struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error);
    /* Cuts each piece of `in` into pieces of `out`, which is empty and keeps origins where `in` does. */
    void (*run)(const struct zest_pretokenizer *self, const struct zest_pieces *in, struct zest_pieces *out);
    void (*finish)(struct zest_pretokenizer *self);
};

enum zest_status zest_pretokenizer_create(const json_t *json, struct zest_arena *arena,
                                          struct zest_pretokenizer **ret_pretokenizer,
                                          struct zest_error *error) ZEST_MUST_CHECK;
void zest_pretokenizer_run(const struct zest_pretokenizer *pretokenizer, const struct zest_pieces *in,
                           struct zest_pieces *out);
void zest_pretokenizer_finish(struct zest_pretokenizer *pretokenizer);
enum zest_status zest_pretokenizer_prepare(const struct zest_pretokenizer *pretokenizer,
                                           struct zest_error *error) ZEST_MUST_CHECK; /* takes NULL */

/* ---- models/ ---- */

struct zest_token_model {
    const struct zest_token_model_kind *kind;
};

struct zest_model_scratch; /* models/model_scratch.h: symbols and heaps that grow as words need them */
struct zest_model_steps;   /* models/model_steps.h: what a model did, for people */

struct zest_token_model_kind {
    const char *type; /* "BPE" */
    /* Adds the model's sections to the image. The vocabulary's are there already (vocabulary.h). */
    enum zest_status (*compile)(const struct zest_tokenizer_definition *definition, struct zest_image_builder *builder,
                                struct zest_error *error);
    /* `json` is "model" of the components; `image` outlives the model. */
    enum zest_status (*open)(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                             struct zest_token_model **ret_model, struct zest_error *error);
    /* Appends the tokens of one piece (1 .. 2^30 bytes of valid UTF-8). */
    void (*run)(const struct zest_token_model *self, struct zest_model_scratch *scratch, const unsigned char *piece,
                size_t size, struct zest_tokens *tokens);
    /* The same tokens by a plain replay, with the reason of each split and merge appended to `steps`. */
    void (*explain)(const struct zest_token_model *self, struct zest_model_scratch *scratch, const unsigned char *piece,
                    size_t size, struct zest_tokens *tokens, struct zest_model_steps *steps);
};

enum zest_status zest_token_model_compile(const struct zest_tokenizer_definition *definition,
                                          struct zest_image_builder *builder, struct zest_error *error) ZEST_MUST_CHECK;
enum zest_status zest_token_model_open(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                                       struct zest_token_model **ret_model, struct zest_error *error) ZEST_MUST_CHECK;

static inline void zest_token_model_run(const struct zest_token_model *model, struct zest_model_scratch *scratch,
                                        const unsigned char *piece, size_t size, struct zest_tokens *tokens)
{
    model->kind->run(model, scratch, piece, size, tokens);
}

/* NULL where memory is out. Serves any model. */
struct zest_model_scratch *zest_model_scratch_create(void);
void zest_model_scratch_destroy(struct zest_model_scratch *scratch); /* takes NULL */

#endif
