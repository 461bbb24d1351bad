/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kernels.c - the harness of the kernels: every variant that this machine can run against the plain meaning.
 *
 * Sizes around every vector and tile width, odd tails, misaligned outputs, canaries, NaN and infinity; and the promise
 * that a token's bits don't depend on the tokens beside it. Seeded: a failure comes back.
 */
#include <math.h>

#include "kernels.h"
#include "model.h"
#include "numbers.h"
#include "zest_test.h"

#define CANARY 1234.5f
#define TOKENS_MAX 25

static uint64_t seed = 42;

static float random_float(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(seed >> 32) * 0x1p-31f;
}

static float *floats(size_t count)
{
    float *values = aligned_alloc(64, (count * 4 + 127) / 64 * 64);
    for (size_t i = 0; i < count; i++)
        values[i] = random_float();
    return values;
}

static size_t fast_paths(const struct zest_kernels *paths[ZEST_PATH_MAX])
{
    size_t count = zest_kernels_paths(paths);
    for (size_t i = 1; i < count; i++)
        paths[i - 1] = paths[i];
    return count - 1;
}

/* ---- matmul ------------------------------------------------------------------------------------------------ */

struct product {
    const struct zest_kernels *k;
    struct zest_matrix m;
    unsigned char *rows, *packed;
    float *x; /* [TOKENS_MAX][cols] */
};

static void make_rows(enum zest_weight type, size_t bytes, unsigned char *rows)
{
    size_t unit = zest_weight_quantised(type) ? zest_weight_row_bytes(type, ZEST_BLOCK) : 2;
    for (size_t i = 0; i < bytes; i++)
        rows[i] = (unsigned char)(int)(random_float() * 127);
    for (size_t i = 0; type != ZEST_WEIGHT_F32 && i < bytes; i += unit) { /* exponents of halves near 1 */
        rows[i + 1] = (unsigned char)(type == ZEST_WEIGHT_BF16 ? 0x3d : 0x24 + (rows[i + 1] & 0x83));
        if (type == ZEST_WEIGHT_Q4_1)
            rows[i + 3] = (unsigned char)(0x24 + (rows[i + 3] & 0x83));
    }
    for (size_t i = 0; type == ZEST_WEIGHT_F32 && i < bytes; i += 4) {
        float value = random_float();
        memcpy(rows + i, &value, 4);
    }
}

static void make_product(struct product *p, const struct zest_kernels *k, enum zest_weight type, size_t rows,
                         size_t cols)
{
    size_t bytes = zest_weight_row_bytes(type, cols) * rows;
    p->k = k;
    zest_matrix_plan(type, rows, cols, k->lanes, &p->m);
    p->rows = malloc(bytes);
    p->packed = aligned_alloc(64, zest_matrix_bytes(&p->m) + 16384);
    make_rows(type, bytes, p->rows);
    zest_matrix_pack(&p->m, p->rows, 0, p->m.groups, p->packed);
    p->m.data = p->packed;
    p->x = floats(TOKENS_MAX * cols);
}

static void free_product(struct product *p)
{
    free(p->rows);
    free(p->packed);
    free(p->x);
}

/* y has one float more a row than the matrix has rows, and one before: canaries. */
static float *multiply(const struct product *p, zest_matmul_fn *fn, size_t first, size_t tokens, bool add)
{
    size_t cols = p->m.cols, stride = p->m.rows + 1;
    struct zest_activations x = {.tokens = tokens, .cols = cols, .tiles = zest_tile_count(p->k, tokens)};
    x.f32 = aligned_alloc(64, tokens * cols * 4 + 64);
    x.q8 = aligned_alloc(64, (tokens * cols + 63) / 64 * 64);
    x.scale = aligned_alloc(64, (tokens * cols / 8 + 127) / 64 * 64);
    x.sum = aligned_alloc(64, (tokens * cols / 8 + 127) / 64 * 64);
    x.start = aligned_alloc(64, (tokens * cols / 8 + 127) / 64 * 64);
    zest_activations_fill(p->k, &x, p->x + first * cols, cols, NULL);
    float *y = malloc((tokens * stride + 1) * 4);
    for (size_t i = 0; i <= tokens * stride; i++)
        y[i] = CANARY;
    void *panel = aligned_alloc(64, (zest_panel_bytes(cols) + 63) / 64 * 64);
    struct zest_matmul work = {
        .matrix = &p->m, .group_count = p->m.groups, .x = &x, .y = y + 1, .stride = stride, .add = add, .panel = panel};
    fn(&work);
    free(panel);
    free(x.f32);
    free(x.q8);
    free(x.scale);
    free(x.sum);
    free(x.start);
    return y;
}

