/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_services.h - a tokenizer and a model for tests of the engine, whose every answer can be computed by hand.
 *
 * The tokenizer's ids 0..255 are bytes; 256 ends a generation. The model's logits are a hash of the whole sequence so
 * far, which it keeps in the KV blocks that it is given: a wrong block, position or token shows at once.
 */
#ifndef FAKE_SERVICES_H
#define FAKE_SERVICES_H

#include <pthread.h>
#include <stdatomic.h>

#include <zest/api/computation.h>
#include <zest/api/tokenizer.h>

#include "engine.h"
#include "memory.h"
#include "scheduler.h"

enum { FAKE_VOCAB = 257, FAKE_END = 256, FAKE_BLOCK_TOKENS = 4, FAKE_CONTEXT = 256 };

static inline uint64_t fake_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* ---- tokenizer -----------------------------------------------------------------------------------------------------
 */

static enum zest_status fake_tokenize(struct zest_tokenizer *self, struct zest_call *call,
                                      const struct zest_tokenizer_tokenize_request *request,
                                      struct zest_tokenizer_tokenize_reply *ret_reply)
{
    if (!zest_utf8_valid(request->text, NULL))
        return zest_fail_param(&call->error, ZEST_INVALID_UTF8, "text", "the text is no UTF-8");
    int32_t *ids = ZEST_NEW_ARRAY(call->arena, int32_t, request->text.size);
    for (size_t i = 0; i < request->text.size; i++)
        ids[i] = (unsigned char)request->text.data[i];
    *ret_reply = (struct zest_tokenizer_tokenize_reply){.ids = ids, .ids_count = request->text.size};
    return ZEST_OK;
}

static enum zest_status fake_detokenize(struct zest_tokenizer *self, struct zest_call *call,
                                        const struct zest_tokenizer_detokenize_request *request,
                                        struct zest_tokenizer_detokenize_reply *ret_reply)
{
    char *text = ZEST_NEW_ARRAY(call->arena, char, request->ids_count + 1);
    for (size_t i = 0; i < request->ids_count; i++)
        text[i] = (char)request->ids[i];
    ret_reply->text = zest_utf8_lossy(call->arena, (struct zest_text){text, request->ids_count});
    ret_reply->is_utf8 = true;
    return ZEST_OK;
}

static enum zest_status fake_decode_stream(struct zest_tokenizer *self, struct zest_call *call,
                                           const struct zest_tokenizer_decode_stream_request *request,
                                           struct zest_tokenizer_decode_stream_reply *ret_reply)
{
    size_t size = request->pending.size;
    char *text = ZEST_NEW_ARRAY(call->arena, char, size + request->ids_count + 1);
    memcpy(text, size ? request->pending.data : "", size);
    for (size_t i = 0; i < request->ids_count; i++)
        text[size++] = (char)request->ids[i];
    size_t open = request->flush ? 0 : zest_utf8_unfinished((struct zest_text){text, size});
    ret_reply->text = zest_utf8_lossy(call->arena, (struct zest_text){text, size - open});
    ret_reply->pending = (struct zest_text){text + size - open, open};
    return ZEST_OK;
}

static enum zest_status fake_tokenizer_info(struct zest_tokenizer *self, struct zest_call *call,
                                            const struct zest_tokenizer_get_tokenizer_info_request *request,
                                            struct zest_tokenizer_get_tokenizer_info_reply *ret_reply)
{
    static const int32_t end_ids[] = {FAKE_END};
    *ret_reply = (struct zest_tokenizer_get_tokenizer_info_reply){
        .vocab_size = FAKE_VOCAB, .bos_id = -1, .eos_id = FAKE_END, .end_ids = end_ids, .end_ids_count = 1};
    return ZEST_OK;
}

/* ---- computation ---------------------------------------------------------------------------------------------------
 */

