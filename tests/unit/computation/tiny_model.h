/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiny_model.h - writes small random Llama models as GGUF files, so that tests need no download.
 *
 * Hidden 64, feed-forward 96, 4 heads of 16 on 2 KV heads, 2 layers, 100 tokens, context 256. A writer can leave out
 * or bend one thing at a time to make a damaged file.
 */
#ifndef ZEST_TEST_TINY_MODEL_H
#define ZEST_TEST_TINY_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zest/core.h>

#define TINY_VOCAB 100
#define TINY_CONTEXT 256

struct tiny_writer {
    FILE *file;
    uint64_t seed, offset; /* offset: in the data section */
    bool tensors_now;      /* second round: data instead of descriptions */
    uint32_t type;         /* ggml type of the matrices */
    const char *skip;      /* name of a tensor or key to leave out */
    const char *architecture;
    uint32_t heads, kv_heads, hidden;
    uint64_t tensors, entries;
    bool untied;
};

static inline uint32_t tiny_random(struct tiny_writer *w)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->seed >> 33);
}

static inline void tiny_bytes(struct tiny_writer *w, const void *data, size_t size)
{
    if (fwrite(data, 1, size, w->file) != size)
        abort();
}

static inline void tiny_u32(struct tiny_writer *w, uint32_t value)
{
    tiny_bytes(w, &value, 4);
}

static inline void tiny_u64(struct tiny_writer *w, uint64_t value)
{
    tiny_bytes(w, &value, 8);
}

static inline void tiny_string(struct tiny_writer *w, const char *text)
{
    tiny_u64(w, strlen(text));
    tiny_bytes(w, text, strlen(text));
}

static inline bool tiny_skips(const struct tiny_writer *w, const char *name)
{
    return w->skip && strcmp(w->skip, name) == 0;
}

static inline void tiny_key_u32(struct tiny_writer *w, const char *key, uint32_t value)
{
    if (tiny_skips(w, key))
        return;
    tiny_string(w, key);
    tiny_u32(w, 4);
    tiny_u32(w, value);
    w->entries++;
}

static inline void tiny_key_f32(struct tiny_writer *w, const char *key, float value)
{
    tiny_string(w, key);
    tiny_u32(w, 6);
    tiny_bytes(w, &value, 4);
    w->entries++;
}

static inline void tiny_key_text(struct tiny_writer *w, const char *key, const char *value)
{
    if (tiny_skips(w, key))
        return;
    tiny_string(w, key);
    tiny_u32(w, 8);
    tiny_string(w, value);
    w->entries++;
}

static inline uint64_t tiny_row_bytes(uint32_t type, uint64_t cols)
{
    switch (type) {
    case 0:
        return cols * 4;
    case 2:
        return cols / 32 * 18;
    case 3:
        return cols / 32 * 20;
    case 8:
        return cols / 32 * 34;
    default:
        return cols * 2;
    }
}

/* Weights near ±0.1, in any type. */
static inline void tiny_row(struct tiny_writer *w, uint32_t type, uint64_t cols)
{
    for (uint64_t i = 0; type == 0 && i < cols; i++) {
        float value = ((float)(tiny_random(w) % 2001) - 1000) * 2e-4f;
        tiny_bytes(w, &value, 4);
    }
    for (uint64_t i = 0; (type == 1 || type == 30) && i < cols; i++) {
        uint16_t value = (uint16_t)((type == 1 ? 0x2c00 : 0x3d80) | (tiny_random(w) & 0x807f));
        tiny_bytes(w, &value, 2);
    }
    for (uint64_t b = 0; (type == 2 || type == 3 || type == 8) && b < cols / 32; b++) {
        uint16_t scale = (uint16_t)((type == 8 ? 0x1400 : 0x2000) | (tiny_random(w) & 0xff)), min = 0xac00;
        tiny_bytes(w, &scale, 2);
        if (type == 3)
            tiny_bytes(w, &min, 2);
        for (int i = 0; i < (type == 8 ? 32 : 16); i++) {
            unsigned char byte = (unsigned char)tiny_random(w);
            tiny_bytes(w, &byte, 1);
        }
    }
}

static inline void tiny_pad(struct tiny_writer *w)
{
    while (ftell(w->file) % 32)
        tiny_bytes(w, "", 1);
}

