/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definition_check.h - what the tests of the formats share: definitions compared, files written, the reference's
 * models.
 */
#ifndef DEFINITION_CHECK_H
#define DEFINITION_CHECK_H

#include "zest_test.h"

#include "definition.h"

#include <unistd.h>

/* The path of a file of a reference model; false where the reference data is not at hand. */
static inline bool reference_model(char *path, size_t size, const char *model, const char *file)
{
    const char *folder = getenv("ZEST_REFERENCE");
    snprintf(path, size, "%s/models/%s/%s", folder ? folder : "../shared/reference", model, file);
    return access(path, R_OK) == 0;
}

static inline void write_file(const char *path, struct zest_text bytes)
{
    FILE *file = fopen(path, "wb");
    ZEST_CHECK(file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
    if (file)
        ZEST_CHECK_INT(fclose(file), 0);
}

static inline void copy_file(const char *from, const char *to)
{
    char buffer[1 << 16];
    size_t size;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    ZEST_CHECK(in && out);
    while ((size = fread(buffer, 1, sizeof buffer, in)) > 0)
        ZEST_CHECK_INT(fwrite(buffer, 1, size, out), size);
    fclose(in);
    ZEST_CHECK_INT(fclose(out), 0);
}

static inline void check_same_tokens(const struct zest_tokenizer_definition *a,
                                     const struct zest_tokenizer_definition *b)
{
    ZEST_CHECK_INT(a->token_count, b->token_count);
    for (uint32_t id = 0; id < a->token_count && id < b->token_count; id++) {
        ZEST_CHECK_TEXT(a->tokens[id], b->tokens[id]);
        ZEST_CHECK((a->scores != NULL) == (b->scores != NULL));
        if (a->scores && b->scores)
            ZEST_CHECK(a->scores[id] == b->scores[id]);
    }
    ZEST_CHECK_INT(a->merge_count, b->merge_count);
    for (uint32_t i = 0; i < a->merge_count && i < b->merge_count; i++)
        if (memcmp(&a->merges[i], &b->merges[i], sizeof a->merges[i]) != 0)
            ZEST_FAILED("merge %u is %u %u %u, not %u %u %u", i, a->merges[i].left, a->merges[i].right,
                        a->merges[i].product, b->merges[i].left, b->merges[i].right, b->merges[i].product);
}

static inline const struct zest_added_token *find_added(const struct zest_tokenizer_definition *definition, uint32_t id)
{
    for (uint32_t i = 0; i < definition->added_count; i++)
        if (definition->added[i].id == id)
            return &definition->added[i];
    return NULL;
}

/* In any order. */
static inline void check_same_added(const struct zest_tokenizer_definition *a,
                                    const struct zest_tokenizer_definition *b)
{
    ZEST_CHECK_INT(a->added_count, b->added_count);
    for (uint32_t i = 0; i < a->added_count; i++) {
        const struct zest_added_token *one = &a->added[i], *other = find_added(b, one->id);
        ZEST_CHECK(other != NULL);
        if (!other)
            continue;
        ZEST_CHECK_TEXT(one->content, other->content);
        ZEST_CHECK(one->special == other->special && one->normalized == other->normalized &&
                   one->lstrip == other->lstrip && one->rstrip == other->rstrip &&
                   one->single_word == other->single_word);
    }
}

static inline void check_same_component(const struct zest_tokenizer_definition *a,
                                        const struct zest_tokenizer_definition *b, const char *name)
{
    const json_t *one = json_object_get(a->components, name), *other = json_object_get(b->components, name);
    if (json_equal(one, other))
        return;
    char *texts[] = {json_dumps(one, JSON_ENCODE_ANY), json_dumps(other, JSON_ENCODE_ANY)};
    ZEST_FAILED("%s is %s, not %s", name, texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
}

/* A component against JSON text with ' for ". */
static inline void check_component(const struct zest_tokenizer_definition *definition, const char *name,
                                   const char *wanted)
{
    char text[2048];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", wanted);
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] == '\'' ? '"' : text[i];
    json_t *tree = json_loads(text, JSON_DECODE_ANY, NULL);
    ZEST_CHECK(tree != NULL);
    const json_t *found = json_object_get(definition->components, name);
    if (!json_equal(found, tree)) {
        char *dump = json_dumps(found, JSON_ENCODE_ANY);
        ZEST_FAILED("%s is %s, not %s", name, dump, text);
        free(dump);
    }
    json_decref(tree);
}

static inline void check_read_fails(const char *path, enum zest_status status, const char *part)
{
    struct zest_tokenizer_definition definition;
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_definition_read(path, &definition, &error), status);
    if (!strstr(error.message, part))
        ZEST_FAILED("\"%s\" does not say \"%s\"", error.message, part);
    zest_definition_finish(&definition);
}

#endif
