/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zest_test.h - the harness of the C tests: one process a file, one line a failure, one summary line.
 *
 *     ZEST_TEST(adds_up)
 *     {
 *         ZEST_CHECK_INT(1 + 1, 2);
 *     }
 *
 * The main function is here too: a test file is one program. `PROGRAM NAME…` runs only the named tests.
 */
#ifndef ZEST_TEST_H
#define ZEST_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zest/core.h>

struct zest_test {
    const char *name;
    void (*run)(void);
    struct zest_test *next;
};

static struct zest_test *zest_tests, **zest_tests_end = &zest_tests;
static int zest_test_failures; /* of the running test */
static const char *zest_test_skip_reason;

#define ZEST_TEST(id)                                                                                                  \
    static void test_##id(void);                                                                                       \
    __attribute__((constructor)) static void add_##id(void)                                                            \
    {                                                                                                                  \
        static struct zest_test test = {#id, test_##id, NULL};                                                         \
        *zest_tests_end = &test;                                                                                       \
        zest_tests_end = &test.next;                                                                                   \
    }                                                                                                                  \
    static void test_##id(void)

#define ZEST_FAILED(...)                                                                                               \
    do {                                                                                                               \
        zest_test_failures++;                                                                                          \
        printf("%s:%d: ", __FILE__, __LINE__);                                                                         \
        printf(__VA_ARGS__);                                                                                           \
        putchar('\n');                                                                                                 \
    } while (0)

/* Ends the running test as skipped; the reason is printed and counted. */
#define ZEST_SKIP(reason)                                                                                              \
    do {                                                                                                               \
        zest_test_skip_reason = (reason);                                                                              \
        return;                                                                                                        \
    } while (0)

#define ZEST_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            ZEST_FAILED("%s is false", #condition);                                                                    \
    } while (0)

#define ZEST_CHECK_INT(actual, expected)                                                                               \
    do {                                                                                                               \
        long long got_ = (long long)(actual), want_ = (long long)(expected);                                           \
        if (got_ != want_)                                                                                             \
            ZEST_FAILED("%s is %lld, not %lld", #actual, got_, want_);                                                 \
    } while (0)

/* Both are struct zest_text. */
#define ZEST_CHECK_TEXT(actual, expected)                                                                              \
    do {                                                                                                               \
        struct zest_text got_ = (actual), want_ = (expected);                                                          \
        if (!zest_text_equal(got_, want_))                                                                             \
            ZEST_FAILED("%s is \"%.*s\", not \"%.*s\"", #actual, (int)got_.size, got_.data, (int)want_.size, want_.data); \
    } while (0)

/* A status of ZEST_OK, or the error's sentence. */
#define ZEST_CHECK_OK(status, error)                                                                                   \
    do {                                                                                                               \
        enum zest_status got_ = (status);                                                                              \
        if (got_ != ZEST_OK)                                                                                           \
            ZEST_FAILED("%s: %s: %s", #status, zest_status_name(got_), (error)->message);                              \
    } while (0)

static bool zest_test_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct zest_test *test = zest_tests; test; test = test->next) {
        if (!zest_test_wanted(test->name, argc, argv))
            continue;
        zest_test_failures = 0;
        zest_test_skip_reason = NULL;
        test->run();
        if (zest_test_failures) {
            failed++;
            printf("FAILED %s\n", test->name);
        } else if (zest_test_skip_reason) {
            skipped++;
            printf("SKIPPED %s: %s\n", test->name, zest_test_skip_reason);
        } else {
            passed++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed ? 1 : 0;
}

#endif
