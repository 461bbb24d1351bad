/* SPDX-License-Identifier: Apache-2.0 */
/* test_token_model.c - what all token models share: memory that runs out at any place is an error, never a crash or a
 * wrong answer. malloc and mmap are replaced by such that fail at the n-th call; sanitizers bring their own, so not
 * under them.
 */
#include "zest_test.h"

#include "model_fixture.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __has_feature
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HAS_SANITIZER 0
#endif

#if !HAS_SANITIZER && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define CAN_FAIL 1

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static long calls_left = -1; /* below 0: none fails */

static bool fails(void)
{
    return calls_left >= 0 && calls_left-- == 0;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

/* Without the new address, which nobody here gives. */
void *mremap(void *memory, size_t size, size_t new_size, int flags, ...)
{
    return fails() ? MAP_FAILED : (void *)syscall(SYS_mremap, memory, size, new_size, flags);
}
#endif

static const char *const tokens[] = {"a", "b", "ab", "##b", "<unk>", "abab", NULL};
static const double scores[] = {-1, -2, -1, -9, -9, -1};
static const char *const merges[] = {"a b", "ab ab", NULL};

#ifdef CAN_FAIL
struct model_case {
    const char *json;
    const char *const *tokens;
    const double *scores;
    const char *const *merges;
    const char *piece, *wanted;
};

#define LONG_PIECE "abababababababababababababababababababababababababababababababababababab"

static const struct model_case cases[] = {
    {"{\"type\": \"BPE\"}", tokens, NULL, merges, LONG_PIECE, NULL},
    {"{\"type\": \"BPE\", \"end_of_word_suffix\": \"b\"}", tokens, NULL, merges, LONG_PIECE, NULL},
    {"{\"type\": \"Unigram\", \"unk_id\": 4}", tokens, scores, NULL, LONG_PIECE, NULL},
    {"{\"type\": \"WordPiece\", \"unk_token\": \"<unk>\", \"continuing_subword_prefix\": \"##\", "
     "\"max_input_chars_per_word\": 100}",
     tokens, NULL, NULL, "ab", NULL},
    {"{\"type\": \"WordLevel\", \"unk_token\": \"<unk>\"}", tokens, NULL, NULL, "ab", NULL},
};

/* Runs a case with the allocation `site` failing; true where it came through. */
static bool run_with_failure(const struct model_case *model, long site, const char *wanted)
{
    struct model_fixture fixture = {0};
    struct zest_text got = {NULL, 0};
    fixture_define(&fixture, model->json, model->tokens, model->scores, model->merges, 0);
    calls_left = site;
    enum zest_status status = fixture_open(&fixture);
    if (status == ZEST_OK && fixture.scratch)
        got = fixture_run(&fixture, model->piece);
    bool came_through = calls_left >= 0;
    calls_left = -1;
    if (status != ZEST_OK) {
        ZEST_CHECK_INT(status, ZEST_OUT_OF_MEMORY);
        ZEST_CHECK(fixture.error.message[0] != 0);
    } else if (fixture.scratch && !zest_text_equal(got, ZEST_TEXT("out_of_memory"))) {
        ZEST_CHECK_TEXT(got, zest_text_of(wanted));
    }
    fixture_finish(&fixture);
    return came_through;
}
#endif

ZEST_TEST(memory_that_runs_out_is_an_error)
{
#ifdef CAN_FAIL
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        struct model_fixture fixture = {0};
        fixture_define(&fixture, cases[i].json, cases[i].tokens, cases[i].scores, cases[i].merges, 0);
        ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
        struct zest_text text = fixture_run(&fixture, cases[i].piece);
        char *wanted = strndup(text.data, text.size);
        fixture_finish(&fixture);
        long sites = 0;
        while (!run_with_failure(&cases[i], sites, wanted) && sites < 1000)
            sites++;
        ZEST_CHECK(sites >= 5 && sites < 1000);
        free(wanted);
    }
#else
    ZEST_SKIP("the sanitizer brings its own malloc");
#endif
}

ZEST_TEST(a_model_is_an_object_of_a_known_type)
{
    const char *const wrong[] = {"[]", "{\"type\": \"bpe\"}", "{\"type\": null}"};
    for (size_t i = 0; i < ZEST_COUNT(wrong); i++) {
        struct model_fixture fixture = {0};
        fixture_define(&fixture, wrong[i], tokens, NULL, NULL, 0);
        ZEST_CHECK(fixture_open(&fixture) != ZEST_OK);
        fixture_finish(&fixture);
    }
}

ZEST_TEST(models_without_a_type_are_told_by_their_fields)
{
    const char *const untyped[] = {
        "{\"dropout\": null}",
        "{\"unk_id\": 4}",
        "{\"unk_token\": \"<unk>\", \"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 100}",
        "{\"unk_token\": \"<unk>\"}",
    };
    const char *const types[] = {"BPE", "Unigram", "WordPiece", "WordLevel"};
    for (size_t i = 0; i < ZEST_COUNT(untyped); i++) {
        struct model_fixture fixture = {0};
        fixture_define(&fixture, untyped[i], tokens, scores, merges, 0);
        ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
        ZEST_CHECK_TEXT(zest_text_of(fixture.model->kind->type), zest_text_of(types[i]));
        fixture_finish(&fixture);
    }
}
