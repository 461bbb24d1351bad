/* SPDX-License-Identifier: Apache-2.0 */
/* token_texts.c - lists of texts that grow: struct zest_texts of decoder.h. One thread. */
#include "decoder.h"

#include <assert.h>
#include <stdlib.h>

void zest_texts_reset(struct zest_texts *texts)
{
    texts->size = texts->count = 0;
    texts->status = ZEST_OK;
}

void zest_texts_finish(struct zest_texts *texts)
{
    free(texts->bytes);
    free(texts->ends);
    *texts = (struct zest_texts){0};
}

void zest_texts_append(struct zest_texts *texts, const void *bytes, size_t size)
{
    if (texts->status != ZEST_OK || size == 0)
        return;
    assert(size < SIZE_MAX / 4 - texts->size);
    if (texts->size + size > texts->byte_capacity) {
        size_t wanted = 2 * (texts->size + size) + 64;
        char *grown = realloc(texts->bytes, wanted);
        if (!grown) {
            texts->status = ZEST_OUT_OF_MEMORY;
            return;
        }
        texts->bytes = grown;
        texts->byte_capacity = wanted;
    }
    memcpy(texts->bytes + texts->size, bytes, size);
    texts->size += size;
}

void zest_texts_close(struct zest_texts *texts)
{
    if (texts->status != ZEST_OK)
        return;
    if (texts->count == texts->end_capacity) {
        size_t wanted = 2 * texts->end_capacity + 16;
        size_t *grown = realloc(texts->ends, wanted * sizeof *grown);
        if (!grown) {
            texts->status = ZEST_OUT_OF_MEMORY;
            return;
        }
        texts->ends = grown;
        texts->end_capacity = wanted;
    }
    texts->ends[texts->count++] = texts->size;
}

void zest_texts_add(struct zest_texts *texts, struct zest_text text)
{
    zest_texts_append(texts, text.data, text.size);
    zest_texts_close(texts);
}
