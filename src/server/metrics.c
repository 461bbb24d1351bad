/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.c - /metrics in Prometheus' text format (version 0.0.4), from the engine's and the memory's own counts.
 *
 * Names are vLLM's with the prefix zest: instead of vllm:. Nothing is counted here but answers by status.
 */
#include <stdio.h>

#include <zest/trace.h>

#include "server_private.h"

struct page {
    struct zest_server *server;
    struct zest_buffer *out;
    struct zest_buffer label; /* model_name="…", escaped */
};

/* Label values escape backslash, quote and line feed. */
static void write_label(const char *text, struct zest_buffer *out)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            zest_buffer_append(out, "\\", 1);
        zest_buffer_append(out, *text == '\n' ? "\\n" : text, *text == '\n' ? 2 : 1);
    }
}

static void write_head(struct page *page, const char *name, const char *type, const char *help)
{
    zest_buffer_printf(page->out, "# HELP zest:%s %s\n# TYPE zest:%s %s\n", name, help, name, type);
}

static void write_one(struct page *page, const char *name, const char *type, const char *help, double value)
{
    write_head(page, name, type, help);
    zest_buffer_printf(page->out, "zest:%s{%s} %.17g\n", name, page->label.data, value);
}

/* ---- the engine ---------------------------------------------------------------------------------------------------
 */

static void write_histogram(struct page *page, const struct zest_engine_histogram *histogram)
{
    char name[96];
    snprintf(name, sizeof(name), "%.*s_seconds", (int)histogram->name.size, histogram->name.data);
    write_head(page, name, "histogram", "Time of requests, in seconds.");
    for (size_t i = 0; i < histogram->counts_count; i++) {
        zest_buffer_printf(page->out, "zest:%s_bucket{%s,le=\"", name, page->label.data);
        if (i < histogram->bounds_count)
            zest_buffer_printf(page->out, "%g", histogram->bounds[i]);
        else
            zest_buffer_printf(page->out, "+Inf");
        zest_buffer_printf(page->out, "\"} %llu\n", (unsigned long long)histogram->counts[i]);
    }
    zest_buffer_printf(page->out, "zest:%s_sum{%s} %.9g\nzest:%s_count{%s} %llu\n", name, page->label.data,
                       histogram->sum, name, page->label.data, (unsigned long long)histogram->count);
}

static void write_outcomes(struct page *page, const struct zest_engine_get_engine_stats_reply *stats)
{
    static const char *const names[] = {[ZEST_ENGINE_FINISH_NONE] = "none",
                                        [ZEST_ENGINE_FINISH_STOP] = "stop",
                                        [ZEST_ENGINE_FINISH_LENGTH] = "length",
                                        [ZEST_ENGINE_FINISH_CANCELLED] = "abort",
                                        [ZEST_ENGINE_FINISH_FAILED] = "error"};
    write_head(page, "request_success_total", "counter", "Requests that ended, by how.");
    for (size_t i = 0; i < stats->outcomes_count; i++)
        if ((size_t)stats->outcomes[i].finish_reason < ZEST_COUNT(names))
            zest_buffer_printf(page->out, "zest:request_success_total{%s,finished_reason=\"%s\"} %llu\n",
                               page->label.data, names[stats->outcomes[i].finish_reason],
                               (unsigned long long)stats->outcomes[i].count);
}

static void write_stages(struct page *page, const struct zest_engine_get_engine_stats_reply *stats)
{
    write_head(page, "step_seconds", "summary", "Time of the step loop's stages.");
    for (size_t i = 0; i < stats->stages_count; i++) {
        const struct zest_engine_stage *stage = &stats->stages[i];
        zest_buffer_printf(
            page->out,
            "zest:step_seconds_sum{%s,stage=\"%.*s\"} %.9g\nzest:step_seconds_count{%s,stage=\"%.*s\"} %llu\n",
            page->label.data, (int)stage->name.size, stage->name.data, stage->seconds, page->label.data,
            (int)stage->name.size, stage->name.data, (unsigned long long)stage->steps);
    }
}

static void write_engine(struct page *page, const struct zest_engine_get_engine_stats_reply *stats)
{
    write_one(page, "num_requests_running", "gauge", "Requests that hold KV blocks.", stats->running);
    write_one(page, "num_requests_waiting", "gauge", "Requests that wait for their first step.", stats->waiting);
    write_one(page, "prompt_tokens_total", "counter", "Prompt tokens of all requests.",
              (double)stats->prompt_tokens_total);
    write_one(page, "generation_tokens_total", "counter", "Generated tokens.", (double)stats->generation_tokens_total);
    write_one(page, "num_preemptions_total", "counter", "Times that a request gave its blocks back.",
              (double)stats->preemptions_total);
    write_one(page, "steps_total", "counter", "Steps of the engine.", (double)stats->steps_total);
    write_outcomes(page, stats);
    for (size_t i = 0; i < stats->histograms_count; i++)
        write_histogram(page, &stats->histograms[i]);
    write_stages(page, stats);
}

