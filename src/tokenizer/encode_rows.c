/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode_rows.c - many texts to ids, on several threads.
 *
 * Texts are taken in runs of some RUN_BYTES, so that the work divides evenly and a run's ids stay in a core's cache.
 * Each worker keeps its runs' ids in a buffer of its own; they are put in order at the end. Start at
 * zest_tokenizer_encode_rows.
 */
#include "tokenizer_native.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define RUN_BYTES ((size_t)1 << 16)
#define THREADS_MAX 64

/* A run's ids: worker's ids[from .. from + count). */
struct run {
    size_t first, end; /* texts */
    size_t from, count;
    unsigned worker;
};

struct job {
    struct zest_tokenizer_model *model;
    const struct zest_text *texts;
    unsigned flags;
    struct run *runs;
    size_t run_count;
    uint64_t *counts; /* [text] how many ids */
    _Atomic size_t next;
    _Atomic bool failed;
};

struct worker {
    struct job *job;
    unsigned index;
    uint32_t *ids;
    struct zest_token_offset *offsets; /* as many as ids, where asked for */
    size_t count, capacity;
    struct zest_arena texts; /* of one text's added tokens, where their spans are trimmed */
    struct zest_error error;
    pthread_t thread;
};

/* *array for `capacity` items; what was there stays where memory is out. */
static bool grow(void *array, size_t capacity, size_t size)
{
    void **place = array;
    void *grown = realloc(*place, capacity * size);
    if (grown)
        *place = grown;
    return grown != NULL;
}

static bool wants_offsets(unsigned flags)
{
    return flags & (ZEST_ENCODE_OFFSETS | ZEST_ENCODE_BYTE_OFFSETS);
}

static bool reserve(struct worker *worker, size_t more)
{
    if (worker->count + more <= worker->capacity)
        return true;
    size_t capacity = (worker->count + more) * 2;
    if (!grow(&worker->ids, capacity, sizeof *worker->ids) ||
        (wants_offsets(worker->job->flags) && !grow(&worker->offsets, capacity, sizeof *worker->offsets)))
        return false;
    worker->capacity = capacity;
    return true;
}

static enum zest_status no_memory(struct zest_error *error, size_t count)
{
    return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the ids of %zu texts", count);
}

static struct zest_encode_options options_of(unsigned flags)
{
    return (struct zest_encode_options){
        .add_special = flags & ZEST_ENCODE_SPECIAL,
        .encode_special_tokens = flags & ZEST_ENCODE_PLAIN_SPECIAL,
        .valid = flags & ZEST_ENCODE_VALID,
        .lengths = (flags & ZEST_ENCODE_LENGTHS) && !wants_offsets(flags),
        .spans = wants_offsets(flags),
    };
}

static void copy_offsets(const struct job *job, struct zest_encoder_scratch *scratch, struct zest_text text,
                         struct zest_token_offset *offsets)
{
    const struct zest_id_frame *frame = &job->model->frame;
    size_t before = job->flags & ZEST_ENCODE_SPECIAL ? frame->before_count : 0;
    size_t after = job->flags & ZEST_ENCODE_SPECIAL ? frame->after_count : 0;
    if (job->flags & ZEST_ENCODE_OFFSETS)
        zest_spans_to_code_points(text, scratch->spans, scratch->count);
    const struct zest_text *texts = zest_trim_wants_texts(job->model) ? scratch->texts + before : NULL;
    zest_trim_token_spans(job->model, scratch->ids + before, texts, scratch->spans + before,
                          scratch->count - before - after);
    _Static_assert(sizeof *offsets == sizeof *scratch->spans, "the same two numbers");
    if (scratch->count > 0)
        memcpy(offsets, scratch->spans, scratch->count * sizeof *offsets);
}

/* One text's ids behind the worker's others. */
static enum zest_status encode_text(struct worker *worker, struct zest_encoder_scratch *scratch, size_t text)
{
    const struct job *job = worker->job;
    struct zest_encode_options options = options_of(job->flags);
    if (options.spans && zest_trim_wants_texts(job->model)) {
        zest_arena_reset(&worker->texts);
        options.texts = &worker->texts;
    }
    enum zest_status status = zest_encode(job->model, scratch, job->texts[text], options, &worker->error);
    if (status != ZEST_OK)
        return status;
    if (!reserve(worker, scratch->count))
        return no_memory(&worker->error, 1);
    if (scratch->count > 0)
        memcpy(worker->ids + worker->count, scratch->ids, scratch->count * sizeof *worker->ids);
    if (wants_offsets(job->flags))
        copy_offsets(job, scratch, job->texts[text], worker->offsets + worker->count);
    worker->count += scratch->count;
    job->counts[text] = scratch->count;
    return ZEST_OK;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct job *job = worker->job;
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(job->model);
    enum zest_status status = scratch ? ZEST_OK : no_memory(&worker->error, 1);
    for (;;) {
        size_t taken = atomic_fetch_add(&job->next, 1);
        if (status != ZEST_OK || taken >= job->run_count || atomic_load(&job->failed))
            break;
        struct run *run = &job->runs[taken];
        run->worker = worker->index;
        run->from = worker->count;
        for (size_t i = run->first; i < run->end && status == ZEST_OK; i++)
            status = encode_text(worker, scratch, i);
        run->count = worker->count - run->from;
    }
    if (status != ZEST_OK)
        atomic_store(&job->failed, true);
    if (scratch)
        zest_encoder_give_back(job->model, scratch);
    return NULL;
}

