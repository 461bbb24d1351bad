/* SPDX-License-Identifier: Apache-2.0 */
/* test_pretokenizer_list.c - pre-tokenizers from JSON: each kind cuts, and what is wrong in a file is named. */
#include "pretokenizer_kinds.h"

#include "../../../zest_test.h"

struct run {
    struct zest_arena arena;
    struct zest_pretokenizer *pretokenizer;
    struct zest_pieces in, out;
};

static enum zest_status create(struct run *run, const char *text, struct zest_error *error)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    *run = (struct run){.pretokenizer = NULL};
    zest_arena_init(&run->arena, ZEST_ARENA_UNLIMITED);
    ZEST_CHECK(json != NULL);
    enum zest_status status = zest_pretokenizer_create(json, &run->arena, &run->pretokenizer, error);
    json_decref(json);
    return status;
}

static void finish(struct run *run)
{
    zest_pretokenizer_finish(run->pretokenizer);
    zest_pieces_finish(&run->in);
    zest_pieces_finish(&run->out);
    zest_arena_finish(&run->arena);
}

static void cut(struct run *run, const char *text, size_t origin, bool aligned)
{
    zest_pieces_reset(&run->in, aligned);
    zest_pieces_reset(&run->out, aligned);
    zest_aligned_append_original(&run->in.text, (const unsigned char *)text, strlen(text), origin);
    zest_pieces_close(&run->in, (uint32_t)origin);
    zest_pretokenizer_run(run->pretokenizer, &run->in, &run->out);
}

/* Pieces joined by "|". */
static void check(const char *json, const char *text, const char *expected)
{
    struct run run;
    struct zest_error error = {0};
    ZEST_CHECK_OK(create(&run, json, &error), &error);
    for (int aligned = 0; aligned < 2; aligned++) {
        struct zest_buffer out;
        zest_buffer_init(&out, 1 << 12);
        cut(&run, text, 0, aligned);
        for (size_t i = 0; i < run.out.count; i++)
            zest_buffer_printf(&out, "%s%.*s", i > 0 ? "|" : "", (int)(run.out.list[i].end - run.out.list[i].start),
                               (const char *)run.out.text.bytes + run.out.list[i].start);
        ZEST_CHECK_INT(run.out.status, ZEST_OK);
        ZEST_CHECK_TEXT(((struct zest_text){out.data, out.size}), zest_text_of(expected));
        zest_buffer_finish(&out);
    }
    finish(&run);
}

static void check_refused(const char *json, enum zest_status status, const char *words)
{
    struct run run;
    struct zest_error error = {0};
    enum zest_status found = create(&run, json, &error);
    if (found == ZEST_OK)
        found = zest_pretokenizer_prepare(run.pretokenizer, &error);
    ZEST_CHECK_INT(found, status);
    if (!strstr(error.message, words))
        ZEST_FAILED("the error of %s does not say '%s': %s", json, words, error.message);
    finish(&run);
}

ZEST_TEST(every_kind_cuts)
{
    check("null", "a b", "a b");
    check("{\"type\":\"BertPreTokenizer\"}", " a,b  c", "a|,|b|c");
    check("{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true}", "it's\n \u00e9",
          "\u0120it|'s|\u010a|\u0120\u00c3\u00a9");
    check("{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"\u00e9\"}", "a\u00e9\u00e9b", "a|b");
    check("{\"type\":\"Digits\",\"individual_digits\":true}", "a12\u00bd", "a|1|2|\u00bd");
    check("{\"type\":\"Digits\",\"individual_digits\":false}", "a12b", "a|12|b");
    check("{\"type\":\"FixedLength\",\"length\":2}", "\u00e9a\u00e9", "\u00e9a|\u00e9");
    check("{\"type\":\"FixedLength\"}", "abcdefg", "abcde|fg");
    check("{\"type\":\"Metaspace\",\"replacement\":\"\u2581\"}", "a b", "\u2581a|\u2581b");
    check("{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"never\",\"split\":false}", "a b",
          "a\u2581b");
    check("{\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"}", "a?!b", "a|?!|b");
    check("{\"type\":\"Sequence\",\"pretokenizers\":[]}", "a b", "a b");
    check("{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"MergedWithNext\",\"invert\":false}", "a b",
          "a| b");
    check("{\"type\":\"UnicodeScripts\"}", "  a\u3042 \u4e2d", "a|\u3042 \u4e2d");
    check("{\"type\":\"Whitespace\"}", "a b, !c", "a|b|,|!|c");
    check("{\"type\":\"WhitespaceSplit\"}", " a,\u00a0b ", "a,|b");
}

