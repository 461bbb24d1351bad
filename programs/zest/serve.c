/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - `zest serve`: the environment over HTTP until SIGINT or SIGTERM. */
#include <signal.h>
#include <stdlib.h>

#include <zest/server.h>

#include "command.h"

enum { PORT = 8080, GRACE_S = 10 };

struct serve_options {
    const char *host, *api_key, *allow_origin;
    int port, grace_s, idle_s, connections;
    uint64_t body_bytes_max;
};

/* Both signals are held back from the first moment on, so that every later thread holds them back too and only
 * wait_for_end takes them. */
static void hold_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
}

static const char *name_of(int number)
{
    return number == SIGINT ? "SIGINT" : "SIGTERM";
}

static void say_start(const struct common *common, const struct serve_options *options, uint16_t port)
{
    const char *open = strchr(options->host, ':') ? "[" : "", *close = *open ? "]" : "";
    if (common->json)
        printf("{\"url\": \"http://%s%s%s:%u\"}\n", open, options->host, close, port);
    else
        printf("zest is listening on http://%s%s%s:%u\n", open, options->host, close, port);
    fflush(stdout);
}

static void wait_for_end(const struct common *common, const struct serve_options *options, const sigset_t *signals,
                         struct zest_server *server)
{
    int number;
    if (sigwait(signals, &number) != 0)
        return;
    if (!common->quiet && !common->json)
        fprintf(stderr, "%s: finishing %zu running requests within %d s\n", name_of(number),
                zest_server_running(server), options->grace_s);
}

static int serve(const struct common *common, const struct serve_options *options, const sigset_t *signals)
{
    int exit_code = EXIT_OK;
    struct zest_env *env = command_open(common, &exit_code);
    if (!env)
        return exit_code;
    struct zest_error error = {0};
    struct zest_server *server = NULL;
    struct zest_server_options server_options = {
        .host = options->host,
        .port = options->port,
        .api_key = options->api_key,
        .allow_origin = options->allow_origin,
        .body_bytes_max = (size_t)options->body_bytes_max,
        .connections_max = (unsigned)options->connections,
        .idle_seconds = (unsigned)options->idle_s,
    };
    if (zest_server_start(env, &server_options, &server, &error) == ZEST_OK) {
        say_start(common, options, zest_server_port(server));
        wait_for_end(common, options, signals, server);
        zest_server_stop(server, (unsigned)options->grace_s * 1000u);
    } else {
        exit_code = command_fail(common, NULL, &error);
    }
    zest_env_close(env);
    return exit_code;
}

static int run_serve(const struct command *self, int argc, char **argv)
{
    struct common common;
    struct serve_options options = {.host = "127.0.0.1",
                                    .api_key = getenv("ZEST_API_KEY"),
                                    .port = PORT,
                                    .grace_s = GRACE_S,
                                    .idle_s = 60,
                                    .connections = 1024,
                                    .body_bytes_max = 128 << 20};
    const struct option_spec own[] = {
        {"host", 0, OPTION_TEXT, &options.host, "ADDRESS",
         "address to listen on (default 127.0.0.1: this machine only)", 0, 0},
        {"port", 'p', OPTION_INT, &options.port, "N", "port (default 8080; 0: any that is free)", 0, 65535},
        {"api-key", 0, OPTION_TEXT, &options.api_key, "KEY",
         "ask clients for this key (default: ZEST_API_KEY, else none)", 0, 0},
        {"allow-origin", 0, OPTION_TEXT, &options.allow_origin, "ORIGIN",
         "a web page's origin that may call; * for all", 0, 0},
        {"grace", 0, OPTION_INT, &options.grace_s, "S", "seconds that running requests get at the end (default 10)", 0,
         86400},
        {"idle-timeout", 0, OPTION_INT, &options.idle_s, "S",
         "close connections that are still for so long (default 60)", 1, 86400},
        {"connections", 0, OPTION_INT, &options.connections, "N", "most connections at a time (default 1024)", 1,
         100000},
        {"body-bytes-max", 0, OPTION_UINT64, &options.body_bytes_max, "N", "largest request body (default 128 MiB)", 0,
         0},
        {0},
    };
    int count, exit_code;
    sigset_t signals;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "serve takes options only, but \"%s\" was given", argv[1]);
    if (options.api_key && !options.api_key[0])
        options.api_key = NULL;
    hold_signals(&signals);
    common.served = true;
    return serve(&common, &options, &signals);
}

const struct command command_serve = {
    .name = "serve",
    .usage = "serve [options]",
    .summary = "serve the model over HTTP: OpenAI's routes, every service, /docs",
    .examples = "  zest serve\n  zest serve --port 0 --mode research\n"
                "  zest serve -m model.gguf --host 0.0.0.0 --api-key SECRET\n",
    .run = run_serve,
};
