/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.h - what all research layers share: their object, and the trace that a traced layer writes.
 *
 * A layer is an ops table round another layer. The generated tables (SERVICE_layers.c) call zest_trace_note and
 * zest_remote_call; everything else about layers is in traced.c and remote.c.
 */
#ifndef ZEST_LAYER_H
#define ZEST_LAYER_H

#include <stdatomic.h>

#include <zest/describe.h>
#include <zest/trace.h>

struct zest_layer {
    const void *ops;            /* first, as in every layer: the generated table */
    struct zest_service *inner; /* traced: who does the work; remote: NULL */
    enum zest_service_id service;
    struct zest_text mode;      /* "research" or the URL */
    const char *implementation; /* traced: the name of the innermost layer; lives as long as that */
    void *state;                /* remote: the connections */
};

/* How every ops table begins. */
struct zest_ops_head {
    uint32_t abi, size;
    const char *name;
};

extern const void *const zest_traced_ops[ZEST_SERVICE_COUNT]; /* generated */
extern const void *const zest_remote_ops[ZEST_SERVICE_COUNT];

/* ---- traced ---------------------------------------------------------------------------------------------------- */

enum {
    ZEST_TRACE_RING = 4096,     /* records a thread keeps; a power of two */
    ZEST_TRACE_OPERATIONS = 32, /* most operations of a service, a power of two; a test holds the contracts to it */
};

/*
 * What one thread wrote. Only that thread writes, with plain stores (relaxed atomics, so that readers may look at any
 * time); totals run on when records are overwritten. When the thread ends its ring waits for another one.
 */
struct zest_trace_ring {
    _Atomic uint64_t count; /* records ever written; the newest is [count - 1 mod ZEST_TRACE_RING] */
    struct zest_trace_counter {
        _Atomic uint64_t calls, errors, ticks;
    } totals[ZEST_SERVICE_COUNT][ZEST_TRACE_OPERATIONS];
    struct zest_trace_record records[ZEST_TRACE_RING];
    struct zest_trace_ring *next; /* fixed once the ring is in the list */
    _Atomic bool is_taken;
};

/* NULL until the thread's first traced call. Initial-exec: one load, in shared objects too. */
extern _Thread_local struct zest_trace_ring *zest_trace_mine __attribute__((tls_model("initial-exec")));
struct zest_trace_ring *zest_trace_new_ring(void); /* NULL where memory is out: the call is not noted */

static inline void zest_trace_add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_relaxed);
}

static inline void zest_trace_note(const struct zest_layer *layer, struct zest_call *call, unsigned operation,
                                   uint64_t start, enum zest_status status)
{
    uint64_t ticks = zest_ticks() - start;
    struct zest_trace_ring *ring = zest_trace_mine;
    call->ticks = ticks;
    call->implementation = layer->implementation;
    if (__builtin_expect(!ring, 0) && !(ring = zest_trace_new_ring()))
        return;
    uint64_t count = atomic_load_explicit(&ring->count, memory_order_relaxed);
    ring->records[count & (ZEST_TRACE_RING - 1)] = (struct zest_trace_record){.start = start,
                                                                              .ticks = ticks,
                                                                              .service = (uint16_t)layer->service,
                                                                              .operation = (uint16_t)operation,
                                                                              .status = status};
    atomic_store_explicit(&ring->count, count + 1, memory_order_release);
    struct zest_trace_counter *total = &ring->totals[layer->service][operation & (ZEST_TRACE_OPERATIONS - 1)];
    zest_trace_add(&total->calls, 1);
    zest_trace_add(&total->ticks, ticks);
    zest_trace_add(&total->errors, status != ZEST_OK);
}

enum zest_status zest_traced_create(enum zest_service_id service, struct zest_service *inner,
                                    struct zest_layer **ret_layer, struct zest_error *error) ZEST_MUST_CHECK;
void zest_traced_free(struct zest_layer *layer);

/* ---- remote ---------------------------------------------------------------------------------------------------- */

enum zest_status zest_remote_create(enum zest_service_id service, struct zest_text url, struct zest_layer **ret_layer,
                                    struct zest_error *error) ZEST_MUST_CHECK;
void zest_remote_free(struct zest_layer *layer);
enum zest_status zest_remote_call(struct zest_layer *layer, const struct zest_operation *operation,
                                  struct zest_call *call, const void *request, void *ret_reply);

#endif