struct fake_computation {
    struct zest_computation base;
    uint64_t *kv; /* hash of the sequence up to each place, [blocks][FAKE_BLOCK_TOKENS] */
    int32_t block_count;
    float logits[65536 * 4];
    _Atomic int fail_next;   /* the next execute answers ZEST_UNAVAILABLE */
    _Atomic uint64_t tokens; /* computed */
    /* Where set, the logits of a position instead of the hash's. */
    void (*script)(const int32_t *token, int32_t position, float *ret_logits);
};

/* End tokens are rare, so that generations have some length. */
static inline void fake_row(uint64_t hash, float *row)
{
    for (int i = 0; i < FAKE_VOCAB; i++)
        row[i] = (float)(fake_mix(hash + (uint64_t)i) >> 40) * 0x1p-22f;
    row[FAKE_END] -= 1;
}

static inline uint64_t fake_next(uint64_t hash, int32_t token, int32_t position)
{
    return fake_mix(hash ^ fake_mix((uint64_t)token * 1000003u + (uint64_t)position));
}

static uint64_t *fake_place(struct fake_computation *fake, const struct zest_computation_entry *entry, int32_t position)
{
    int32_t block = entry->block_ids[position / FAKE_BLOCK_TOKENS];
    if (block < 0 || block >= fake->block_count)
        abort();
    return &fake->kv[block * FAKE_BLOCK_TOKENS + position % FAKE_BLOCK_TOKENS];
}

static float *fake_entry(struct fake_computation *fake, const struct zest_computation_entry *entry,
                         const int32_t *tokens, float *row)
{
    for (int32_t i = 0; i < entry->token_count; i++) {
        int32_t position = entry->position + i;
        uint64_t before = position ? *fake_place(fake, entry, position - 1) : 0;
        uint64_t hash = *fake_place(fake, entry, position) = fake_next(before, tokens[i], position);
        bool is_wanted = entry->logits == ZEST_COMPUTATION_LOGITS_WANTED_ALL ||
                         (entry->logits == ZEST_COMPUTATION_LOGITS_WANTED_LAST && i + 1 == entry->token_count);
        if (!is_wanted)
            continue;
        if (fake->script)
            fake->script(&tokens[i], position, row);
        else
            fake_row(hash, row);
        row += FAKE_VOCAB;
    }
    return row;
}

static enum zest_status fake_execute(struct zest_computation *self, struct zest_call *call,
                                     const struct zest_computation_execute_request *request,
                                     struct zest_computation_execute_reply *ret_reply)
{
    struct fake_computation *fake = (struct fake_computation *)self;
    if (atomic_exchange(&fake->fail_next, 0))
        return zest_fail(&call->error, ZEST_UNAVAILABLE, "the fake is told to fail");
    float *row = fake->logits;
    const int32_t *tokens = request->token_ids;
    for (size_t i = 0; i < request->entries_count; i++) {
        row = fake_entry(fake, &request->entries[i], tokens, row);
        tokens += request->entries[i].token_count;
    }
    atomic_fetch_add(&fake->tokens, request->token_ids_count);
    ret_reply->logits = (struct zest_tensor){.dtype = ZEST_DTYPE_F32,
                                             .rank = 2,
                                             .shape = {(uint64_t)(row - fake->logits) / FAKE_VOCAB, FAKE_VOCAB},
                                             .data = fake->logits};
    return ZEST_OK;
}

static enum zest_status fake_resize_kv(struct zest_computation *self, struct zest_call *call,
                                       const struct zest_computation_resize_kv_request *request,
                                       struct zest_computation_resize_kv_reply *ret_reply)
{
    struct fake_computation *fake = (struct fake_computation *)self;
    fake->kv = realloc(fake->kv, (size_t)request->block_count * FAKE_BLOCK_TOKENS * sizeof(*fake->kv));
    fake->block_count = request->block_count;
    *ret_reply = (struct zest_computation_resize_kv_reply){.block_count = request->block_count};
    return ZEST_OK;
}

