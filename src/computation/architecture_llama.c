/* SPDX-License-Identifier: Apache-2.0 */
/*
 * architecture_llama.c - Llama: RMSNorm, grouped-query attention with RoPE, RMSNorm, SwiGLU.
 *
 * Source    Touvron et al., LLaMA: Open and Efficient Foundation Language Models, 2023, section 2.2; grouped queries as
 * in Ainslie et al., GQA, 2023. GGUF stores q and k so that RoPE turns adjacent pairs. Params    none of its own; sizes
 * come from the keys llama.* of the file. Promises  The list is the order in which a step reads the weights.
 */
#include "architecture.h"

#define FIELD(name) offsetof(struct zest_layer, name)

static const struct zest_tensor_use layer[] = {
    {"blk.%u.attn_norm.weight", ZEST_DIM_ONE, ZEST_DIM_HIDDEN, FIELD(attn_norm)},
    {"blk.%u.attn_q.weight", ZEST_DIM_QUERIES, ZEST_DIM_HIDDEN, FIELD(q)},
    {"blk.%u.attn_k.weight", ZEST_DIM_KEYS, ZEST_DIM_HIDDEN, FIELD(k)},
    {"blk.%u.attn_v.weight", ZEST_DIM_KEYS, ZEST_DIM_HIDDEN, FIELD(v)},
    {"blk.%u.attn_output.weight", ZEST_DIM_HIDDEN, ZEST_DIM_QUERIES, FIELD(o)},
    {"blk.%u.ffn_norm.weight", ZEST_DIM_ONE, ZEST_DIM_HIDDEN, FIELD(ffn_norm)},
    {"blk.%u.ffn_gate.weight", ZEST_DIM_FFN, ZEST_DIM_HIDDEN, FIELD(gate)},
    {"blk.%u.ffn_up.weight", ZEST_DIM_FFN, ZEST_DIM_HIDDEN, FIELD(up)},
    {"blk.%u.ffn_down.weight", ZEST_DIM_HIDDEN, ZEST_DIM_FFN, FIELD(down)},
};

const struct zest_architecture zest_architecture_llama = {
    .name = "llama",
    .layer = layer,
    .layer_count = ZEST_COUNT(layer),
};
