/* SPDX-License-Identifier: Apache-2.0 */
/* test_wire.c - bodies with raw tensors: round trips, alignment, and bodies that lie about their sizes. */
#include <zest/api/engine.h>
#include <zest/api/tokenizer.h>
#include <zest/wire.h>

#include "zest_test.h"

static const struct zest_object *forward_reply(void)
{
    return zest_operation_find(ZEST_TEXT("engine"), ZEST_TEXT("forward"))->reply;
}

static struct zest_arena arena;
static struct zest_error error;
static const float numbers[] = {1, -2.5f, 3e38f, 0, 1e-45f, 6};

static void write_body(struct zest_buffer *out)
{
    struct zest_engine_forward_reply reply = {
        .logits = {.dtype = ZEST_DTYPE_F32, .rank = 2, .shape = {2, 3}, .data = numbers}};
    zest_arena_init(&arena, 1 << 20);
    zest_buffer_init(out, 1 << 20);
    zest_wire_write(forward_reply(), &reply, out);
    ZEST_CHECK(!out->failed);
}

static void finish(struct zest_buffer *out)
{
    zest_buffer_finish(out);
    zest_arena_finish(&arena);
}

ZEST_TEST(tensors_go_round_by_reference)
{
    struct zest_buffer body;
    struct zest_engine_forward_reply back;
    write_body(&body);
    ZEST_CHECK_INT(body.size % 64, 0);
    ZEST_CHECK_OK(zest_wire_read(forward_reply(), (struct zest_text){body.data, body.size}, &arena, &back, &error),
                  &error);
    ZEST_CHECK(back.logits.rank == 2 && back.logits.shape[0] == 2 && back.logits.shape[1] == 3);
    ZEST_CHECK(!memcmp(back.logits.data, numbers, sizeof(numbers)));
    ZEST_CHECK((const char *)back.logits.data > body.data && (const char *)back.logits.data < body.data + body.size);
    finish(&body);
}

ZEST_TEST(unaligned_bodies_are_copied)
{
    struct zest_buffer body;
    struct zest_engine_forward_reply back;
    write_body(&body);
    char *moved = malloc(body.size + 1);
    memcpy(moved + 1, body.data, body.size);
    ZEST_CHECK_OK(zest_wire_read(forward_reply(), (struct zest_text){moved + 1, body.size}, &arena, &back, &error),
                  &error);
    ZEST_CHECK((uintptr_t)back.logits.data % 4 == 0);
    ZEST_CHECK(!memcmp(back.logits.data, numbers, sizeof(numbers)));
    free(moved);
    finish(&body);
}

static enum zest_status read_exactly(const char *data, size_t size)
{
    struct zest_engine_forward_reply back;
    char *own = malloc(size ? size : 1);
    memcpy(own, data, size);
    enum zest_status status = zest_wire_read(forward_reply(), (struct zest_text){own, size}, &arena, &back, &error);
    free(own);
    return status;
}

ZEST_TEST(cut_and_lying_bodies_are_refused)
{
    struct zest_buffer body;
    write_body(&body);
    size_t data_end = body.size - 64 + sizeof(numbers);
    for (size_t size = 0; size < data_end; size++)
        if (read_exactly(body.data, size) == ZEST_OK)
            ZEST_FAILED("taken: %zu of %zu bytes", size, body.size);
    ZEST_CHECK_INT(read_exactly(body.data, data_end), ZEST_OK);
    char *shape = strstr(body.data + 12, "[2,3]");
    ZEST_CHECK(shape != NULL);
    if (shape) {
        memcpy(shape, "[9,3]", 5);
        ZEST_CHECK_INT(read_exactly(body.data, body.size), ZEST_INVALID_ARGUMENT);
        ZEST_CHECK(strstr(error.message, "108 bytes at offset 0") != NULL);
    }
    body.data[4] = 2;
    ZEST_CHECK_INT(read_exactly(body.data, body.size), ZEST_UNSUPPORTED);
    finish(&body);
}

ZEST_TEST(huge_shapes_do_not_overflow)
{
    static const char json[] =
        "{\"logits\":{\"dtype\":\"f32\",\"shape\":[4294967296,4294967296,4294967296],\"offset\":0}}";
    char body[256] = "zest\x01\0\0\0";
    uint32_t size = sizeof(json) - 1;
    zest_arena_init(&arena, 1 << 20);
    memcpy(body + 8, &size, 4);
    memcpy(body + 12, json, size);
    ZEST_CHECK_INT(read_exactly(body, sizeof(body)), ZEST_INVALID_ARGUMENT);
    zest_arena_finish(&arena);
}

ZEST_TEST(only_objects_with_tensors_want_it)
{
    ZEST_CHECK(zest_wire_has_tensor(forward_reply()));
    ZEST_CHECK(!zest_wire_has_tensor(zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokenize"))->reply));
}
