/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex.h - the regular expressions of tokenizer.json: what the reference's Oniguruma 6.9.10 (Unicode 16) finds.
 *
 * A pattern is parsed into a tree of sets of code points (regex_parse.c), all sets are cut into an alphabet of at most
 * 256 kinds of characters (regex_alphabet.c), and the pattern over that alphabet is compiled by PCRE2, with its JIT
 * (regex_emit.c, regex_program.c). Text is matched as one byte a character, its kind. So no class of PCRE2's own Unicode version is
 * used, classes are bitmaps of 32 bytes, and `(?i:'s)` matches what the reference folds, "'ſ" included.
 *
 * What can't be translated exactly is refused by name: back-references, \K, \G, \X, absent groups, conditions, calls.
 *
 * A compiled regex is shared by any number of threads; working memory comes from a pool in it.
 */
#ifndef ZEST_REGEX_H
#define ZEST_REGEX_H

#include <zest/core.h>

#define ZEST_REGEX_PATTERN_MAX ((size_t)1 << 16) /* bytes of a pattern */
#define ZEST_REGEX_STEPS_MAX 10000000u           /* backtracking steps at one place, as in the reference */
#define ZEST_REGEX_HEAP_KIB_MAX 262144u          /* memory for backtracking, one match */

struct zest_regex;

/* Keeps the pattern; zest_regex_prepare or the first search translates it. Most are never run: the fast path knows
 * them. */
enum zest_status zest_regex_create(struct zest_text pattern, struct zest_regex **ret_regex,
                                   struct zest_error *error) ZEST_MUST_CHECK;
/* Finds the text itself. */
enum zest_status zest_regex_create_literal(struct zest_text text, struct zest_regex **ret_regex,
                                           struct zest_error *error) ZEST_MUST_CHECK;
void zest_regex_destroy(struct zest_regex *regex); /* takes NULL */
/* Translates the pattern, if that was not done yet: a wrong or unknown one is refused here. Any thread. */
enum zest_status zest_regex_prepare(const struct zest_regex *regex, struct zest_error *error) ZEST_MUST_CHECK;

/* A part of the text, from the first to the last; together they are the whole text. Matches may be empty. */
typedef void zest_regex_part(void *context, size_t start, size_t end, bool matched);

/*
 * Calls `part` for each match and for what lies between matches, as the reference's find_matches lists them: leftmost
 * first, none overlapping, no empty match where the last match ended. An empty text is one part that does not match.
 * `text` is valid UTF-8 of at most 2^30 bytes. Answers ZEST_TOO_LARGE where a limit was met (zest_regex_fail tells),
 * ZEST_OUT_OF_MEMORY where memory is out, and what zest_regex_prepare would; some parts may have been told by then.
 */
enum zest_status zest_regex_find(const struct zest_regex *regex, const unsigned char *text, size_t size,
                                 zest_regex_part *part, void *context) ZEST_MUST_CHECK;

/* True where some text met a limit of this regex since it was created. */
bool zest_regex_limited(const struct zest_regex *regex);
/* Says which pattern met which limit; answers ZEST_TOO_LARGE. */
enum zest_status zest_regex_fail(const struct zest_regex *regex, struct zest_error *error);

#endif
