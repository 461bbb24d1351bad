/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_load.c - how long tokenizers take to load, and what memory they have then, beside the targets.
 *
 *     build/tests/tokenizer_load PATH…      files of any format, or models' folders
 *
 * Medians of several rounds, each in processes of their own (programs/zest/bench_load.c): "first" with an empty cache,
 * "mapped" with the image that the first left there; "private" is what a mapped one takes for itself, "shared" its
 * pages of that image. "read" (file to definition) and "compile" (definition to image) are parts of the first load, in
 * CPU time of this process.
 */
#include "bench_load.h"
#include "image_compile.h"
#include "median.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { ROUNDS = 5 };

struct parts {
    double read_ms, compile_ms, image_mb;
};

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static enum zest_status measure_once(const char *path, struct parts *ret_parts, struct zest_error *error)
{
    struct zest_tokenizer_definition definition;
    struct zest_image image = {0};
    double start = cpu_ms();
    enum zest_status status = zest_definition_read(path, &definition, error);
    double read = cpu_ms();
    if (status == ZEST_OK)
        status = zest_image_compile(&definition, &image, error);
    *ret_parts = (struct parts){read - start, cpu_ms() - read, (double)image.size * 1e-6};
    zest_image_close(&image);
    zest_definition_finish(&definition);
    return status;
}

static bool measure_parts(const char *path, struct parts *ret_parts)
{
    double read[ROUNDS], compile[ROUNDS];
    struct zest_error error = {0};
    for (int i = 0; i < ROUNDS; i++) {
        if (measure_once(path, ret_parts, &error) != ZEST_OK) {
            fprintf(stderr, "%s\n", error.message);
            return false;
        }
        read[i] = ret_parts->read_ms;
        compile[i] = ret_parts->compile_ms;
    }
    ret_parts->read_ms = figure_median(read, ROUNDS);
    ret_parts->compile_ms = figure_median(compile, ROUNDS);
    return true;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    if (failed) {
        fprintf(stderr, "usage: tokenizer_load PATH…\n");
        return 2;
    }
    printf("%26s %8s  %17s %8s  %7s %7s  %7s %7s %7s\n", "first, ms: wall     CPU", "target", "mapped: wall    CPU",
           "target", "read", "compile", "private", "shared", "image MB");
    for (int i = 1; i < argc; i++) {
        struct bench_load_figures load; /* first: children begin with the memory of this process */
        struct parts parts;
        struct stat info = {0};
        bool loads = bench_load_measure(argv[i], ROUNDS, &load);
        if (!measure_parts(argv[i], &parts) || !loads) { /* which tells why */
            failed = 1;
            continue;
        }
        (void)stat(argv[i], &info);
        printf("%17.1f %8.1f %8.0f  %12.2f %6.2f %8.0f  %7.1f %7.1f  %7.2f %7.1f %7.1f  %s\n", load.first_wall_ms,
               load.first_cpu_ms, (double)info.st_size * 1e-6 * BENCH_LOAD_FIRST_MS_A_MB, load.mapped_wall_ms,
               load.mapped_cpu_ms, BENCH_LOAD_MAPPED_MS, parts.read_ms, parts.compile_ms, load.private_mb,
               load.shared_mb, parts.image_mb, argv[i]);
        fflush(stdout);
    }
    return failed;
}
