/* SPDX-License-Identifier: Apache-2.0 */
/* services.c - `zest services`, `zest call`, `zest example`: any operation of any service, alone. */
#include "command.h"

/* ---- services -------------------------------------------------------------------------------------------------- */

static void list_text(void)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++) {
        const struct zest_service_description *service = zest_services[i];
        printf("%s - %s\n", service->name, service->summary);
        for (size_t k = 0; k < service->operation_count; k++)
            printf("  %-12s.%-22s %s\n", service->name, service->operations[k].name, service->operations[k].summary);
        printf("\n");
    }
    printf("`zest example SERVICE.OPERATION` shows a call, `zest call SERVICE.OPERATION JSON` makes one.\n");
}

static void list_json(struct zest_buffer *out)
{
    zest_buffer_printf(out, "[");
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++) {
        const struct zest_service_description *service = zest_services[i];
        zest_buffer_printf(out, "%s{\"name\": \"%s\", \"summary\": ", i ? ", " : "", service->name);
        zest_json_write_text(zest_text_of(service->summary), out);
        zest_buffer_printf(out, ", \"operations\": [");
        for (size_t k = 0; k < service->operation_count; k++) {
            zest_buffer_printf(out, "%s{\"name\": \"%s\", \"summary\": ", k ? ", " : "", service->operations[k].name);
            zest_json_write_text(zest_text_of(service->operations[k].summary), out);
            zest_buffer_printf(out, "}");
        }
        zest_buffer_printf(out, "]}");
    }
    zest_buffer_printf(out, "]\n");
}

static int run_services(const struct command *self, int argc, char **argv)
{
    struct common common;
    const struct option_spec own[] = {{0}};
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "services takes no argument, but \"%s\" was given", argv[1]);
    if (!common.json) {
        list_text();
        return EXIT_OK;
    }
    struct zest_buffer out;
    zest_buffer_init(&out, 1 << 24);
    list_json(&out);
    fwrite(out.data, 1, out.size, stdout);
    zest_buffer_finish(&out);
    return EXIT_OK;
}

/* ---- call and example ------------------------------------------------------------------------------------------- */

enum zest_status command_find_operation(const char *name, const struct zest_operation **ret_operation,
                                        struct zest_error *error)
{
    const char *dot = strchr(name, '.');
    enum zest_service_id service;
    if (!dot || !zest_service_find((struct zest_text){name, (size_t)(dot - name)}, &service))
        return zest_fail(error, ZEST_NOT_FOUND,
                         "there is no operation \"%s\"; one looks like tokenizer.tokenize (`zest services` lists them)",
                         name);
    *ret_operation = zest_operation_find(zest_text_of(zest_services[service]->name), zest_text_of(dot + 1));
    if (*ret_operation && !((*ret_operation)->flags & ZEST_OPERATION_HOT))
        return ZEST_OK;
    return zest_fail(error, ZEST_NOT_FOUND, "the %s has no operation \"%s\"; `zest services` lists them",
                     zest_services[service]->name, dot + 1);
}

static enum zest_status collect_stream(const struct zest_operation *operation, struct zest_stream *stream,
                                       struct zest_call *call, void *item, struct zest_buffer *out)
{
    enum zest_status status;
    while ((status = stream->ops->next(stream, call, item)) == ZEST_OK || status == ZEST_AGAIN) {
        if (status == ZEST_AGAIN) {
            (void)stream->ops->wait(stream, (uint64_t)1000000000);
            continue;
        }
        if (out->size)
            zest_buffer_append(out, "\n", 1);
        zest_json_write(operation->reply, item, out);
    }
    stream->ops->close(stream);
    return status == ZEST_END ? ZEST_OK : status;
}

enum zest_status command_call_json(struct zest_env *env, const struct zest_operation *operation, struct zest_text text,
                                   struct zest_arena *arena, struct zest_buffer *out, struct zest_error *error)
{
    enum zest_service_id id;
    if (!zest_service_find(zest_text_of(operation->service), &id))
        return zest_fail(error, ZEST_NOT_FOUND, "there is no service \"%s\"", operation->service);
    struct zest_service *layer = zest_env_service(env, id);
    struct zest_call call = {.arena = arena};
    void *request = zest_alloc_zero(arena, operation->request->size, 16),
         *reply = zest_alloc_zero(arena, operation->reply->size, 16);
    if (!request || !reply)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a call");
    enum zest_status status = zest_json_read(operation->request, text, arena, request, &call.error);
    if (status == ZEST_OK && operation->flags & ZEST_OPERATION_STREAM) {
        struct zest_stream *stream;
        status = operation->invoke(layer, &call, request, &stream);
        if (status == ZEST_OK)
            status = collect_stream(operation, stream, &call, reply, out);
    } else if (status == ZEST_OK && (status = operation->invoke(layer, &call, request, reply)) == ZEST_OK) {
        zest_answer_write(operation, layer, &call, reply, out);
    }
    *error = call.error;
    return status;
}

static int run_call(const struct command *self, int argc, char **argv)
{
    struct common common;
    const struct option_spec own[] = {{0}};
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count < 1 || count > 2)
        return command_wrong_use(self, &common, "call takes SERVICE.OPERATION and a JSON object");
    struct zest_error error = {0};
    const struct zest_operation *operation;
    if (command_find_operation(argv[1], &operation, &error) != ZEST_OK)
        return command_fail(&common, NULL, &error);
    struct zest_env *env = command_open(&common, &exit_code);
    if (!env)
        return exit_code;
    struct zest_arena arena;
    struct zest_buffer out;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&out, (size_t)1 << 32);
    if (command_call_json(env, operation, zest_text_of(count == 2 ? argv[2] : "{}"), &arena, &out, &error) == ZEST_OK)
        printf("%.*s\n", (int)out.size, out.data ? out.data : "");
    else
        exit_code = command_fail(&common, operation, &error);
    zest_buffer_finish(&out);
    zest_arena_finish(&arena);
    zest_env_close(env);
    return exit_code;
}

static int run_example(const struct command *self, int argc, char **argv)
{
    struct common common;
    const struct option_spec own[] = {{0}};
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count != 1)
        return command_wrong_use(self, &common, "example takes one SERVICE.OPERATION");
    struct zest_error error = {0};
    const struct zest_operation *operation;
    if (command_find_operation(argv[1], &operation, &error) != ZEST_OK)
        return command_fail(&common, NULL, &error);
    if (common.json)
        printf("{\"request\": %s, \"answer\": %s}\n", operation->example_request, operation->example_reply);
    else
        printf("%s\n\nzest call %s.%s '%s'\n\nanswers, for example\n\n%s\n", operation->doc, operation->service,
               operation->name, operation->example_request, operation->example_reply);
    return EXIT_OK;
}

const struct command command_services = {
    .name = "services",
    .usage = "services [options]",
    .summary = "list the services and their operations",
    .examples = "  zest services\n  zest services --json\n",
    .run = run_services,
};

const struct command command_call = {
    .name = "call",
    .usage = "call [options] SERVICE.OPERATION [JSON]",
    .summary = "make any operation of any service, alone",
    .examples = "  zest call tokenizer.tokenize '{\"text\": \"Hello world\"}'\n"
                "  zest call scheduler.schedule_request '{\"request_id\": \"req1\"}' --mode research\n",
    .run = run_call,
};

const struct command command_example = {
    .name = "example",
    .usage = "example [options] SERVICE.OPERATION",
    .summary = "show an example of an operation",
    .examples = "  zest example computation.benchmark_kernel\n",
    .run = run_example,
};