static size_t cut_into_runs(const struct zest_text *texts, size_t count, struct run *runs)
{
    size_t run_count = 0, bytes = 0, first = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += texts[i].size;
        if (bytes < RUN_BYTES && i + 1 < count)
            continue;
        runs[run_count++] = (struct run){.first = first, .end = i + 1};
        first = i + 1;
        bytes = 0;
    }
    return run_count;
}

/* Threads that can't be had leave their work to the others. */
static void run_workers(struct worker *workers, unsigned count)
{
    unsigned started = 1;
    for (; started < count; started++)
        if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
            break;
    work(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
}

static bool prepare_rows(struct zest_id_rows *rows, size_t count)
{
    if (count + 1 > rows->start_capacity) {
        uint64_t *starts = realloc(rows->starts, (count + 1) * sizeof *starts);
        if (!starts)
            return false;
        rows->starts = starts;
        rows->start_capacity = count + 1;
    }
    rows->row_count = rows->id_count = 0;
    rows->starts[0] = 0;
    return true;
}

static bool gather(const struct job *job, const struct worker *workers, size_t count, struct zest_id_rows *rows)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) { /* counts and starts share their memory, one place apart */
        sum += rows->starts[i + 1];
        rows->starts[i + 1] = sum;
    }
    bool offsets = wants_offsets(job->flags);
    if (sum > rows->id_capacity) {
        if (!grow(&rows->ids, sum, sizeof *rows->ids))
            return false;
        rows->id_capacity = sum;
    }
    if (offsets && sum > rows->offset_capacity) {
        if (!grow(&rows->offsets, sum, sizeof *rows->offsets))
            return false;
        rows->offset_capacity = sum;
    }
    for (size_t i = 0; i < job->run_count; i++) {
        const struct run *run = &job->runs[i];
        if (run->count > 0)
            memcpy(rows->ids + rows->starts[run->first], workers[run->worker].ids + run->from,
                   run->count * sizeof *rows->ids);
        if (run->count > 0 && offsets)
            memcpy(rows->offsets + rows->starts[run->first], workers[run->worker].offsets + run->from,
                   run->count * sizeof *rows->offsets);
    }
    rows->row_count = count;
    rows->id_count = sum;
    return true;
}

static enum zest_status first_failure(const struct worker *workers, unsigned count, struct zest_error *error)
{
    for (unsigned i = 0; i < count; i++)
        if (workers[i].error.code != ZEST_OK) {
            if (error)
                *error = workers[i].error;
            return workers[i].error.code;
        }
    return ZEST_OK;
}

enum zest_status zest_tokenizer_encode_rows(struct zest_tokenizer *tokenizer, const struct zest_text *texts,
                                            size_t count, unsigned flags, unsigned threads, struct zest_id_rows *rows,
                                            struct zest_error *error)
{
    struct run *runs = malloc((count + 1) * sizeof *runs);
    if (!runs || !prepare_rows(rows, count)) {
        free(runs);
        return no_memory(error, count);
    }
    struct job job = {
        .model = zest_tokenizer_native_model(tokenizer),
        .texts = texts,
        .flags = flags,
        .runs = runs,
        .run_count = cut_into_runs(texts, count, runs),
        .counts = rows->starts + 1,
    };
    if (threads > job.run_count)
        threads = (unsigned)job.run_count;
    threads = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    struct worker *workers = calloc(threads, sizeof *workers);
    if (!workers) {
        free(runs);
        return no_memory(error, count);
    }
    for (unsigned i = 0; i < threads; i++)
        workers[i] = (struct worker){.job = &job, .index = i, .texts = {.limit = ZEST_ARENA_UNLIMITED}};
    run_workers(workers, threads);
    enum zest_status status = first_failure(workers, threads, error);
    if (status == ZEST_OK && !gather(&job, workers, count, rows))
        status = no_memory(error, count);
    for (unsigned i = 0; i < threads; i++) {
        free(workers[i].ids);
        free(workers[i].offsets);
        zest_arena_finish(&workers[i].texts);
    }
    free(workers);
    free(runs);
    return status;
}

enum zest_status zest_tokenizer_take_ids(struct zest_tokenizer *tokenizer, struct zest_text text, unsigned flags,
                                         zest_ids_fn *take, void *user, struct zest_error *error)
{
    struct zest_tokenizer_model *model = zest_tokenizer_native_model(tokenizer);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    if (!scratch)
        return no_memory(error, 1);
    enum zest_status status = zest_encode(model, scratch, text, options_of(flags), error);
    if (status == ZEST_OK)
        take(user, scratch->ids, scratch->count);
    zest_encoder_give_back(model, scratch);
    return status;
}

void zest_id_rows_finish(struct zest_id_rows *rows)
{
    free(rows->ids);
    free(rows->offsets);
    free(rows->starts);
    *rows = (struct zest_id_rows){0};
}
