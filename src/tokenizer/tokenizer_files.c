/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_files.c - which files an operation may read for a caller who may be a stranger.
 *
 * Both the folder and the path are resolved (symbolic links, "..") before they are compared, and the resolved path is
 * what is opened. Whoever may write in the folder may of course put a link there: it is the operator's.
 */
#include "tokenizer_native.h"

#include <stdlib.h>

static bool copy(const char *text, char **ret_copy)
{
    *ret_copy = text ? strdup(text) : NULL;
    return !text || *ret_copy;
}

enum zest_status zest_tokenizer_files_copy(const struct zest_tokenizer_options *options,
                                           struct zest_tokenizer_files *ret_files, struct zest_error *error)
{
    if (copy(options->model_path, &ret_files->opened) && copy(options->files_folder, &ret_files->folder) &&
        copy(options->cache_folder, &ret_files->cache))
        return ZEST_OK;
    return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
}

void zest_tokenizer_files_finish(struct zest_tokenizer_files *files)
{
    free(files->opened);
    free(files->folder);
    free(files->cache);
    *files = (struct zest_tokenizer_files){0};
}

static bool lies_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 && (path[size] == '/' || (size > 0 && folder[size - 1] == '/'));
}

/* Resolved and below the folder, or NULL. */
static char *resolve_below(const char *folder, const char *path)
{
    char *joined = NULL, *resolved = NULL, *root = realpath(folder, NULL);
    if (root && asprintf(&joined, "%s%s%s", path[0] == '/' ? "" : root, path[0] == '/' ? "" : "/", path) >= 0)
        resolved = realpath(joined, NULL);
    if (resolved && !lies_below(resolved, root)) {
        free(resolved);
        resolved = NULL;
    }
    free(joined);
    free(root);
    return resolved;
}

enum zest_status zest_tokenizer_files_allow(const struct zest_tokenizer_files *files, struct zest_text path,
                                            const char *param, char **ret_path, struct zest_error *error)
{
    char *given = path.size > 0 ? strndup(path.data, path.size) : strdup(files->opened), *allowed = NULL;
    if (!given)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a path of %zu bytes", path.size);
    bool is_text = path.size == 0 || memchr(path.data, '\0', path.size) == NULL;
    if (is_text && (!files->folder || strcmp(given, files->opened) == 0))
        allowed = given;
    else if (is_text)
        allowed = resolve_below(files->folder, given);
    if (allowed != given)
        free(given);
    if (!allowed)
        return zest_fail_param(error, ZEST_NOT_FOUND, param,
                               "there is no file %.*s below the models folder, and others are not read for callers",
                               (int)(path.size < 200 ? path.size : 200), path.data);
    *ret_path = allowed;
    return ZEST_OK;
}
