/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traced.c - the traced layer: its object, the rings that its calls write and the sums that readers take.
 *
 * The work of a traced call is in layer.h (zest_trace_note) and in the generated tables. Each thread writes a ring of
 * its own; all rings hang in one list that only grows, without a lock. A thread that ends gives its ring to the next
 * new one, so that programs which start many threads keep few rings.
 *
 * Threads: notes from any, each in its ring; readers from any.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "layer.h"

/* The one list of the process: totals are of all environments, as /metrics wants them. */
static _Atomic(struct zest_trace_ring *) rings;
static pthread_key_t at_thread_end;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

_Thread_local struct zest_trace_ring *zest_trace_mine;

static void give_back(void *ring)
{
    zest_trace_mine = NULL; /* later destructors of this thread may still call */
    atomic_store(&((struct zest_trace_ring *)ring)->is_taken, false);
}

static void make_key(void)
{
    pthread_key_create(&at_thread_end, give_back);
}

static struct zest_trace_ring *take_free_ring(void)
{
    for (struct zest_trace_ring *ring = atomic_load(&rings); ring; ring = ring->next) {
        bool expected = false;
        if (atomic_compare_exchange_strong(&ring->is_taken, &expected, true))
            return ring;
    }
    return NULL;
}

static struct zest_trace_ring *add_ring(void)
{
    struct zest_trace_ring *ring = calloc(1, sizeof(*ring));
    if (!ring)
        return NULL;
    atomic_store(&ring->is_taken, true);
    ring->next = atomic_load(&rings);
    while (!atomic_compare_exchange_weak(&rings, &ring->next, ring)) {
    }
    return ring;
}

struct zest_trace_ring *zest_trace_new_ring(void)
{
    struct zest_trace_ring *ring = take_free_ring();
    if (!ring)
        ring = add_ring();
    if (!ring)
        return NULL;
    pthread_once(&key_once, make_key);
    pthread_setspecific(at_thread_end, ring);
    return zest_trace_mine = ring;
}

void zest_trace_totals(enum zest_service_id service, unsigned operation, struct zest_trace_total *ret_total)
{
    struct zest_trace_total sum = {0};
    if (operation >= ZEST_TRACE_OPERATIONS || (unsigned)service >= ZEST_SERVICE_COUNT) {
        *ret_total = sum;
        return;
    }
    for (struct zest_trace_ring *ring = atomic_load(&rings); ring; ring = ring->next) {
        struct zest_trace_counter *total = &ring->totals[service][operation];
        sum.calls += atomic_load_explicit(&total->calls, memory_order_relaxed);
        sum.errors += atomic_load_explicit(&total->errors, memory_order_relaxed);
        sum.ticks += atomic_load_explicit(&total->ticks, memory_order_relaxed);
    }
    *ret_total = sum;
}

static int compare_start(const void *a, const void *b)
{
    uint64_t x = ((const struct zest_trace_record *)a)->start, y = ((const struct zest_trace_record *)b)->start;
    return x < y ? -1 : x > y;
}

/* Copies what was safe from being overwritten all the while; the ring's newest `max`. */
static size_t copy_ring(struct zest_trace_ring *ring, struct zest_trace_record *out, size_t max)
{
    uint64_t end = atomic_load_explicit(&ring->count, memory_order_acquire), start = end > max ? end - max : 0;
    if (end - start > ZEST_TRACE_RING)
        start = end - ZEST_TRACE_RING;
    for (uint64_t i = start; i < end; i++)
        out[i - start] = ring->records[i & (ZEST_TRACE_RING - 1)];
    atomic_thread_fence(memory_order_acquire);
    uint64_t later = atomic_load_explicit(&ring->count, memory_order_relaxed) + 1; /* one may be half written */
    uint64_t lost = later > start + ZEST_TRACE_RING ? later - start - ZEST_TRACE_RING : 0;
    if (lost >= end - start)
        return 0;
    memmove(out, out + lost, (end - start - lost) * sizeof(*out));
    return end - start - lost;
}

size_t zest_trace_recent(struct zest_trace_record *ret_records, size_t max)
{
    size_t count = 0, room = max < ZEST_TRACE_RING ? max : ZEST_TRACE_RING;
    struct zest_trace_record *both = malloc((max + room) * sizeof(*both) + 1);
    if (!both)
        return 0;
    for (struct zest_trace_ring *ring = atomic_load(&rings); ring; ring = ring->next) {
        count += copy_ring(ring, both + count, room);
        qsort(both, count, sizeof(*both), compare_start);
        if (count > max) {
            memmove(both, both + (count - max), max * sizeof(*both));
            count = max;
        }
    }
    memcpy(ret_records, both, count * sizeof(*both));
    free(both);
    return count;
}

/* ---- the layer --------------------------------------------------------------------------------------------------- */

static const char *name_of(const struct zest_service *service)
{
    const struct zest_layer *layer = (const struct zest_layer *)service;
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (layer->ops == zest_traced_ops[i])
            return layer->implementation;
    return ((const struct zest_ops_head *)layer->ops)->name;
}

enum zest_status zest_traced_create(enum zest_service_id service, struct zest_service *inner,
                                    struct zest_layer **ret_layer, struct zest_error *error)
{
    assert(inner && ((const struct zest_ops_head *)((const struct zest_layer *)inner)->ops)->abi == ZEST_ABI);
    struct zest_layer *layer = malloc(sizeof(*layer));
    if (!layer)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a traced layer of %zu bytes", sizeof(*layer));
    *layer = (struct zest_layer){.ops = zest_traced_ops[service],
                                 .inner = inner,
                                 .service = service,
                                 .mode = ZEST_TEXT("research"),
                                 .implementation = name_of(inner)};
    *ret_layer = layer;
    return ZEST_OK;
}

void zest_traced_free(struct zest_layer *layer)
{
    free(layer);
}
