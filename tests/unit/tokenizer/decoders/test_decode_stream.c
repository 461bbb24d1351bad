/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode_stream.c - text as its tokens come: chunks of the reference (tokenizers 0.23.3, DecodeStream), and random
 * streams against its algorithm written plainly, which decodes everything held at each step. */
#include "zest_test.h"

#include "decode_stream.h"
#include "decoder_fixture.h"

#include <time.h>

#ifdef __has_feature
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HAS_SANITIZER 0
#endif

#if !HAS_SANITIZER && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define CAN_FAIL 1

extern void *__libc_malloc(size_t size);
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

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
#endif

/* Chunks parted by bars, "-" where a step gives nothing, "!" where it fails. */
static void check(const char *json, const char *tokens, const char *wanted)
{
    struct decoder_fixture fixture;
    struct zest_decode_stream stream;
    char got[1024];
    size_t size = 0;
    ZEST_CHECK_OK(fixture_open(&fixture, json), &fixture.error);
    zest_decode_stream_init(&stream, fixture.decoder);
    fixture_tokens(&fixture.tokens, tokens);
    for (size_t i = 0; i < fixture.tokens.count; i++) {
        struct zest_text token = zest_texts_at(&fixture.tokens, i), chunk;
        bool is_skipped = zest_text_equal(token, ZEST_TEXT("SKIPPED"));
        enum zest_status status = zest_decode_stream_step(&stream, is_skipped ? NULL : &token, &chunk, &fixture.error);
        struct zest_text shown = status != ZEST_OK ? ZEST_TEXT("!") : chunk.size == 0 ? ZEST_TEXT("-") : chunk;
        size += (size_t)snprintf(got + size, sizeof got - size, "%s%.*s", i ? "|" : "", (int)shown.size, shown.data);
    }
    ZEST_CHECK_TEXT(((struct zest_text){got, size}), zest_text_of(wanted));
    zest_decode_stream_finish(&stream);
    fixture_finish(&fixture);
}

ZEST_TEST(chunks)
{
    check(BYTE_LEVEL, "Ġa|æ|¼|¢|æ|b", " a|-|-|漢|-|�b");
    check(LLAMA, "▁a|▁b|<0xE6>|<0xBC>|<0xA2>|c", "a| b|-|-|漢|c");
    check(LLAMA, "▁|▁|a", "-| |a");
    check(METASPACE("always"), "▁a|SKIPPED|▁b|▁", "a|-| b| ");
    check(WORD_PIECE("##", true), "a|##b|.", "a|b|.");
    check("null", "a|b", "a| b");
}

ZEST_TEST(a_run_of_bytes_that_goes_wrong_later_is_an_error_for_good)
{
    check(LLAMA, "<0x41>|<0xFF>|a|b", "A|-|!|!");
    check(LLAMA, "x|<0xFF>|a|b", "x|-|�a|b");
}

/* ---- the reference, plainly ---- */

struct plain_stream {
    struct decoder_fixture *fixture;
    struct zest_text held[64];
    size_t count, prefix_count;
    char prefix[4096], text[4096];
};

static void plain_decode(struct plain_stream *stream, size_t from, size_t to, char *out)
{
    zest_texts_reset(&stream->fixture->tokens);
    for (size_t i = from; i < to; i++)
        zest_texts_add(&stream->fixture->tokens, stream->held[i]);
    struct zest_text text = zest_texts_joined(
        zest_decoder_run(stream->fixture->decoder, &stream->fixture->scratch, &stream->fixture->tokens));
    snprintf(out, 4096, "%.*s", (int)text.size, text.data ? text.data : "");
}

static bool ends_open(const char *text)
{
    size_t size = strlen(text);
    return size >= 3 && !strcmp(text + size - 3, "�");
}

/* The chunk, "" for none, NULL for an error. */
static const char *plain_step(struct plain_stream *stream, const struct zest_text *token)
{
    static char chunk[4096];
    if (!stream->prefix[0] && stream->count > 0) {
        plain_decode(stream, 0, stream->count, stream->text);
        if (!ends_open(stream->text)) {
            strcpy(stream->prefix, stream->text);
            stream->prefix_count = stream->count;
        }
    }
    if (token)
        stream->held[stream->count++] = *token;
    plain_decode(stream, 0, stream->count, stream->text);
    size_t known = strlen(stream->prefix);
    if (strlen(stream->text) <= known || ends_open(stream->text))
        return "";
    if (strncmp(stream->text, stream->prefix, known) != 0)
        return NULL;
    strcpy(chunk, stream->text + known);
    plain_decode(stream, stream->prefix_count, stream->count, stream->prefix);
    memmove(stream->held, stream->held + stream->prefix_count,
            (stream->count - stream->prefix_count) * sizeof *stream->held);
    stream->count -= stream->prefix_count;
    stream->prefix_count = stream->count;
    return chunk;
}

static int errors_met;

