/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_http.c - a server in a process of its own, so that its processor time can be told from the client's.
 *
 * The server runs in research mode, the dearer one: the load gets whole envelopes, the remote layer their data.
 * Latency goes through the very layer that a hybrid environment uses. Load comes from one thread that keeps every
 * connection busy with one request at a time; the server's time is its process's clock before and after.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench_http.h"
#include "median.h"

extern char **environ;

enum { CALLS = 4000, WARM_UP = 200, CONNECTIONS = 64, LOAD_REQUESTS = 30000, LOAD_MS_MAX = 4000 };

struct child {
    pid_t pid;
    int out; /* its standard output */
    char url[128];
};

/* ---- the server's process ------------------------------------------------------------------------------------------
 */

/* Reads its first lines until one names the address. */
static bool read_address(struct child *child)
{
    char line[512];
    FILE *in = fdopen(child->out, "r");
    bool found = false;
    while (in && !found && fgets(line, sizeof(line), in))
        found = sscanf(line, "zest is listening on %127s", child->url) == 1;
    if (in)
        fclose(in); /* what it says later goes nowhere: it says nothing more on this stream */
    return found;
}

static enum zest_status start_child(const char *model, struct child *ret_child, struct zest_error *error)
{
    char self[4096];
    int pipes[2];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (size < 0 || pipe(pipes) != 0)
        return zest_fail(error, ZEST_IO, "no pipe for a server: %m");
    self[size] = '\0';
    const char *const with_model[] = {self,     "serve",    "--port",  "0",   "--quiet",
                                      "--mode", "research", "--model", model, NULL};
    const char *const plain[] = {self, "serve", "--port", "0", "--quiet", "--mode", "research", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipes[0]);
    int failed = posix_spawn(&ret_child->pid, self, &actions, NULL,
                             (char *const *)(uintptr_t)(model ? with_model : plain), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    ret_child->out = pipes[0];
    if (failed) {
        close(pipes[0]);
        return zest_fail(error, ZEST_IO, "%s can't be started: %s", self, strerror(failed));
    }
    if (!read_address(ret_child)) {
        kill(ret_child->pid, SIGTERM);
        waitpid(ret_child->pid, NULL, 0);
        return zest_fail(error, ZEST_UNAVAILABLE, "the server that was started for measuring did not begin to listen");
    }
    return ZEST_OK;
}

static void stop_child(const struct child *child)
{
    kill(child->pid, SIGTERM);
    waitpid(child->pid, NULL, 0);
}

static double cpu_seconds(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* ---- latency ------------------------------------------------------------------------------------------------- */

static enum zest_status time_calls(struct zest_tokenizer *tokenizer, struct http_figures *figures,
                                   struct zest_error *error)
{
    static double us[CALLS];
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply;
    enum zest_status status = ZEST_OK;
    zest_tokenizer_tokenize_request_init(&request);
    request.text = ZEST_TEXT("Hello world");
    for (int i = -WARM_UP; i < CALLS && status == ZEST_OK; i++) {
        uint64_t start = zest_now_ns();
        zest_arena_reset(&arena);
        status = zest_tokenizer_tokenize(tokenizer, &call, &request, &reply);
        if (i >= 0)
            us[i] = (double)(zest_now_ns() - start) * 1e-3;
    }
    *error = call.error;
    figures->p50_us = figure_median(us, CALLS);
    figures->p99_us = figure_quantile(us, CALLS, 0.99);
    zest_arena_finish(&arena);
    return status;
}

static enum zest_status measure_latency(struct zest_env *env, const struct child *child, struct http_figures *figures,
                                        struct zest_error *error)
{
    char before[256];
    struct zest_text mode = zest_env_mode(env, ZEST_TOKENIZER);
    snprintf(before, sizeof(before), "%.*s", (int)mode.size, mode.data);
    enum zest_status status = zest_env_set_mode(env, ZEST_TOKENIZER, zest_text_of(child->url), error);
    if (status == ZEST_OK)
        status = time_calls(zest_env_tokenizer(env), figures, error);
    struct zest_error ignored;
    (void)!zest_env_set_mode(env, ZEST_TOKENIZER, zest_text_of(before), &ignored);
    return status;
}

/* ---- load ---------------------------------------------------------------------------------------------------- */

struct connection {
    int socket;
    size_t size; /* bytes of the answer so far */
    char answer[4096];
};

struct load {
    struct connection connections[CONNECTIONS];
    int epoll, open;
    long sent, answered;
    char request[512];
    size_t request_size;
};

static void send_request(struct load *load, struct connection *connection)
{
    connection->size = 0;
    if (load->sent < LOAD_REQUESTS &&
        write(connection->socket, load->request, load->request_size) == (ssize_t)load->request_size)
        load->sent++;
}

/* True when head and body are whole. */
static bool is_whole(struct connection *connection)
{
    connection->answer[connection->size] = '\0';
    const char *end = strstr(connection->answer, "\r\n\r\n"),
               *length = strcasestr(connection->answer, "content-length:");
    return end && length && length < end &&
           connection->size >= (size_t)(end + 4 - connection->answer) + (size_t)atol(length + 15);
}

static void on_readable(struct load *load, struct connection *connection)
{
    ssize_t more = read(connection->socket, connection->answer + connection->size,
                        sizeof(connection->answer) - 1 - connection->size);
    if (more <= 0) {
        close(connection->socket);
        connection->socket = -1;
        load->open--;
        return;
    }
    connection->size += (size_t)more;
    if (is_whole(connection)) {
        load->answered++;
        send_request(load, connection);
    }
}

static bool connect_all(struct load *load, int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &load->connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connection->socket < 0)
            return false;
        load->open++;
        if (connect(connection->socket, (struct sockaddr *)&address, sizeof(address)) != 0 ||
            epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0)
            return false;
    }
    return true;
}

