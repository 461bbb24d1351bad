/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_load.c - how long a tokenizer takes to load: CPU time of its first load, wall time of a mapped one.
 *
 *     build/tests/tokenizer_load PATH…      a file of any format, or a model's folder
 *
 * Medians of several rounds. "read" is file to definition, "compile" definition to image, "mapped" a load that finds
 * the image in a cache (a folder of its own under /tmp, taken away afterwards).
 */
#include "image_cache.h"
#include "image_compile.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7 };

struct times {
    double read[ROUNDS], compile[ROUNDS], mapped[ROUNDS]; /* ms */
    size_t image_bytes;
};

static double clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static enum zest_status first_load(const char *path, struct times *times, int round, struct zest_error *error)
{
    struct zest_tokenizer_definition definition;
    struct zest_image image = {0};
    double start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    enum zest_status status = zest_definition_read(path, &definition, error);
    double read = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    if (status == ZEST_OK)
        status = zest_image_compile(&definition, &image, error);
    times->read[round] = read - start;
    times->compile[round] = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - read;
    times->image_bytes = image.size;
    zest_image_close(&image);
    zest_definition_finish(&definition);
    return status;
}

static enum zest_status mapped_load(const char *path, const char *folder, double *ret_ms, struct zest_error *error)
{
    struct zest_image_load_options options = {.cache_folder = folder};
    struct zest_image image = {0};
    double start = clock_ms(CLOCK_MONOTONIC);
    enum zest_status status = zest_image_load(path, &options, &image, error);
    *ret_ms = clock_ms(CLOCK_MONOTONIC) - start;
    zest_image_close(&image);
    return status;
}

static enum zest_status measure(const char *path, const char *folder, struct times *times, struct zest_error *error)
{
    double ignored;
    enum zest_status status = mapped_load(path, folder, &ignored, error); /* fills the cache */
    for (int round = 0; round < ROUNDS && status == ZEST_OK; round++) {
        status = first_load(path, times, round, error);
        if (status == ZEST_OK)
            status = mapped_load(path, folder, &times->mapped[round], error);
    }
    return status;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            (void)unlink(name);
    }
    if (folder)
        closedir(folder);
    (void)rmdir(path);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/zest-load-XXXXXX";
    int failed = argc < 2;
    if (failed || !mkdtemp(folder)) {
        fprintf(stderr, "usage: tokenizer_load PATH…\n");
        return 2;
    }
    printf("%10s %10s %10s %10s %10s  %s\n", "read ms", "compile ms", "first ms", "mapped ms", "image MB", "file");
    for (int i = 1; i < argc; i++) {
        struct times times;
        struct zest_error error = {0};
        if (measure(argv[i], folder, &times, &error) != ZEST_OK) {
            fprintf(stderr, "%s\n", error.message);
            failed = 1;
            continue;
        }
        double read = median(times.read), compile = median(times.compile);
        printf("%10.1f %10.1f %10.1f %10.2f %10.1f  %s\n", read, compile, read + compile, median(times.mapped),
               (double)times.image_bytes / 1e6, argv[i]);
    }
    remove_folder(folder);
    return failed;
}
