/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - the kinds of `zest bench`, one file each. argv[0] is the kind's name. */
#ifndef ZEST_PROGRAM_BENCH_H
#define ZEST_PROGRAM_BENCH_H

#include "command.h"

int bench_kernels(const struct command *self, int argc, char **argv);
int bench_model(const struct command *self, int argc, char **argv);
int bench_services(const struct command *self, int argc, char **argv);
int bench_tokenizer(const struct command *self, int argc, char **argv);

#endif
