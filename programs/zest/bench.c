/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c - `zest bench KIND`: finds the kind; each has its own file. */
#include "bench.h"

static const struct kind {
    const char *name, *summary;
    int (*run)(const struct command *self, int argc, char **argv);
} kinds[] = {
    {"services", "what a call costs in each mode, beside REST frameworks", bench_services},
    {"tokenizer", "text to ids and back, beside other tokenizers", bench_tokenizer},
    {"kernels", "every kernel and variant against the machine's measured roof", bench_kernels},
    {"model", "prefill and decode speed, as llama-bench has it, with the roof", bench_model},
};

static int run_command(const struct command *self, int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < ZEST_COUNT(kinds); i++)
        if (!strcmp(argv[1], kinds[i].name)) {
            struct command kind = *self;
            char usage[64];
            snprintf(usage, sizeof(usage), "bench %s [options]", kinds[i].name);
            kind.name = kinds[i].name;
            kind.usage = usage;
            kind.summary = kinds[i].summary;
            return kinds[i].run(&kind, argc - 1, argv + 1);
        }
    bool help = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
    FILE *out = help ? stdout : stderr;
    fprintf(out, "%s\n\nusage: zest %s\n\nkinds:\n", self->summary, self->usage);
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        fprintf(out, "  %-12s %s\n", kinds[i].name, kinds[i].summary);
    fprintf(out, "\nexamples:\n%s", self->examples);
    return help ? EXIT_OK : EXIT_WRONG_USE;
}

const struct command command_bench = {
    .name = "bench",
    .usage = "bench KIND [options]",
    .summary = "measure services, the tokenizer, kernels or the model",
    .examples = "  zest bench services\n"
                "  zest bench tokenizer --tokenizer tokenizer.json --text book.txt\n"
                "  zest bench kernels --kernel flash_attention\n"
                "  zest bench model --threads 1,2 --prompt 512 --gen 128 --batch 1,8 --vs llama-bench\n",
    .run = run_command,
};
