/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json_round.c - every example of every contract: it is valid, and read, written and read again it stays the same.
 *
 * Mutated examples must give an error or a struct, never more: run under ASan this is the codec's fuzz test.
 */
#include <zest/json.h>

#include "zest_test.h"

/* Calls `check` for the request and the reply of every operation. */
static void for_each_example(void (*check)(const struct zest_operation *, const struct zest_object *, struct zest_text))
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        for (size_t j = 0; j < zest_services[i]->operation_count; j++) {
            const struct zest_operation *operation = &zest_services[i]->operations[j];
            check(operation, operation->request, zest_text_of(operation->example_request));
            check(operation, operation->reply, zest_text_of(operation->example_reply));
        }
}

static void check_round(const struct zest_operation *operation, const struct zest_object *object,
                        struct zest_text example)
{
    struct zest_arena arena;
    struct zest_buffer first, second;
    struct zest_error error = {0};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&first, 1 << 20);
    zest_buffer_init(&second, 1 << 20);
    void *one = zest_alloc_zero(&arena, object->size, 16), *two = zest_alloc_zero(&arena, object->size, 16);
    enum zest_status status = zest_json_read(object, example, &arena, one, &error);
    if (status != ZEST_OK)
        ZEST_FAILED("%s.%s %s: %s", operation->service, operation->name, object->name, error.message);
    zest_json_write(object, one, &first);
    ZEST_CHECK(!first.failed && zest_json_valid((struct zest_text){first.data, first.size}));
    ZEST_CHECK_OK(zest_json_read(object, (struct zest_text){first.data, first.size}, &arena, two, &error), &error);
    zest_json_write(object, two, &second);
    ZEST_CHECK_TEXT(((struct zest_text){second.data, second.size}), ((struct zest_text){first.data, first.size}));
    ZEST_CHECK(object->field_count <= 64);
    zest_buffer_finish(&first);
    zest_buffer_finish(&second);
    zest_arena_finish(&arena);
}

ZEST_TEST(every_example_goes_round)
{
    for_each_example(check_round);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One to four edits: a byte changed, taken out, doubled, or the end cut off. */
static size_t mutate(char *text, size_t size, uint64_t *random)
{
    static const char likely[] = "{}[]\",:\\0123456789-+.eEtfnu \n\x01\x80\xff";
    for (uint64_t edits = 1 + next_random(random) % 4; edits > 0 && size > 0; edits--) {
        size_t at = next_random(random) % size;
        switch (next_random(random) % 4) {
        case 0:
            text[at] = likely[next_random(random) % (sizeof(likely) - 1)];
            break;
        case 1:
            memmove(text + at, text + at + 1, --size - at);
            break;
        case 2:
            memmove(text + at + 1, text + at, size - at);
            size++;
            break;
        default:
            size = next_random(random) % 8 ? size : at;
        }
    }
    return size;
}

static void check_mutations(const struct zest_operation *operation, const struct zest_object *object,
                            struct zest_text example)
{
    uint64_t random = 0x9E3779B97F4A7C15u + example.size;
    (void)operation;
    for (int round = 0; round < 400; round++) {
        struct zest_arena arena;
        struct zest_error error = {0};
        zest_arena_init(&arena, 1 << 20);
        char *grown = malloc(example.size + 8);
        memcpy(grown, example.data, example.size);
        size_t size = mutate(grown, example.size, &random);
        char *text = malloc(size ? size : 1); /* its own size, so that reading behind it is seen */
        memcpy(text, grown, size);
        free(grown);
        void *value = zest_alloc_zero(&arena, object->size, 16);
        enum zest_status status = zest_json_read(object, (struct zest_text){text, size}, &arena, value, &error);
        if (status == ZEST_OK) {
            struct zest_buffer out;
            zest_buffer_init(&out, 1 << 20);
            zest_json_write(object, value, &out);
            ZEST_CHECK(zest_json_valid((struct zest_text){out.data, out.size}));
            zest_buffer_finish(&out);
        } else {
            ZEST_CHECK(error.code == status && error.message[0]);
        }
        free(text);
        zest_arena_finish(&arena);
    }
}

ZEST_TEST(mutated_examples_give_errors_or_structs)
{
    for_each_example(check_mutations);
}

ZEST_TEST(operations_are_found)
{
    const struct zest_operation *operation = zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokenize"));
    ZEST_CHECK(operation && !strcmp(operation->name, "tokenize"));
    ZEST_CHECK(zest_operation_find(ZEST_TEXT("model"), ZEST_TEXT("generate")) != NULL);
    ZEST_CHECK(zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokeniz")) == NULL);
    ZEST_CHECK(zest_operation_find(ZEST_TEXT("router"), ZEST_TEXT("tokenize")) == NULL);
}
