/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.c - the step: which worker computes what, in which order, and where they meet.
 *
 * A step is a row (a token) each of x [tokens][hidden]. Two ways to share the work, equal to the bit:
 *
 *   by rows of the weights    few tokens: all workers hold all tokens and a part of each matrix; five meetings a layer
 *   by tokens                 many tokens: each worker takes every count-th block of tokens through the layer with all
 *                             the weights, then those that a slower worker has not begun; two meetings a layer
 *
 * A layer, for a block of tokens:
 *   norm, quantise → q k v → rope → keys and values to their pages | meet | attention → quantise → o, added to x
 *   → norm, quantise → gate, up → swiglu → quantise → down, added to x
 *
 * Owned: the buffers below. Threads: zest_forward_run is called by one thread at a time. Start at run_step.
 */
#include "forward.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ROWS_MAX 2048      /* tokens of a piece of a step */
#define BLOCK_ROWS 96      /* tokens that go through a layer together: their activations stay in L2 */
#define ALONE_MIN 32       /* tokens a worker must have before work is shared by tokens */
#define UNIT_ROWS 16       /* weight rows that one worker computes whole: keeps pairs and groups together */
#define ATTENTION_TOKENS 4 /* tokens of one piece of attention, where it is shared by rows */
#define LONELY_STEPS_MIN 32
#define LONELY_STEPS_MAX 512
#define BLOCKS_MAX 256 /* of a piece */

/* A token's way to its page. */
struct row {
    uint32_t entry, position;
    int32_t logits_row; /* −1 for none */
};

struct scratch {
    struct zest_activations x; /* packed inputs of the next product; buffers for BLOCK_ROWS × widest */
    float *norm;               /* [BLOCK_ROWS][hidden] */
    float *gate, *up;          /* [BLOCK_ROWS][ffn]; worker 0's serve all where work is shared by rows */
    float *panel;
    float *attention;
};

struct zest_forward {
    const struct zest_model *model;
    const struct zest_kernels *kernels;
    struct zest_threads *threads;
    struct zest_kv *kv;
    bool exact;
    size_t qkv, queries, keys; /* floats of a token: all, q, k (= v) */
    unsigned char *arena;
    size_t arena_bytes;
    struct row *rows;
    float *x, *qkv_rows, *attended; /* [ROWS_MAX][hidden], [qkv], [queries] */
    float *cos, *sin;               /* [ROWS_MAX][rope_dim] */
    struct scratch *scratch;        /* one per worker */
    float *logits;
    size_t logits_bytes;
    uint32_t lonely_left, lonely_next; /* steps still to run on one thread; length of the next such run */
    uint64_t lonely_steps;
    _Atomic uint32_t claims[BLOCKS_MAX]; /* of each block of a piece: the phase for which it was last taken */
};

/* One piece of a step, read by all workers. */
struct piece {
    struct zest_forward *f;
    const int32_t *tokens;
    size_t count;
    const struct zest_forward_entry *entries;
    float *logits; /* of this piece's first row */
    size_t logits_rows;
    bool by_tokens;
    size_t blocks;
};

/* What a worker does now: tokens [first, first + count), and its part of the weight rows. */
struct share {
    const struct piece *piece;
    struct zest_worker *worker;
    struct scratch *own, *common; /* common: where results of all workers meet */
    size_t first, count;
    uint32_t part, parts;
};

/* ---- products ---------------------------------------------------------------------------------------------- */

/* The worker's part of `rows`, in whole units. */
static void part_of(const struct share *s, uint64_t rows, size_t *ret_first, size_t *ret_end)
{
    size_t units = (size_t)((rows + UNIT_ROWS - 1) / UNIT_ROWS);
    size_t first = units * s->part / s->parts * UNIT_ROWS, end = units * (s->part + 1) / s->parts * UNIT_ROWS;
    *ret_first = first;
    *ret_end = end < rows ? end : (size_t)rows;
}

