/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_cache.c - looks for an image by the source's stamp, then by its content, then compiles it.
 *
 * The stamp is cheap but can lie where a file is written twice within one tick of the file system's clock. So it is
 * kept only for files that have been left alone for a while; until then the content is hashed at every load.
 */
#include "image_cache.h"

#include "image_compile.h"
#include "image_format.h"
#include "mapped_file.h"
#include "source_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define SETTLED_NS ((int64_t)2000000000) /* the coarsest clock of a file system in use ticks every two seconds */
#define KEY_MAGIC "zest-src"

/* A .zest-source file. */
struct key {
    char magic[8];
    uint64_t version; /* ZEST_IMAGE_VERSION */
    struct zest_content_hash state, content;
    uint64_t checksum; /* of all before it */
};

struct loading {
    const char *path, *folder; /* folder NULL: no cache */
    struct zest_source_stamp stamp;
    struct zest_content_hash content;
    bool has_stamp;
};

/* "FOLDER/NAME.zest-source", to be freed; NULL where memory is out. */
static char *key_path(const struct loading *loading)
{
    char *path = NULL;
    return asprintf(&path, "%s/%016llx.zest-source", loading->folder, (unsigned long long)loading->stamp.place) < 0
               ? NULL
               : path;
}

static char *image_path(const struct loading *loading)
{
    char *path = NULL;
    return asprintf(&path, "%s/%016llx%016llx.zest-tokenizer", loading->folder, (unsigned long long)loading->content.a,
                    (unsigned long long)loading->content.b) < 0
               ? NULL
               : path;
}

static uint64_t key_checksum(const struct key *key)
{
    return zest_content_hash((struct zest_content_hash){0}, key, offsetof(struct key, checksum)).a;
}

/* True where the cache knows what the source's content is. */
static bool find_content(struct loading *loading)
{
    struct zest_text file = {0};
    struct key key;
    char *path = loading->has_stamp ? key_path(loading) : NULL;
    if (!path || zest_file_map(path, sizeof key, &file, NULL) != ZEST_OK || file.size != sizeof key) {
        zest_file_unmap(file);
        free(path);
        return false;
    }
    memcpy(&key, file.data, sizeof key);
    zest_file_unmap(file);
    free(path);
    if (memcmp(key.magic, KEY_MAGIC, sizeof key.magic) != 0 || key.version != ZEST_IMAGE_VERSION ||
        key.checksum != key_checksum(&key) || memcmp(&key.state, &loading->stamp.state, sizeof key.state) != 0)
        return false;
    loading->content = key.content;
    return true;
}

static bool is_settled(const struct loading *loading)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return loading->has_stamp &&
           loading->stamp.changed_ns < (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - SETTLED_NS;
}

/* A cache that can't be written is none: failures are left alone here and below. */
static void keep_content(const struct loading *loading)
{
    char *path = is_settled(loading) ? key_path(loading) : NULL;
    struct key key = {.version = ZEST_IMAGE_VERSION, .state = loading->stamp.state, .content = loading->content};
    if (!path)
        return;
    memcpy(key.magic, KEY_MAGIC, sizeof key.magic);
    key.checksum = key_checksum(&key);
    enum zest_status ignored = zest_file_save(path, (struct zest_text){(const char *)&key, sizeof key}, NULL);
    (void)ignored;
    free(path);
}

/* True where the source was not written to while it was hashed and read: then the image is that of the content. */
static bool is_unchanged(const struct loading *loading)
{
    struct zest_source_stamp stamp;
    return loading->has_stamp && zest_source_stamp(loading->path, &stamp, NULL) == ZEST_OK &&
           memcmp(&stamp.state, &loading->stamp.state, sizeof stamp.state) == 0;
}

/* True where the folder has a good image of this content. */
static bool open_image(const struct loading *loading, struct zest_image *ret_image)
{
    char *path = image_path(loading);
    bool opened = path && zest_image_open(path, ret_image, NULL) == ZEST_OK;
    free(path);
    return opened;
}

/* Keeps the image; from then on its pages are those of the file, which all processes share. */
static void keep_image(const struct loading *loading, struct zest_image *image)
{
    struct zest_image kept;
    char *path = is_unchanged(loading) ? image_path(loading) : NULL;
    if (!path)
        return;
    (void)mkdir(loading->folder, 0777);
    if (zest_image_save(image, path, NULL) == ZEST_OK) {
        keep_content(loading);
        if (open_image(loading, &kept)) {
            zest_image_close(image);
            *image = kept;
        }
    }
    free(path);
}

static enum zest_status compile(const struct loading *loading, const struct zest_image_load_options *options,
                                struct zest_image *ret_image, struct zest_error *error)
{
    struct zest_tokenizer_definition definition;
    enum zest_status status = zest_definition_read(loading->path, &definition, error);
    if (status == ZEST_OK)
        status = (options->compile ? options->compile : zest_image_compile)(&definition, ret_image, error);
    zest_definition_finish(&definition);
    return status;
}

enum zest_status zest_image_load(const char *path, const struct zest_image_load_options *options,
                                 struct zest_image *ret_image, struct zest_error *error)
{
    struct loading loading = {.path = path, .folder = options->cache_folder};
    if (!loading.folder)
        return compile(&loading, options, ret_image, error);
    loading.has_stamp = zest_source_stamp(path, &loading.stamp, NULL) == ZEST_OK;
    if (find_content(&loading) && open_image(&loading, ret_image))
        return ZEST_OK;
    enum zest_status status = zest_source_content(path, &loading.content, error);
    if (status != ZEST_OK)
        return status;
    if (open_image(&loading, ret_image)) {
        keep_content(&loading);
        return ZEST_OK;
    }
    status = compile(&loading, options, ret_image, error);
    if (status == ZEST_OK)
        keep_image(&loading, ret_image);
    return status;
}
