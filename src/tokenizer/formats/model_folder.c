/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_folder.c - the tokenizer in a model's folder: tokenizer.json, else tokenizer.model, vocab.txt, or vocab.json
 * with merges.txt. The files beside it give bos, eos and the chat template.
 */
#include "model_folder.h"

#include "end_tokens.h"
#include "folder_config.h"
#include "mapped_file.h"
#include "sentencepiece_model.h"
#include "tiktoken_file.h"
#include "tokenizer_json.h"
#include "vocab_text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* In the order in which they are looked for; after the tokenizers the files beside them. */
const char *const zest_model_folder_files[] = {"tokenizer.json",
                                               "tokenizer.model",
                                               "spiece.model",
                                               "vocab.txt",
                                               "vocab.json",
                                               "merges.txt",
                                               "tokenizer_config.json",
                                               "special_tokens_map.json",
                                               "added_tokens.json",
                                               "generation_config.json",
                                               "chat_template.jinja"};
const size_t zest_model_folder_file_count = ZEST_COUNT(zest_model_folder_files);

#define SMALL_FILE_MAX ((size_t)64 << 20) /* bytes of a configuration or template */

struct folder {
    const char *path;
    struct zest_tokenizer_definition *definition;
    struct zest_error *error;
    json_t *config, *specials, *generation; /* NULL: the file is not there */
};

static char *inside(const struct folder *f, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", f->path, name) < 0 ? NULL : path;
}

static bool has(const struct folder *f, const char *name)
{
    struct stat info;
    char *path = inside(f, name);
    bool there = path && stat(path, &info) == 0 && S_ISREG(info.st_mode);
    free(path);
    return there;
}

static enum zest_status map(const struct folder *f, const char *name, size_t limit, struct zest_text *ret_file)
{
    char *path = inside(f, name);
    enum zest_status status = path ? zest_file_map(path, limit, ret_file, f->error)
                                   : zest_fail(f->error, ZEST_OUT_OF_MEMORY, "no memory for a path");
    free(path);
    return status;
}

static enum zest_status read_config(const struct folder *f, const char *name, json_t **ret_config)
{
    struct zest_text file = {0};
    json_error_t error;
    if (!has(f, name))
        return ZEST_OK;
    enum zest_status status = map(f, name, SMALL_FILE_MAX, &file);
    if (status != ZEST_OK)
        return status;
    *ret_config = json_loadb(file.data, file.size, JSON_ALLOW_NUL, &error);
    zest_file_unmap(file);
    if (!*ret_config || !json_is_object(*ret_config))
        return zest_fail(f->error, ZEST_MODEL_DAMAGED, "%s/%s: line %d, column %d: %s", f->path, name,
                         *ret_config ? 1 : error.line, *ret_config ? 1 : error.column,
                         *ret_config ? "an object is wanted" : error.text);
    return ZEST_OK;
}

/* Old folders list added tokens in a file of their own; a tokenizer.json has them itself. */
static enum zest_status read_old_added(struct folder *f)
{
    json_t *old_added = NULL;
    const char *wrong = NULL;
    if (has(f, "tokenizer.json"))
        return ZEST_OK;
    enum zest_status status = read_config(f, "added_tokens.json", &old_added);
    if (!old_added || status != ZEST_OK) {
        json_decref(old_added);
        return status;
    }
    f->config = f->config ? f->config : json_object();
    if (!f->config || !zest_config_take_old_added(f->config, old_added, f->specials, &wrong))
        status = zest_fail(f->error, ZEST_OUT_OF_MEMORY, "no memory for added tokens");
    else if (wrong)
        status = zest_fail(f->error, ZEST_MODEL_DAMAGED, "%s/added_tokens.json: the id of \"%.64s\" is none", f->path,
                           wrong);
    json_decref(old_added);
    return status;
}

/* ---- bos, eos, template ---- */

/* The id of a token's text, -1 where there is none like it. */
static int32_t find_id(const struct zest_tokenizer_definition *definition, struct zest_text text)
{
    if (text.size == 0)
        return -1;
    for (uint32_t i = 0; i < definition->added_count; i++)
        if (zest_text_equal(definition->added[i].content, text))
            return (int32_t)definition->added[i].id;
    for (uint32_t id = definition->token_count; id-- > 0;)
        if (definition->tokens[id].data && zest_text_equal(definition->tokens[id], text))
            return (int32_t)id;
    return -1;
}

/* Overwrites *text and *id where the configuration or the map of special tokens names the token. */
static bool set_end(const struct folder *f, const char *key, struct zest_text *text, int32_t *id)
{
    struct zest_text named = zest_config_token(f->config, key);
    if (named.size == 0)
        named = zest_config_token(f->specials, key);
    if (named.size == 0)
        return true;
    *id = find_id(f->definition, named);
    *text = zest_text_copy(&f->definition->arena, named);
    return text->data != NULL;
}

static void add_generation_ends(const struct folder *f)
{
    const json_t *eos = json_object_get(f->generation, "eos_token_id"), *id;
    size_t i;
    if (json_is_integer(eos))
        zest_ends_add(&f->definition->ends, (int32_t)json_integer_value(eos));
    json_array_foreach(eos, i, id) if (json_is_integer(id))
        zest_ends_add(&f->definition->ends, (int32_t)json_integer_value(id));
}

/* The template of the configuration: a text, or a list of {"name", "template"} of which "default" counts. */
static struct zest_text config_template(const json_t *config)
{
    const json_t *value = json_object_get(config, "chat_template"), *item;
    size_t i;
    json_array_foreach(value, i, item) if (zest_text_equal(zest_config_token(item, "name"),
                                                           ZEST_TEXT("default"))) return zest_config_token(item,
                                                                                                           "template");
    return zest_config_token(config, "chat_template");
}