static void multiply(const struct share *s, const struct zest_matrix *m, float *y, size_t stride, bool add)
{
    const struct zest_forward *f = s->piece->f;
    size_t first, end;
    part_of(s, m->rows, &first, &end);
    struct zest_matmul work = {.matrix = m,
                               .group_first = first / m->lanes,
                               .group_count = (end + m->lanes - 1) / m->lanes - first / m->lanes,
                               .x = &s->own->x,
                               .y = y,
                               .stride = stride,
                               .add = add,
                               .panel = s->own->panel};
    if (first < end)
        (f->exact ? f->kernels->matmul_exact : f->kernels->matmul)[m->type](&work);
}

static bool by_bytes(const struct share *s, const struct zest_matrix *m)
{
    return zest_weight_quantised(m->type) && !s->piece->f->exact;
}

/* Packs `values` as inputs of matrices a, b and c (b, c may be NULL), each worker for itself: cheaper than to share.
 * What 8 bits lose goes to `residual`, where that is not NULL. */
static void fill(const struct share *s, const float *values, size_t cols, size_t stride, const struct zest_matrix *a,
                 const struct zest_matrix *b, const struct zest_matrix *c, float *residual)
{
    const struct zest_forward *f = s->piece->f;
    const struct zest_matrix *all[] = {a, b, c};
    struct zest_activations x = s->own->x, *to = &s->own->x;
    bool floats = false, bytes = false;
    for (int i = 0; i < 3; i++)
        if (all[i]) {
            bytes = bytes || by_bytes(s, all[i]);
            floats = floats || !by_bytes(s, all[i]);
        }
    x.tokens = s->count;
    x.cols = cols;
    x.tiles = zest_tile_count(f->kernels, s->count);
    *to = x;
    if (!floats)
        to->f32 = NULL;
    if (!bytes)
        to->q8 = NULL;
    zest_activations_fill(f->kernels, to, values, stride, residual);
    to->f32 = x.f32; /* the buffers stay; a product reads what was filled */
    to->q8 = x.q8;
}

static void norm_fill(const struct share *s, const float *rows, size_t stride, const float *weight,
                      const struct zest_matrix *a, const struct zest_matrix *b, const struct zest_matrix *c,
                      float *residual)
{
    const struct zest_forward *f = s->piece->f;
    size_t hidden = f->model->hidden;
    for (size_t t = 0; t < s->count; t++)
        f->kernels->rms_norm(rows + t * stride, weight, f->model->epsilon, hidden, s->own->norm + t * hidden);
    fill(s, s->own->norm, hidden, hidden, a, b, c, residual);
}

/* ---- attention --------------------------------------------------------------------------------------------- */

/* Turns the worker's rows of q (or k) of one token; heads may be cut at units. */
static void rotate(const struct share *s, size_t token, float *rows, size_t first, size_t end)
{
    const struct zest_forward *f = s->piece->f;
    size_t dim = f->model->head_dim, rope = f->model->rope_dim;
    const float *cos = f->cos + token * rope, *sin = f->sin + token * rope;
    for (size_t r = first, next; r < end; r = next) {
        size_t d = r % dim;
        next = r - d + dim < end ? r - d + dim : end;
        size_t n = d < rope ? (next - r < rope - d ? next - r : rope - d) : 0;
        if (n)
            f->kernels->rope(rows + r, cos + d, sin + d, n);
    }
}

static void write_kv(const struct share *s, uint32_t layer, size_t token, const float *rows, size_t first, size_t end,
                     bool is_value)
{
    const struct zest_forward *f = s->piece->f;
    const struct row *row = &f->rows[token];
    const struct zest_kv *kv = f->kv;
    uint32_t dim = f->model->head_dim;
    unsigned char *block =
        kv->data + (size_t)s->piece->entries[row->entry].block_ids[row->position / kv->block_tokens] * kv->block_bytes;
    for (size_t r = first, next; r < end; r = next) {
        uint32_t head = (uint32_t)(r / dim), d = (uint32_t)(r % dim);
        next = r - d + dim < end ? r - d + dim : end;
        zest_kv_write(kv, block, zest_kv_offset(kv, layer, head), row->position % kv->block_tokens, d,
                      (uint32_t)(next - r), rows + r, is_value);
    }
}

