/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels.h - what a kernel computes, for those who write one and those who call it.
 *
 * Every kind has one signature and one plain meaning (kernels_ref.c); variants per instruction set compute the same
 * with other roundings. A path is one table of variants; it is chosen once, from CPUID or by name.
 *
 * One order of sums. On one path the bits of a result don't depend on how many tokens travel together, on how they are
 * cut into tiles or on which thread computes them:
 *   matmul, int8:  acc = 0; for each block of 32 columns: acc = fma(exact integer dot, ws × xs, acc);
 *                  with minima also acc = fma(wm, xs × Σq, acc)
 *   matmul, float: acc = 0; for each column: acc = fma(w, x, acc)
 *   attention:     keys in blocks of 64 from position 0, online softmax; see kernels_vector.h
 *
 * Threads: kernels are pure functions of their arguments; any number may run at a time on disjoint outputs.
 */
#ifndef ZEST_COMPUTATION_KERNELS_H
#define ZEST_COMPUTATION_KERNELS_H

#include "matrix.h"

#define ZEST_TILE_MAX 12  /* tokens a matmul tile may have, on any path */
#define ZEST_KEY_BLOCK 64 /* keys of one online softmax step */
#define ZEST_KEY_LANES 16 /* keys that lie side by side in the cache */
#define ZEST_QUERY_MAX 12 /* queries that share one pass over the keys */
#define ZEST_HEAD_DIM_MAX 256

/*
 * The inputs of a matmul: `tokens` rows of `cols` values, packed by tiles. Tile i holds the tokens
 * [zest_tile_first(x, i), zest_tile_first(x, i + 1)), T of them; its parts begin at first × cols (scales:
 * first × cols/32) and lie as [cols][T] floats, [cols/4][T][4] int8, [cols/32][T] scales.
 */
struct zest_activations {
    size_t tokens, cols, tiles;
    float *f32; /* NULL where not wanted */
    int8_t *q8; /* NULL where not wanted; value = scale × q */
    float *scale;
    float *sum;     /* scale × Σ q of the block */
    int32_t *start; /* −8 × Σ q of the block: takes a zero point of 8 (×1) or 128 (×16) out of an integer dot */
};

static inline size_t zest_tile_first(const struct zest_activations *x, size_t tile)
{
    return tile * x->tokens / x->tiles;
}

struct zest_matmul {
    const struct zest_matrix *matrix;
    size_t group_first, group_count; /* of rows */
    const struct zest_activations *x;
    float *y;      /* y[token × stride + row] */
    size_t stride; /* floats */
    bool add;      /* y += instead of y = */
    void *panel;   /* scratch of zest_panel_bytes(cols), 64-byte aligned, one per thread */
};
typedef void zest_matmul_fn(const struct zest_matmul *work);

static inline size_t zest_panel_bytes(size_t cols)
{
    return (cols + 64) * ZEST_LANES_MAX * sizeof(float);
}

enum zest_kv_type { ZEST_KV_F32, ZEST_KV_F16 };

/*
 * Attention of consecutive tokens of one sequence over its paged keys and values, for one KV head. The cache is cut
 * into blocks (pages) of block_tokens positions; in a block, K lies as [block_tokens/16][head_dim][16] and V as
 * [block_tokens][head_dim]. Query i stands at position `position` + i and sees the keys 0 … position + i.
 */
struct zest_attention {
    const float *q; /* q[token × q_stride + (kv_head × group + h) × head_dim + d] for h < group */
    float *out;     /* the same shape, out_stride */
    size_t q_stride, out_stride;
    size_t tokens, position;
    size_t kv_head, group, head_dim;
    float scale;
    const unsigned char *kv;   /* of block 0 */
    size_t block_bytes;        /* from block to block */
    size_t k_offset, v_offset; /* of this layer and head in a block */
    const int32_t *block_table;
    size_t block_tokens; /* a multiple of 16 */
    enum zest_kv_type kv_type;
    float *scratch; /* zest_attention_scratch(...) floats, 64-byte aligned, one per thread */
};

/* Floats: packed queries, outputs, scores, and the naive variant's row of scores. */
static inline size_t zest_attention_scratch(size_t head_dim, size_t context)
{
    return 2 * ZEST_QUERY_MAX * head_dim + ZEST_QUERY_MAX * (ZEST_KEY_BLOCK + 2 * ZEST_LANES_MAX) + context + 64;
}

struct zest_kernels {
    const char *name;                                /* "baseline", "avx2", "avx512" */
    const char *variant;                             /* "ref", "avx2", "avx512" */
    uint32_t lanes;                                  /* of weight groups */
    uint32_t tile;                                   /* most tokens of a tile, <= ZEST_TILE_MAX */
    zest_matmul_fn *matmul[ZEST_WEIGHT_COUNT];       /* float types by f32 inputs, quantised ones by q8 inputs */
    zest_matmul_fn *matmul_exact[ZEST_WEIGHT_COUNT]; /* all types by f32 inputs */
    /* Fills q8, scale, sum and start of x for the token at `slot` of the tile that begins with token `first` and has
     * `width`. Where `residual` is not NULL it gets value − scale × q; it may be `values` itself. */
    void (*quantize)(const float *values, const struct zest_activations *x, size_t first, size_t slot, size_t width,
                     float *residual);
    void (*rms_norm)(const float *x, const float *weight, float epsilon, size_t n, float *ret_y);
    /* Rotates adjacent pairs: y = x × cos + swapped × sin, both tables with one entry per value (sin signed). */
    void (*rope)(float *x, const float *cos, const float *sin, size_t n);
    void (*swiglu)(const float *gate, const float *up, size_t n, float *ret_y); /* gate × σ(gate) × up */
    void (*softmax)(const float *x, size_t n, float *ret_y);
    void (*attention)(const struct zest_attention *work);
    void (*naive_attention)(const struct zest_attention *work); /* NULL where a path has none */
    uint64_t (*peak_int8)(uint64_t rounds);            /* multiply-adds done; NULL where the path has no int8 dots */
    uint64_t (*peak_f32)(uint64_t rounds);             /* the same, 32-bit floats */
    double (*read_sum)(const void *data, size_t size); /* reads all of it, for the bandwidth */
};

/* Tiles for `tokens` tokens on a path: as few as possible, as equal as possible. */
static inline size_t zest_tile_count(const struct zest_kernels *k, size_t tokens)
{
    return (tokens + k->tile - 1) / k->tile;
}

/* Packs all tokens, as floats where x->f32 is there, as int8 where x->q8 is. values[t × stride] is token t's row;
 * residual, of the same shape, may be NULL or `values`. */
void zest_activations_fill(const struct zest_kernels *k, struct zest_activations *x, const float *values, size_t stride,
                           float *residual);

extern const struct zest_kernels zest_kernels_ref;
#if defined(__x86_64__)
extern const struct zest_kernels zest_kernels_avx2;
extern const struct zest_kernels zest_kernels_avx512;
#endif

/* "" or "auto" takes the best the machine has. An unknown name or a path that the machine lacks is an error that says
 * so. */
enum zest_status zest_kernels_choose(const char *cpu, const struct zest_kernels **ret_kernels,
                                     struct zest_error *error) ZEST_MUST_CHECK;
/* All paths of this build that the machine can run, best last; the count is returned. */
#define ZEST_PATH_MAX 4
size_t zest_kernels_paths(const struct zest_kernels *ret_paths[ZEST_PATH_MAX]);

#endif
