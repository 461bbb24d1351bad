/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_forward.c - the step gives the reference's numbers, and the same bits whatever runs beside a sequence.
 *
 * Small random models in every weight type serve the bits; the default model, where it is on the machine, serves the
 * numbers of the reference data.
 */
#include <math.h>

#include <jansson.h>

#include "forward.h"
#include "tiny_model.h"
#include "zest_test.h"

#define BLOCKS 64
#define PROMPT 75

struct machine {
    const struct zest_kernels *kernels;
    struct zest_threads *threads;
    struct zest_model model;
    struct zest_kv kv;
    struct zest_forward *forward;
};

static bool open_machine(struct machine *m, const char *path, const struct zest_kernels *kernels, uint32_t threads,
                         uint32_t block_tokens, enum zest_kv_type type, bool exact)
{
    struct zest_error error = {0};
    *m = (struct machine){.kernels = kernels};
    enum zest_status status = zest_threads_create(threads, false, &m->threads, &error);
    if (status == ZEST_OK)
        status = zest_model_load(path, kernels, m->threads, NULL, NULL, &m->model, &error);
    if (status == ZEST_OK)
        status = zest_kv_init(&m->kv, &m->model, block_tokens, type, &error);
    if (status == ZEST_OK)
        status = zest_kv_resize(&m->kv, BLOCKS, &error);
    if (status == ZEST_OK)
        status = zest_forward_create(&m->model, kernels, m->threads, &m->kv, exact, &m->forward, &error);
    ZEST_CHECK_OK(status, &error);
    return status == ZEST_OK;
}

static void close_machine(struct machine *m)
{
    zest_forward_destroy(m->forward);
    zest_kv_finish(&m->kv);
    zest_model_finish(&m->model);
    zest_threads_destroy(m->threads);
}

static const float *step(struct machine *m, const int32_t *ids, const struct zest_forward_entry *entries, size_t count,
                         size_t *ret_rows)
{
    struct zest_error error = {0};
    const float *logits = NULL;
    size_t tokens = 0;
    for (size_t i = 0; i < count; i++)
        tokens += entries[i].token_count;
    ZEST_CHECK_OK(zest_forward_run(m->forward, ids, tokens, entries, count, &logits, ret_rows, &error), &error);
    return logits;
}

/* ---- bits -------------------------------------------------------------------------------------------------- */

static void make_prompt(int32_t *ids, size_t count, uint32_t start)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)((start + i * 37 + i * i * 11) % TINY_VOCAB);
}

/* Blocks of a sequence from `first` on, every `stride`-th: so that no two layouts are alike. */
static void make_blocks(int32_t *blocks, size_t count, int32_t first, int32_t stride)
{
    for (size_t i = 0; i < count; i++)
        blocks[i] = (int32_t)((first + (int32_t)i * stride) % BLOCKS);
}

/* All logits of the prompt, in pieces of `piece`. */
static void run_pieces(struct machine *m, const int32_t *ids, size_t piece, int32_t first, int32_t stride,
                       float *ret_logits)
{
    int32_t blocks[BLOCKS];
    make_blocks(blocks, BLOCKS, first, stride);
    for (size_t at = 0, n; at < PROMPT; at += n) {
        n = PROMPT - at < piece ? PROMPT - at : piece;
        struct zest_forward_entry entry = {.token_count = (uint32_t)n,
                                           .position = (uint32_t)at,
                                           .block_ids = blocks,
                                           .block_count = BLOCKS,
                                           .logits = ZEST_LOGITS_ALL};
        size_t rows = 0;
        const float *logits = step(m, ids + at, &entry, 1, &rows);
        ZEST_CHECK_INT(rows, n);
        memcpy(ret_logits + at * TINY_VOCAB, logits, n * TINY_VOCAB * 4);
    }
}

static void check_same(const char *what, const struct machine *m, const float *want, const float *got)
{
    if (memcmp(want, got, (size_t)PROMPT * TINY_VOCAB * 4) != 0)
        ZEST_FAILED("%s, %s: other bits %s", m->kernels->name, m->model.type, what);
}

