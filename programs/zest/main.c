/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the zest command: finds the sub-command and runs it. Each sub-command has its own file. */
#include <locale.h>
#include <signal.h>

#include "command.h"

static const struct command *const commands[] = {
    &command_run,         &command_chat,    &command_serve,      &command_tokenize, &command_detokenize,
    &command_render_chat, &command_logits,  &command_perplexity, &command_bench,    &command_services,
    &command_call,        &command_example, &command_demo,
};

static void print_commands(FILE *out)
{
    fprintf(out, "zest %s - LLM inference for research\n\nusage: zest COMMAND [options]\n\ncommands:\n", ZEST_VERSION);
    for (size_t i = 0; i < ZEST_COUNT(commands); i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "\n`zest COMMAND --help` has options and examples.\n");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_commands(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_WRONG_USE : EXIT_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("zest %s\n", ZEST_VERSION);
        return EXIT_OK;
    }
    for (size_t i = 0; i < ZEST_COUNT(commands); i++)
        if (!strcmp(argv[1], commands[i]->name))
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    fprintf(stderr, "zest: there is no command \"%s\"\n\n", argv[1]);
    print_commands(stderr);
    return EXIT_WRONG_USE;
}