static void check_against_ref(const struct product *p, zest_matmul_fn *fn, zest_matmul_fn *ref, size_t tokens, bool add)
{
    float *got = multiply(p, fn, 0, tokens, add), *want = multiply(p, ref, 0, tokens, add);
    size_t stride = p->m.rows + 1;
    float tolerance = 2e-6f * (float)p->m.cols * (zest_weight_quantised(p->m.type) ? 4 : 1) + (add ? 2e-4f : 0);
    int bad = 0;
    for (size_t i = 0; i <= tokens * stride; i++) {
        if (i % stride == 0) /* the float before the first row, and the one behind each row */
            bad += got[i] != CANARY;
        else
            bad += !(fabsf(got[i] - want[i]) <= tolerance * (1 + fabsf(want[i])));
    }
    if (bad)
        ZEST_FAILED("%s %s, %llu x %llu, %zu tokens: %d of %zu values differ", p->k->variant,
                    zest_weight_name(p->m.type), (unsigned long long)p->m.rows, (unsigned long long)p->m.cols, tokens,
                    bad, tokens * stride);
    free(got);
    free(want);
}

static void check_alone(const struct product *p, zest_matmul_fn *fn, size_t tokens)
{
    float *together = multiply(p, fn, 0, tokens, false);
    size_t stride = p->m.rows + 1;
    for (size_t t = 0; t < tokens; t++) {
        float *alone = multiply(p, fn, t, 1, false);
        if (memcmp(alone + 1, together + 1 + t * stride, p->m.rows * 4) != 0)
            ZEST_FAILED("%s %s: token %zu of %zu has other bits than alone", p->k->variant, zest_weight_name(p->m.type),
                        t, tokens);
        free(alone);
    }
    free(together);
}

static const size_t shapes[][2] = {{1, 32}, {15, 64}, {16, 96}, {17, 32}, {33, 160}, {70, 192}, {64, 1536}};
static const size_t token_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 24, 25};

static void check_products(const struct zest_kernels *k, enum zest_weight type)
{
    for (size_t s = 0; s < ZEST_COUNT(shapes); s++) {
        struct product p;
        make_product(&p, k, type, shapes[s][0], shapes[s][1]);
        for (size_t i = 0; i < ZEST_COUNT(token_counts); i++) {
            check_against_ref(&p, k->matmul[type], zest_kernels_ref.matmul[type], token_counts[i], i % 2);
            check_against_ref(&p, k->matmul_exact[type], zest_kernels_ref.matmul_exact[type], token_counts[i],
                              i % 3 == 0);
        }
        check_alone(&p, k->matmul[type], 25);
        check_alone(&p, k->matmul[type], 11);
        check_alone(&p, k->matmul_exact[type], 25);
        free_product(&p);
    }
}

ZEST_TEST(products_match_the_reference_and_stay_alone)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = fast_paths(paths);
    for (size_t i = 0; i < count; i++)
        for (int type = 0; type < ZEST_WEIGHT_COUNT; type++)
            check_products(paths[i], (enum zest_weight)type);
}

ZEST_TEST(reference_products_are_what_the_rows_say)
{
    for (int type = 0; type < ZEST_WEIGHT_COUNT; type++) {
        struct product p;
        make_product(&p, &zest_kernels_ref, (enum zest_weight)type, 5, 64);
        float *got = multiply(&p, zest_kernels_ref.matmul_exact[type], 0, 3, false), row[64];
        for (uint64_t r = 0; r < 5; r++) {
            zest_matrix_row(&p.m, r, row);
            for (size_t t = 0; t < 3; t++) {
                double sum = 0;
                for (size_t k = 0; k < 64; k++)
                    sum += (double)row[k] * (double)p.x[t * 64 + k];
                ZEST_CHECK(fabs(sum - (double)got[1 + t * 6 + r]) < 1e-4 * (1 + fabs(sum)));
            }
        }
        free(got);
        free_product(&p);
    }
}