/*
 * q, k and v of the tokens. The inputs of k and v get a second 8-bit digit, the residual of the first: what they make
 * is read by every later token, and they are small matrices. On SmolLM2 it takes the mean KL from the exact model from
 * 0.0024 to 0.0015 for 6 % more multiply-adds.
 */
static void project(const struct share *s, uint32_t index)
{
    const struct zest_forward *f = s->piece->f;
    const struct zest_layer *layer = &f->model->layer[index];
    float *rows = f->qkv_rows + s->first * f->qkv;
    size_t q_first, q_end, k_first, k_end;
    bool two_digits = by_bytes(s, &layer->k) && by_bytes(s, &layer->v);
    norm_fill(s, f->x + s->first * f->model->hidden, f->model->hidden, layer->attn_norm, &layer->q, &layer->k,
              &layer->v, two_digits ? s->own->norm : NULL);
    multiply(s, &layer->q, rows, f->qkv, false);
    multiply(s, &layer->k, rows + f->queries, f->qkv, false);
    multiply(s, &layer->v, rows + f->queries + f->keys, f->qkv, false);
    if (two_digits) {
        fill(s, s->own->norm, f->model->hidden, f->model->hidden, &layer->k, &layer->v, NULL, NULL);
        multiply(s, &layer->k, rows + f->queries, f->qkv, true);
        multiply(s, &layer->v, rows + f->queries + f->keys, f->qkv, true);
    }
    part_of(s, layer->q.rows, &q_first, &q_end);
    part_of(s, layer->k.rows, &k_first, &k_end);
    for (size_t t = 0; t < s->count; t++) {
        float *q = rows + t * f->qkv, *k = q + f->queries;
        rotate(s, s->first + t, q, q_first, q_end);
        rotate(s, s->first + t, k, k_first, k_end);
        write_kv(s, index, s->first + t, k, k_first, k_end, false);
        write_kv(s, index, s->first + t, k + f->keys, k_first, k_end, true);
    }
}

/* Consecutive tokens of one entry from `token` on, at most `limit` and not beyond the share. */
static size_t run_length(const struct share *s, size_t token, size_t limit)
{
    const struct row *rows = s->piece->f->rows;
    size_t n = 1;
    while (n < limit && token + n < s->first + s->count && rows[token + n].entry == rows[token].entry)
        n++;
    return n;
}

static void attend(const struct share *s, uint32_t layer, size_t token, size_t count, uint32_t head)
{
    const struct zest_forward *f = s->piece->f;
    const struct zest_model *m = f->model;
    const struct row *row = &f->rows[token];
    size_t offset = zest_kv_offset(f->kv, layer, head);
    struct zest_attention work = {
        .q = f->qkv_rows + token * f->qkv,
        .out = f->attended + token * f->queries,
        .q_stride = f->qkv,
        .out_stride = f->queries,
        .tokens = count,
        .position = row->position,
        .kv_head = head,
        .group = m->heads / m->kv_heads,
        .head_dim = m->head_dim,
        .scale = 1.0f / sqrtf((float)m->head_dim),
        .kv = f->kv->data,
        .block_bytes = f->kv->block_bytes,
        .k_offset = offset,
        .v_offset = offset + f->kv->part_bytes,
        .block_table = s->piece->entries[row->entry].block_ids,
        .block_tokens = f->kv->block_tokens,
        .kv_type = f->kv->type,
        .scratch = s->own->attention,
    };
    f->kernels->attention(&work);
}

static void attend_all(const struct share *s, uint32_t layer)
{
    const struct zest_model *m = s->piece->f->model;
    size_t limit = s->parts > 1 ? ATTENTION_TOKENS : s->count, item = 0, n;
    for (size_t token = s->first; token < s->first + s->count; token += n) {
        n = run_length(s, token, limit);
        for (uint32_t head = 0; head < m->kv_heads; head++, item++)
            if (item % s->parts == s->part)
                attend(s, layer, token, n, head);
    }
}

/* ---- a layer ----------------------------------------------------------------------------------------------- */

static void meet(const struct share *s)
{
    if (s->parts > 1)
        zest_threads_meet(s->worker);
}

