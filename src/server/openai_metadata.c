/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai_metadata.c - the field "zest" of /v1 answers: warnings, and what the services in research mode tell.
 *
 * In production mode with nothing to warn of, the field is not there and nothing is asked.
 */
#include <zest/api/engine.h>

#include "openai_job.h"

static const struct zest_text production = {"production", 10};

/* What a service's operation took and in which mode: an envelope's metadata, left open for more. False in production.
 */
static bool begin_service(struct openai_job *job, enum zest_service_id service, const char *method, uint64_t ticks,
                          bool *is_first, struct zest_buffer *out)
{
    struct zest_text mode = zest_env_mode(job->server->env, service);
    if (zest_text_equal(mode, production)) /* now, perhaps: somebody may have switched it meanwhile */
        return false;
    struct zest_operation operation = {.service = zest_services[service]->name, .name = method};
    zest_buffer_printf(out, "%s\"%s\":{", *is_first ? "" : ",", operation.service);
    zest_server_write_metadata(&operation, mode, ticks, job->id, out);
    *is_first = false;
    return true;
}

static void write_timings(const struct openai_job *job, struct zest_buffer *out)
{
    zest_buffer_printf(out, ",\"timings\":[");
    for (size_t i = 0; i < job->choice_count; i++) {
        const struct zest_engine_timings *timings = &job->choices[i].timings;
        zest_buffer_printf(out,
                           "%s{\"queue_ms\":%.3f,\"prefill_ms\":%.3f,\"decode_ms\":%.3f,\"prompt_tokens\":%d,"
                           "\"generated_tokens\":%d,\"preemptions\":%d,\"steps\":%d}",
                           i ? "," : "", timings->queue_ms, timings->prefill_ms, timings->decode_ms,
                           timings->prompt_tokens, timings->generated_tokens, timings->preemptions, timings->steps);
    }
    zest_buffer_append(out, "]", 1);
}

/* Why the scheduler ran the request when it did; only of a scheduler in this process: nothing may block here. */
static void write_scheduler(struct openai_job *job, bool *is_first, struct zest_buffer *out)
{
    struct zest_arena arena;
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena, .request_id = job->id};
    struct zest_scheduler_explain_request request;
    struct zest_scheduler_explain_reply reply = {0};
    zest_scheduler_explain_request_init(&request);
    request.request_id = job->choices[0].request_id;
    bool is_told = !zest_server_is_remote(job->server, ZEST_SCHEDULER) &&
                   zest_scheduler_explain(zest_env_scheduler(job->server->env), &call, &request, &reply) == ZEST_OK;
    if (begin_service(job, ZEST_SCHEDULER, "explain", call.ticks, is_first, out)) {
        if (is_told) {
            zest_buffer_printf(out, ",\"algorithm_reasoning\":");
            zest_json_write_text(reply.algorithm_reasoning, out);
        }
        zest_buffer_append(out, "}", 1);
    }
    zest_arena_finish(&arena);
}

static void write_memory(struct openai_job *job, bool *is_first, struct zest_buffer *out)
{
    struct zest_arena arena;
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena, .request_id = job->id};
    struct zest_memory_get_memory_stats_request request = {0};
    struct zest_memory_get_memory_stats_reply reply = {0};
    bool is_told = !zest_server_is_remote(job->server, ZEST_MEMORY) &&
                   zest_memory_get_memory_stats(zest_env_memory(job->server->env), &call, &request, &reply) == ZEST_OK;
    if (begin_service(job, ZEST_MEMORY, "get_memory_stats", call.ticks, is_first, out)) {
        if (is_told)
            zest_buffer_printf(out, ",\"block_count\":%d,\"blocks_used\":%d,\"blocks_used_max\":%d", reply.block_count,
                               reply.blocks_used, reply.blocks_used_max);
        zest_buffer_append(out, "}", 1);
    }
    zest_arena_finish(&arena);
}

static bool is_production(const struct openai_job *job, enum zest_service_id service)
{
    return zest_text_equal(zest_env_mode(job->server->env, service), production);
}

/* The engine's time is that of the request; of scheduler, memory and computation a request has no time of its own. */
static void write_services(struct openai_job *job, bool *is_first, struct zest_buffer *out)
{
    double engine_ms = 0;
    for (size_t i = 0; i < job->choice_count; i++) {
        const struct zest_engine_timings *timings = &job->choices[i].timings;
        double all = timings->queue_ms + timings->prefill_ms + timings->decode_ms;
        engine_ms = all > engine_ms ? all : engine_ms;
    }
    double second = zest_ticks_seconds(1000000) / 1000000;
    if (begin_service(job, ZEST_TOKENIZER, job->tokenizer_method, job->tokenizer_ticks, is_first, out))
        zest_buffer_append(out, "}", 1);
    if (begin_service(job, ZEST_ENGINE, "stream", (uint64_t)(engine_ms / 1e3 / second), is_first, out)) {
        write_timings(job, out);
        zest_buffer_append(out, "}", 1);
    }
    if (!is_production(job, ZEST_SCHEDULER))
        write_scheduler(job, is_first, out);
    if (!is_production(job, ZEST_MEMORY))
        write_memory(job, is_first, out);
    if (begin_service(job, ZEST_COMPUTATION, "execute", 0, is_first, out))
        zest_buffer_append(out, "}", 1);
}

void openai_write_zest(struct openai_job *job, struct zest_buffer *out)
{
    struct zest_buffer field;
    bool is_first = true;
    zest_buffer_init(&field, 1 << 22);
    write_services(job, &is_first, &field);
    if (job->warnings.size || !is_first) {
        zest_buffer_printf(out, ",\"zest\":{");
        zest_buffer_append(out, field.data, field.size);
        zest_buffer_printf(out, "%s\"warnings\":[", is_first ? "" : ",");
        zest_buffer_append(out, job->warnings.data, job->warnings.size);
        zest_buffer_printf(out, "]}");
    }
    zest_buffer_finish(&field);
}
