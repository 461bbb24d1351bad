/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex.c - finds the matches of a pattern, which is translated when the first ones are wanted.
 *
 * Source    The order and the treatment of empty matches are those of the reference's find_iter (rust-onig): the search
 *           goes on where the last match ended, and an empty match at that place is passed over by one character.
 * Tuned for pieces of 5 bytes to 1 MB. A match costs one call of PCRE2's machine code; where that has no stack left
 *           (a repeated group over a long piece) the match is done again by its interpreter, whose stack is the heap.
 */
#include "regex.h"

#include <assert.h>
#include <stdlib.h>

#include "regex_program.h"
#include "scratch_pool.h"

#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)8 << 20)
#define KEPT_KINDS_MAX ((size_t)4 << 20) /* a scratch with more is not kept, so that one long text costs no memory */

struct zest_regex {
    struct zest_text pattern; /* for the words of errors; owned */
    bool literal;
    _Atomic(struct regex_program *) program; /* NULL: was not needed yet. Never changes then. */
    _Atomic enum zest_status refused;        /* why there can't be a program; ZEST_OK: not known, or there can */
    _Atomic bool limited;
    struct zest_scratch_pool pool; /* of struct scratch */
};

/* What one search writes on. */
struct scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* NULL: the machine's */
    uint8_t *kinds;
    size_t capacity;
    const struct regex_run *runs;
    struct regex_run_span spans[REGEX_RUNS_MAX];
};

/* ---- scratch ---- */

static void scratch_destroy(struct scratch *scratch)
{
    if (!scratch)
        return;
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    pcre2_jit_stack_free(scratch->stack);
    free(scratch->kinds);
    free(scratch);
}

/* PCRE2 asks whether a look ahead holds: 0 where it does, 1 where matching is to go back. */
static int answer_callout(pcre2_callout_block *block, void *context)
{
    struct scratch *scratch = context;
    uint32_t number = block->callout_number;
    return !regex_run_holds(&scratch->runs[number], &scratch->spans[number], block->subject, block->subject_length,
                            block->current_position);
}

static struct scratch *scratch_create(const struct regex_program *program)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return NULL;
    scratch->data = pcre2_match_data_create(1, NULL);
    scratch->context = pcre2_match_context_create(NULL);
    if (!scratch->data || !scratch->context) {
        scratch_destroy(scratch);
        return NULL;
    }
    pcre2_set_match_limit(scratch->context, ZEST_REGEX_STEPS_MAX);
    pcre2_set_heap_limit(scratch->context, ZEST_REGEX_HEAP_KIB_MAX);
    scratch->runs = program->runs;
    if (program->run_count > 0)
        pcre2_set_callout(scratch->context, answer_callout, scratch);
    if (program->jit)
        scratch->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (scratch->stack)
        pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
    return scratch;
}

/* The pool is no part of what the regex finds, so that a shared one counts as constant. */
static struct zest_scratch_pool *pool_of(const struct zest_regex *regex)
{
    return (struct zest_scratch_pool *)&regex->pool;
}

/* NULL where memory is out. */
static struct scratch *scratch_borrow(const struct zest_regex *regex, const struct regex_program *program, size_t size)
{
    struct scratch *scratch = zest_scratch_take(pool_of(regex));
    if (!scratch && !(scratch = scratch_create(program)))
        return NULL;
    if (size > scratch->capacity) {
        free(scratch->kinds);
        scratch->capacity = size + size / 2 + 256;
        scratch->kinds = malloc(scratch->capacity);
    }
    if (scratch->kinds)
        return scratch;
    scratch_destroy(scratch);
    return NULL;
}

static void scratch_return(const struct zest_regex *regex, struct scratch *scratch)
{
    if (scratch->capacity > KEPT_KINDS_MAX || !zest_scratch_put(pool_of(regex), scratch))
        scratch_destroy(scratch);
}

/* ---- creation ---- */