static void mix(const struct share *s, uint32_t index)
{
    const struct zest_forward *f = s->piece->f;
    const struct zest_layer *layer = &f->model->layer[index];
    attend_all(s, index);
    meet(s);
    fill(s, f->attended + s->first * f->queries, f->queries, f->queries, &layer->o, NULL, NULL, NULL);
    multiply(s, &layer->o, f->x + s->first * f->model->hidden, f->model->hidden, true);
    meet(s);
}

static void feed_forward(const struct share *s, uint32_t index)
{
    const struct zest_forward *f = s->piece->f;
    const struct zest_layer *layer = &f->model->layer[index];
    size_t hidden = f->model->hidden, ffn = f->model->ffn, first, end;
    float *x = f->x + s->first * hidden, *gate = s->common->gate, *up = s->common->up;
    norm_fill(s, x, hidden, layer->ffn_norm, &layer->gate, &layer->up, NULL, NULL);
    multiply(s, &layer->gate, gate, ffn, false);
    multiply(s, &layer->up, up, ffn, false);
    part_of(s, ffn, &first, &end);
    for (size_t t = 0; t < s->count && first < end; t++)
        f->kernels->swiglu(gate + t * ffn + first, up + t * ffn + first, end - first, gate + t * ffn + first);
    meet(s);
    fill(s, gate, ffn, ffn, &layer->down, NULL, NULL, NULL);
    multiply(s, &layer->down, x, hidden, true);
}

static bool wants_logits(const struct share *s)
{
    for (size_t t = s->first; t < s->first + s->count; t++)
        if (s->piece->f->rows[t].logits_row >= 0)
            return true;
    return false;
}

/* ---- the piece --------------------------------------------------------------------------------------------- */

static struct share share_of(const struct piece *p, struct zest_worker *worker, size_t block)
{
    struct zest_forward *f = p->f;
    struct share s = {.piece = p, .worker = worker, .own = &f->scratch[worker->index]};
    s.first = block * p->count / p->blocks;
    s.count = (block + 1) * p->count / p->blocks - s.first;
    s.part = p->by_tokens ? 0 : worker->index;
    s.parts = p->by_tokens ? 1 : worker->count;
    s.common = p->by_tokens ? s.own : &f->scratch[0];
    return s;
}

static void embed(const struct share *s)
{
    const struct zest_forward *f = s->piece->f;
    const struct zest_model *m = f->model;
    for (size_t t = s->first; t < s->first + s->count; t++) {
        if (t % s->parts != s->part)
            continue;
        zest_matrix_row(&m->embedding, (uint64_t)s->piece->tokens[t], f->x + t * m->hidden);
        for (uint32_t i = 0; i < m->rope_dim; i++) {
            double angle = f->rows[t].position * m->rope_inverse[i / 2];
            f->cos[t * m->rope_dim + i] = (float)cos(angle);
            f->sin[t * m->rope_dim + i] = (float)(i % 2 ? sin(angle) : -sin(angle));
        }
    }
}

/* Rows that want logits, BLOCK_ROWS at a time, by rows of the output matrix. */
static void project_logits(const struct piece *p, struct zest_worker *worker)
{
    struct zest_forward *f = p->f;
    size_t hidden = f->model->hidden, vocab = f->model->vocab, token = 0;
    struct share s = {
        .piece = p, .worker = worker, .own = &f->scratch[worker->index], .part = worker->index, .parts = worker->count};
    for (size_t done = 0; done < p->logits_rows; done += s.count) {
        for (s.count = 0; s.count < BLOCK_ROWS && done + s.count < p->logits_rows; token++)
            if (f->rows[token].logits_row >= 0) {
                f->kernels->rms_norm(f->x + token * hidden, f->model->output_norm, f->model->epsilon, hidden,
                                     s.own->norm + s.count * hidden);
                s.count++;
            }
        fill(&s, s.own->norm, hidden, hidden, &f->model->output, NULL, NULL, NULL);
        multiply(&s, &f->model->output, p->logits + done * vocab, vocab, false);
    }
}

/* What is done with a block between two meetings. */
typedef void phase_fn(const struct share *s, uint32_t layer);

