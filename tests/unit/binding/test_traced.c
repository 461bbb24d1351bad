/* SPDX-License-Identifier: Apache-2.0 */
/* test_traced.c - what a traced layer notes: totals over threads and wrapped rings, records, who did the work; its
 * cost. */
#include <pthread.h>

#include <zest/api/tokenizer.h>
#include <zest/trace.h>

#include "layer.h"
#include "zest_test.h"

static enum zest_status fake_tokenize(struct zest_tokenizer *self, struct zest_call *call,
                                      const struct zest_tokenizer_tokenize_request *request,
                                      struct zest_tokenizer_tokenize_reply *ret_reply)
{
    (void)self;
    (void)ret_reply;
    return request->pieces ? zest_fail(&call->error, ZEST_TOO_LARGE, "as asked") : ZEST_OK;
}

static const struct zest_tokenizer_ops fake_ops = {
    .abi = ZEST_ABI, .size = sizeof(fake_ops), .name = "fake", .tokenize = fake_tokenize};

static struct zest_tokenizer *traced_fake(struct zest_tokenizer *fake)
{
    struct zest_layer *layer = NULL;
    struct zest_error error;
    fake->ops = &fake_ops;
    ZEST_CHECK_OK(zest_traced_create(ZEST_TOKENIZER, (struct zest_service *)fake, &layer, &error), &error);
    return (struct zest_tokenizer *)layer;
}

static struct zest_trace_total total_of(void)
{
    struct zest_trace_total total;
    zest_trace_totals(ZEST_TOKENIZER, ZEST_TOKENIZER_TOKENIZE, &total);
    return total;
}

/* An error every tenth call. */
static void call_often(struct zest_tokenizer *tokenizer, int times)
{
    struct zest_call call = {0};
    struct zest_tokenizer_tokenize_request request = {0};
    struct zest_tokenizer_tokenize_reply reply;
    for (int i = 0; i < times; i++) {
        request.pieces = i % 10 == 9;
        (void)!zest_tokenizer_tokenize(tokenizer, &call, &request, &reply);
    }
}

ZEST_TEST(a_call_notes_ticks_status_and_who_did_it)
{
    struct zest_tokenizer fake, *traced = traced_fake(&fake);
    struct zest_call call = {0};
    struct zest_tokenizer_tokenize_request request = {.pieces = true};
    struct zest_tokenizer_tokenize_reply reply;
    struct zest_trace_total before = total_of();
    ZEST_CHECK_INT(zest_tokenizer_tokenize(traced, &call, &request, &reply), ZEST_TOO_LARGE);
    ZEST_CHECK_TEXT(zest_text_of(call.implementation), ZEST_TEXT("fake"));
    ZEST_CHECK_TEXT(zest_text_of(call.error.message), ZEST_TEXT("as asked"));
    struct zest_trace_total after = total_of();
    ZEST_CHECK_INT(after.calls - before.calls, 1);
    ZEST_CHECK_INT(after.errors - before.errors, 1);
    ZEST_CHECK_INT(after.ticks - before.ticks, call.ticks);
    struct zest_trace_record record;
    ZEST_CHECK_INT(zest_trace_recent(&record, 1), 1);
    ZEST_CHECK(record.service == ZEST_TOKENIZER && record.operation == ZEST_TOKENIZER_TOKENIZE &&
               record.status == ZEST_TOO_LARGE);
    ZEST_CHECK_INT(record.ticks, call.ticks);
    traced->ops->destroy(traced);
}

ZEST_TEST(layers_stack_and_name_the_innermost)
{
    struct zest_tokenizer fake, *inner = traced_fake(&fake);
    struct zest_layer *outer;
    struct zest_error error;
    ZEST_CHECK_OK(zest_traced_create(ZEST_TOKENIZER, (struct zest_service *)inner, &outer, &error), &error);
    struct zest_call call = {0};
    struct zest_tokenizer_tokenize_request request = {0};
    struct zest_tokenizer_tokenize_reply reply;
    struct zest_trace_total before = total_of();
    ZEST_CHECK_INT(zest_tokenizer_tokenize((struct zest_tokenizer *)outer, &call, &request, &reply), ZEST_OK);
    ZEST_CHECK_INT(total_of().calls - before.calls, 2);
    ZEST_CHECK_TEXT(zest_text_of(call.implementation), ZEST_TEXT("fake"));
    zest_traced_free(outer);
    inner->ops->destroy(inner);
}

static void *run_thread(void *tokenizer)
{
    call_often(tokenizer, 10000);
    return NULL;
}

ZEST_TEST(totals_outlive_wrapped_rings_and_threads)
{
    struct zest_tokenizer fake, *traced = traced_fake(&fake);
    pthread_t threads[4];
    struct zest_trace_total before = total_of();
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ZEST_COUNT(threads); i++)
            ZEST_CHECK_INT(pthread_create(&threads[i], NULL, run_thread, traced), 0);
        for (size_t i = 0; i < ZEST_COUNT(threads); i++)
            pthread_join(threads[i], NULL);
    }
    ZEST_CHECK_INT(total_of().calls - before.calls, 120000);
    ZEST_CHECK_INT(total_of().errors - before.errors, 12000);
    traced->ops->destroy(traced);
}

ZEST_TEST(recent_records_come_in_order)
{
    enum { MOST = 6000 };
    struct zest_tokenizer fake, *traced = traced_fake(&fake);
    struct zest_trace_record *records = malloc(MOST * sizeof(*records));
    call_often(traced, 5000);
    size_t count = zest_trace_recent(records, MOST);
    ZEST_CHECK(count >= ZEST_TRACE_RING - 1 && count <= MOST);
    for (size_t i = 1; i < count; i++)
        ZEST_CHECK(records[i - 1].start <= records[i].start);
    ZEST_CHECK_INT(zest_trace_recent(records, 10), 10);
    free(records);
    traced->ops->destroy(traced);
}

ZEST_TEST(every_service_fits_the_table_of_totals)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        ZEST_CHECK(zest_services[i]->operation_count <= ZEST_TRACE_OPERATIONS);
}

static double ns_a_call(struct zest_tokenizer *tokenizer)
{
    enum { CALLS = 20000 };
    struct zest_call call = {0};
    struct zest_tokenizer_tokenize_request request = {0};
    struct zest_tokenizer_tokenize_reply reply;
    uint64_t start = zest_now_ns();
    for (int i = 0; i < CALLS; i++) {
        __asm__ volatile("" ::: "memory");
        (void)!zest_tokenizer_tokenize(tokenizer, &call, &request, &reply);
    }
    return (double)(zest_now_ns() - start) / CALLS;
}

/* Prints its figure; asserts nothing about time. */
ZEST_TEST(cost_of_tracing)
{
    struct zest_tokenizer fake, *traced = traced_fake(&fake);
    double open = 1e9, through = 1e9;
    for (int round = 0; round < 25; round++) {
        double a = ns_a_call(&fake), b = ns_a_call(traced);
        open = a < open ? a : open;
        through = b < through ? b : through;
    }
    printf("open call %.1f ns, traced %.1f ns: tracing costs %.1f ns\n", open, through, through - open);
    traced->ops->destroy(traced);
}
