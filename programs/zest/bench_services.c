/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_services.c - `zest bench services`: what a call costs on top of its work, in every mode, beside REST
 * frameworks.
 *
 * Prints rows as they are measured; --json gives them as one list of {"name", "value", "unit", "note"}. The Python rows
 * come from bench/python_calls.py and bench/fastapi_peer.py, which print theirs as JSON; both are measured in the same
 * run, so that all figures meet the machine in the same state.
 */
#include <stdlib.h>

#include <jansson.h>

#include "bench.h"
#include "bench_codec.h"
#include "bench_http.h"
#include "bench_script.h"
#include "overheads.h"

struct report {
    const struct common *common;
    struct zest_buffer json;
    size_t count;
};

static void add_row(struct report *report, const char *name, double value, const char *unit, const char *note)
{
    if (!report->common->json) {
        printf("  %-58s %10.*f %-8s %s\n", name, value < 100 ? 1 : 0, value, unit, note);
        fflush(stdout);
        return;
    }
    zest_buffer_printf(&report->json, "%s{\"name\":", report->count++ ? "," : "");
    zest_json_write_text(zest_text_of(name), &report->json);
    zest_buffer_printf(&report->json, ",\"value\":%.4g,\"unit\":", value);
    zest_json_write_text(zest_text_of(unit), &report->json);
    zest_buffer_printf(&report->json, ",\"note\":");
    zest_json_write_text(zest_text_of(note), &report->json);
    zest_buffer_append(&report->json, "}", 1);
}

static void add_title(const struct report *report, const char *title)
{
    if (!report->common->json)
        printf("\n%s\n", title);
}

static void add_remark(const struct report *report, const char *what, const char *why)
{
    if (!report->common->json)
        printf("  %s: %s\n", what, why);
    else
        fprintf(stderr, "%s: %s\n", what, why);
}

/* ---- the parts ----------------------------------------------------------------------------------------------- */

static enum zest_status report_calls(struct report *report, struct zest_env *env, struct zest_error *error)
{
    struct overheads figures;
    enum zest_status status = overheads_measure(env, &figures, error);
    if (status != ZEST_OK)
        return status;
    add_title(report, "C, tokenizer.tokenize(\"Hello world\"), in process");
    add_row(report, "the work itself (direct call)", figures.work_ns, "ns", "");
    add_row(report, "production: call through the ops table, on top", figures.production_ns, "ns",
            "sealed: 0, the same machine code");
    add_row(report, "research: traced call, on top", figures.traced_ns, "ns", "aim: 40 at most");
    add_row(report, "research: traced call and JSON envelope, on top", figures.envelope_ns, "ns", "");
    return ZEST_OK;
}

static void report_codec(struct report *report)
{
    struct codec_figures figures = {0};
    if (!codec_measure(&figures)) {
        add_remark(report, "JSON", "could not be measured");
        return;
    }
    add_title(report, "JSON, a short request and a reply of 12 ids; 100,000 ids");
    add_row(report, "request to struct", figures.decode_ns, "ns", "");
    add_row(report, "request to struct, jansson", figures.jansson_decode_ns, "ns", "");
    add_row(report, "struct to reply", figures.encode_ns, "ns", "");
    add_row(report, "struct to reply, jansson", figures.jansson_encode_ns, "ns", "");
    add_row(report, "ids to struct", figures.ids_decode_rate * 1e-6, "MB/s", "");
    add_row(report, "ids to struct, jansson", figures.jansson_ids_rate * 1e-6, "MB/s", "");
    add_row(report, "ids to JSON", figures.ids_encode_rate * 1e-6, "MB/s", "");
}

static void report_http(struct report *report, struct zest_env *env)
{
    struct http_figures figures = {0};
    struct zest_error error = {0};
    add_title(report, "HTTP on loopback, keep-alive, tokenizer.tokenize(\"Hello world\")");
    if (http_measure(env, report->common->model, true, &figures, &error) != ZEST_OK) {
        add_remark(report, "not measured", error.message);
        return;
    }
    add_row(report, "C client (the remote layer), p50", figures.p50_us, "us", "aim: 60 at most");
    add_row(report, "C client (the remote layer), p99", figures.p99_us, "us", "");
    add_row(report, "server's processor time a request, 64 connections", figures.cpu_us, "us", "aim: 12 at most");
    add_row(report, "requests a second, 64 connections", figures.requests_per_second, "1/s", "");
}

/* ---- Python -------------------------------------------------------------------------------------------------- */