static void begin(const struct share *s, uint32_t layer)
{
    (void)layer;
    embed(s);
}

static void finish(const struct share *s, uint32_t layer)
{
    if (layer + 1 == s->piece->f->model->layers && !wants_logits(s))
        return;
    mix(s, layer);
    feed_forward(s, layer);
}

/* By rows, all workers do each block together. By tokens, a worker does its own blocks, then any that nobody has begun.
 */
static void run_phase(const struct piece *p, struct zest_worker *worker, uint32_t phase, phase_fn *fn, uint32_t layer)
{
    for (size_t i = 0; i < p->blocks; i++) {
        size_t b = i;
        if (p->by_tokens) {
            size_t own = p->blocks / worker->count, round = i / own; /* blocks is a multiple of count */
            b = i % own * worker->count + (worker->index + round) % worker->count;
            uint32_t before = phase - 1;
            if (!atomic_compare_exchange_strong(&p->f->claims[b], &before, phase))
                continue;
        }
        struct share s = share_of(p, worker, b);
        fn(&s, layer);
    }
    zest_threads_meet(worker);
}

static void run_piece(struct zest_worker *worker, void *arg)
{
    const struct piece *p = arg;
    uint32_t phase = 1;
    run_phase(p, worker, phase++, begin, 0);
    for (uint32_t layer = 0; layer < p->f->model->layers; layer++) {
        run_phase(p, worker, phase++, project, layer);
        run_phase(p, worker, phase++, finish, layer);
    }
    if (p->logits_rows)
        project_logits(p, worker);
}

/* One thread for a while when a third of a step or more went by waiting for a partner that had no core. */
static uint32_t choose_threads(struct zest_forward *f)
{
    if (f->lonely_left > 0) {
        f->lonely_left--;
        f->lonely_steps++;
        return 1;
    }
    return zest_threads_count(f->threads);
}

static void watch_contention(struct zest_forward *f, uint64_t waited, uint64_t took)
{
    if (waited * 3 > took && zest_ticks_seconds(waited) > 5e-4) {
        f->lonely_left = f->lonely_next;
        f->lonely_next = f->lonely_next * 2 < LONELY_STEPS_MAX ? f->lonely_next * 2 : LONELY_STEPS_MAX;
    } else if (f->lonely_next > LONELY_STEPS_MIN) {
        f->lonely_next--;
    }
}

static void compute(struct piece *p)
{
    struct zest_forward *f = p->f;
    uint32_t threads = choose_threads(f);
    p->by_tokens = p->count >= (size_t)threads * ALONE_MIN && threads <= BLOCKS_MAX / 4;
    size_t each = (p->count + (size_t)threads * BLOCK_ROWS - 1) / ((size_t)threads * BLOCK_ROWS);
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        atomic_store_explicit(&f->claims[i], 0, memory_order_relaxed);
    p->blocks = p->by_tokens ? each * threads : (p->count + BLOCK_ROWS - 1) / BLOCK_ROWS;
    uint64_t before = zest_ticks();
    uint64_t waited = zest_threads_run(f->threads, threads, run_piece, p);
    if (threads > 1)
        watch_contention(f, waited, zest_ticks() - before);
}

/* ---- the step ---------------------------------------------------------------------------------------------- */

static enum zest_status check_entry(const struct zest_forward *f, const struct zest_forward_entry *e, size_t index,
                                    struct zest_error *error)
{
    uint64_t end = (uint64_t)e->position + e->token_count;
    uint64_t blocks = (end + f->kv->block_tokens - 1) / f->kv->block_tokens;
    if (e->token_count == 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "entries", "entry %zu has no tokens", index);
    if (end > f->model->context)
        return zest_fail_param(error, ZEST_CONTEXT_OVERFLOW, "entries",
                               "entry %zu ends at position %llu; the model's context is %u", index,
                               (unsigned long long)end, f->model->context);
    if (e->block_count < blocks)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "entries",
                               "entry %zu names %zu blocks; its %llu positions need %llu of %u", index, e->block_count,
                               (unsigned long long)end, (unsigned long long)blocks, f->kv->block_tokens);
    for (uint64_t i = 0; i < blocks; i++)
        if (e->block_ids[i] < 0 || (uint32_t)e->block_ids[i] >= f->kv->block_count)
            return zest_fail_param(error, ZEST_OUT_OF_RANGE, "entries",
                                   "entry %zu names block %d; blocks 0 to %lld exist", index, e->block_ids[i],
                                   (long long)f->kv->block_count - 1);
    return ZEST_OK;
}

