/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - what every part of zest stands on: text, errors, arenas, ticks.
 *
 * Texts are counted, never NUL-terminated by contract. Errors are values: a code from api/errors.yaml, the name
 * of the offending parameter and one sentence that says what, the value and the limit. Arenas hold everything
 * that lives as long as one call, one request or one step.
 *
 * Threads: a text is plain data; an arena and an error belong to one thread at a time.
 */
#ifndef ZEST_CORE_H
#define ZEST_CORE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zest/api/errors.h> /* enum zest_status, generated */

#define ZEST_MUST_CHECK __attribute__((warn_unused_result))
#define ZEST_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define ZEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Counted bytes; UTF-8 where the contract says string. Borrowed: whoever made it says how long it lives. */
struct zest_text {
    const char *data;
    size_t size;
};

#define ZEST_TEXT(literal) ((struct zest_text){(literal), sizeof(literal) - 1})

static inline struct zest_text zest_text_of(const char *string)
{
    return (struct zest_text){string, string ? strlen(string) : 0};
}

static inline bool zest_text_equal(struct zest_text a, struct zest_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* ---- errors -------------------------------------------------------------------------------------------------- */

/* Filled in where the failure is born and not overwritten on the way up. */
struct zest_error {
    enum zest_status code;
    char param[64];    /* the field or option at fault, "" where none is */
    char message[512]; /* one sentence: what, the value, the limit */
};

/* Both return `code`, so that a failing function ends with `return zest_fail(...)`. `error` may be NULL. */
enum zest_status zest_fail(struct zest_error *error, enum zest_status code, const char *format, ...) ZEST_PRINTF(3, 4);
enum zest_status zest_fail_param(struct zest_error *error, enum zest_status code, const char *param, const char *format,
                                 ...) ZEST_PRINTF(4, 5);

/* The stable name ("out_of_range") and HTTP status of a code. Never NULL; unknown codes read as "internal". */
const char *zest_status_name(enum zest_status code);
int zest_status_http(enum zest_status code);
enum zest_status zest_status_of_name(struct zest_text name);

/* ---- memory -------------------------------------------------------------------------------------------------- */

/*
 * A bump arena: chunks that double, freed together. `limit` bounds its bytes; allocation beyond it gives NULL, as
 * does a failing malloc. Memory is not zeroed by zest_alloc.
 */
struct zest_arena {
    struct zest_arena_chunk *chunk; /* the newest; older ones hang behind it */
    size_t used;                    /* bytes handed out from `chunk` */
    size_t total;                   /* bytes in all chunks */
    size_t limit;
    size_t high_water; /* most bytes ever held in chunks */
};

#define ZEST_ARENA_UNLIMITED ((size_t)-1)

void zest_arena_init(struct zest_arena *arena, size_t limit);
void zest_arena_reset(struct zest_arena *arena);  /* forgets all allocations, keeps the largest chunk */
void zest_arena_finish(struct zest_arena *arena); /* frees all; takes a zeroed arena too */
void *zest_alloc(struct zest_arena *arena, size_t size, size_t align) ZEST_MUST_CHECK;
void *zest_alloc_zero(struct zest_arena *arena, size_t size, size_t align) ZEST_MUST_CHECK;
/* A copy with a NUL behind it, so that `data` is a C string too. data is NULL when memory is out. */
struct zest_text zest_text_copy(struct zest_arena *arena, struct zest_text text);
struct zest_text zest_text_format(struct zest_arena *arena, const char *format, ...) ZEST_PRINTF(2, 3);

#define ZEST_NEW(arena, type) ((type *)zest_alloc_zero((arena), sizeof(type), _Alignof(type)))
#define ZEST_NEW_ARRAY(arena, type, count) ((type *)zest_alloc_array((arena), (count), sizeof(type), _Alignof(type)))
void *zest_alloc_array(struct zest_arena *arena, size_t count, size_t size, size_t align) ZEST_MUST_CHECK;

/* A growable text on the heap, bounded by `limit`. After a failure `failed` stays true and appends do nothing. */
struct zest_buffer {
    char *data;
    size_t size, capacity, limit;
    bool failed;
};

void zest_buffer_init(struct zest_buffer *buffer, size_t limit);
void zest_buffer_finish(struct zest_buffer *buffer);
bool zest_buffer_reserve(struct zest_buffer *buffer, size_t more); /* room for `more` bytes past size */
void zest_buffer_append(struct zest_buffer *buffer, const void *data, size_t size);
void zest_buffer_printf(struct zest_buffer *buffer, const char *format, ...) ZEST_PRINTF(2, 3);

/* ---- time ---------------------------------------------------------------------------------------------------- */

/* The cheapest monotonic counter of the machine; zest_ticks_seconds turns a difference into seconds. */
static inline uint64_t zest_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
#error "no tick counter for this architecture"
#endif
}

double zest_ticks_seconds(uint64_t ticks);
uint64_t zest_now_ns(void); /* CLOCK_MONOTONIC, nanoseconds */

/* True where the bytes are well-formed UTF-8 (Unicode 15, table 3-7); ret_bad, where given, is the first bad byte. */
bool zest_utf8_valid(struct zest_text text, size_t *ret_bad);
/* A copy in which U+FFFD stands for each maximal part that is no UTF-8. data is NULL when memory is out. */
struct zest_text zest_utf8_lossy(struct zest_arena *arena, struct zest_text text);
/* The length of the maximal subpart that begins the text, of which the first character is ill-formed (size > 0). */
size_t zest_utf8_bad_size(struct zest_text text);
/* How many bytes at the end (0..3) begin a character that more bytes could finish. */
size_t zest_utf8_unfinished(struct zest_text text);

/* ---- one call of a service ------------------------------------------------------------------------------------- */

/*
 * What travels beside every request: where the reply's memory comes from, where the error goes, what the layers
 * note. One object serves one call at a time; a front end re-uses it after zest_arena_reset.
 */
struct zest_call {
    struct zest_arena *arena; /* the reply's arrays and texts live here, as long as its owner wants */
    struct zest_error error;  /* set when the call answers anything but ZEST_OK */
    struct zest_text request_id;
    uint64_t ticks;             /* written by research layers: host time of the call */
    const char *implementation; /* written by research layers: who did the work */
};

/* A shaped block of numbers, row-major. `data` is borrowed (from the call's arena in replies). */
enum zest_dtype { ZEST_DTYPE_F32, ZEST_DTYPE_I32 };
#define ZEST_TENSOR_RANK_MAX 4
struct zest_tensor {
    enum zest_dtype dtype;
    uint32_t rank;
    uint64_t shape[ZEST_TENSOR_RANK_MAX];
    const void *data;
};

#endif
