/* SPDX-License-Identifier: Apache-2.0 */
/* mapped_file.c - maps files, all pages at once, since every byte will be read; writes files so that nobody sees half.
 */
#include "mapped_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum zest_status map(int fd, const char *path, size_t limit, struct zest_text *ret_file,
                            struct zest_error *error)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return zest_fail(error, ZEST_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return zest_fail(error, ZEST_INVALID_ARGUMENT, "%s is not a file", path);
    if (info.st_size == 0)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "%s is empty", path);
    if ((uint64_t)info.st_size > limit)
        return zest_fail(error, ZEST_TOO_LARGE, "%s has %lld bytes, %zu are possible", path, (long long)info.st_size,
                         limit);
    void *base = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (base == MAP_FAILED)
        return zest_fail(error, ZEST_IO, "%s can't be mapped: %s", path, strerror(errno));
    *ret_file = (struct zest_text){base, (size_t)info.st_size};
    return ZEST_OK;
}

enum zest_status zest_file_map(const char *path, size_t limit, struct zest_text *ret_file, struct zest_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return zest_fail(error, errno == ENOENT ? ZEST_NOT_FOUND : ZEST_IO, "%s can't be opened: %s", path,
                         strerror(errno));
    enum zest_status status = map(fd, path, limit, ret_file, error);
    (void)close(fd);
    return status;
}

bool zest_file_begins(const char *path, struct zest_text magic)
{
    char bytes[16];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    assert(magic.size <= sizeof bytes);
    bool begins = pread(fd, bytes, magic.size, 0) == (ssize_t)magic.size && memcmp(bytes, magic.data, magic.size) == 0;
    (void)close(fd);
    return begins;
}

void zest_file_unmap(struct zest_text file)
{
    if (file.data)
        munmap((void *)file.data, file.size);
}

enum zest_status zest_file_save(const char *path, struct zest_text bytes, struct zest_error *error)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a path");
    int fd = mkstemp(beside);
    if (fd < 0) {
        free(beside);
        return zest_fail(error, ZEST_IO, "no file can be made beside %s: %s", path, strerror(errno));
    }
    size_t at = 0;
    while (at < bytes.size) {
        ssize_t written = write(fd, bytes.data + at, bytes.size - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    bool whole = at == bytes.size;
    whole = close(fd) == 0 && whole && rename(beside, path) == 0;
    enum zest_status status =
        whole ? ZEST_OK
              : zest_fail(error, ZEST_IO, "%s (%zu bytes) can't be written: %s", path, bytes.size, strerror(errno));
    if (!whole)
        (void)unlink(beside);
    free(beside);
    return status;
}
