/* SPDX-License-Identifier: Apache-2.0 */
/* source_key.c - stamps and content hashes of files and folders. Stateless. */
#include "source_key.h"

#include "gguf_tokenizer.h"
#include "mapped_file.h"
#include "model_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What of a file's state goes into a stamp; no padding. */
struct state {
    uint64_t device, inode, size;
    int64_t modified_s, modified_ns, changed_s, changed_ns;
};

static void add_state(struct zest_source_stamp *stamp, const struct stat *info)
{
    const struct state state = {
        .device = info->st_dev,
        .inode = info->st_ino,
        .size = S_ISDIR(info->st_mode) ? 0 : (uint64_t)info->st_size, /* folders change with other files */
        .modified_s = S_ISDIR(info->st_mode) ? 0 : info->st_mtim.tv_sec,
        .modified_ns = S_ISDIR(info->st_mode) ? 0 : info->st_mtim.tv_nsec,
        .changed_s = S_ISDIR(info->st_mode) ? 0 : info->st_ctim.tv_sec,
        .changed_ns = S_ISDIR(info->st_mode) ? 0 : info->st_ctim.tv_nsec,
    };
    int64_t modified = state.modified_s * 1000000000 + state.modified_ns;
    stamp->state = zest_content_hash(stamp->state, &state, sizeof state);
    if (modified > stamp->changed_ns)
        stamp->changed_ns = modified;
}

static char *inside(const char *folder, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

enum zest_status zest_source_stamp(const char *path, struct zest_source_stamp *ret_stamp, struct zest_error *error)
{
    struct zest_source_stamp stamp = {.changed_ns = INT64_MIN};
    struct stat info;
    if (stat(path, &info) != 0)
        return zest_fail(error, errno == ENOENT ? ZEST_NOT_FOUND : ZEST_IO, "%s: %s", path, strerror(errno));
    const uint64_t place[] = {info.st_dev, info.st_ino};
    stamp.place = zest_content_hash((struct zest_content_hash){0}, place, sizeof place).a;
    add_state(&stamp, &info);
    for (size_t i = 0; S_ISDIR(info.st_mode) && i < zest_model_folder_file_count; i++) {
        struct stat member = {0};
        char *name = inside(path, zest_model_folder_files[i]);
        if (!name)
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a path");
        if (stat(name, &member) != 0)
            member = (struct stat){0}; /* missing: a state as well */
        add_state(&stamp, &member);
        free(name);
    }
    *ret_stamp = stamp;
    return ZEST_OK;
}

/* ---- content ---- */

static enum zest_status add_file(const char *path, struct zest_content_hash *hash, struct zest_error *error)
{
    struct zest_text file = {0};
    if (zest_file_begins(path, ZEST_TEXT("GGUF")))
        return zest_gguf_tokenizer_hash(path, hash, error);
    enum zest_status status = zest_file_map(path, ZEST_TOKENIZER_FILE_MAX, &file, error);
    if (status == ZEST_OK)
        *hash = zest_content_hash(*hash, file.data, file.size);
    zest_file_unmap(file);
    return status;
}

static enum zest_status add_folder(const char *path, struct zest_content_hash *hash, struct zest_error *error)
{
    for (size_t i = 0; i < zest_model_folder_file_count; i++) {
        char *name = inside(path, zest_model_folder_files[i]);
        if (!name)
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a path");
        struct stat info;
        bool there = stat(name, &info) == 0 && info.st_size > 0;
        enum zest_status status = there ? add_file(name, hash, error) : ZEST_OK;
        *hash = zest_content_hash(*hash, zest_model_folder_files[i], there ? strlen(zest_model_folder_files[i]) : 0);
        free(name);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

enum zest_status zest_source_content(const char *path, struct zest_content_hash *ret_hash, struct zest_error *error)
{
    struct zest_content_hash hash = {0};
    struct stat info;
    if (stat(path, &info) != 0)
        return zest_fail(error, errno == ENOENT ? ZEST_NOT_FOUND : ZEST_IO, "%s: %s", path, strerror(errno));
    enum zest_status status = S_ISDIR(info.st_mode) ? add_folder(path, &hash, error) : add_file(path, &hash, error);
    if (status == ZEST_OK)
        *ret_hash = hash;
    return status;
}
