/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiny_vocabulary.h - a GGUF with a tokenizer of a few tokens, made in memory, for the tests that bend it.
 */
#ifndef TINY_VOCABULARY_H
#define TINY_VOCABULARY_H

#include "../core/gguf.h"
#include "tokenizer_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TINY_MAX 64

/* The numbers of tokenizer.ggml.token_type. */
enum { TINY_NORMAL = 1, TINY_CONTROL = 3, TINY_USER_DEFINED = 4 };

struct tiny_vocabulary {
    const char *model, *pre;      /* NULL: the key is left out */
    const char *tokens[TINY_MAX]; /* up to the first NULL */
    int32_t types[TINY_MAX];      /* 0: normal */
    const char *merges[TINY_MAX]; /* up to the first NULL */
    bool no_merges, no_tokens;
    uint32_t type_count_more; /* entries of token_type beyond one a token */
    int64_t bos, eos;         /* negative: left out */
    bool adds_bos, adds_eos;
    const char *chat_template;
};

struct tiny_file {
    struct zest_buffer bytes;
    uint64_t entries;
};

static inline void tiny_put(struct tiny_file *f, const void *data, size_t size)
{
    zest_buffer_append(&f->bytes, data, size);
}

static inline void tiny_u32(struct tiny_file *f, uint32_t value)
{
    tiny_put(f, &value, 4);
}

static inline void tiny_text(struct tiny_file *f, const char *text)
{
    uint64_t size = strlen(text);
    tiny_put(f, &size, 8);
    tiny_put(f, text, size);
}

static inline void tiny_key(struct tiny_file *f, const char *key, uint32_t type)
{
    tiny_text(f, key);
    tiny_u32(f, type);
    f->entries++;
}

static inline void tiny_texts(struct tiny_file *f, const char *key, const char *const *texts)
{
    uint64_t count = 0;
    while (count < TINY_MAX && texts[count])
        count++;
    tiny_key(f, key, ZEST_GGUF_ARRAY);
    tiny_u32(f, ZEST_GGUF_STRING);
    tiny_put(f, &count, 8);
    for (uint64_t i = 0; i < count; i++)
        tiny_text(f, texts[i]);
}

static inline void tiny_types(struct tiny_file *f, const struct tiny_vocabulary *v)
{
    uint64_t count = 0;
    while (count < TINY_MAX && v->tokens[count])
        count++;
    uint64_t written = count + v->type_count_more;
    tiny_key(f, "tokenizer.ggml.token_type", ZEST_GGUF_ARRAY);
    tiny_u32(f, ZEST_GGUF_I32);
    tiny_put(f, &written, 8);
    for (uint64_t i = 0; i < written; i++)
        tiny_u32(f, i < count && v->types[i] ? (uint32_t)v->types[i] : TINY_NORMAL);
}

static inline void tiny_number(struct tiny_file *f, const char *key, int64_t value)
{
    if (value < 0)
        return;
    tiny_key(f, key, ZEST_GGUF_U32);
    tiny_u32(f, (uint32_t)value);
}

static inline void tiny_bool(struct tiny_file *f, const char *key, bool value)
{
    char byte = value;
    tiny_key(f, key, ZEST_GGUF_BOOL);
    tiny_put(f, &byte, 1);
}

static inline void tiny_string(struct tiny_file *f, const char *key, const char *value)
{
    if (!value)
        return;
    tiny_key(f, key, ZEST_GGUF_STRING);
    tiny_text(f, value);
}

/* Writes the file to a path of mkstemp's form. */
static inline void tiny_write(const struct tiny_vocabulary *v, char *path)
{
    struct tiny_file f = {.entries = 0};
    zest_buffer_init(&f.bytes, (size_t)1 << 24);
    tiny_put(&f, "GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
    tiny_string(&f, "tokenizer.ggml.model", v->model);
    tiny_string(&f, "tokenizer.ggml.pre", v->pre);
    if (!v->no_tokens)
        tiny_texts(&f, "tokenizer.ggml.tokens", v->tokens);
    tiny_types(&f, v);
    if (!v->no_merges)
        tiny_texts(&f, "tokenizer.ggml.merges", v->merges);
    tiny_number(&f, "tokenizer.ggml.bos_token_id", v->bos);
    tiny_number(&f, "tokenizer.ggml.eos_token_id", v->eos);
    tiny_bool(&f, "tokenizer.ggml.add_bos_token", v->adds_bos);
    tiny_bool(&f, "tokenizer.ggml.add_eos_token", v->adds_eos);
    tiny_string(&f, "tokenizer.chat_template", v->chat_template);
    memcpy(f.bytes.data + 16, &f.entries, 8);
    int file = mkstemp(path);
    if (file < 0 || write(file, f.bytes.data, f.bytes.size) != (ssize_t)f.bytes.size)
        abort();
    (void)close(file);
    zest_buffer_finish(&f.bytes);
}

static inline enum zest_status tiny_load(const struct tiny_vocabulary *v, struct zest_tokenizer_model *model,
                                         struct zest_error *error)
{
    char path[] = "/tmp/zest-test-XXXXXX";
    const struct zest_tokenizer_model_options options = {.path = path};
    tiny_write(v, path);
    enum zest_status status = zest_tokenizer_model_open(model, &options, error);
    (void)unlink(path);
    return status;
}

#endif
