/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_load.c - loads a tokenizer in child processes: each begins with no memory of the tokenizer, as a program does.
 *
 * The cache is a folder under /tmp, made anew for each first load.
 */
#include "bench_load.h"

#include "median.h"

#include <zest/tokenizer.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sample {
    double wall_ms, cpu_ms, private_mb, shared_mb;
};

static double clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* What of the process lies in memory, in MB: its own, and files' pages. (statm is a few hundred KB behind.) */
static void read_memory(double *ret_private, double *ret_shared)
{
    unsigned long resident = 0, own = 0; /* kB of 1,024 bytes */
    char line[256];
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && fgets(line, sizeof line, file)) {
        (void)sscanf(line, "Rss: %lu", &resident);
        (void)sscanf(line, "Anonymous: %lu", &own);
    }
    if (file)
        fclose(file);
    *ret_private = (double)own * 1.024e-3;
    *ret_shared = (double)(resident - own) * 1.024e-3;
}

static bool load(const char *path, const char *cache, struct sample *ret_sample)
{
    struct zest_tokenizer_options options = {.model_path = path, .cache_folder = cache};
    struct zest_tokenizer *tokenizer;
    struct zest_error error = {0};
    struct sample before, after;
    read_memory(&before.private_mb, &before.shared_mb);
    before.wall_ms = clock_ms(CLOCK_MONOTONIC);
    before.cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    if (zest_tokenizer_native_create(&options, &tokenizer, &error) != ZEST_OK)
        return false;
    after.cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    after.wall_ms = clock_ms(CLOCK_MONOTONIC);
    read_memory(&after.private_mb, &after.shared_mb);
    *ret_sample = (struct sample){after.wall_ms - before.wall_ms, after.cpu_ms - before.cpu_ms,
                                  after.private_mb - before.private_mb, after.shared_mb - before.shared_mb};
    return true;
}

/* `load` in a child; its sample comes through a pipe. */
static bool load_apart(const char *path, const char *cache, struct sample *ret_sample)
{
    int ends[2], status = 1;
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        struct sample sample;
        bool sent = load(path, cache, &sample) && write(ends[1], &sample, sizeof sample) == sizeof sample;
        _exit(sent ? 0 : 1);
    }
    (void)close(ends[1]);
    bool whole = child > 0 && read(ends[0], ret_sample, sizeof *ret_sample) == sizeof *ret_sample;
    (void)close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 && whole;
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

bool bench_load_measure(const char *path, int rounds, struct bench_load_figures *ret_figures)
{
    enum { FIRST_WALL, FIRST_CPU, MAPPED_WALL, MAPPED_CPU, PRIVATE, SHARED, FIGURES };
    double values[FIGURES][BENCH_LOAD_ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) {
        char cache[] = "/tmp/zest-load-XXXXXX";
        struct sample first, mapped;
        if (!mkdtemp(cache))
            return false;
        bool loaded = load_apart(path, cache, &first) && load_apart(path, cache, &mapped);
        remove_folder(cache);
        if (!loaded)
            return false;
        values[FIRST_WALL][i] = first.wall_ms;
        values[FIRST_CPU][i] = first.cpu_ms;
        values[MAPPED_WALL][i] = mapped.wall_ms;
        values[MAPPED_CPU][i] = mapped.cpu_ms;
        values[PRIVATE][i] = mapped.private_mb;
        values[SHARED][i] = mapped.shared_mb;
    }
    size_t count = (size_t)rounds;
    *ret_figures = (struct bench_load_figures){
        figure_median(values[FIRST_WALL], count),  figure_median(values[FIRST_CPU], count),
        figure_median(values[MAPPED_WALL], count), figure_median(values[MAPPED_CPU], count),
        figure_median(values[PRIVATE], count),     figure_median(values[SHARED], count),
    };
    return true;
}