/* Eight sequences at different places, ours in the middle, token by token after a first piece. */
static void run_batch(struct machine *m, const int32_t *ids, float *ret_logits)
{
    int32_t blocks[8][8], tokens[8 * PROMPT];
    for (size_t at = 0, n; at < PROMPT; at += n) {
        struct zest_forward_entry entries[8];
        size_t count = 0, rows = 0;
        n = at == 0 ? 21 : 1;
        for (uint32_t s = 0; s < 8; s++) {
            uint32_t length = s == 3 ? (uint32_t)n : at == 0 ? 5 + s * 3 : 1;
            uint32_t position = s == 3 ? (uint32_t)at : at == 0 ? 0 : 5 + s * 3 + (uint32_t)at - 21;
            make_blocks(blocks[s], 8, (int32_t)s * 8, 1);
            if (s == 3)
                memcpy(tokens + count, ids + at, n * 4);
            else
                make_prompt(tokens + count, length, s * 13 + position);
            count += length;
            entries[s] = (struct zest_forward_entry){.token_count = length,
                                                     .position = position,
                                                     .block_ids = blocks[s],
                                                     .block_count = 8,
                                                     .logits = s == 3 ? ZEST_LOGITS_ALL : s % 3};
        }
        const float *logits = step(m, tokens, entries, 8, &rows);
        size_t before = 0;
        for (uint32_t s = 0; s < 3; s++)
            before += s % 3 == ZEST_LOGITS_ALL ? entries[s].token_count : s % 3 == ZEST_LOGITS_LAST;
        ZEST_CHECK(rows >= before + n);
        memcpy(ret_logits + at * TINY_VOCAB, logits + before * TINY_VOCAB, n * TINY_VOCAB * 4);
    }
}

static void check_bits(const char *path, const struct zest_kernels *kernels, bool exact)
{
    static float want[PROMPT * TINY_VOCAB], got[PROMPT * TINY_VOCAB];
    int32_t ids[PROMPT];
    struct machine one, two;
    make_prompt(ids, PROMPT, 5);
    if (!open_machine(&one, path, kernels, 1, 16, ZEST_KV_F32, exact) ||
        !open_machine(&two, path, kernels, 2, 32, ZEST_KV_F32, exact))
        return;
    run_pieces(&one, ids, PROMPT, 0, 1, want);
    for (size_t i = 0; i < ZEST_COUNT(want); i++)
        if (!isfinite(want[i])) {
            ZEST_FAILED("%s, %s: logit %zu is %g", kernels->name, one.model.type, i, (double)want[i]);
            break;
        }
    run_pieces(&one, ids, 1, 7, 3, got);
    check_same("token by token", &one, want, got);
    run_pieces(&one, ids, 7, 1, 5, got);
    check_same("in pieces of 7", &one, want, got);
    run_batch(&one, ids, got);
    check_same("in a batch of 8", &one, want, got);
    run_pieces(&two, ids, PROMPT, 3, 7, got);
    check_same("on two threads", &two, want, got);
    run_pieces(&two, ids, 20, 0, 1, got);
    check_same("on two threads in pieces of 20", &two, want, got);
    run_batch(&two, ids, got);
    check_same("on two threads in a batch of 8", &two, want, got);
    close_machine(&one);
    close_machine(&two);
}

ZEST_TEST(bits_depend_on_the_sequence_alone)
{
    static const uint32_t types[] = {0, 1, 30, 8, 2, 3};
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    for (size_t t = 0; t < ZEST_COUNT(types); t++) {
        char path[] = "/tmp/zest-test-XXXXXX";
        struct tiny_writer writer = {.type = types[t], .untied = t % 2};
        tiny_write(&writer, path);
        for (size_t i = 0; i < count; i++) {
            check_bits(path, paths[i], false);
            check_bits(path, paths[i], true);
        }
        (void)unlink(path);
    }
}

/* Paths round differently, but mean the same. */
ZEST_TEST(paths_agree_within_rounding)
{
    static float plain[PROMPT * TINY_VOCAB], fast[PROMPT * TINY_VOCAB];
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    char path[] = "/tmp/zest-test-XXXXXX";
    struct tiny_writer writer = {.type = 3};
    int32_t ids[PROMPT];
    tiny_write(&writer, path);
    make_prompt(ids, PROMPT, 1);
    for (size_t i = 0; i < count; i++) {
        struct machine m;
        if (!open_machine(&m, path, paths[i], 1, 32, ZEST_KV_F32, true))
            break;
        run_pieces(&m, ids, PROMPT, 0, 1, i ? fast : plain);
        for (size_t k = 0; i && k < ZEST_COUNT(fast); k++)
            if (!(fabsf(fast[k] - plain[k]) < 1e-4f)) {
                ZEST_FAILED("%s: logit %zu is %g, plain %g", paths[i]->name, k, (double)fast[k], (double)plain[k]);
                break;
            }
        close_machine(&m);
    }
    (void)unlink(path);
}

/* ---- errors ------------------------------------------------------------------------------------------------ */

