/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.h - what all research layers share: their object, and the trace that a traced layer writes.
 *
 * A layer is an ops table round another layer. The generated tables (SERVICE_layers.c) call zest_trace_note and
 * zest_remote_call; everything else about layers is in traced.c and remote.c.
 */
#ifndef ZEST_LAYER_H
#define ZEST_LAYER_H

#include <zest/describe.h>
#include <zest/trace.h>

struct zest_layer {
    const void *ops;                /* first, as in every layer: the generated table */
    struct zest_service *inner;     /* traced: who does the work; remote: NULL */
    enum zest_service_id service;
    struct zest_text mode;          /* "research" or the URL */
    void *state;                    /* remote: the connections; traced: the counters */
};

extern const void *const zest_traced_ops[ZEST_SERVICE_COUNT]; /* generated */
extern const void *const zest_remote_ops[ZEST_SERVICE_COUNT];

/* ---- traced ---------------------------------------------------------------------------------------------------- */

/* One call, as a traced layer notes it in the calling thread's ring. */
struct zest_trace_record {
    uint64_t start, ticks;
    uint16_t service, operation;
    uint32_t status;
};

enum { ZEST_TRACE_RING = 4096 }; /* records a thread keeps; a power of two */

struct zest_trace_ring {
    uint64_t count; /* records ever written; the newest is [count - 1 mod ZEST_TRACE_RING] */
    struct zest_trace_record records[ZEST_TRACE_RING];
    struct zest_trace_ring *next;
};

extern _Thread_local struct zest_trace_ring *zest_trace_mine; /* NULL until the thread's first traced call */
struct zest_trace_ring *zest_trace_new_ring(void);            /* never NULL: a shared spare where memory is out */

static inline void zest_trace_note(const struct zest_layer *layer, struct zest_call *call, unsigned operation, uint64_t start,
                                   enum zest_status status)
{
    struct zest_trace_ring *ring = zest_trace_mine;
    if (__builtin_expect(!ring, 0))
        ring = zest_trace_new_ring();
    uint64_t ticks = zest_ticks() - start;
    call->ticks = ticks;
    ring->records[ring->count++ & (ZEST_TRACE_RING - 1)] = (struct zest_trace_record){
        .start = start, .ticks = ticks, .service = (uint16_t)layer->service, .operation = (uint16_t)operation, .status = status};
}

enum zest_status zest_traced_create(enum zest_service_id service, struct zest_service *inner, struct zest_layer **ret_layer,
                                    struct zest_error *error) ZEST_MUST_CHECK;
void zest_traced_free(struct zest_layer *layer);

/* ---- remote ---------------------------------------------------------------------------------------------------- */

enum zest_status zest_remote_create(enum zest_service_id service, struct zest_text url, struct zest_layer **ret_layer,
                                    struct zest_error *error) ZEST_MUST_CHECK;
void zest_remote_free(struct zest_layer *layer);
enum zest_status zest_remote_call(struct zest_layer *layer, const struct zest_operation *operation, struct zest_call *call,
                                  const void *request, void *ret_reply);

#endif
