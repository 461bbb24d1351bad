/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definition_read.c - which format a file has, by its first bytes, and the reader for it.
 *
 * The file stays mapped as long as the definition, which points into it.
 */
#include "definition.h"
#include "mapped_file.h"
#include "tokenizer_json.h"

static bool is_json(struct zest_text file)
{
    size_t at = 0;
    while (at < file.size && strchr(" \t\r\n", file.data[at]) && file.data[at] != 0)
        at++;
    return at < file.size && file.data[at] == '{';
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum zest_status zest_definition_read(const char *path, struct zest_tokenizer_definition *ret_definition,
                                      struct zest_error *error)
{
    *ret_definition = (struct zest_tokenizer_definition){.ends = {.bos_id = -1, .eos_id = -1}};
    zest_arena_init(&ret_definition->arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status = zest_file_map(path, ZEST_TOKENIZER_FILE_MAX, &ret_definition->file, error);
    if (status != ZEST_OK)
        return status;
    if (is_json(ret_definition->file))
        return zest_tokenizer_json_read(base_name(path), ret_definition->file, ret_definition, error);
    return zest_fail(error, ZEST_UNSUPPORTED, "%s is no tokenizer.json", path);
}

void zest_definition_finish(struct zest_tokenizer_definition *definition)
{
    json_decref(definition->components);
    zest_file_unmap(definition->file);
    zest_arena_finish(&definition->arena);
    *definition = (struct zest_tokenizer_definition){0};
}
