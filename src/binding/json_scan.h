/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan.h - the tokens of JSON (RFC 8259): blanks, strings, numbers, and skipping a whole value.
 *
 * A scan walks over a text that is known to be UTF-8; it never reads behind `end`. The place says which field is
 * being read, so that an error can name it; places live on the C stack of the reader.
 */
#ifndef ZEST_JSON_SCAN_H
#define ZEST_JSON_SCAN_H

#include <zest/describe.h>

enum { ZEST_JSON_DEPTH_MAX = 64 };

struct zest_json_place {
    const struct zest_json_place *up;
    struct zest_text name; /* of the field, empty for an item of an array */
    size_t index;          /* of the item */
};

struct zest_json_scan {
    const char *start, *at, *end;
    struct zest_arena *arena; /* unescaped texts; NULL where the reader keeps none */
    struct zest_error *error;
    const struct zest_json_place *place;
    int depth;
    const struct zest_text *blob; /* where tensors' numbers are; NULL: tensors are nested arrays */
};

/* A number as written. The magnitude is exact where is_integer; `value` is the nearest double, ±inf beyond. */
struct zest_json_number {
    bool is_integer, is_negative; /* is_integer: neither fraction nor exponent, and the magnitude fits 64 bits */
    uint64_t magnitude;
    double value;
    struct zest_text token;
};

static inline void zest_json_blank(struct zest_json_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

/* The next character without taking it; '\0' at the end (which no token starts with). */
static inline char zest_json_peek(const struct zest_json_scan *s)
{
    return s->at < s->end ? *s->at : '\0';
}

/* Both write the sentence; fail() begins it with the place's path, which also becomes the error's param. */
enum zest_status zest_json_fail(const struct zest_json_scan *s, enum zest_status code, const char *format, ...)
    ZEST_PRINTF(3, 4);
enum zest_status zest_json_syntax(const struct zest_json_scan *s, const char *expected);
/* "must be WANTED, not a string"; a syntax error where no value begins. */
enum zest_status zest_json_wrong_type(const struct zest_json_scan *s, const char *wanted);

/* Each begins at its first character and ends behind its last. Texts without escapes are borrowed. */
enum zest_status zest_json_string(struct zest_json_scan *s, struct zest_text *ret_text);
enum zest_status zest_json_number(struct zest_json_scan *s, struct zest_json_number *ret_number);
enum zest_status zest_json_literal(struct zest_json_scan *s, const char *word);
enum zest_status zest_json_skip(struct zest_json_scan *s);

/* mantissa * 10^exponent where that is exact in one step of double arithmetic; false: not, and nothing is written. */
bool zest_json_exact(uint64_t mantissa, int exponent, double *ret_value);
/* The float nearest to the number's text, not to its double. */
float zest_json_to_float(const struct zest_json_number *number);
/* The shortest decimal that reads back the same (of denormal numbers: a short one); its size. The number is finite. */
enum { ZEST_JSON_NUMBER_MAX = 32 };
size_t zest_json_format_double(double number, char *out);
size_t zest_json_format_float(float number, char *out);

/* Bytes of one value of the field's type in memory; of an array field: of one item. */
size_t zest_json_item_size(const struct zest_field *field);

/* wire.c's half of the codec: tensors as {"dtype", "shape", "offset"} into a block of numbers. */
enum { ZEST_WIRE_ALIGN = 64 };
size_t zest_tensor_bytes(const struct zest_tensor *tensor);
void zest_json_write_refs(const struct zest_object *object, const void *value, uint64_t *blob_size,
                          struct zest_buffer *out);
enum zest_status zest_json_read_refs(const struct zest_object *object, struct zest_text json, struct zest_text blob,
                                     struct zest_arena *arena, void *ret_struct, struct zest_error *error);

#endif