/* ---- memory, service calls, answers -------------------------------------------------------------------------------
 */

static void write_memory(struct page *page, const struct zest_memory_get_memory_stats_reply *stats)
{
    write_one(page, "kv_cache_usage_perc", "gauge", "Share of the KV blocks in use, 1 is all.", stats->usage);
    write_one(page, "kv_cache_blocks", "gauge", "KV blocks.", stats->block_count);
    write_one(page, "prefix_cache_queries_total", "counter", "Tokens looked up in the prefix cache.", 0);
    write_one(page, "prefix_cache_hits_total", "counter", "Tokens found in the prefix cache.", 0);
}

static void write_calls(struct page *page, bool seconds)
{
    for (int s = 0; s < ZEST_SERVICE_COUNT; s++)
        for (size_t i = 0; i < zest_services[s]->operation_count; i++) {
            struct zest_trace_total total;
            const char *service = zest_services[s]->name, *operation = zest_services[s]->operations[i].name;
            zest_trace_totals((enum zest_service_id)s, (unsigned)i, &total);
            if (!total.calls)
                continue;
            if (!seconds)
                zest_buffer_printf(page->out, "zest:service_calls_total{service=\"%s\",operation=\"%s\"} %llu\n",
                                   service, operation, (unsigned long long)total.calls);
            else
                zest_buffer_printf(page->out,
                                   "zest:service_call_seconds_sum{service=\"%s\",operation=\"%s\"} %.9g\n"
                                   "zest:service_call_seconds_count{service=\"%s\",operation=\"%s\"} %llu\n",
                                   service, operation, zest_ticks_seconds(total.ticks), service, operation,
                                   (unsigned long long)total.calls);
        }
}

static void write_server(struct page *page)
{
    static const char *const classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    write_head(page, "service_calls_total", "counter", "Calls of services in research mode.");
    write_calls(page, false);
    write_head(page, "service_call_seconds", "summary", "Time of these calls.");
    write_calls(page, true);
    write_head(page, "http_answers_total", "counter", "Answers by class of status.");
    for (size_t i = 2; i < ZEST_COUNT(classes); i++)
        zest_buffer_printf(page->out, "zest:http_answers_total{status=\"%s\"} %llu\n", classes[i],
                           (unsigned long long)page->server->answers[i]);
    write_one(page, "http_requests_running", "gauge", "HTTP requests that are not answered yet.",
              (double)zest_server_running(page->server));
}

/* ---- the route ----------------------------------------------------------------------------------------------------
 */

static void write_page(struct zest_server *server, struct zest_exchange *exchange)
{
    struct zest_call call = {.arena = &exchange->arena};
    struct zest_engine_get_engine_stats_request engine_request = {0};
    struct zest_engine_get_engine_stats_reply engine;
    struct zest_memory_get_memory_stats_request memory_request = {0};
    struct zest_memory_get_memory_stats_reply memory;
    enum zest_status status =
        zest_engine_get_engine_stats(zest_env_engine(server->env), &call, &engine_request, &engine);
    if (status == ZEST_OK)
        status = zest_memory_get_memory_stats(zest_env_memory(server->env), &call, &memory_request, &memory);
    if (status != ZEST_OK) {
        zest_server_fail(exchange, NULL, &call.error);
        return;
    }
    struct page page = {.server = server, .out = &exchange->out};
    zest_buffer_init(&page.label, 4096);
    zest_buffer_printf(&page.label, "model_name=\"");
    write_label(server->model, &page.label);
    zest_buffer_append(&page.label, "\"", 2); /* with its NUL */
    exchange->status = 200;
    exchange->content_type = "text/plain; version=0.0.4; charset=utf-8";
    if (!page.label.failed) {
        write_engine(&page, &engine);
        write_memory(&page, &memory);
        write_server(&page);
    }
    zest_buffer_finish(&page.label);
}

static void write_on_worker(struct zest_job *job)
{
    write_page(job->server, job->exchange);
}

void zest_handle_metrics(struct zest_server *server, struct zest_exchange *exchange)
{
    if (zest_server_is_remote(server, ZEST_ENGINE) || zest_server_is_remote(server, ZEST_MEMORY))
        zest_server_offload(server, exchange, write_on_worker, NULL);
    else
        write_page(server, exchange);
}
