/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_fixture.h - what the tokenizer's tests share: the default model's tokenizer and the reference files.
 */
#ifndef TOKENIZER_FIXTURE_H
#define TOKENIZER_FIXTURE_H

#include "tokenizer_model.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static inline bool fixture_model_path(char *path, size_t size)
{
    const char *folder = getenv("ZEST_MODELS"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *name = "SmolLM2-135M-Instruct.Q4_1.gguf";
    if (folder)
        snprintf(path, size, "%s/%s", folder, name);
    else if (cache)
        snprintf(path, size, "%s/zest/models/%s", cache, name);
    else
        snprintf(path, size, "%s/.cache/zest/models/%s", home ? home : "", name);
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

/* The default model's tokenizer, or NULL where the model is not at hand. */
static inline struct zest_tokenizer_model *fixture_tokenizer(void)
{
    static struct zest_tokenizer_model model;
    static bool loaded;
    struct zest_error error = {0};
    char path[4096];
    if (loaded)
        return &model;
    if (!fixture_model_path(path, sizeof path))
        return NULL;
    const struct zest_tokenizer_model_options options = {.path = path};
    if (zest_tokenizer_model_open(&model, &options, &error) != ZEST_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    loaded = true;
    return &model;
}

static inline char *fixture_read_all(FILE *file, size_t *ret_size)
{
    struct zest_buffer buffer;
    char chunk[65536];
    size_t size;
    zest_buffer_init(&buffer, (size_t)1 << 30);
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0)
        zest_buffer_append(&buffer, chunk, size);
    zest_buffer_append(&buffer, "", 1);
    *ret_size = buffer.size - 1;
    return buffer.data;
}

/* A file of the reference data, unpacked where its name ends in .gz; NULL where it is not at hand. The caller frees it.
 */
static inline char *fixture_reference(const char *name, size_t *ret_size)
{
    const char *folder = getenv("ZEST_REFERENCE");
    char path[4096], command[4200];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/reference", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    bool packed = !strcmp(name + strlen(name) - 3, ".gz");
    if (packed) {
        fclose(file);
        snprintf(command, sizeof command, "gzip -dc '%s'", path);
        file = popen(command, "r");
    }
    char *data = fixture_read_all(file, ret_size);
    packed ? pclose(file) : fclose(file);
    return data;
}

/* The next line of JSON lines; moves `at`. NULL at the end. */
static inline json_t *fixture_next_line(const char *data, size_t size, size_t *at)
{
    if (*at >= size)
        return NULL;
    const char *end = memchr(data + *at, '\n', size - *at);
    size_t length = end ? (size_t)(end - data) - *at : size - *at;
    json_error_t error;
    json_t *line = json_loadb(data + *at, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!line) {
        fprintf(stderr, "line at byte %zu: %s\n", *at, error.text);
        exit(1);
    }
    *at += length + 1;
    return line;
}

static inline struct zest_text fixture_text(const json_t *string)
{
    return (struct zest_text){json_string_value(string), json_string_length(string)};
}

#endif
