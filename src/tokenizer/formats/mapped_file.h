/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapped_file.h - a whole file in memory, read only, and the other way. Stateless.
 */
#ifndef ZEST_MAPPED_FILE_H
#define ZEST_MAPPED_FILE_H

#include <zest/core.h>

#define ZEST_TOKENIZER_FILE_MAX ((size_t)1 << 30) /* bytes of a file that a tokenizer is read from */

/* Maps `path` (a regular file of 1 .. limit bytes). The caller unmaps it. */
enum zest_status zest_file_map(const char *path, size_t limit, struct zest_text *ret_file,
                               struct zest_error *error) ZEST_MUST_CHECK;
/* False where it doesn't, or can't be read. */
bool zest_file_begins(const char *path, struct zest_text magic);
void zest_file_unmap(struct zest_text file); /* takes an empty one too */
/* Writes beside `path` and renames. Not synced: whoever reads it must be able to tell a damaged file. */
enum zest_status zest_file_save(const char *path, struct zest_text bytes, struct zest_error *error) ZEST_MUST_CHECK;

#endif