static struct zest_regex *regex_new(struct zest_text pattern, struct zest_error *error)
{
    struct zest_regex *regex = calloc(1, sizeof *regex);
    char *copy = malloc(pattern.size + 1);
    if (!regex || !copy) {
        free(regex);
        free(copy);
        zest_fail(error, ZEST_OUT_OF_MEMORY, "memory for a pattern of %zu bytes is out", pattern.size);
        return NULL;
    }
    if (pattern.size > 0)
        memcpy(copy, pattern.data, pattern.size);
    copy[pattern.size] = 0;
    regex->pattern = (struct zest_text){copy, pattern.size};
    return regex;
}

void zest_regex_destroy(struct zest_regex *regex)
{
    if (!regex)
        return;
    for (struct scratch *scratch; (scratch = zest_scratch_take(&regex->pool));)
        scratch_destroy(scratch);
    regex_program_destroy(atomic_load_explicit(&regex->program, memory_order_relaxed));
    free((char *)regex->pattern.data);
    free(regex);
}

/* Translates where that was not done before. Of threads that do it at a time the first one's program stays. */
static enum zest_status program_of(const struct zest_regex *shared, const struct regex_program **ret_program,
                                   struct zest_error *error)
{
    struct zest_regex *regex = (struct zest_regex *)shared; /* what it finds does not change */
    struct regex_program *program = atomic_load_explicit(&regex->program, memory_order_acquire), *other = NULL;
    enum zest_status status = atomic_load_explicit(&regex->refused, memory_order_relaxed);
    assert(!regex->literal);
    if (!program && status != ZEST_OK && !error)
        return status;
    if (!program) {
        status = regex_program_create(regex->pattern, &program, error);
        if (status != ZEST_OK && status != ZEST_OUT_OF_MEMORY) /* of which there may be more next time */
            atomic_store_explicit(&regex->refused, status, memory_order_relaxed);
        if (status != ZEST_OK)
            return status;
        if (!atomic_compare_exchange_strong_explicit(&regex->program, &other, program, memory_order_acq_rel,
                                                     memory_order_acquire)) {
            regex_program_destroy(program);
            program = other;
        }
    }
    *ret_program = program;
    return ZEST_OK;
}

enum zest_status zest_regex_prepare(const struct zest_regex *regex, struct zest_error *error)
{
    const struct regex_program *ignored;
    return regex->literal ? ZEST_OK : program_of(regex, &ignored, error);
}

static enum zest_status create(struct zest_text pattern, bool literal, struct zest_regex **ret_regex,
                               struct zest_error *error)
{
    size_t bad;
    if (pattern.size > ZEST_REGEX_PATTERN_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "pattern", "a pattern has %zu bytes; at most %zu are taken",
                               pattern.size, ZEST_REGEX_PATTERN_MAX);
    if (!zest_utf8_valid(pattern, &bad))
        return zest_fail_param(error, ZEST_INVALID_UTF8, "pattern", "a pattern is no UTF-8 at byte %zu", bad);
    struct zest_regex *regex = regex_new(pattern, error);
    if (!regex)
        return ZEST_OUT_OF_MEMORY;
    regex->literal = literal && pattern.size > 0; /* the empty text is found everywhere, as an empty pattern is */
    *ret_regex = regex;
    return ZEST_OK;
}

enum zest_status zest_regex_create(struct zest_text pattern, struct zest_regex **ret_regex, struct zest_error *error)
{
    return create(pattern, false, ret_regex, error);
}

enum zest_status zest_regex_create_literal(struct zest_text text, struct zest_regex **ret_regex,
                                           struct zest_error *error)
{
    return create(text, true, ret_regex, error);
}

/* ---- finding ---- */

/* Tells the parts in their order; bytes up to `told` have been told. */
struct teller {
    zest_regex_part *part;
    void *context;
    size_t told;
};

static void tell_match(struct teller *teller, size_t start, size_t end)
{
    if (teller->told != start)
        teller->part(teller->context, teller->told, start, false);
    teller->part(teller->context, start, end, true);
    teller->told = end;
}

static void tell_rest(struct teller *teller, size_t size)
{
    if (teller->told != size)
        teller->part(teller->context, teller->told, size, false);
}

