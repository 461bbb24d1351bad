/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definition_read.c - which format a file has, by its first bytes, and the reader for it.
 *
 * The file stays mapped as long as the definition, which points into it (but for a GGUF, of which what is needed is
 * copied: its weights need not be there).
 */
#include "definition.h"
#include "gguf_tokenizer.h"
#include "mapped_file.h"
#include "model_folder.h"
#include "sentencepiece_model.h"
#include "tiktoken_file.h"
#include "tokenizer_json.h"

#include <sys/stat.h>

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

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static enum zest_status read_file(const char *path, struct zest_tokenizer_definition *definition,
                                  struct zest_error *error)
{
    struct zest_text file = definition->file;
    const char *name = base_name(path);
    if (is_json(file))
        return zest_tokenizer_json_read(name, file, definition, error);
    if (zest_is_tiktoken(file))
        return zest_tiktoken_read(name, file, definition, error);
    if (zest_is_sentencepiece(file))
        return zest_sentencepiece_model_read(name, file, NULL, definition, error);
    return zest_fail(error, ZEST_UNSUPPORTED,
                     "%s is no tokenizer: neither a tokenizer.json (an object), a GGUF (magic), a SentencePiece model "
                     "(pieces), a .tiktoken file (base64 and ranks), nor a folder with one of them",
                     path);
}

enum zest_status zest_definition_read(const char *path, struct zest_tokenizer_definition *ret_definition,
                                      struct zest_error *error)
{
    *ret_definition = (struct zest_tokenizer_definition){
        .ends = {.bos_id = -1, .eos_id = -1, .bos_token = {"", 0}, .eos_token = {"", 0}, .chat_template = {"", 0}}};
    zest_arena_init(&ret_definition->arena, ZEST_ARENA_UNLIMITED);
    if (is_folder(path))
        return zest_model_folder_read(path, ret_definition, error);
    if (zest_file_begins(path, ZEST_TEXT("GGUF")))
        return zest_gguf_tokenizer_read(path, ret_definition, error);
    enum zest_status status = zest_file_map(path, ZEST_TOKENIZER_FILE_MAX, &ret_definition->file, error);
    return status == ZEST_OK ? read_file(path, ret_definition, error) : status;
}

void zest_definition_finish(struct zest_tokenizer_definition *definition)
{
    json_decref(definition->components);
    zest_file_unmap(definition->file);
    zest_arena_finish(&definition->arena);
    *definition = (struct zest_tokenizer_definition){0};
}