static enum zest_status check(const struct zest_forward *f, const int32_t *ids, size_t count,
                              const struct zest_forward_entry *entries, size_t entry_count, size_t *ret_rows,
                              struct zest_error *error)
{
    uint64_t tokens = 0, rows = 0;
    for (size_t i = 0; i < entry_count; i++) {
        enum zest_status status = check_entry(f, &entries[i], i, error);
        if (status != ZEST_OK)
            return status;
        tokens += entries[i].token_count;
        rows += entries[i].logits == ZEST_LOGITS_ALL ? entries[i].token_count : entries[i].logits == ZEST_LOGITS_LAST;
    }
    if (tokens != count)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "token_ids",
                               "the entries have %llu tokens; %zu were given", (unsigned long long)tokens, count);
    for (size_t i = 0; i < count; i++)
        if (ids[i] < 0 || (uint32_t)ids[i] >= f->model->vocab)
            return zest_fail_param(error, ZEST_OUT_OF_RANGE, "token_ids", "token %zu is %d; the model has 0 to %u", i,
                                   ids[i], f->model->vocab - 1);
    *ret_rows = rows;
    return ZEST_OK;
}

static enum zest_status reserve_logits(struct zest_forward *f, size_t rows, struct zest_error *error)
{
    size_t bytes;
    if (__builtin_mul_overflow(rows, (size_t)f->model->vocab * sizeof(float), &bytes))
        bytes = SIZE_MAX;
    if (bytes <= f->logits_bytes)
        return ZEST_OK;
    float *logits = zest_pages_alloc(bytes);
    if (!logits)
        return zest_fail_param(error, ZEST_OUT_OF_MEMORY, "entries", "no memory for %zu rows of %u logits", rows,
                               f->model->vocab);
    zest_pages_free(f->logits, f->logits_bytes);
    f->logits = logits;
    f->logits_bytes = bytes;
    return ZEST_OK;
}

/* Fills f->rows with tokens [first, first + count) of the step; returns how many want logits. */
static size_t lay_out(struct zest_forward *f, const struct zest_forward_entry *entries, size_t first, size_t count)
{
    size_t entry = 0, start = 0, wanted = 0;
    for (size_t t = first; t < first + count; t++) {
        while (t >= start + entries[entry].token_count)
            start += entries[entry++].token_count;
        const struct zest_forward_entry *e = &entries[entry];
        bool wants = e->logits == ZEST_LOGITS_ALL || (e->logits == ZEST_LOGITS_LAST && t + 1 == start + e->token_count);
        f->rows[t - first] = (struct row){(uint32_t)entry, (uint32_t)(e->position + (t - start)), wants ? 0 : -1};
        wanted += wants;
    }
    return wanted;
}

enum zest_status zest_forward_run(struct zest_forward *forward, const int32_t *token_ids, size_t token_count,
                                  const struct zest_forward_entry *entries, size_t entry_count,
                                  const float **ret_logits, size_t *ret_rows, struct zest_error *error)
{
    size_t rows = 0, done = 0;
    enum zest_status status = check(forward, token_ids, token_count, entries, entry_count, &rows, error);
    if (status == ZEST_OK)
        status = reserve_logits(forward, rows, error);
    if (status != ZEST_OK)
        return status;
    for (size_t first = 0, count; first < token_count; first += count) {
        count = token_count - first < ROWS_MAX ? token_count - first : ROWS_MAX;
        struct piece piece = {.f = forward,
                              .tokens = token_ids + first,
                              .count = count,
                              .entries = entries,
                              .logits = forward->logits + done * forward->model->vocab};
        piece.logits_rows = lay_out(forward, entries, first, count);
        done += piece.logits_rows;
        compute(&piece);
    }
    *ret_logits = forward->logits;
    *ret_rows = rows;
    return ZEST_OK;
}

