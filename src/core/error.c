/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.c - filling in an error, and the table of codes made from api/errors.yaml.
 *
 * Threads: none of its own; an error belongs to its caller.
 */
#include <stdio.h>

#include <zest/core.h>

static const struct status_row {
    const char *name;
    int http;
} rows[] = {
#define ROW(code, number, name, http) [number] = {name, http},
    ZEST_STATUS_LIST(ROW)
#undef ROW
};

static const struct status_row *row_of(enum zest_status code)
{
    size_t index = (size_t)code;
    return index < ZEST_COUNT(rows) ? &rows[index] : &rows[ZEST_INTERNAL];
}

const char *zest_status_name(enum zest_status code)
{
    return row_of(code)->name;
}

int zest_status_http(enum zest_status code)
{
    return row_of(code)->http;
}

enum zest_status zest_status_of_name(struct zest_text name)
{
    for (size_t i = 0; i < ZEST_COUNT(rows); i++)
        if (zest_text_equal(name, zest_text_of(rows[i].name)))
            return (enum zest_status)i;
    return ZEST_INTERNAL;
}

/* A sentence cut at the end of its buffer must not end inside a UTF-8 character. */
static void end_at_character(char *message, size_t capacity)
{
    size_t size = strlen(message);
    if (size + 1 < capacity)
        return;
    size_t start = size;
    while (start > 0 && ((unsigned char)message[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && ((unsigned char)message[start - 1] & 0x80))
        message[start - 1] = '\0';
}

static void fill(struct zest_error *error, enum zest_status code, const char *param, const char *format, va_list args)
{
    if (!error)
        return;
    error->code = code;
    snprintf(error->param, sizeof(error->param), "%s", param);
    vsnprintf(error->message, sizeof(error->message), format, args);
    end_at_character(error->message, sizeof(error->message));
}

enum zest_status zest_fail(struct zest_error *error, enum zest_status code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(error, code, "", format, args);
    va_end(args);
    return code;
}

enum zest_status zest_fail_param(struct zest_error *error, enum zest_status code, const char *param, const char *format,
                                 ...)
{
    va_list args;
    va_start(args, format);
    fill(error, code, param, format, args);
    va_end(args);
    return code;
}
