/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gguf.c - a GGUF file is read whole or refused, never followed where it lies.
 *
 * Each hostile file is a small good one with one thing bent; at the end every length and many random bytes are tried.
 */
#include "gguf.h"
#include "zest_test.h"

#include <unistd.h>

struct bytes {
    unsigned char data[1024];
    size_t size;
};

static void put(struct bytes *b, const void *data, size_t size)
{
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static void put_u32(struct bytes *b, uint32_t value)
{
    put(b, &value, 4);
}

static void put_u64(struct bytes *b, uint64_t value)
{
    put(b, &value, 8);
}

static void put_string(struct bytes *b, const char *text)
{
    put_u64(b, strlen(text));
    put(b, text, strlen(text));
}

static void put_head(struct bytes *b, uint64_t tensors, uint64_t entries)
{
    b->size = 0;
    put(b, "GGUF", 4);
    put_u32(b, 3);
    put_u64(b, tensors);
    put_u64(b, entries);
}

static void put_key(struct bytes *b, const char *key, uint32_t type)
{
    put_string(b, key);
    put_u32(b, type);
}

static void put_tensor(struct bytes *b, const char *name, uint32_t type, uint64_t cols, uint64_t rows, uint64_t offset)
{
    put_string(b, name);
    put_u32(b, 2);
    put_u64(b, cols);
    put_u64(b, rows);
    put_u32(b, type);
    put_u64(b, offset);
}

static void put_data(struct bytes *b, size_t size)
{
    while (b->size % 32)
        b->data[b->size++] = 0;
    for (size_t i = 0; i < size; i++)
        b->data[b->size++] = (unsigned char)i;
}

static void make_good(struct bytes *b)
{
    double number = 2.5;
    put_head(b, 2, 7);
    put_key(b, "byte", ZEST_GGUF_U8);
    put(b, "\x07", 1);
    put_key(b, "minus", ZEST_GGUF_I16);
    put(b, "\xfe\xff", 2);
    put_key(b, "float", ZEST_GGUF_F64);
    put(b, &number, 8);
    put_key(b, "yes", ZEST_GGUF_BOOL);
    put(b, "\x01", 1);
    put_key(b, "name", ZEST_GGUF_STRING);
    put_string(b, "zest");
    put_key(b, "words", ZEST_GGUF_ARRAY);
    put_u32(b, ZEST_GGUF_STRING);
    put_u64(b, 2);
    put_string(b, "one");
    put_string(b, "");
    put_key(b, "numbers", ZEST_GGUF_ARRAY);
    put_u32(b, ZEST_GGUF_I32);
    put_u64(b, 3);
    put(b, "\1\0\0\0\2\0\0\0\3\0\0\0", 12);
    put_tensor(b, "weights", 0, 4, 2, 0);
    put_tensor(b, "blocks", 3, 32, 1, 32);
    put_data(b, 52);
}

static enum zest_status open_bytes(const void *data, size_t size, struct zest_gguf **ret_gguf, struct zest_error *error)
{
    char path[] = "/tmp/zest-test-XXXXXX";
    int file = mkstemp(path);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    (void)close(file);
    enum zest_status status = zest_gguf_open(path, ret_gguf, error);
    (void)unlink(path);
    return status;
}

static void check_refused(const struct bytes *b, enum zest_status want, const char *word)
{
    struct zest_gguf *gguf = NULL;
    struct zest_error error = {0};
    enum zest_status status = open_bytes(b->data, b->size, &gguf, &error);
    if (status != want || !strstr(error.message, word))
        ZEST_FAILED("got %s: \"%s\", wanted %s with \"%s\"", zest_status_name(status), error.message,
                    zest_status_name(want), word);
    zest_gguf_close(gguf);
}

ZEST_TEST(reads_what_was_written)
{
    struct bytes b;
    struct zest_gguf *gguf = NULL;
    struct zest_error error = {0};
    make_good(&b);
    ZEST_CHECK_OK(open_bytes(b.data, b.size, &gguf, &error), &error);
    if (!gguf)
        return;
    uint64_t u = 0;
    double d = 0;
    bool yes = false;
    struct zest_text text = {0};
    struct zest_gguf_array array;
    ZEST_CHECK(zest_gguf_u64(gguf, "byte", &u) && u == 7);
    ZEST_CHECK(!zest_gguf_u64(gguf, "minus", &u));
    ZEST_CHECK(zest_gguf_f64(gguf, "minus", &d) && d == -2);
    ZEST_CHECK(zest_gguf_f64(gguf, "float", &d) && d == 2.5);
    ZEST_CHECK(!zest_gguf_f64(gguf, "name", &d) && !zest_gguf_text(gguf, "byte", &text));
    ZEST_CHECK(zest_gguf_bool(gguf, "yes", &yes) && yes);
    ZEST_CHECK(zest_gguf_text(gguf, "name", &text));
    ZEST_CHECK_TEXT(text, ZEST_TEXT("zest"));
    ZEST_CHECK(zest_gguf_array(gguf, "words", &array) && array.count == 2);
    ZEST_CHECK_TEXT(zest_gguf_string(&array, 0), ZEST_TEXT("one"));
    ZEST_CHECK_INT(zest_gguf_string(&array, 1).size, 0);
    ZEST_CHECK(zest_gguf_array(gguf, "numbers", &array) && array.type == ZEST_GGUF_I32 && array.data[8] == 3);
    ZEST_CHECK(!zest_gguf_u64(gguf, "nothing", &u));
    ZEST_CHECK_INT(zest_gguf_tensor_count(gguf), 2);
    const struct zest_gguf_tensor *t = zest_gguf_tensor(gguf, "blocks");
    ZEST_CHECK(t && t->size == 20 && t->shape[0] == 32 && t->shape[3] == 1 &&
               ((const unsigned char *)t->data)[0] == 32);
    ZEST_CHECK(zest_gguf_tensor(gguf, "block") == NULL);
    ZEST_CHECK(zest_gguf_tensor_at(gguf, 0)->size == 32);
    zest_gguf_close(gguf);
}

ZEST_TEST(refuses_bent_heads)
{
    struct bytes b;
    make_good(&b);
    b.data[0] = 'X';
    check_refused(&b, ZEST_MODEL_DAMAGED, "not a GGUF file");
    make_good(&b);
    b.data[4] = 1;
    check_refused(&b, ZEST_UNSUPPORTED, "version 1");
    make_good(&b);
    memcpy(b.data + 4, "\0\0\0\3", 4);
    check_refused(&b, ZEST_UNSUPPORTED, "big-endian");
    make_good(&b);
    memset(b.data + 8, 0xff, 8);
    check_refused(&b, ZEST_MODEL_DAMAGED, "18446744073709551615 tensors");
    make_good(&b);
    memset(b.data + 16, 0xff, 8);
    check_refused(&b, ZEST_MODEL_DAMAGED, "18446744073709551615 metadata");
}

ZEST_TEST(refuses_bent_metadata)
{
    struct bytes b;
    put_head(&b, 0, 1);
    put_key(&b, "odd", 13);
    put_data(&b, 64);
    check_refused(&b, ZEST_MODEL_DAMAGED, "unknown type 13");
    put_head(&b, 0, 1);
    put_u64(&b, UINT64_MAX);
    put_data(&b, 64);
    check_refused(&b, ZEST_MODEL_DAMAGED, "metadata key");
    put_head(&b, 0, 1);
    put_key(&b, "list", ZEST_GGUF_ARRAY);
    put_u32(&b, ZEST_GGUF_U64);
    put_u64(&b, UINT64_MAX / 8 + 2);
    put_data(&b, 64);
    check_refused(&b, ZEST_MODEL_DAMAGED, "array of numbers");
    put_head(&b, 0, 1);
    put_key(&b, "list", ZEST_GGUF_ARRAY);
    put_u32(&b, ZEST_GGUF_STRING);
    put_u64(&b, UINT64_MAX / 2);
    put_data(&b, 64);
    check_refused(&b, ZEST_MODEL_DAMAGED, "array of strings");
    put_head(&b, 0, 1);
    put_key(&b, "deep", ZEST_GGUF_ARRAY);
    for (int i = 0; i < 8; i++) {
        put_u32(&b, ZEST_GGUF_ARRAY);
        put_u64(&b, 1);
    }
    check_refused(&b, ZEST_MODEL_DAMAGED, "nests");
    put_head(&b, 0, 2);
    for (int i = 0; i < 2; i++) {
        put_key(&b, "same", ZEST_GGUF_U8);
        put(&b, "\1", 1);
    }
    check_refused(&b, ZEST_MODEL_DAMAGED, "twice");
    put_head(&b, 0, 1);
    put_key(&b, "general.alignment", ZEST_GGUF_U32);
    put_u32(&b, 24);
    check_refused(&b, ZEST_MODEL_DAMAGED, "power of two");
}

static void check_tensor(const char *name, uint32_t type, uint64_t cols, uint64_t rows, uint64_t offset,
                         const char *word)
{
    struct bytes b;
    put_head(&b, 1, 0);
    put_tensor(&b, name, type, cols, rows, offset);
    put_data(&b, 64);
    check_refused(&b, type == 77 ? ZEST_UNSUPPORTED : ZEST_MODEL_DAMAGED, word);
}

ZEST_TEST(refuses_bent_tensors)
{
    check_tensor("t", 0, 0, 1, 0, "dimension");
    check_tensor("t", 0, UINT64_MAX, 2, 0, "dimension");
    check_tensor("t", 0, UINT64_MAX, 1, 0, "too many");
    check_tensor("t", 0, (uint64_t)1 << 40, 1, 0, "cut off");
    check_tensor("t", 0, 17, 1, 0, "cut off");
    check_tensor("t", 0, 4, 1, 64, "cut off");
    check_tensor("t", 0, 4, 1, UINT64_MAX - 31, "cut off");
    check_tensor("t", 0, 4, 1, 8, "multiple of 32");
    check_tensor("t", 3, 33, 1, 0, "block of 32");
    check_tensor("t", 77, 32, 1, 0, "type 77");
    check_tensor("", 0, 4, 1, 0, "0 bytes");
}

ZEST_TEST(every_length_and_random_bytes_are_survived)
{
    struct bytes b, bent;
    uint64_t seed = 1;
    make_good(&b);
    for (size_t size = 1; size < b.size; size++) {
        struct zest_gguf *gguf = NULL;
        struct zest_error error = {0};
        ZEST_CHECK(open_bytes(b.data, size, &gguf, &error) != ZEST_OK);
        ZEST_CHECK(error.message[0] != '\0');
    }
    for (int i = 0; i < 3000; i++) {
        struct zest_gguf *gguf = NULL;
        struct zest_error error = {0};
        bent = b;
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bent.data[(seed >> 33) % b.size] = (unsigned char)(seed >> 50);
        }
        if (open_bytes(bent.data, bent.size, &gguf, &error) == ZEST_OK)
            zest_gguf_close(gguf);
        else if (error.message[0] == '\0')
            ZEST_FAILED("file %d is refused without a word", i);
    }
}

ZEST_TEST(refuses_what_is_no_file)
{
    struct zest_gguf *gguf = NULL;
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_gguf_open("/nowhere/model.gguf", &gguf, &error), ZEST_NOT_FOUND);
    ZEST_CHECK_INT(zest_gguf_open("/tmp", &gguf, &error), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(zest_gguf_open("/dev/null", &gguf, &error), ZEST_INVALID_ARGUMENT);
    struct bytes empty = {.size = 0};
    check_refused(&empty, ZEST_MODEL_DAMAGED, "empty");
    zest_gguf_close(NULL);
}
