/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caller.c - a small caller of two services, compiled in four ways by tests/system/test_zero_cost.py.
 *
 *     -DZEST_BINDING_STATIC                  by the contract's call functions, sealed
 *     -DPROOF_HAND                           as one would write it by hand: the implementation by its name
 *     (nothing)                              by the contract's call functions, through the ops table
 *     -DZEST_BINDING_STATIC -DPROOF_PLANTED  sealed, with a mode flag planted in the call: the negative control
 *
 * The first two must be the same machine code; the third one instruction longer a call; the fourth must not pass.
 */
#include <zest/api/memory_native.h>
#include <zest/api/tokenizer_native.h>

#ifdef PROOF_HAND
#define TOKENIZE zest_tokenizer_native_tokenize
#define FIND_BLOCK zest_memory_native_find_block
#else
#define TOKENIZE zest_tokenizer_tokenize
#define FIND_BLOCK zest_memory_find_block
#endif

enum zest_status tokenize_once(struct zest_tokenizer *tokenizer, struct zest_call *call,
                               const struct zest_tokenizer_tokenize_request *request,
                               struct zest_tokenizer_tokenize_reply *ret_reply);
enum zest_status find_once(struct zest_memory *memory, struct zest_call *call,
                           const struct zest_memory_find_block_request *request,
                           struct zest_memory_find_block_reply *ret_reply);
size_t count_found(struct zest_memory *memory, struct zest_call *call,
                   const struct zest_memory_find_block_request *requests, size_t count);

#ifdef PROOF_PLANTED
extern int proof_is_research;
void proof_note(void);
#define PLANTED            \
    if (proof_is_research) \
        proof_note();
#else
#define PLANTED
#endif

enum zest_status tokenize_once(struct zest_tokenizer *tokenizer, struct zest_call *call,
                               const struct zest_tokenizer_tokenize_request *request,
                               struct zest_tokenizer_tokenize_reply *ret_reply)
{
    PLANTED
    return TOKENIZE(tokenizer, call, request, ret_reply);
}

enum zest_status find_once(struct zest_memory *memory, struct zest_call *call,
                           const struct zest_memory_find_block_request *request,
                           struct zest_memory_find_block_reply *ret_reply)
{
    PLANTED
    return FIND_BLOCK(memory, call, request, ret_reply);
}

/* As a caller would: a loop round the call, a look at its status and answer. */
size_t count_found(struct zest_memory *memory, struct zest_call *call,
                   const struct zest_memory_find_block_request *requests, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct zest_memory_find_block_reply reply;
        PLANTED
        if (FIND_BLOCK(memory, call, &requests[i], &reply) == ZEST_OK)
            found++;
    }
    return found;
}
