/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler.h - how the native scheduler is made. Everything else about it is its contract, <zest/api/scheduler.h>.
 */
#ifndef ZEST_SCHEDULER_H
#define ZEST_SCHEDULER_H

#include <zest/api/scheduler_native.h>

struct zest_scheduler_options {
    const char *policy;    /* a name, or the path of a shared object; NULL: fcfs */
    int32_t sequences_max; /* most sequences that run at a time */
    int32_t queue_max;     /* most sequences that wait */
};

enum zest_status zest_scheduler_native_create(const struct zest_scheduler_options *options, struct zest_scheduler **ret,
                                              struct zest_error *error) ZEST_MUST_CHECK;

/*
 * Loads a policy from a shared object that exports `zest_plugin` (built with -DZEST_PLUGIN); set_policy knows its name
 * from then on. `ret_name` lives as long as the scheduler. `scheduler` is the native one.
 */
enum zest_status zest_scheduler_load_policy(struct zest_scheduler *scheduler, const char *path,
                                            struct zest_text *ret_name, struct zest_error *error) ZEST_MUST_CHECK;

#endif
