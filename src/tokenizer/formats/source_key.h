/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_key.h - what tells one tokenizer source (a file, or a folder of files) from another, for the cache. Stateless.
 */
#ifndef ZEST_SOURCE_KEY_H
#define ZEST_SOURCE_KEY_H

#include "content_hash.h"

#include <zest/core.h>

struct zest_source_stamp {
    uint64_t place;                 /* which file or folder it is: of its device and inode */
    struct zest_content_hash state; /* of device, inode, size and times of all its files */
    int64_t changed_ns;             /* the latest time of modification, since 1970 */
};

/* Cheap: asks the file system, reads no file. */
enum zest_status zest_source_stamp(const char *path, struct zest_source_stamp *ret_stamp,
                                   struct zest_error *error) ZEST_MUST_CHECK;
/* Reads all that a definition would be made of (of a GGUF the metadata of the tokenizer, not the weights). */
enum zest_status zest_source_content(const char *path, struct zest_content_hash *ret_hash,
                                     struct zest_error *error) ZEST_MUST_CHECK;

#endif