static enum zest_status fake_model_info(struct zest_computation *self, struct zest_call *call,
                                        const struct zest_computation_get_model_info_request *request,
                                        struct zest_computation_model_info *ret_reply)
{
    *ret_reply = (struct zest_computation_model_info){.name = ZEST_TEXT("fake"),
                                                      .architecture = ZEST_TEXT("hash"),
                                                      .vocab_size = FAKE_VOCAB,
                                                      .context_max = FAKE_CONTEXT,
                                                      .block_tokens = FAKE_BLOCK_TOKENS,
                                                      .block_bytes = 1};
    return ZEST_OK;
}

/* ---- a whole environment -------------------------------------------------------------------------------------------
 */

struct fake_env {
    struct zest_handles handles;
    struct fake_computation computation;
    struct zest_tokenizer tokenizer;
    struct zest_memory *memory;
    struct zest_scheduler *scheduler;
    struct zest_engine *engine;
    struct zest_arena arena;
    struct zest_call call;
};

struct fake_limits {
    const char *policy;
    int32_t blocks, step_tokens, sequences, queue;
};

static inline struct fake_env *fake_open(struct fake_limits limits)
{
    static const struct zest_tokenizer_ops tokenizer_ops = {.tokenize = fake_tokenize,
                                                            .detokenize = fake_detokenize,
                                                            .decode_stream = fake_decode_stream,
                                                            .get_tokenizer_info = fake_tokenizer_info};
    static const struct zest_computation_ops computation_ops = {
        .execute = fake_execute, .resize_kv = fake_resize_kv, .get_model_info = fake_model_info};
    struct fake_env *env = calloc(1, sizeof(*env));
    struct zest_error error = {0};
    env->tokenizer.ops = &tokenizer_ops;
    env->computation.base.ops = &computation_ops;
    zest_arena_init(&env->arena, ZEST_ARENA_UNLIMITED);
    env->call.arena = &env->arena;
    struct zest_memory_options memory = {
        .block_count = limits.blocks, .block_tokens = FAKE_BLOCK_TOKENS, .block_bytes = 1};
    struct zest_scheduler_options scheduler = {
        .policy = limits.policy, .sequences_max = limits.sequences, .queue_max = limits.queue};
    struct zest_engine_options engine = {.handles = &env->handles,
                                         .model_name = "fake",
                                         .step_tokens_max = limits.step_tokens,
                                         .sequences_max = limits.sequences,
                                         .queue_max = limits.queue};
    if (zest_memory_native_create(&memory, &env->memory, &error) != ZEST_OK ||
        zest_scheduler_native_create(&scheduler, &env->scheduler, &error) != ZEST_OK)
        abort();
    atomic_store(&env->handles.layer[ZEST_TOKENIZER], (struct zest_service *)&env->tokenizer);
    atomic_store(&env->handles.layer[ZEST_COMPUTATION], (struct zest_service *)&env->computation);
    atomic_store(&env->handles.layer[ZEST_MEMORY], (struct zest_service *)env->memory);
    atomic_store(&env->handles.layer[ZEST_SCHEDULER], (struct zest_service *)env->scheduler);
    if (zest_engine_native_create(&engine, &env->engine, &error) != ZEST_OK)
        abort();
    return env;
}

static inline void fake_close(struct fake_env *env)
{
    zest_engine_native_destroy(env->engine);
    zest_scheduler_native_destroy(env->scheduler);
    zest_memory_native_destroy(env->memory);
    free(env->computation.kv);
    zest_arena_finish(&env->arena);
    free(env);
}

/* What greedy generation must give: the engine's answer computed alone, token by token. Answers how many. */
static inline int32_t fake_greedy(const int32_t *prompt, int32_t count, int32_t max_tokens, int32_t *ret_ids)
{
    uint64_t hash = 0;
    int32_t generated = 0;
    float row[FAKE_VOCAB];
    for (int32_t i = 0; i < count; i++)
        hash = fake_next(hash, prompt[i], i);
    while (generated < max_tokens) {
        int32_t best = 0;
        fake_row(hash, row);
        for (int32_t i = 1; i < FAKE_VOCAB; i++)
            best = row[i] > row[best] ? i : best;
        if (best == FAKE_END)
            break;
        hash = fake_next(hash, best, count + generated);
        ret_ids[generated++] = best;
    }
    return generated;
}

#endif
