/* SPDX-License-Identifier: Apache-2.0 */
/* mapped_file.c - maps files; all pages at once, since every byte will be read. */
#include "mapped_file.h"

#include <errno.h>
#include <fcntl.h>
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

void zest_file_unmap(struct zest_text file)
{
    if (file.data)
        munmap((void *)file.data, file.size);
}
