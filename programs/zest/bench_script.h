/* SPDX-License-Identifier: Apache-2.0 */
/* bench_script.h - finds the Python scripts of bench/ and a Python to run them with. */
#ifndef ZEST_PROGRAM_BENCH_SCRIPT_H
#define ZEST_PROGRAM_BENCH_SCRIPT_H

#include <stdbool.h>

struct bench_script {
    char python[4096]; /* .venv's, else python3 of the PATH */
    char path[4096];
};

/* False where bench/ is not beside the folder of this program. */
bool bench_script_find(const char *name, struct bench_script *ret_script);

#endif
