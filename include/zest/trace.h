/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - what the research layers saw: calls, errors and time by operation, over all threads.
 *
 * Production counts nothing, so an operation that was only ever called in production mode reads as zero.
 */
#ifndef ZEST_TRACE_H
#define ZEST_TRACE_H

#include <zest/describe.h>

struct zest_trace_total {
    uint64_t calls, errors, ticks; /* ticks: zest_ticks_seconds turns them into seconds */
};

/* `operation` is the operation's index in its service. */
void zest_trace_totals(enum zest_service_id service, unsigned operation, struct zest_trace_total *ret_total);

/* One call as a traced layer noted it; `start` is the machine's tick counter. */
struct zest_trace_record {
    uint64_t start, ticks;
    uint16_t service, operation;
    uint32_t status; /* enum zest_status */
};

/*
 * The newest calls of all threads, oldest first, at most `max` of them; answers how many. Each thread keeps its last
 * few thousand. A call that is noted while this reads may be missing.
 */
size_t zest_trace_recent(struct zest_trace_record *ret_records, size_t max);

#endif