ZEST_TEST(impossible_steps_are_refused)
{
    char path[] = "/tmp/zest-test-XXXXXX";
    struct tiny_writer writer = {.type = 3};
    int32_t ids[PROMPT], blocks[BLOCKS], bad[1] = {BLOCKS};
    const float *logits;
    struct zest_error error = {0};
    size_t rows;
    struct machine m;
    tiny_write(&writer, path);
    make_prompt(ids, PROMPT, 1);
    make_blocks(blocks, BLOCKS, 0, 1);
    if (!open_machine(&m, path, &zest_kernels_ref, 1, 16, ZEST_KV_F16, false))
        return;
    struct zest_forward_entry e = {.token_count = 5, .block_ids = blocks, .block_count = 1};
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 4, &e, 1, &logits, &rows, &error), ZEST_INVALID_ARGUMENT);
    e.position = 12;
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), ZEST_INVALID_ARGUMENT);
    e.position = TINY_CONTEXT - 4;
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), ZEST_CONTEXT_OVERFLOW);
    e.position = UINT32_MAX;
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), ZEST_CONTEXT_OVERFLOW);
    e = (struct zest_forward_entry){.token_count = 5, .block_ids = bad, .block_count = 1};
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), ZEST_OUT_OF_RANGE);
    e.block_ids = blocks;
    e.token_count = 0;
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 0, &e, 1, &logits, &rows, &error), ZEST_INVALID_ARGUMENT);
    e.token_count = 5;
    ids[3] = TINY_VOCAB;
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), ZEST_OUT_OF_RANGE);
    ids[3] = -1;
    ZEST_CHECK_INT(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), ZEST_OUT_OF_RANGE);
    ids[3] = 0;
    ZEST_CHECK_OK(zest_forward_run(m.forward, ids, 5, &e, 1, &logits, &rows, &error), &error);
    ZEST_CHECK_INT(rows, 0);
    ZEST_CHECK_OK(zest_forward_run(m.forward, ids, 0, NULL, 0, &logits, &rows, &error), &error);
    close_machine(&m);
    (void)unlink(path);
}

ZEST_TEST(kv_keeps_blocks_when_it_grows)
{
    struct zest_error error = {0};
    struct zest_model model = {.kv_heads = 1, .head_dim = 16, .layers = 1};
    struct zest_kv kv;
    ZEST_CHECK_INT(zest_kv_init(&kv, &model, 17, ZEST_KV_F32, &error), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_OK(zest_kv_init(&kv, &model, 16, ZEST_KV_F32, &error), &error);
    ZEST_CHECK_OK(zest_kv_resize(&kv, 2, &error), &error);
    kv.data[kv.block_bytes + 5] = 77;
    ZEST_CHECK_OK(zest_kv_resize(&kv, 50, &error), &error);
    ZEST_CHECK_INT(kv.data[kv.block_bytes + 5], 77);
    ZEST_CHECK_INT(kv.data[kv.block_bytes * 49], 0);
    ZEST_CHECK_OK(zest_kv_resize(&kv, 2, &error), &error);
    ZEST_CHECK_INT(kv.data[kv.block_bytes + 5], 77);
    ZEST_CHECK_INT(zest_kv_resize(&kv, 0, &error), ZEST_OUT_OF_RANGE);
    zest_kv_finish(&kv);
}

/* ---- the default model ------------------------------------------------------------------------------------- */

/* The array NAME.npy of a ZIP with stored members, by its local header; NULL where it is not there. */
static float *npz_floats(const char *file_name, const char *name, size_t *ret_count)
{
    FILE *file = reference_file(file_name);
    static unsigned char bytes[1 << 20];
    size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
    if (file)
        fclose(file);
    char member[96];
    size_t length = (size_t)snprintf(member, sizeof(member), "%s.npy", name);
    for (size_t i = 0; i + 30 + length < size; i++) {
        if (memcmp(bytes + i, "PK\3\4", 4) != 0 || memcmp(bytes + i + 30, member, length) != 0)
            continue;
        size_t extra = bytes[i + 28] + 256u * bytes[i + 29], npy = i + 30 + length + extra;
        size_t header = 10 + bytes[npy + 8] + 256u * bytes[npy + 9];
        const char *shape = strstr((const char *)bytes + npy + 10, "'shape': (");
        size_t count = 1;
        for (const char *c = shape ? shape + 10 : ")"; *c != ')'; c++)
            if (*c >= '0' && *c <= '9') {
                char *end;
                count *= strtoul(c, &end, 10);
                c = end - 1;
            }
        float *values = malloc(count * 4);
        memcpy(values, bytes + npy + header, count * 4);
        *ret_count = count;
        return values;
    }
    return NULL;
}

/* Largest difference from the reference's logits after one prompt. */
static double case_error(struct machine *m, json_t *one, const char *id)
{
    static int32_t ids[4096], blocks[BLOCKS];
    char name[64];
    size_t count = json_array_size(json_object_get(one, "prompt_ids")), rows, known = 0, known_ids = 0;
    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)json_integer_value(json_array_get(json_object_get(one, "prompt_ids"), i));
    make_blocks(blocks, BLOCKS, 0, 1);
    struct zest_forward_entry entry = {
        .token_count = (uint32_t)count, .block_ids = blocks, .block_count = BLOCKS, .logits = ZEST_LOGITS_LAST};
    const float *logits = step(m, ids, &entry, 1, &rows);
    (void)snprintf(name, sizeof(name), "%s_logits", id);
    float *want = npz_floats("smollm2/exact_last.npz", name, &known);
    (void)snprintf(name, sizeof(name), "%s_ids", id);
    int32_t *which = (int32_t *)(void *)npz_floats("smollm2/exact_last.npz", name, &known_ids);
    double worst = want && which && known == known_ids ? 0 : INFINITY;
    for (size_t i = 0; i < known && worst < INFINITY; i++)
        worst = fmax(worst, fabs((double)want[i] - (double)logits[which[i]]));
    free(want);
    free(which);
    return worst;
}

