/* SPDX-License-Identifier: Apache-2.0 */
/* test_regex.c - what patterns find, how they are refused, their limits, and threads that share one. */
#include "regex.h"

#include <pthread.h>
#include <stdlib.h>

#include "../../../zest_test.h"

/* Parts written as text: matches in (), what lies between as it is. */
struct written {
    const unsigned char *text;
    struct zest_buffer out;
};

static void write_part(void *context, size_t start, size_t end, bool matched)
{
    struct written *written = context;
    zest_buffer_printf(&written->out, matched ? "(%.*s)" : "%.*s", (int)(end - start),
                       (const char *)written->text + start);
    if (!matched && start == end)
        zest_buffer_printf(&written->out, "empty");
}

static void check_find(const struct zest_regex *regex, const char *text, const char *expected)
{
    struct written written = {.text = (const unsigned char *)text};
    zest_buffer_init(&written.out, 1 << 16);
    ZEST_CHECK_INT(zest_regex_find(regex, written.text, strlen(text), write_part, &written), ZEST_OK);
    ZEST_CHECK_TEXT(((struct zest_text){written.out.data, written.out.size}), zest_text_of(expected));
    zest_buffer_finish(&written.out);
}

static struct zest_regex *make(const char *pattern)
{
    struct zest_regex *regex = NULL;
    struct zest_error error = {0};
    ZEST_CHECK_OK(zest_regex_create(zest_text_of(pattern), &regex, &error), &error);
    return regex;
}

static void check(const char *pattern, const char *text, const char *expected)
{
    struct zest_regex *regex = make(pattern);
    if (regex)
        check_find(regex, text, expected);
    zest_regex_destroy(regex);
}

static void ignore_part(void *context, size_t start, size_t end, bool matched)
{
    (void)start, (void)end, (void)matched;
    ++*(size_t *)context;
}

static void check_refused(const char *pattern, enum zest_status status, const char *words)
{
    struct zest_regex *regex = NULL;
    struct zest_error error = {0};
    size_t parts = 0;
    enum zest_status found = zest_regex_create(zest_text_of(pattern), &regex, &error);
    if (found == ZEST_OK) { /* the pattern is translated later, and each search tells the same again */
        found = zest_regex_prepare(regex, &error);
        ZEST_CHECK_INT(zest_regex_find(regex, (const unsigned char *)"a", 1, ignore_part, &parts), found);
        ZEST_CHECK_INT(zest_regex_find(regex, (const unsigned char *)"a", 1, ignore_part, &parts), found);
        ZEST_CHECK_INT(zest_regex_prepare(regex, &error), found);
    }
    ZEST_CHECK_INT(found, status);
    ZEST_CHECK_INT(parts, 0);
    if (!strstr(error.message, words))
        ZEST_FAILED("the error of %s does not say '%s': %s", pattern, words, error.message);
    zest_regex_destroy(regex);
}

ZEST_TEST(matches_and_what_lies_between_are_told)
{
    check("b+", "abbcb", "a(bb)c(b)");
    check("x", "abc", "abc");
    check("x", "", "empty");
    check("\\p{L}+|\\s+(?!\\S)|\\s+", "né  ß", "(né)( )( )(ß)");
}

ZEST_TEST(empty_matches_are_the_references)
{
    check("", "ab", "()a()b()");
    check("x*", "axb", "()a(x)b()");
    check("(?=b)", "abb", "a()b()b");
    check("|a", "a", "()a()");
}

ZEST_TEST(case_is_ignored_as_oniguruma_does)
{
    check("(?i:'s|'t)", "'S'\u017f't", "('S)('\u017f)('t)");
    check("(?i:k)", "kK\u212A", "(k)(K)(\u212A)");
    check("(?i:stra\u00dfe)", "STRASSE", "(STRASSE)");
    check("(?i:ss)", "\u1e9e sS", "(\u1e9e) (sS)");
    check("(?i:[\u00df])", "ss", "(ss)");
    check("(?i:[^k])", "k\u212Aa", "k\u212A(a)");
    check("a(?i)b|c", "aB aC a", "(aB) (aC) a");
}

ZEST_TEST(classes_are_sets)
{
    check("[a-z&&[^aeiou]]+", "hello", "(h)e(ll)o");
    check("[]a]", "a]b", "(a)(])b");
    check("[\\w]", "_\u00b2", "(_)\u00b2");
    check("\\w", "_\u00b2", "(_)(\u00b2)");
    check("[[:^alpha:]]+", "ab12", "ab(12)");
    check("[^\\p{^L}]", "a1", "(a)1");
}

ZEST_TEST(repeats_are_onigurumas)
{
    check("\\d{1,3}+", "12345", "(12345)"); /* not possessive: the repeat is repeated */
    check("a{2}?", "aaa", "(aa)a()");       /* not lazy: two or none */
    check("a{,2}", "aaa", "(aa)(a)");
    check("a{x", "a{x", "(a{x)");
    check("a++a|a", "aa", "(a)(a)");
}

ZEST_TEST(lines_end_at_newlines)
{
    check("^.", "ab\nc\n", "(a)b\n(c)\n");
    check(".$", "ab\nc", "a(b)\n(c)");
    check("\\z", "a\n", "a\n()");
    check("(?m:.+)", "a\nb", "(a\nb)");
}