static enum zest_status read_template(const struct folder *f)
{
    struct zest_text file = {0}, text = config_template(f->config);
    enum zest_status status = ZEST_OK;
    if (has(f, "chat_template.jinja")) {
        status = map(f, "chat_template.jinja", SMALL_FILE_MAX, &file);
        text = file;
    }
    if (status == ZEST_OK && text.size > 0)
        f->definition->ends.chat_template = zest_text_copy(&f->definition->arena, text);
    if (status == ZEST_OK && text.size > 0 && !f->definition->ends.chat_template.data)
        status = zest_fail(f->error, ZEST_OUT_OF_MEMORY, "no memory for a chat template of %zu bytes", text.size);
    zest_file_unmap(file);
    return status;
}

/* Whether a template of the post-processor begins or ends with the special token. */
static bool template_has(const json_t *processor, struct zest_text token, bool at_end)
{
    const json_t *list = json_object_get(processor, "single"), *inner = json_object_get(processor, "processors");
    for (size_t i = 0; i < json_array_size(inner); i++)
        if (template_has(json_array_get(inner, i), token, at_end))
            return true;
    size_t count = json_array_size(list);
    const json_t *piece = count > 0 ? json_array_get(list, at_end ? count - 1 : 0) : NULL;
    return token.size > 0 && zest_text_equal(zest_config_token(json_object_get(piece, "SpecialToken"), "id"), token);
}

static enum zest_status read_ends(const struct folder *f)
{
    struct zest_tokenizer_ends *ends = &f->definition->ends;
    const json_t *processor = json_object_get(f->definition->components, "post_processor");
    if (!set_end(f, "bos_token", &ends->bos_token, &ends->bos_id) ||
        !set_end(f, "eos_token", &ends->eos_token, &ends->eos_id))
        return zest_fail(f->error, ZEST_OUT_OF_MEMORY, "no memory for special tokens");
    ends->adds_bos = template_has(processor, ends->bos_token, false);
    ends->adds_eos = template_has(processor, ends->eos_token, true);
    add_generation_ends(f);
    zest_ends_settle(f->definition);
    return read_template(f);
}

/* ---- tokenizers ---- */

static enum zest_status read_model_file(const struct folder *f, const char *name)
{
    struct zest_text *file = &f->definition->file;
    enum zest_status status = map(f, name, ZEST_TOKENIZER_FILE_MAX, file);
    if (status != ZEST_OK)
        return status;
    return zest_is_tiktoken(*file) ? zest_tiktoken_read(name, *file, f->definition, f->error)
                                   : zest_sentencepiece_model_read(name, *file, f->config, f->definition, f->error);
}

static enum zest_status read_vocab_json(const struct folder *f)
{
    struct zest_text merges = {0};
    enum zest_status status = map(f, "vocab.json", ZEST_TOKENIZER_FILE_MAX, &f->definition->file);
    if (status == ZEST_OK)
        status = map(f, "merges.txt", ZEST_TOKENIZER_FILE_MAX, &merges);
    if (status == ZEST_OK) /* merges are resolved to ids, so that their file need not stay */
        status = zest_vocab_json_read("vocab.json", f->definition->file, merges, f->config, f->definition, f->error);
    zest_file_unmap(merges);
    return status;
}

static enum zest_status read_tokenizer(const struct folder *f)
{
    struct zest_tokenizer_definition *definition = f->definition;
    enum zest_status status;
    if (has(f, "tokenizer.json")) {
        status = map(f, "tokenizer.json", ZEST_TOKENIZER_FILE_MAX, &definition->file);
        return status == ZEST_OK ? zest_tokenizer_json_read("tokenizer.json", definition->file, definition, f->error)
                                 : status;
    }
    if (has(f, "tokenizer.model"))
        return read_model_file(f, "tokenizer.model");
    if (has(f, "spiece.model"))
        return read_model_file(f, "spiece.model");
    if (has(f, "vocab.txt")) {
        status = map(f, "vocab.txt", ZEST_TOKENIZER_FILE_MAX, &definition->file);
        return status == ZEST_OK ? zest_vocab_txt_read("vocab.txt", definition->file, f->config, definition, f->error)
                                 : status;
    }
    if (has(f, "vocab.json") && has(f, "merges.txt"))
        return read_vocab_json(f);
    return zest_fail(f->error, ZEST_NOT_FOUND,
                     "%s has no tokenizer: no tokenizer.json, tokenizer.model, spiece.model, vocab.txt, or vocab.json "
                     "with merges.txt",
                     f->path);
}

enum zest_status zest_model_folder_read(const char *path, struct zest_tokenizer_definition *definition,
                                        struct zest_error *error)
{
    struct folder f = {.path = path, .definition = definition, .error = error};
    assert(!definition->components && !definition->file.data);
    enum zest_status status = read_config(&f, "tokenizer_config.json", &f.config);
    if (status == ZEST_OK)
        status = read_config(&f, "special_tokens_map.json", &f.specials);
    if (status == ZEST_OK)
        status = read_config(&f, "generation_config.json", &f.generation);
    if (status == ZEST_OK)
        status = read_old_added(&f);
    if (status == ZEST_OK)
        status = read_tokenizer(&f);
    if (status == ZEST_OK)
        status = read_ends(&f);
    json_decref(f.config);
    json_decref(f.specials);
    json_decref(f.generation);
    return status;
}
