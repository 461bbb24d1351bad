/* SPDX-License-Identifier: Apache-2.0 */
/*
 * architecture.h - what an architecture file says: its keys and its tensors, in execution order.
 *
 * The blocks themselves (attention, gated feed-forward) are shared and live in forward.c. To add an architecture made
 * of them, write one file like architecture_llama.c and name it in architectures[] of model.c.
 */
#ifndef ZEST_COMPUTATION_ARCHITECTURE_H
#define ZEST_COMPUTATION_ARCHITECTURE_H

#include "model.h"

/* Sizes that a tensor's shape is made of. */
enum zest_dim { ZEST_DIM_ONE, ZEST_DIM_HIDDEN, ZEST_DIM_QUERIES, ZEST_DIM_KEYS, ZEST_DIM_FFN, ZEST_DIM_COUNT };

struct zest_tensor_use {
    const char *name;         /* with one %u for the layer */
    enum zest_dim rows, cols; /* rows ONE: a vector, kept as floats */
    size_t offset;            /* of the struct zest_matrix, or of the float pointer, in struct zest_layer */
};

struct zest_architecture {
    const char *name;                    /* general.architecture, and the prefix of its keys */
    const struct zest_tensor_use *layer; /* of one layer, in execution order */
    size_t layer_count;
};

extern const struct zest_architecture zest_architecture_llama;

#endif