ZEST_TEST(extreme_quants_do_not_overflow)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    for (size_t i = 0; i < count; i++)
        for (int type = ZEST_WEIGHT_Q8_0; type <= ZEST_WEIGHT_Q4_1; type++) {
            struct product p;
            make_product(&p, paths[i], (enum zest_weight)type, 16, 64);
            size_t unit = zest_weight_row_bytes((enum zest_weight)type, 32), head = type == ZEST_WEIGHT_Q4_1 ? 4 : 2;
            for (size_t b = 0; b < 16 * 2; b++)
                memset(p.rows + b * unit + head, type == ZEST_WEIGHT_Q8_0 ? 0x80 : 0xff, unit - head);
            zest_matrix_pack(&p.m, p.rows, 0, p.m.groups, p.packed);
            for (size_t k = 0; k < TOKENS_MAX * 64; k++)
                p.x[k] = k % 64 < 32 ? 1.0f : -1.0f;
            check_against_ref(&p, paths[i]->matmul[type], zest_kernels_ref.matmul[type], 5, false);
            free_product(&p);
        }
}

/* ---- vectors ----------------------------------------------------------------------------------------------- */

static void check_close(const char *what, const struct zest_kernels *k, size_t n, const float *got, const float *want)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(got[i] - want[i]) <= 4e-6f * (1 + fabsf(want[i])))) {
            ZEST_FAILED("%s %s of %zu: value %zu is %g, not %g", k->variant, what, n, i, (double)got[i],
                        (double)want[i]);
            return;
        }
    if (got[n] != CANARY)
        ZEST_FAILED("%s %s of %zu writes behind its end", k->variant, what, n);
}

static void check_vectors(const struct zest_kernels *k, size_t n, size_t shift)
{
    float *x = floats(n + shift) + shift, *w = floats(n + shift) + shift, got[256], want[256];
    for (size_t i = 0; i < n; i++)
        x[i] *= 8;
    got[shift + n] = want[shift + n] = CANARY;
    k->rms_norm(x, w, 1e-5f, n, got + shift);
    zest_kernels_ref.rms_norm(x, w, 1e-5f, n, want + shift);
    check_close("rms_norm", k, n, got + shift, want + shift);
    k->swiglu(x, w, n, got + shift);
    zest_kernels_ref.swiglu(x, w, n, want + shift);
    check_close("swiglu", k, n, got + shift, want + shift);
    k->softmax(x, n, got + shift);
    zest_kernels_ref.softmax(x, n, want + shift);
    check_close("softmax", k, n, got + shift, want + shift);
    memcpy(got + shift, x, n * 4);
    memcpy(want + shift, x, n * 4);
    k->rope(got + shift, w, x, n / 2 * 2);
    zest_kernels_ref.rope(want + shift, w, x, n / 2 * 2);
    check_close("rope", k, n, got + shift, want + shift);
    free(x - shift);
    free(w - shift);
}

ZEST_TEST(vectors_match_the_reference)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = fast_paths(paths);
    for (size_t i = 0; i < count; i++)
        for (size_t n = 1; n < 70; n++)
            for (size_t shift = 0; shift < 3; shift++)
                check_vectors(paths[i], n, shift);
}

ZEST_TEST(quantising_is_equal_on_all_paths)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    float *values = floats(96);
    for (int k = 0; k < 32; k++)
        values[k] = 0; /* a block of zeros has scale 0 */
    for (size_t i = 0; i < count; i++) {
        int8_t q8[2][96 * 3];
        float scale[2][9], sum[2][9], rest[96];
        int32_t start[2][9];
        for (int side = 0; side < 2; side++) {
            struct zest_activations x = {.tokens = 3,
                                         .cols = 96,
                                         .tiles = 1,
                                         .q8 = q8[side],
                                         .scale = scale[side],
                                         .sum = sum[side],
                                         .start = start[side]};
            memset(q8[side], 0, sizeof(q8[side]));
            for (size_t slot = 0; slot < 3; slot++)
                (side ? paths[i] : &zest_kernels_ref)->quantize(values, &x, 0, slot, 3, slot == 2 ? rest : NULL);
            for (size_t k = 0; k < 96; k++)
                ZEST_CHECK(fabsf(rest[k]) <= 0.501f * scale[side][k / 32 * 3]);
        }
        ZEST_CHECK(memcmp(q8[0], q8[1], sizeof(q8[0])) == 0);
        ZEST_CHECK(memcmp(scale[0], scale[1], sizeof(scale[0])) == 0);
        ZEST_CHECK(memcmp(sum[0], sum[1], sizeof(sum[0])) == 0);
        ZEST_CHECK(memcmp(start[0], start[1], sizeof(start[0])) == 0);
    }
    free(values);
}

