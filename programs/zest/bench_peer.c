/* SPDX-License-Identifier: Apache-2.0 */
/* bench_peer.c - a child process, its JSON answer, one number of it. */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdio.h>

#include <jansson.h>

#include "bench_peer.h"

extern char **environ;

static enum zest_status read_answer(int fd, const char *program, double *ret_rate, struct zest_error *error)
{
    FILE *in = fdopen(fd, "r");
    json_error_t at;
    json_t *rows = in ? json_loadf(in, 0, &at) : NULL;
    json_t *rate = json_object_get(json_array_get(rows, 0), "avg_ts");
    enum zest_status status =
        json_is_number(rate)
            ? ZEST_OK
            : zest_fail(error, ZEST_IO, "%s gave no rows with avg_ts; it must be a llama-bench", program);
    if (status == ZEST_OK)
        *ret_rate = json_number_value(rate);
    json_decref(rows);
    if (in)
        fclose(in);
    else
        close(fd);
    return status;
}

enum zest_status bench_peer_run(const char *program, const char *model, int threads, int prompt, int gen,
                                double *ret_rate, struct zest_error *error)
{
    char t[16], p[16], n[16];
    snprintf(t, sizeof(t), "%d", threads);
    snprintf(p, sizeof(p), "%d", prompt);
    snprintf(n, sizeof(n), "%d", gen);
    const char *const argv[] = {program, "-m", model, "-t", t, "-p", p, "-n", n, "-r", "1", "-o", "json", NULL};
    int pipes[2], wait_status;
    if (pipe(pipes) != 0)
        return zest_fail(error, ZEST_IO, "no pipe for %s: %m", program);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipes[0]);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1 /* write */, 0);
    pid_t child;
    int failed = posix_spawnp(&child, program, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    if (failed) {
        close(pipes[0]);
        return zest_fail_param(error, ZEST_NOT_FOUND, "vs", "%s can't be started: %s", program, strerror(failed));
    }
    enum zest_status status = read_answer(pipes[0], program, ret_rate, error);
    waitpid(child, &wait_status, 0);
    return status;
}