static inline void tiny_tensor(struct tiny_writer *w, const char *name, uint32_t type, uint64_t rows, uint64_t cols)
{
    uint64_t size = tiny_row_bytes(type, cols) * rows;
    if (tiny_skips(w, name))
        return;
    if (w->tensors_now) {
        for (uint64_t r = 0; r < rows; r++)
            tiny_row(w, type, cols);
        tiny_pad(w);
        return;
    }
    tiny_string(w, name);
    tiny_u32(w, 2);
    tiny_u64(w, cols);
    tiny_u64(w, rows);
    tiny_u32(w, type);
    tiny_u64(w, w->offset);
    w->offset += (size + 31) / 32 * 32;
    w->tensors++;
}

static inline void tiny_layer(struct tiny_writer *w, int layer)
{
    static const struct {
        const char *name;
        uint64_t rows, cols;
    } matrices[] = {{"attn_q", 64, 64},   {"attn_k", 32, 64}, {"attn_v", 32, 64},  {"attn_output", 64, 64},
                    {"ffn_gate", 96, 64}, {"ffn_up", 96, 64}, {"ffn_down", 64, 96}};
    char name[64];
    (void)snprintf(name, sizeof(name), "blk.%d.attn_norm.weight", layer);
    tiny_tensor(w, name, 0, 1, 64);
    (void)snprintf(name, sizeof(name), "blk.%d.ffn_norm.weight", layer);
    tiny_tensor(w, name, 0, 1, 64);
    for (size_t i = 0; i < ZEST_COUNT(matrices); i++) {
        (void)snprintf(name, sizeof(name), "blk.%d.%s.weight", layer, matrices[i].name);
        tiny_tensor(w, name, w->type, matrices[i].rows, matrices[i].cols);
    }
}

static inline void tiny_tensors(struct tiny_writer *w)
{
    tiny_tensor(w, "token_embd.weight", w->type, TINY_VOCAB, 64);
    for (int layer = 0; layer < 2; layer++)
        tiny_layer(w, layer);
    tiny_tensor(w, "output_norm.weight", 0, 1, 64);
    if (w->untied)
        tiny_tensor(w, "output.weight", w->type, TINY_VOCAB, 64);
}

static inline void tiny_keys(struct tiny_writer *w)
{
    tiny_key_text(w, "general.architecture", w->architecture ? w->architecture : "llama");
    tiny_key_text(w, "general.name", "Tiny");
    tiny_key_u32(w, "llama.block_count", 2);
    tiny_key_u32(w, "llama.embedding_length", w->hidden ? w->hidden : 64);
    tiny_key_u32(w, "llama.feed_forward_length", 96);
    tiny_key_u32(w, "llama.attention.head_count", w->heads ? w->heads : 4);
    tiny_key_u32(w, "llama.attention.head_count_kv", w->kv_heads ? w->kv_heads : 2);
    tiny_key_u32(w, "llama.context_length", TINY_CONTEXT);
    tiny_key_f32(w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
}

/* Writes the file; `path` is a mkstemp template that becomes its name. The caller unlinks it. */
static inline void tiny_write(struct tiny_writer *w, char *path)
{
    int file = mkstemp(path);
    w->file = file < 0 ? NULL : fdopen(file, "wb");
    if (!w->file)
        abort();
    w->seed = 7;
    tiny_bytes(w, "GGUF", 4);
    tiny_u32(w, 3);
    tiny_u64(w, 0);
    tiny_u64(w, 0);
    tiny_keys(w);
    tiny_tensors(w);
    tiny_pad(w);
    w->tensors_now = true;
    tiny_tensors(w);
    if (fseek(w->file, 8, SEEK_SET) != 0)
        abort();
    tiny_u64(w, w->tensors);
    tiny_u64(w, w->entries);
    if (fclose(w->file) != 0)
        abort();
}

/* The default model, or NULL where it is not on this machine. */
static inline const char *default_model(char path[512])
{
    const char *folder = getenv("ZEST_MODELS"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *name = "SmolLM2-135M-Instruct.Q4_1.gguf";
    if (folder && *folder)
        (void)snprintf(path, 512, "%s/%s", folder, name);
    else if (cache && *cache)
        (void)snprintf(path, 512, "%s/zest/models/%s", cache, name);
    else
        (void)snprintf(path, 512, "%s/.cache/zest/models/%s", home ? home : "", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

/* A file of the reference data; NULL where it is not there. */
static inline FILE *reference_file(const char *name)
{
    const char *folder = getenv("ZEST_REFERENCE");
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder && *folder ? folder : "../shared/reference", name);
    return fopen(path, "rb");
}

#endif