static void check_random(struct decoder_fixture *fixture, struct zest_decode_stream *stream)
{
    static struct plain_stream plain;
    size_t count = 1 + fixture_below(20);
    plain = (struct plain_stream){.fixture = fixture};
    zest_decode_stream_reset(stream);
    for (size_t i = 0; i < count; i++) {
        struct zest_error error = {0};
        struct zest_text token = zest_text_of(fixture_fragments[fixture_below(FIXTURE_FRAGMENTS)]), chunk;
        bool is_skipped = fixture_below(10) == 0;
        enum zest_status status = zest_decode_stream_step(stream, is_skipped ? NULL : &token, &chunk, &error);
        const char *wanted = plain_step(&plain, is_skipped ? NULL : &token);
        ZEST_CHECK_INT(status, wanted ? ZEST_OK : ZEST_CONFLICT);
        ZEST_CHECK_TEXT(chunk, zest_text_of(wanted ? wanted : ""));
        errors_met += !wanted;
    }
}

ZEST_TEST(random_streams_follow_the_reference)
{
    for (size_t i = 0; i < FIXTURE_CHAINS; i++) {
        struct decoder_fixture fixture;
        struct zest_decode_stream stream;
        ZEST_CHECK_OK(fixture_open(&fixture, fixture_chains[i]), &fixture.error);
        zest_decode_stream_init(&stream, fixture.decoder);
        for (int round = 0; round < 400 && zest_test_failures == 0; round++)
            check_random(&fixture, &stream);
        if (zest_test_failures)
            printf("with %s\n", fixture_chains[i]);
        zest_decode_stream_finish(&stream);
        fixture_finish(&fixture);
    }
    ZEST_CHECK(errors_met > 100);
}

/* Bytes that never become a character are held all along: what each costs must not grow with what is held. */
ZEST_TEST(a_long_wait_costs_each_token_the_same)
{
    const struct {
        const char *json, *token;
    } waits[] = {{LLAMA, "<0xFF>"}, {BYTE_LEVEL, "é"}, {METASPACE("always"), ""}};
    for (size_t i = 0; i < ZEST_COUNT(waits); i++) {
        struct decoder_fixture fixture;
        struct zest_decode_stream stream;
        struct zest_text token = zest_text_of(waits[i].token), chunk;
        ZEST_CHECK_OK(fixture_open(&fixture, waits[i].json), &fixture.error);
        zest_decode_stream_init(&stream, fixture.decoder);
        clock_t start = clock();
        for (int step = 0; step < 300000; step++) {
            ZEST_CHECK_OK(zest_decode_stream_step(&stream, &token, &chunk, &fixture.error), &fixture.error);
            ZEST_CHECK_INT(chunk.size, 0);
        }
        ZEST_CHECK(clock() - start < 5 * CLOCKS_PER_SEC); /* a hundredth of a second; hours if it grew */
        zest_decode_stream_finish(&stream);
        fixture_finish(&fixture);
    }
}

#ifdef CAN_FAIL
/* Decodes at once and streamed with the allocation `site` failing; true where all came through. */
static bool decode_with_failure(const char *json, long site, const char *list, struct zest_text wanted)
{
    struct decoder_fixture fixture;
    struct zest_decode_stream stream;
    struct zest_text token = ZEST_TEXT("a long token, so that lists of texts have to grow for it more than once"),
                     chunk;
    ZEST_CHECK_OK(fixture_open(&fixture, json), &fixture.error);
    fixture_tokens(&fixture.tokens, list);
    zest_decode_stream_init(&stream, fixture.decoder);
    calls_left = site;
    const struct zest_texts *texts = zest_decoder_run(fixture.decoder, &fixture.scratch, &fixture.tokens);
    enum zest_status status = ZEST_OK;
    for (int i = 0; i < 5 && status == ZEST_OK; i++)
        status = zest_decode_stream_step(&stream, &token, &chunk, &fixture.error);
    bool came_through = calls_left >= 0;
    calls_left = -1;
    if (texts->status == ZEST_OK)
        ZEST_CHECK_TEXT(zest_texts_joined(texts), wanted);
    else
        ZEST_CHECK_INT(texts->status, ZEST_OUT_OF_MEMORY);
    if (came_through)
        ZEST_CHECK_INT(status, ZEST_OK);
    else
        ZEST_CHECK(status == ZEST_OK || status == ZEST_OUT_OF_MEMORY);
    zest_decode_stream_finish(&stream);
    fixture_finish(&fixture);
    return came_through;
}
#endif

ZEST_TEST(memory_that_runs_out_is_an_error)
{
#ifdef CAN_FAIL
    const char *const list =
        "▁a|<0xE6>|<0xBC>|<0xA2>|Ġb|</w>|<pad>|a text that is longer than the others, so that more is asked";
    for (size_t i = 0; i < FIXTURE_CHAINS; i++) {
        struct decoder_fixture fixture;
        ZEST_CHECK_OK(fixture_open(&fixture, fixture_chains[i]), &fixture.error);
        struct zest_text text = fixture_decode(&fixture, list);
        long sites = 0;
        while (!decode_with_failure(fixture_chains[i], sites, list, text) && sites < 1000)
            sites++;
        ZEST_CHECK(sites >= 5 && sites < 1000);
        fixture_finish(&fixture);
    }
#else
    ZEST_SKIP("the sanitizer brings its own malloc");
#endif
}
