/* SPDX-License-Identifier: Apache-2.0 */
/* model_steps.c - the list of a model's steps. See model_steps.h. */
#include "model_steps.h"

#include <assert.h>
#include <stdlib.h>

void zest_model_steps_add(struct zest_model_steps *steps, struct zest_model_step step)
{
    assert(step.span.start <= step.span.end);
    if (steps->status != ZEST_OK)
        return;
    if (steps->count == steps->capacity) {
        size_t capacity = 2 * steps->capacity + 16;
        struct zest_model_step *grown = realloc(steps->list, capacity * sizeof *grown);
        if (!grown) {
            steps->status = ZEST_OUT_OF_MEMORY;
            return;
        }
        steps->list = grown;
        steps->capacity = capacity;
    }
    steps->list[steps->count++] = step;
}

void zest_model_steps_finish(struct zest_model_steps *steps)
{
    free(steps->list);
    *steps = (struct zest_model_steps){0};
}
