/* SPDX-License-Identifier: Apache-2.0 */
/*
 * component_json.h - reading the fields of a component's JSON, each failure naming the component, field and value.
 *
 * The first failure is kept: a reader asks for all its fields and looks at `status` once.
 */
#ifndef ZEST_TOKENIZER_COMPONENT_JSON_H
#define ZEST_TOKENIZER_COMPONENT_JSON_H

#include <jansson.h>
#include <zest/core.h>

struct zest_component_reader {
    const json_t *json; /* an object */
    const char *name;   /* "truncation", "TemplateProcessing" */
    struct zest_error *error;
    enum zest_status status;
};

/* A whole number from 0; `missing` where the field is absent or null, SIZE_MAX there means that it is required. */
size_t zest_component_size(struct zest_component_reader *reader, const char *field, size_t missing);
bool zest_component_bool(struct zest_component_reader *reader, const char *field,
                         int missing); /* missing < 0: required */
/* Which of `names` the text is; `missing` where the field is absent, -1 there means that it is required. */
int zest_component_choice(struct zest_component_reader *reader, const char *field, const char *const *names,
                          size_t count, int missing);
/* A required text, copied. */
struct zest_text zest_component_text(struct zest_component_reader *reader, const char *field, struct zest_arena *arena);
/* The reader fails: "NAME: FIELD is VALUE; WANTED". */
void zest_component_refuse(struct zest_component_reader *reader, const char *field, const char *wanted);
/* Fails where the object has a field that is not in `fields` ("type" always may be there). */
void zest_component_closed(struct zest_component_reader *reader, const char *const *fields, size_t count);

#endif