uint64_t zest_forward_lonely_steps(const struct zest_forward *forward)
{
    return forward->lonely_steps;
}

/* ---- buffers ----------------------------------------------------------------------------------------------- */

/* Hands out 64-byte aligned parts; with a NULL base it only counts. */
static void *cut(struct zest_forward *f, size_t count, size_t size)
{
    void *part = f->arena ? f->arena + f->arena_bytes : NULL;
    f->arena_bytes += (count * size + 63) & ~(size_t)63;
    return part;
}

static void cut_scratch(struct zest_forward *f, struct scratch *s)
{
    const struct zest_model *m = f->model;
    size_t widest = f->queries > m->hidden ? f->queries : m->hidden;
    widest = m->ffn > widest ? m->ffn : widest;
    size_t blocks = widest / ZEST_BLOCK + 1;
    s->x.q8 = cut(f, BLOCK_ROWS * widest, 1);
    s->x.scale = cut(f, BLOCK_ROWS * blocks, sizeof(float));
    s->x.sum = cut(f, BLOCK_ROWS * blocks, sizeof(float));
    s->x.start = cut(f, BLOCK_ROWS * blocks, sizeof(int32_t));
    s->x.f32 = cut(f, BLOCK_ROWS * widest, sizeof(float));
    s->norm = cut(f, (size_t)BLOCK_ROWS * m->hidden, sizeof(float));
    s->gate = cut(f, (size_t)BLOCK_ROWS * m->ffn, sizeof(float));
    s->up = cut(f, (size_t)BLOCK_ROWS * m->ffn, sizeof(float));
    s->panel = cut(f, zest_panel_bytes(widest), 1);
    s->attention = cut(f, zest_attention_scratch(m->head_dim, 0), sizeof(float));
}

static void cut_all(struct zest_forward *f)
{
    const struct zest_model *m = f->model;
    f->arena_bytes = 0;
    f->rows = cut(f, ROWS_MAX, sizeof(*f->rows));
    f->x = cut(f, (size_t)ROWS_MAX * m->hidden, sizeof(float));
    f->qkv_rows = cut(f, ROWS_MAX * f->qkv, sizeof(float));
    f->attended = cut(f, ROWS_MAX * f->queries, sizeof(float));
    f->cos = cut(f, (size_t)ROWS_MAX * m->rope_dim, sizeof(float));
    f->sin = cut(f, (size_t)ROWS_MAX * m->rope_dim, sizeof(float));
    for (uint32_t i = 0; i < zest_threads_count(f->threads); i++)
        cut_scratch(f, &f->scratch[i]);
}

enum zest_status zest_forward_create(const struct zest_model *model, const struct zest_kernels *kernels,
                                     struct zest_threads *threads, struct zest_kv *kv, bool exact,
                                     struct zest_forward **ret_forward, struct zest_error *error)
{
    struct zest_forward *f = calloc(1, sizeof(*f));
    struct scratch *scratch = calloc(zest_threads_count(threads), sizeof(*scratch));
    if (f && scratch) {
        *f = (struct zest_forward){.model = model,
                                   .kernels = kernels,
                                   .threads = threads,
                                   .kv = kv,
                                   .exact = exact,
                                   .scratch = scratch,
                                   .lonely_next = LONELY_STEPS_MIN};
        f->queries = (size_t)model->heads * model->head_dim;
        f->keys = (size_t)model->kv_heads * model->head_dim;
        f->qkv = f->queries + 2 * f->keys;
        cut_all(f);
        f->arena = zest_pages_alloc(f->arena_bytes);
        if (f->arena) {
            cut_all(f);
            *ret_forward = f;
            return ZEST_OK;
        }
    }
    free(scratch);
    free(f);
    return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the buffers of a step");
}

void zest_forward_destroy(struct zest_forward *forward)
{
    if (!forward)
        return;
    zest_pages_free(forward->arena, forward->arena_bytes);
    zest_pages_free(forward->logits, forward->logits_bytes);
    free(forward->scratch);
    free(forward);
}
