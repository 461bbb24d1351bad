/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handles.h - the handles of the five services: one atomic pointer to a layer each.
 *
 * The engine holds a pointer to these and takes the other services' layers from it, call by call.
 */
#ifndef ZEST_HANDLES_H
#define ZEST_HANDLES_H

#include <stdatomic.h>

#include <zest/describe.h>

struct zest_handles {
    _Atomic(struct zest_service *) layer[ZEST_SERVICE_COUNT];
};

static inline struct zest_service *zest_handle_load(const struct zest_handles *handles, enum zest_service_id service)
{
    return atomic_load_explicit(&handles->layer[service], memory_order_acquire);
}

#endif