ZEST_TEST(a_literal_is_found_as_it_is)
{
    struct zest_regex *regex = NULL;
    struct zest_error error = {0};
    ZEST_CHECK_OK(zest_regex_create_literal(ZEST_TEXT(".*"), &regex, &error), &error);
    check_find(regex, "a.*b.*", "a(.*)b(.*)");
    zest_regex_destroy(regex);
    ZEST_CHECK_OK(zest_regex_create_literal(ZEST_TEXT(""), &regex, &error), &error);
    check_find(regex, "a", "()a()");
    zest_regex_destroy(regex);
}

ZEST_TEST(what_is_not_translated_is_named)
{
    check_refused("(a)\\1", ZEST_UNSUPPORTED, "back-reference");
    check_refused("a\\K", ZEST_UNSUPPORTED, "\\K");
    check_refused("\\p{Klingon}", ZEST_UNSUPPORTED, "Klingon");
    check_refused("(?~a)", ZEST_UNSUPPORTED, "group");
    check_refused("(?W:a)", ZEST_UNSUPPORTED, "option");
    check_refused("(?<=a+)b", ZEST_UNSUPPORTED, "lookbehind");
    check_refused("(a", ZEST_INVALID_ARGUMENT, "without ')'");
    check_refused("a)", ZEST_INVALID_ARGUMENT, "without a group");
    check_refused("[a", ZEST_INVALID_ARGUMENT, "without ']'");
    check_refused("[b-a]", ZEST_INVALID_ARGUMENT, "empty range");
    check_refused("*a", ZEST_INVALID_ARGUMENT, "repeat of nothing");
    check_refused("^*", ZEST_INVALID_ARGUMENT, "takes no character");
    check_refused("a{70000}", ZEST_TOO_LARGE, "65535");
    check_refused("\xff", ZEST_INVALID_UTF8, "byte 0");
}

ZEST_TEST(depth_has_a_limit)
{
    char pattern[2001];
    memset(pattern, '(', 1000);
    pattern[1000] = 0;
    check_refused(pattern, ZEST_TOO_LARGE, "in each other");
    memset(pattern, '[', 1000);
    check_refused(pattern, ZEST_TOO_LARGE, "in each other");
}

ZEST_TEST(more_kinds_of_characters_than_fit_are_refused)
{
    char pattern[2048];
    size_t size = 0;
    for (unsigned i = 0; i < 300; i++)
        size += (size_t)snprintf(pattern + size, sizeof pattern - size, "%c%c|", (char)(0xC4 + i / 64),
                                 (char)(0x80 + i % 64));
    check_refused(pattern, ZEST_UNSUPPORTED, "256 kinds");
}

ZEST_TEST(a_pattern_that_explodes_meets_its_limit)
{
    struct zest_regex *regex = make("(?:a|a|aa|a\\p{L})+(?=c)\\p{L}c");
    unsigned char text[4000];
    size_t parts = 0;
    struct zest_error error = {0};
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'c';
    ZEST_CHECK(!zest_regex_limited(regex));
    ZEST_CHECK_INT(zest_regex_find(regex, text, sizeof text, ignore_part, &parts), ZEST_TOO_LARGE);
    ZEST_CHECK(zest_regex_limited(regex));
    ZEST_CHECK_INT(zest_regex_fail(regex, &error), ZEST_TOO_LARGE);
    ZEST_CHECK(strstr(error.message, "(?:a|a|aa") && strstr(error.message, "10000000"));
    zest_regex_destroy(regex);
}

/* A repeated group needs a stack for each turn: PCRE2's machine code gives up, its interpreter goes on. */
ZEST_TEST(long_runs_of_a_group_are_found)
{
    struct zest_regex *regex = make("(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+");
    size_t size = 300000, parts = 0;
    unsigned char *text = malloc(size);
    memset(text, 'a', size);
    ZEST_CHECK_INT(zest_regex_find(regex, text, size, ignore_part, &parts), ZEST_OK);
    ZEST_CHECK_INT(parts, 1);
    free(text);
    zest_regex_destroy(regex);
}

ZEST_TEST(digits_are_grouped_from_the_right)
{
    check("\\d{1,3}(?=(?:\\d{3})*\\b)", "1234567 12a 1234b", "(1)(234)(567) 12a 1234b");
    check("(?=(\\d{3})+(?!\\d))", "1234567 123", "1()234()567 ()123");
}

/* Each place looks to the end of the number: a million digits must not be a million million steps. */
ZEST_TEST(a_long_number_is_grouped_in_linear_time)
{
    struct zest_regex *regex = make("\\d{1,3}(?=(?:\\d{3})*\\b)");
    size_t size = 1000000, parts = 0;
    unsigned char *text = malloc(size);
    memset(text, '7', size);
    ZEST_CHECK_INT(zest_regex_find(regex, text, size, ignore_part, &parts), ZEST_OK);
    ZEST_CHECK_INT(parts, 333334);
    free(text);
    zest_regex_destroy(regex);
}

static void *count_often(void *regex)
{
    size_t parts = 0;
    for (int i = 0; i < 200; i++)
        if (zest_regex_find(regex, (const unsigned char *)"the cat sat", 11, ignore_part, &parts) != ZEST_OK)
            return NULL;
    return (void *)parts;
}

ZEST_TEST(threads_share_a_regex)
{
    struct zest_regex *regex = make(" ?\\p{L}+");
    pthread_t threads[4];
    for (size_t i = 0; i < ZEST_COUNT(threads); i++)
        ZEST_CHECK_INT(pthread_create(&threads[i], NULL, count_often, regex), 0);
    for (size_t i = 0; i < ZEST_COUNT(threads); i++) {
        void *parts;
        pthread_join(threads[i], &parts);
        ZEST_CHECK_INT((size_t)parts, 600);
    }
    zest_regex_destroy(regex);
}