/* A row of fastapi_peer.py, or what it misses. */
static void add_peer_row(struct report *report, const json_t *row)
{
    const char *name = json_string_value(json_object_get(row, "name")),
               *unit = json_string_value(json_object_get(row, "unit"));
    const char *note = json_string_value(json_object_get(row, "note")),
               *missing = json_string_value(json_object_get(row, "missing"));
    if (name && unit)
        add_row(report, name, json_number_value(json_object_get(row, "value")), unit, note ? note : "");
    else if (missing)
        add_remark(report, "not measured", missing);
}

/* A row of python_calls.py: a way of calling, its cost, and what of it is above the C work. */
static void add_way(struct report *report, const json_t *row)
{
    const json_t *limit = json_object_get(row, "limit_ns");
    const char *way = json_string_value(json_object_get(row, "way"));
    char name[96], note[96] = "";
    if (!way)
        return;
    snprintf(name, sizeof(name), "%s%s", way, json_is_number(limit) ? ", above the C work" : "");
    if (json_is_number(limit))
        snprintf(note, sizeof(note), "aim: %.0f at most", json_number_value(limit));
    add_row(report, name, json_number_value(json_object_get(row, "above_ns")), "ns", note);
}

static void add_line(struct report *report, const char *line)
{
    json_t *root = json_loads(line, 0, NULL), *rows = json_object_get(root, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++)
        add_way(report, json_array_get(rows, i));
    if (root && !rows)
        add_peer_row(report, root);
    json_decref(root);
}

/* `python` NULL: the repository's own, else python3. */
static void report_script(struct report *report, const char *title, const char *python, const char *script,
                          const char *option)
{
    struct bench_script found;
    char command[9000], *line = NULL;
    size_t capacity = 0;
    add_title(report, title);
    if (!bench_script_find(script, &found) || strchr(found.path, '\'') || (python && strchr(python, '\''))) {
        add_remark(report, "not measured", "bench/ is not beside the folder of this program");
        return;
    }
    fflush(stdout);
    snprintf(command, sizeof(command), "'%s' '%s' %s", python ? python : found.python, found.path, option);
    FILE *in = popen(command, "r");
    while (in && getline(&line, &capacity, in) > 0)
        add_line(report, line);
    free(line);
    if (!in || pclose(in) != 0)
        add_remark(report, "not measured to its end", script);
}

static void report_original(struct report *report)
{
    add_title(report, "The original design's own figures, for comparison");
    add_row(report, "REST service call, least", 1000, "us", "1-2 ms");
    add_row(report, "REST service call, most", 2000, "us", "1-2 ms");
    add_row(report, "zero-cost call, least", 1, "us", "1-5 us");
    add_row(report, "zero-cost call, most", 5, "us", "1-5 us");
}

struct services_options {
    bool with_python;
    const char *peer_python; /* one that has FastAPI and httpx */
};

static enum zest_status measure(struct report *report, struct zest_env *env, const struct services_options *options,
                                struct zest_error *error)
{
    enum zest_status status = report_calls(report, env, error);
    if (status != ZEST_OK)
        return status;
    report_codec(report);
    report_http(report, env);
    if (options->with_python) {
        report_script(report, "Python, env.tokenizer.tokenize(\"Hello world\")", NULL, "python_calls.py", "--json");
        report_script(report, "FastAPI and httpx, the same call in the same run", options->peer_python,
                      "fastapi_peer.py", "");
    }
    report_original(report);
    return ZEST_OK;
}

int bench_services(const struct command *self, int argc, char **argv)
{
    bool no_python = false;
    struct services_options options = {0};
    struct common common;
    const struct option_spec own[] = {
        {"no-python", 0, OPTION_FLAG, &no_python, NULL, "leave out the Python package and FastAPI", 0, 0},
        {"peer-python", 0, OPTION_TEXT, &options.peer_python, "PATH",
         "a Python that has fastapi, uvicorn and httpx (default: .venv's)", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "bench services takes options only, but \"%s\" was given", argv[1]);
    struct zest_env *env = command_open_production(&common, &exit_code);
    if (!env)
        return exit_code;
    options.with_python = !no_python;
    struct report report = {.common = &common};
    struct zest_error error = {0};
    zest_buffer_init(&report.json, 1 << 20);
    if (measure(&report, env, &options, &error) != ZEST_OK)
        exit_code = command_fail(&common, NULL, &error);
    else if (common.json)
        printf("[%.*s]\n", (int)report.json.size, report.json.data);
    zest_buffer_finish(&report.json);
    zest_env_close(env);
    return exit_code;
}