ZEST_TEST(members_of_a_sequence_see_the_pieces_before)
{
    check("{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\",\"individual_digits\":true},"
          "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s+(?!\\\\S)|\\\\S+\"},\"behavior\":\"Isolated\",\"invert\":"
          "false},"
          "{\"type\":\"Whitespace\"}]}",
          "a  1b", "a|1|b");
}

/* "first" is for the piece that begins where the original does, not for the first of several. */
ZEST_TEST(first_means_the_start_of_the_original)
{
    struct run run;
    struct zest_error error = {0};
    const char *json = "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"first\",\"split\":true}";
    ZEST_CHECK_OK(create(&run, json, &error), &error);
    cut(&run, "a", 0, false);
    ZEST_CHECK_INT(run.out.text.size, 2);
    cut(&run, "a", 7, false);
    ZEST_CHECK_INT(run.out.text.size, 1);
    ZEST_CHECK(!zest_pretokenizer_needs_origins(run.pretokenizer, false));
    ZEST_CHECK(zest_pretokenizer_needs_origins(run.pretokenizer, true));
    finish(&run);
    ZEST_CHECK_OK(
        create(&run,
               "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},{\"type\":\"Metaspace\","
               "\"replacement\":\"_\",\"prepend_scheme\":\"first\"}]}",
               &error),
        &error);
    ZEST_CHECK(zest_pretokenizer_needs_origins(run.pretokenizer, false));
    finish(&run);
}

ZEST_TEST(what_is_unknown_is_named)
{
    check_refused("{\"type\":\"Klingon\"}", ZEST_UNSUPPORTED, "Klingon");
    check_refused("{\"behavior\":\"Removed\"}", ZEST_INVALID_ARGUMENT, "type");
    check_refused("{\"type\":\"Whitespace\",\"x\":1}", ZEST_UNKNOWN_FIELD, "Whitespace: x is 1; ");
    check_refused("{\"type\":\"Digits\"}", ZEST_MISSING_FIELD, "individual_digits");
    check_refused("{\"type\":\"Digits\",\"individual_digits\":1}", ZEST_WRONG_TYPE, "individual_digits");
    check_refused("{\"type\":\"Punctuation\",\"behavior\":\"isolated\"}", ZEST_UNSUPPORTED,
                  "behavior is \"isolated\"; \"Removed\" or");
    check_refused("{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"ab\"}", ZEST_INVALID_ARGUMENT,
                  "delimiter is \"ab\"");
    check_refused("{\"type\":\"FixedLength\",\"length\":0}", ZEST_OUT_OF_RANGE, "length is 0; a whole number from 1");
    check_refused("{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"last\"}", ZEST_UNSUPPORTED,
                  "prepend_scheme is \"last\"");
    check_refused("{\"type\":\"Metaspace\",\"replacement\":\"_\",\"add_prefix_space\":false}", ZEST_INVALID_ARGUMENT,
                  "never");
    check_refused("{\"type\":\"Split\",\"pattern\":\"a\",\"behavior\":\"Removed\",\"invert\":false}", ZEST_WRONG_TYPE,
                  "pattern");
    check_refused("{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Removed\",\"invert\":false}",
                  ZEST_INVALID_ARGUMENT, "without ')'");
    check_refused("{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},"
                  "\"behavior\":\"Removed\",\"invert\":false},null]}",
                  ZEST_WRONG_TYPE, "null");
}

ZEST_TEST(a_limit_names_its_pattern)
{
    struct run run;
    struct zest_error error = {0};
    char text[4001];
    memset(text, 'a', 4000);
    text[3999] = 'c';
    text[4000] = 0;
    ZEST_CHECK_OK(
        create(&run,
               "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Whitespace\"},{\"type\":\"Split\",\"pattern\":"
               "{\"Regex\":\"(?:a|a|aa|a\\\\p{L})+(?=c)\\\\p{L}c\"},\"behavior\":\"Removed\",\"invert\":false}]}",
               &error),
        &error);
    cut(&run, text, 0, false);
    ZEST_CHECK_INT(run.out.status, ZEST_TOO_LARGE);
    ZEST_CHECK_INT(zest_pretokenizer_fail(run.pretokenizer, run.out.status, &error), ZEST_TOO_LARGE);
    ZEST_CHECK(strstr(error.message, "(?:a|a|aa"));
    finish(&run);
}
