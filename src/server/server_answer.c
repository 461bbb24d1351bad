/* SPDX-License-Identifier: Apache-2.0 */
/* server_answer.c - the shapes of answers that all routes share: JSON, and errors with an example of a correct call. */
#include <stdio.h>

#include "server_private.h"

bool zest_server_is_v1(const struct zest_exchange *exchange)
{
    return strncmp(exchange->path, "/v1/", 4) == 0;
}

bool zest_server_is_get(const struct zest_exchange *exchange)
{
    return !strcmp(exchange->method, "GET") || !strcmp(exchange->method, "HEAD");
}

void zest_server_json(struct zest_exchange *exchange)
{
    exchange->status = 200;
    exchange->content_type = "application/json";
}

void zest_server_write_metadata(const struct zest_operation *operation, struct zest_text mode, uint64_t ticks,
                                struct zest_text request_id, struct zest_buffer *out)
{
    zest_buffer_printf(out, "\"service\":\"%s\",\"method\":\"%s\",\"mode\":", operation->service, operation->name);
    zest_json_write_text(mode, out);
    if (ticks)
        zest_buffer_printf(out, ",\"execution_time\":%.9f", zest_ticks_seconds(ticks));
    zest_buffer_printf(out, ",\"request_id\":");
    zest_json_write_text(request_id, out);
}

/* ---- errors -------------------------------------------------------------------------------------------------------
 */

static const char *openai_type(int status)
{
    return status == 401   ? "authentication_error"
           : status == 429 ? "rate_limit_error"
           : status < 500  ? "invalid_request_error"
                           : "server_error";
}

static void write_openai_example(const struct zest_exchange *exchange, struct zest_buffer *out)
{
    const struct zest_server *server = exchange->user;
    bool is_chat = strstr(exchange->path, "/chat/") != NULL;
    if (!strstr(exchange->path, "/completions")) {
        zest_buffer_printf(out, "null");
        return;
    }
    zest_buffer_printf(out, "{\"model\":");
    zest_json_write_text(zest_text_of(server->model), out);
    zest_buffer_printf(out, is_chat ? ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":16}"
                                    : ",\"prompt\":\"The capital of France is\",\"max_tokens\":16}");
}

/* OpenAI's {"error": {"message", "type", "param", "code"}}, extended by a correct call and where to read on. */
static void write_openai_error(struct zest_exchange *exchange, const struct zest_error *error)
{
    struct zest_buffer *out = &exchange->out;
    bool is_model = error->code == ZEST_NOT_FOUND && !strcmp(error->param, "model");
    zest_buffer_printf(out, "{\"error\":{\"message\":");
    zest_json_write_text(zest_text_of(error->message), out);
    zest_buffer_printf(out, ",\"type\":\"%s\",\"param\":", openai_type(zest_status_http(error->code)));
    if (error->param[0])
        zest_json_write_text(zest_text_of(error->param), out);
    else
        zest_buffer_printf(out, "null");
    zest_buffer_printf(out,
                       ",\"code\":\"%s\",\"example\":", is_model ? "model_not_found" : zest_status_name(error->code));
    write_openai_example(exchange, out);
    zest_buffer_printf(out, ",\"docs\":\"/docs#openai\"}}");
}

void zest_server_fail(struct zest_exchange *exchange, const struct zest_operation *operation,
                      const struct zest_error *error)
{
    exchange->status = zest_status_http(error->code);
    exchange->content_type = "application/json";
    exchange->out.size = 0;
    exchange->pull = NULL;
    if (error->code == ZEST_OVERLOADED || error->code == ZEST_UNAVAILABLE)
        zest_exchange_add_header(exchange, "Retry-After", "1");
    if (error->code == ZEST_UNAUTHORIZED)
        zest_exchange_add_header(exchange, "WWW-Authenticate", "Bearer");
    if (zest_server_is_v1(exchange))
        write_openai_error(exchange, error);
    else
        zest_error_write(operation, error, &exchange->out);
}

void zest_server_fail_text(struct zest_exchange *exchange, enum zest_status code, const char *format, ...)
{
    struct zest_error error = {.code = code};
    va_list args;
    va_start(args, format);
    vsnprintf(error.message, sizeof(error.message), format, args);
    va_end(args);
    zest_server_fail(exchange, NULL, &error);
}

void zest_server_wrong_method(struct zest_exchange *exchange, const struct zest_operation *operation, const char *allow)
{
    struct zest_error error;
    zest_fail(&error, ZEST_METHOD_NOT_ALLOWED, "%s does not take %.20s; it takes %s", exchange->path, exchange->method,
              allow);
    zest_exchange_add_header(exchange, "Allow", allow);
    zest_server_fail(exchange, operation, &error);
}
