/* SPDX-License-Identifier: Apache-2.0 */
/*
 * post_processor.h - what is put round the tokens of one text or a pair.
 *
 * A processor turns a list of encodings (one a text) into a longer list (special tokens as encodings of their own); the
 * list is merged at the end. Immutable after creation: any thread.
 *
 * To add a kind: a file with its struct zest_post_processor_kind, a line in post_processor.c, one in meson.build, a
 * test.
 */
#ifndef ZEST_POST_PROCESSOR_H
#define ZEST_POST_PROCESSOR_H

#include "encoding.h"

struct zest_post_processor {
    const struct zest_post_processor_kind *kind;
};

struct zest_encoding_list {
    struct zest_encoding *items;
    size_t count;
};

struct zest_post_processor_kind {
    const char *type; /* "TemplateProcessing" */
    enum zest_status (*create)(const json_t *json, struct zest_arena *arena, struct zest_post_processor **ret_processor,
                               struct zest_error *error);
    /* How many tokens it adds to one text, or to a pair. */
    size_t (*added)(const struct zest_post_processor *self, bool pair);
    /* May replace list->items by others in the arena. False where memory is out. */
    bool (*run)(const struct zest_post_processor *self, struct zest_encoding_list *list, bool add_special,
                struct zest_arena *arena);
};

/* `json` null or NULL: *ret_processor is NULL, which adds nothing. */
enum zest_status zest_post_processor_create(const json_t *json, struct zest_arena *arena,
                                            struct zest_post_processor **ret_processor,
                                            struct zest_error *error) ZEST_MUST_CHECK;
size_t zest_post_processor_added(const struct zest_post_processor *processor, bool pair); /* processor may be NULL */
/* One text (`second` NULL) or a pair to one encoding. `processor` may be NULL. False where memory is out. */
bool zest_post_process(const struct zest_post_processor *processor, const struct zest_encoding *first,
                       const struct zest_encoding *second, bool add_special, struct zest_arena *arena,
                       struct zest_encoding *ret_encoding) ZEST_MUST_CHECK;

/* ---- for the kinds ---- */

/* A token that is added round a text: ["[SEP]", 102]. */
struct zest_added_round {
    struct zest_text text;
    uint32_t id;
};

/* An encoding of special tokens. */
bool zest_encoding_of_special(const struct zest_added_round *tokens, size_t count, uint32_t type_id,
                              struct zest_arena *arena, struct zest_encoding *ret_encoding) ZEST_MUST_CHECK;
/* The same for one token; `is_first`: it begins its text. */
void zest_trim_span(struct zest_encoded *token, bool is_first, bool add_prefix_space);
/* Takes white space out of the spans, as a byte-level tokenizer's words begin with it (postprocess_bytelevel.c). */
void zest_trim_spans(struct zest_encoding_list *list, bool add_prefix_space);

extern const struct zest_post_processor_kind zest_post_bert, zest_post_roberta, zest_post_bytelevel, zest_post_template,
    zest_post_sequence;

#endif