ZEST_TEST(nan_and_infinity_pass_through)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    for (size_t i = 0; i < count; i++) {
        float x[40], ones[40], y[40];
        for (int k = 0; k < 40; k++) {
            x[k] = (float)k;
            ones[k] = 1;
        }
        x[37] = NAN;
        paths[i]->rms_norm(x, ones, 0, 40, y);
        ZEST_CHECK(isnan(y[0]) && isnan(y[39]));
        paths[i]->swiglu(x, ones, 40, y);
        ZEST_CHECK(isnan(y[37]) && !isnan(y[36]));
        x[37] = -INFINITY;
        paths[i]->softmax(x, 40, y);
        ZEST_CHECK(y[37] == 0 && fabsf(y[39] - 0.69125f) < 1e-4f);
        x[0] = -1000;
        x[1] = 1000;
        paths[i]->swiglu(x, ones, 2, y);
        ZEST_CHECK(fabsf(y[0]) < 1e-30f && y[1] == 1000);
    }
}

/* ---- attention --------------------------------------------------------------------------------------------- */

struct story {
    size_t keys, tokens, group, kv_heads, head_dim, block_tokens;
    enum zest_kv_type type;
    float *q, *out;
    unsigned char *kv;
    size_t part, block_bytes, blocks;
    int32_t table[64];
    float *scratch;
};

static void make_story(struct story *s)
{
    size_t width = s->type == ZEST_KV_F16 ? 2 : 4, row = s->kv_heads * s->group * s->head_dim;
    s->blocks = (s->keys + s->block_tokens - 1) / s->block_tokens;
    s->part = s->block_tokens * s->head_dim * width;
    s->block_bytes = 2 * s->part * s->kv_heads;
    s->kv = aligned_alloc(64, s->block_bytes * s->blocks);
    for (size_t i = 0; i < s->block_bytes * s->blocks / width; i++) {
        float value = random_float();
        uint16_t half = zest_f32_to_f16(value);
        memcpy(s->kv + i * width, s->type == ZEST_KV_F16 ? (void *)&half : (void *)&value, width);
    }
    for (size_t i = 0; i < s->blocks; i++)
        s->table[i] = (int32_t)((i * 5 + 3) % s->blocks);
    if (s->blocks % 5 == 0)
        for (size_t i = 0; i < s->blocks; i++)
            s->table[i] = (int32_t)(s->blocks - 1 - i);
    s->q = floats(s->tokens * row);
    for (size_t i = 0; i < s->tokens * row; i++)
        s->q[i] *= 3;
    s->out = malloc(s->tokens * row * 4);
    s->scratch = aligned_alloc(64, (zest_attention_scratch(s->head_dim, s->keys) * 4 + 63) / 64 * 64);
}

static void free_story(struct story *s)
{
    free(s->kv);
    free(s->q);
    free(s->out);
    free(s->scratch);
}

static void attend(const struct story *s, void (*fn)(const struct zest_attention *), size_t first, size_t count,
                   float *out)
{
    size_t row = s->kv_heads * s->group * s->head_dim;
    for (size_t head = 0; head < s->kv_heads; head++) {
        struct zest_attention work = {.q = s->q + first * row,
                                      .out = out + first * row,
                                      .q_stride = row,
                                      .out_stride = row,
                                      .tokens = count,
                                      .position = s->keys - s->tokens + first,
                                      .kv_head = head,
                                      .group = s->group,
                                      .head_dim = s->head_dim,
                                      .scale = 0.25f,
                                      .kv = s->kv,
                                      .block_bytes = s->block_bytes,
                                      .k_offset = head * 2 * s->part,
                                      .v_offset = (head * 2 + 1) * s->part,
                                      .block_table = s->table,
                                      .block_tokens = s->block_tokens,
                                      .kv_type = s->type,
                                      .scratch = s->scratch};
        fn(&work);
    }
}

static void check_story(const struct zest_kernels *k, struct story s)
{
    make_story(&s);
    size_t row = s.kv_heads * s.group * s.head_dim, count = s.tokens * row;
    float *want = malloc(count * 4), *naive = malloc(count * 4), *pieces = malloc(count * 4);
    attend(&s, zest_kernels_ref.attention, 0, s.tokens, want);
    attend(&s, zest_kernels_ref.naive_attention, 0, s.tokens, naive);
    attend(&s, k->attention, 0, s.tokens, s.out);
    double worst = 0, worst_naive = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs((double)(s.out[i] - want[i])));
        worst_naive = fmax(worst_naive, fabs((double)(s.out[i] - naive[i])));
    }
    if (!(worst < 2e-6) || !(worst_naive < 4e-6))
        ZEST_FAILED("%s attention, %zu keys, %zu tokens, head %zu: off by %g, from the textbook by %g", k->variant,
                    s.keys, s.tokens, s.head_dim, worst, worst_naive);
    for (size_t t = 0; t < s.tokens; t += 3)
        attend(&s, k->attention, t, s.tokens - t < 3 ? s.tokens - t : 3, pieces);
    if (memcmp(pieces, s.out, count * 4) != 0)
        ZEST_FAILED("%s attention, %zu keys, %zu tokens: pieces have other bits", k->variant, s.keys, s.tokens);
    free(want);
    free(naive);
    free(pieces);
    free_story(&s);
}

