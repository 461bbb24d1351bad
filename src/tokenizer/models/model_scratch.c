/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_scratch.c - the memory that token models work in. See the header.
 */
#include "model_scratch.h"

#include "bpe_merge.h"

#include <stdlib.h>

struct zest_model_scratch *zest_model_scratch_create(void)
{
    return calloc(1, sizeof(struct zest_model_scratch));
}

void zest_model_scratch_destroy(struct zest_model_scratch *scratch)
{
    if (!scratch)
        return;
    free(scratch->symbols);
    free(scratch->block);
    free(scratch->kept);
    free(scratch->rank_heads);
    free(scratch);
}

/* Nothing in it is kept when it grows, so that nothing need be copied. */
static void *grow(void **block, size_t *block_size, size_t size)
{
    if (size <= *block_size)
        return *block;
    size_t wanted = size + size / 2;
    free(*block);
    *block = malloc(wanted);
    *block_size = *block ? wanted : 0;
    return *block;
}

void *zest_model_scratch_block(struct zest_model_scratch *scratch, size_t size)
{
    return grow(&scratch->block, &scratch->block_size, size);
}

void *zest_model_scratch_kept(struct zest_model_scratch *scratch, size_t size)
{
    return grow(&scratch->kept, &scratch->kept_size, size);
}

bool zest_model_scratch_symbols(struct zest_model_scratch *scratch, size_t count)
{
    if (count <= scratch->symbol_capacity)
        return true;
    size_t wanted = count + count / 2 + 64;
    void *symbols = realloc(scratch->symbols, wanted * sizeof *scratch->symbols);
    if (!symbols)
        return false;
    scratch->symbols = symbols;
    scratch->symbol_capacity = wanted;
    return true;
}
