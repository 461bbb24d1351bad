/* SPDX-License-Identifier: Apache-2.0 */
/* bench_script.c - the repository round this program: its bench/ and its .venv/. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_script.h"

/* The folder above the one that holds this program: the repository's, where it was built there. */
static bool find_root(char *root, size_t capacity)
{
    ssize_t size = readlink("/proc/self/exe", root, capacity - 1);
    for (int up = 0; up < 2 && size > 0; up++) {
        root[size] = '\0';
        char *slash = strrchr(root, '/');
        size = slash ? slash - root : 0;
    }
    if (size <= 0)
        return false;
    root[size] = '\0';
    return true;
}

bool bench_script_find(const char *name, struct bench_script *ret_script)
{
    char root[3072];
    if (!find_root(root, sizeof(root)))
        return false;
    snprintf(ret_script->path, sizeof(ret_script->path), "%s/bench/%s", root, name);
    snprintf(ret_script->python, sizeof(ret_script->python), "%s/.venv/bin/python", root);
    if (access(ret_script->python, X_OK) != 0)
        strcpy(ret_script->python, "python3");
    return access(ret_script->path, R_OK) == 0;
}
