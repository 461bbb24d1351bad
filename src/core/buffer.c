/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.c - a growable text with a limit; failures stick, so that a writer checks once, at its end. */
#include <stdio.h>
#include <stdlib.h>

#include <zest/core.h>

enum { FIRST_CAPACITY = 256 };

void zest_buffer_init(struct zest_buffer *buffer, size_t limit)
{
    *buffer = (struct zest_buffer){.limit = limit};
}

void zest_buffer_finish(struct zest_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct zest_buffer){.limit = buffer->limit};
}

bool zest_buffer_reserve(struct zest_buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (more <= buffer->capacity - buffer->size)
        return true;
    size_t needed;
    if (__builtin_add_overflow(buffer->size, more, &needed) || needed > buffer->limit) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (capacity > buffer->limit)
        capacity = buffer->limit;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void zest_buffer_append(struct zest_buffer *buffer, const void *data, size_t size)
{
    if (size == 0 || !zest_buffer_reserve(buffer, size))
        return;
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void zest_buffer_printf(struct zest_buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    if (size >= 0 && zest_buffer_reserve(buffer, (size_t)size + 1)) {
        vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    }
    va_end(again);
    va_end(args);
}