static void run_load(struct load *load)
{
    struct epoll_event events[CONNECTIONS];
    uint64_t deadline = zest_now_ns() + (uint64_t)LOAD_MS_MAX * 1000000u;
    for (int i = 0; i < CONNECTIONS; i++)
        send_request(load, &load->connections[i]);
    while (load->open && load->answered < load->sent && zest_now_ns() < deadline) {
        int count = epoll_wait(load->epoll, events, CONNECTIONS, 100);
        for (int i = 0; i < count; i++)
            on_readable(load, events[i].data.ptr);
    }
}

static enum zest_status measure_load(const struct child *child, struct http_figures *figures, struct zest_error *error)
{
    static const char body[] = "{\"text\":\"Hello world\"}";
    struct load *load = calloc(1, sizeof(*load));
    const char *colon = strrchr(child->url, ':');
    enum zest_status status = ZEST_OK;
    if (!load)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %d connections", CONNECTIONS);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->request_size =
        (size_t)snprintf(load->request, sizeof(load->request),
                         "POST /services/tokenizer/tokenize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                         "Content-Length: %zu\r\n\r\n%s",
                         sizeof(body) - 1, body);
    if (load->epoll < 0 || !colon || !connect_all(load, atoi(colon + 1))) {
        status = zest_fail(error, ZEST_IO, "no %d connections to %s: %m", CONNECTIONS, child->url);
    } else {
        double cpu = cpu_seconds(child->pid);
        uint64_t start = zest_now_ns();
        run_load(load);
        double seconds = (double)(zest_now_ns() - start) * 1e-9;
        long answered = load->answered ? load->answered : 1;
        figures->cpu_us = (cpu_seconds(child->pid) - cpu) / (double)answered * 1e6;
        figures->requests_per_second = (double)load->answered / seconds;
        figures->connections = CONNECTIONS;
    }
    for (int i = 0; i < CONNECTIONS; i++)
        if (load->connections[i].socket > 0)
            close(load->connections[i].socket);
    if (load->epoll >= 0)
        close(load->epoll);
    free(load);
    return status;
}

enum zest_status http_measure(struct zest_env *env, const char *model, bool with_load, struct http_figures *ret_figures,
                              struct zest_error *error)
{
    struct child child = {0};
    enum zest_status status = start_child(model, &child, error);
    if (status != ZEST_OK)
        return status;
    status = measure_latency(env, &child, ret_figures, error);
    if (status == ZEST_OK && with_load)
        status = measure_load(&child, ret_figures, error);
    stop_child(&child);
    return status;
}