ZEST_TEST(float_logits_are_those_of_the_reference)
{
    char path[512];
    static char line[1 << 18];
    FILE *cases = reference_file("smollm2/cases.jsonl");
    const struct zest_kernels *kernels = NULL;
    struct zest_error error = {0};
    struct machine m;
    int seen = 0;
    ZEST_CHECK_OK(zest_kernels_choose("", &kernels, &error), &error);
    if (!cases || !default_model(path) || kernels == &zest_kernels_ref) {
        if (cases)
            fclose(cases);
        ZEST_SKIP("needs the default model, the reference data and AVX2");
    }
    if (!open_machine(&m, path, kernels, 2, 32, ZEST_KV_F32, true))
        return;
    while (seen < 8 && fgets(line, sizeof(line), cases)) {
        json_t *one = json_loads(line, 0, NULL);
        const char *id = json_string_value(json_object_get(one, "id"));
        double worst = case_error(&m, one, id);
        if (!(worst < 3e-4))
            ZEST_FAILED("case %s: a logit is off by %g", id, worst);
        seen++;
        json_decref(one);
    }
    ZEST_CHECK(seen == 8);
    fclose(cases);
    close_machine(&m);
}

static double log_sum_exp(const float *logits, size_t count)
{
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        top = fmax(top, (double)logits[i]);
    for (size_t i = 0; i < count; i++)
        sum += exp((double)logits[i] - top);
    return top + log(sum);
}

/* Negative logprobs of the tokens 257 to 511 of the first chunk; their mean goes back. */
static double chunk_nll(struct machine *m, const int32_t *ids, float *ret_nll)
{
    int32_t blocks[BLOCKS];
    size_t rows, vocab = m->model.vocab;
    double sum = 0;
    make_blocks(blocks, BLOCKS, 0, 1);
    struct zest_forward_entry entry = {
        .token_count = 512, .block_ids = blocks, .block_count = BLOCKS, .logits = ZEST_LOGITS_ALL};
    const float *logits = step(m, ids, &entry, 1, &rows);
    for (size_t t = 256; t < 511; t++) {
        const float *row = logits + t * vocab;
        ret_nll[t] = (float)(log_sum_exp(row, vocab) - (double)row[ids[t + 1]]);
        sum += (double)ret_nll[t];
    }
    return sum / 255;
}

ZEST_TEST(perplexity_is_that_of_the_reference)
{
    char path[512];
    FILE *file = reference_file("smollm2/ppl_ids.bin");
    int32_t ids[512];
    static float nll[511];
    size_t count = 0;
    bool have = file && fread(ids, 4, 512, file) == 512;
    if (file)
        fclose(file);
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t path_count = zest_kernels_paths(paths);
    float *want = npz_floats("smollm2/ppl_nll.npz", "nll", &count);
    if (!have || !default_model(path) || !want || path_count < 2)
        ZEST_SKIP("needs the default model, the reference data and AVX2");
    for (size_t i = 1; i < path_count; i++)
        for (int exact = 0; exact < 2; exact++) {
            struct machine m;
            double want_mean = 0;
            if (!open_machine(&m, path, paths[i], 2, 32, ZEST_KV_F32, exact))
                break;
            double mean = chunk_nll(&m, ids, nll);
            for (size_t t = 256; t < 511; t++)
                want_mean += (double)want[t] / 255;
            /* All 102 chunks stay within 0.5 %; a single chunk strays more. */
            if (!(fabs(exp(mean - want_mean) - 1) < (exact ? 1e-4 : 1.5e-2)))
                ZEST_FAILED("%s, exact %d: perplexity %g, not %g", paths[i]->name, exact, exp(mean), exp(want_mean));
            for (size_t t = 256; exact && t < 511; t++)
                if (!(fabsf(nll[t] - want[t]) < 1e-3f)) {
                    ZEST_FAILED("%s: token %zu has nll %g, not %g", paths[i]->name, t + 1, (double)nll[t],
                                (double)want[t]);
                    break;
                }
            close_machine(&m);
        }
    free(want);
}
