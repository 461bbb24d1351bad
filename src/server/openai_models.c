/* SPDX-License-Identifier: Apache-2.0 */
/* openai_models.c - /v1/models: the one model that this server has. */
#include "server_private.h"

static void write_model(const struct zest_server *server, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"id\":");
    zest_json_write_text(zest_text_of(server->model), out);
    zest_buffer_printf(out, ",\"object\":\"model\",\"created\":%lld,\"owned_by\":\"zest\",\"max_model_len\":%d}",
                       (long long)server->started, server->context_max);
}

void zest_handle_models(struct zest_server *server, struct zest_exchange *exchange)
{
    zest_server_json(exchange);
    zest_buffer_printf(&exchange->out, "{\"object\":\"list\",\"data\":[");
    write_model(server, &exchange->out);
    zest_buffer_printf(&exchange->out, "]}");
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Whether `id` with its %XX decoded is `name`. */
static bool is_id(struct zest_text id, const char *name)
{
    size_t at = 0;
    for (size_t i = 0; i < id.size; i++, at++) {
        int value = (unsigned char)id.data[i];
        if (id.data[i] == '%') {
            int high = i + 1 < id.size ? hex_digit(id.data[i + 1]) : -1,
                low = i + 2 < id.size ? hex_digit(id.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            value = high * 16 + low;
            i += 2;
        }
        if (value == 0 || (unsigned char)name[at] != value)
            return false;
    }
    return name[at] == '\0';
}

void zest_handle_model(struct zest_server *server, struct zest_exchange *exchange, struct zest_text id)
{
    if (!zest_server_is_get(exchange)) {
        zest_server_wrong_method(exchange, NULL, "GET");
        return;
    }
    if (is_id(id, server->model)) {
        zest_server_json(exchange);
        write_model(server, &exchange->out);
        return;
    }
    struct zest_error error;
    zest_fail_param(&error, ZEST_NOT_FOUND, "model",
                    "the model \"%.*s\" is not served here; this server has \"%.200s\"",
                    (int)(id.size > 200 ? 200 : id.size), id.data, server->model);
    zest_server_fail(exchange, NULL, &error);
}
