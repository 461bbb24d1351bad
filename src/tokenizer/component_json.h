/* SPDX-License-Identifier: Apache-2.0 */
/*
 * component_json.h - reading the fields of a component's JSON, each failure naming the component, field and value.
 *
 * The reference passes over fields that it does not know; zest_component_closed makes them errors, as what they ask for
 * would silently not happen.
 * The first failure is kept: a reader asks for all its fields and looks at `status` once.
 */
#ifndef ZEST_TOKENIZER_COMPONENT_JSON_H
#define ZEST_TOKENIZER_COMPONENT_JSON_H

#include <jansson.h>
#include <zest/core.h>

struct zest_component_reader {
    const json_t *json; /* an object */
    const char *name;   /* "truncation", "pre_tokenizer Digits" */
    struct zest_error *error;
    enum zest_status status;
};

/* A whole number from 0; `missing` where the field is absent or null, SIZE_MAX there means that it is required. */
size_t zest_component_size(struct zest_component_reader *reader, const char *field, size_t missing);
/* A required whole number from `least` to `most`. */
size_t zest_component_within(struct zest_component_reader *reader, const char *field, size_t least, size_t most);
/* True or false; `missing` where the field is absent, -1 there means that it is required. */
bool zest_component_bool(struct zest_component_reader *reader, const char *field, int missing);
/* Which of `names` the text is; `missing` where the field is absent, -1 there means that it is required. */
int zest_component_choice(struct zest_component_reader *reader, const char *field, const char *const *names,
                          size_t count, int missing);
/* A required text, copied; without an arena it is the one in the JSON. */
struct zest_text zest_component_text(struct zest_component_reader *reader, const char *field, struct zest_arena *arena);
/* A required text of one character, copied. */
struct zest_text zest_component_character(struct zest_component_reader *reader, const char *field,
                                          struct zest_arena *arena);
/* A required {"String": text} or {"Regex": text}; the text, copied. */
struct zest_text zest_component_pattern(struct zest_component_reader *reader, const char *field,
                                        struct zest_arena *arena, bool *ret_is_regex);
/* The field is there and not null. */
bool zest_component_has(const struct zest_component_reader *reader, const char *field);
/* The reader fails: "NAME: FIELD is VALUE; WANTED". ZEST_MISSING_FIELD stands for `status` where the field is absent.
 */
void zest_component_refuse(struct zest_component_reader *reader, enum zest_status status, const char *field,
                           const char *wanted);
/* Fails where the object has a field that is not in `fields` ("type" always may be there). */
void zest_component_closed(struct zest_component_reader *reader, const char *const *fields, size_t count);

#endif