ZEST_TEST(attention_matches_the_reference_in_any_pieces)
{
    static const struct story stories[] = {
        {.keys = 1, .tokens = 1, .group = 1, .kv_heads = 1, .head_dim = 16, .block_tokens = 16},
        {.keys = 16, .tokens = 2, .group = 3, .kv_heads = 2, .head_dim = 64, .block_tokens = 16},
        {.keys = 17, .tokens = 17, .group = 3, .kv_heads = 1, .head_dim = 64, .block_tokens = 16},
        {.keys = 33, .tokens = 7, .group = 4, .kv_heads = 2, .head_dim = 80, .block_tokens = 32},
        {.keys = 100, .tokens = 100, .group = 1, .kv_heads = 2, .head_dim = 48, .block_tokens = 32},
        {.keys = 129, .tokens = 40, .group = 5, .kv_heads = 1, .head_dim = 128, .block_tokens = 48},
        {.keys = 300, .tokens = 13, .group = 13, .kv_heads = 1, .head_dim = 16, .block_tokens = 64},
        {.keys = 65, .tokens = 1, .group = 3, .kv_heads = 3, .head_dim = 256, .block_tokens = 16},
    };
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = fast_paths(paths);
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < ZEST_COUNT(stories); s++) {
            struct story story = stories[s];
            check_story(paths[i], story);
            story.type = ZEST_KV_F16;
            check_story(paths[i], story);
        }
}

/* Keys behind a query, even NaN, must not reach it. */
ZEST_TEST(attention_does_not_see_the_future)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    for (size_t i = 0; i < count; i++) {
        struct story s = {.keys = 64, .tokens = 64, .group = 1, .kv_heads = 1, .head_dim = 16, .block_tokens = 64};
        make_story(&s);
        float before[16], after[16];
        attend(&s, paths[i]->attention, 20, 1, s.out);
        memcpy(before, s.out + 20 * 16, sizeof(before));
        for (size_t key = 21; key < 64; key++)
            for (size_t d = 0; d < 16; d++) {
                float nan = NAN;
                memcpy(s.kv + ((key / 16 * 16 + d) * 16 + key % 16) * 4, &nan, 4);
                memcpy(s.kv + s.part + (key * 16 + d) * 4, &nan, 4);
            }
        attend(&s, paths[i]->attention, 20, 1, s.out);
        memcpy(after, s.out + 20 * 16, sizeof(after));
        ZEST_CHECK(memcmp(before, after, sizeof(before)) == 0);
        free_story(&s);
    }
}

/* ---- choosing ---------------------------------------------------------------------------------------------- */

ZEST_TEST(paths_are_chosen_by_name)
{
    struct zest_error error = {0};
    const struct zest_kernels *k = NULL;
    ZEST_CHECK_OK(zest_kernels_choose("", &k, &error), &error);
    ZEST_CHECK_OK(zest_kernels_choose("baseline", &k, &error), &error);
    ZEST_CHECK(k == &zest_kernels_ref);
    ZEST_CHECK_INT(zest_kernels_choose("sse9", &k, &error), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK(strstr(error.message, "sse9") != NULL);
}

ZEST_TEST(halves_go_there_and_back)
{
    for (uint32_t half = 0; half < 65536; half++) {
        float value = zest_f16_to_f32((uint16_t)half);
        if (!isnan(value) && zest_f32_to_f16(value) != half)
            ZEST_FAILED("half %04x became %04x", half, zest_f32_to_f16(value));
    }
    ZEST_CHECK_INT(zest_f32_to_f16(1.00048828125f), 0x3c00); /* a tie goes to even */
    ZEST_CHECK_INT(zest_f32_to_f16(65520.0f), 0x7c00);
    ZEST_CHECK_INT(zest_f32_to_f16(-1e-9f), 0x8000);
}
