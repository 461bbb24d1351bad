/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_builder.h - the plan in the making behind a policy's helpers; for the files of this folder only.
 */
#ifndef ZEST_PLAN_BUILDER_H
#define ZEST_PLAN_BUILDER_H

#include "scheduler_native.h"

struct zest_plan_builder {
    struct zest_plan plan; /* first: what the policy holds */
    struct zest_scheduler_native *scheduler;
    int64_t step;
    size_t entry_count; /* of the scheduler's plan_entries, those with 0 tokens among them */
    size_t entry_max;
    size_t preempted_count;
    uint64_t calls_left; /* helper calls that the policy may still make */
};

void zest_plan_builder_start(struct zest_plan_builder *builder, struct zest_scheduler_native *scheduler,
                             const struct zest_scheduler_plan_step_request *request);
/* Takes entries out that were preempted again; answers the tokens of the plan. */
int32_t zest_plan_builder_end(struct zest_plan_builder *builder);

#endif
