/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_write.h - writes the metadata of a GGUF, for tests. */
#ifndef GGUF_WRITE_H
#define GGUF_WRITE_H

#include "definition_check.h"

#include "../../../../src/core/gguf.h"

struct gguf_file {
    struct zest_buffer bytes;
    uint64_t entries;
};

static inline void gguf_begin(struct gguf_file *f)
{
    f->entries = 0;
    zest_buffer_init(&f->bytes, (size_t)1 << 26);
    zest_buffer_append(&f->bytes, "GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
}

static inline void gguf_put(struct gguf_file *f, const void *data, size_t size)
{
    zest_buffer_append(&f->bytes, data, size);
}

static inline void gguf_text_value(struct gguf_file *f, struct zest_text text)
{
    uint64_t size = text.size;
    gguf_put(f, &size, 8);
    gguf_put(f, text.data, text.size);
}

static inline void gguf_key(struct gguf_file *f, const char *key, uint32_t type)
{
    gguf_text_value(f, zest_text_of(key));
    gguf_put(f, &type, 4);
    f->entries++;
}

static inline void gguf_text(struct gguf_file *f, const char *key, const char *text)
{
    gguf_key(f, key, ZEST_GGUF_STRING);
    gguf_text_value(f, zest_text_of(text));
}

static inline void gguf_u32(struct gguf_file *f, const char *key, uint32_t value)
{
    gguf_key(f, key, ZEST_GGUF_U32);
    gguf_put(f, &value, 4);
}

static inline void gguf_bool(struct gguf_file *f, const char *key, bool value)
{
    char byte = value;
    gguf_key(f, key, ZEST_GGUF_BOOL);
    gguf_put(f, &byte, 1);
}

static inline void gguf_array_begin(struct gguf_file *f, const char *key, uint32_t type, uint64_t count)
{
    gguf_key(f, key, ZEST_GGUF_ARRAY);
    gguf_put(f, &type, 4);
    gguf_put(f, &count, 8);
}

static inline void gguf_numbers(struct gguf_file *f, const char *key, uint32_t type, const void *numbers, size_t size,
                                uint64_t count)
{
    gguf_array_begin(f, key, type, count);
    gguf_put(f, numbers, size * count);
}

static inline void gguf_texts(struct gguf_file *f, const char *key, const struct zest_text *texts, uint64_t count)
{
    gguf_array_begin(f, key, ZEST_GGUF_STRING, count);
    for (uint64_t i = 0; i < count; i++)
        gguf_text_value(f, texts[i]);
}

/* Writes to a path of mkstemp's form. */
static inline void gguf_end(struct gguf_file *f, char *path)
{
    static const char padding[64];
    int fd = mkstemp(path);
    memcpy(f->bytes.data + 16, &f->entries, 8);
    gguf_put(f, padding, sizeof padding);
    ZEST_CHECK(fd >= 0 && !f->bytes.failed);
    ZEST_CHECK_INT(write(fd, f->bytes.data, f->bytes.size), f->bytes.size);
    (void)close(fd);
    zest_buffer_finish(&f->bytes);
}

#endif
