/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.h - one step: tokens of many sequences in, logits out.
 *
 * All buffers are made at creation, for `rows_max` tokens; longer steps are cut inside. Only the logits' buffer grows,
 * when a step asks for more rows than any before. One step at a time.
 *
 * Promise: on one instruction-set path the logits of a token depend on the tokens of its sequence alone, to the bit:
 * not on what else is in the step, how a prompt is cut, where its blocks lie, or the number of threads.
 */
#ifndef ZEST_COMPUTATION_FORWARD_H
#define ZEST_COMPUTATION_FORWARD_H

#include "kv.h"

enum zest_logits { ZEST_LOGITS_NONE, ZEST_LOGITS_LAST, ZEST_LOGITS_ALL };

struct zest_forward_entry {
    uint32_t token_count;     /* its tokens follow those of the entry before */
    uint32_t position;        /* of its first token in its sequence */
    const int32_t *block_ids; /* of positions 0 up to position + token_count */
    size_t block_count;
    enum zest_logits logits;
};

struct zest_forward;

/* Borrows all four; they outlive it. */
enum zest_status zest_forward_create(const struct zest_model *model, const struct zest_kernels *kernels,
                                     struct zest_threads *threads, struct zest_kv *kv, bool exact,
                                     struct zest_forward **ret_forward, struct zest_error *error) ZEST_MUST_CHECK;
void zest_forward_destroy(struct zest_forward *forward); /* takes NULL */

/* Checks everything before it computes. *ret_logits: [*ret_rows][vocab], valid until the next run. */
enum zest_status zest_forward_run(struct zest_forward *forward, const int32_t *token_ids, size_t token_count,
                                  const struct zest_forward_entry *entries, size_t entry_count,
                                  const float **ret_logits, size_t *ret_rows, struct zest_error *error) ZEST_MUST_CHECK;

/* Steps that ran on one thread because another process held the partner's core. */
uint64_t zest_forward_lonely_steps(const struct zest_forward *forward);

#endif