static void find_literal(struct zest_text text, const unsigned char *in, size_t size, struct teller *teller)
{
    for (const unsigned char *found; (found = memmem(in + teller->told, size - teller->told, text.data, text.size));)
        tell_match(teller, (size_t)(found - in), (size_t)(found - in) + text.size);
    tell_rest(teller, size);
}

/* A place in the text: the character's number and its first byte. Goes forward only. */
struct place {
    size_t character, byte;
};

static void go_to(struct place *place, const unsigned char *text, size_t character)
{
    for (; place->character < character; place->character++) {
        unsigned char lead = text[place->byte];
        place->byte += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    }
}

/* One search from character `at`: PCRE2's result. */
static int search(const struct regex_program *program, struct scratch *scratch, size_t count, size_t at)
{
    int result = PCRE2_ERROR_JIT_STACKLIMIT;
    if (program->jit)
        result = pcre2_jit_match(program->code, scratch->kinds, count, at, 0, scratch->data, scratch->context);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = pcre2_match(program->code, scratch->kinds, count, at, PCRE2_NO_JIT, scratch->data, scratch->context);
    return result;
}

/* Answers PCRE2's last result: PCRE2_ERROR_NOMATCH where the end was reached. */
static int find_all(const struct regex_program *program, struct scratch *scratch, const unsigned char *text,
                    size_t size, struct teller *teller)
{
    size_t count = regex_alphabet_map(&program->alphabet, text, size, scratch->kinds);
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(scratch->data);
    struct place place = {0, 0};
    size_t last_end = SIZE_MAX;
    memset(scratch->spans, 0, sizeof scratch->spans);
    for (size_t at = 0; at <= count;) {
        int result = search(program, scratch, count, at);
        if (result < 0)
            return result;
        size_t start = found[0], end = found[1];
        assert(start >= at && end >= start && end <= count);
        if (start == end && end == last_end) {
            at++;
            continue;
        }
        at = last_end = end;
        go_to(&place, text, start);
        size_t from = place.byte;
        go_to(&place, text, end);
        tell_match(teller, from, place.byte);
    }
    return PCRE2_ERROR_NOMATCH;
}

enum zest_status zest_regex_find(const struct zest_regex *regex, const unsigned char *text, size_t size,
                                 zest_regex_part *part, void *context)
{
    struct teller teller = {part, context, 0};
    if (size == 0) {
        part(context, 0, 0, false);
        return ZEST_OK;
    }
    if (regex->literal) {
        find_literal(regex->pattern, text, size, &teller);
        return ZEST_OK;
    }
    const struct regex_program *program;
    enum zest_status status = program_of(regex, &program, NULL);
    struct scratch *scratch = status == ZEST_OK ? scratch_borrow(regex, program, size) : NULL;
    if (!scratch)
        return status == ZEST_OK ? ZEST_OUT_OF_MEMORY : status;
    int result = find_all(program, scratch, text, size, &teller);
    scratch_return(regex, scratch);
    if (result == PCRE2_ERROR_NOMATCH) {
        tell_rest(&teller, size);
        return ZEST_OK;
    }
    if (result == PCRE2_ERROR_NOMEMORY)
        return ZEST_OUT_OF_MEMORY;
    atomic_store_explicit(&((struct zest_regex *)regex)->limited, true, memory_order_relaxed);
    return ZEST_TOO_LARGE;
}

bool zest_regex_limited(const struct zest_regex *regex)
{
    return atomic_load_explicit(&((struct zest_regex *)regex)->limited, memory_order_relaxed);
}

enum zest_status zest_regex_fail(const struct zest_regex *regex, struct zest_error *error)
{
    struct zest_text pattern = regex->pattern;
    return zest_fail_param(error, ZEST_TOO_LARGE, "text",
                           "the pattern '%.*s'%s took more than %u steps or %u MiB at one place of the text",
                           (int)(pattern.size < 200 ? pattern.size : 200), pattern.data, pattern.size < 200 ? "" : "…",
                           ZEST_REGEX_STEPS_MAX, ZEST_REGEX_HEAP_KIB_MAX / 1024);
}
