/* SPDX-License-Identifier: Apache-2.0 */
/* server_pages.c - what is the same for every client: health, version, the documentation pages and openapi.json. */
#include "embedded_pages.h"
#include "server_private.h"

void zest_handle_health(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    zest_server_json(exchange);
    zest_buffer_printf(&exchange->out, "{\"status\":\"ok\"}");
}

void zest_handle_version(struct zest_server *server, struct zest_exchange *exchange)
{
    zest_server_json(exchange);
    zest_buffer_printf(&exchange->out, "{\"version\":\"%s\",\"model\":", ZEST_VERSION);
    zest_json_write_text(zest_text_of(server->model), &exchange->out);
    zest_buffer_printf(&exchange->out, "}");
}

/* The pages ask for nothing but their own files: no other site can put a script into them. */
static void send_page(struct zest_exchange *exchange, const char *type, struct zest_text page)
{
    exchange->status = 200;
    exchange->content_type = type;
    zest_exchange_add_header(exchange, "Content-Security-Policy",
                             "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'");
    zest_exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
    zest_buffer_append(&exchange->out, page.data, page.size);
}

void zest_handle_index(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    exchange->status = 302;
    zest_exchange_add_header(exchange, "Location", "/docs");
}

void zest_handle_docs(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    send_page(exchange, "text/html; charset=utf-8", zest_page_docs_html);
}

void zest_handle_docs_style(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    send_page(exchange, "text/css; charset=utf-8", zest_page_docs_css);
}

void zest_handle_docs_script(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    send_page(exchange, "text/javascript; charset=utf-8", zest_page_docs_js);
}

void zest_handle_docs_data(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    send_page(exchange, "application/json", zest_page_docs_json);
}

void zest_handle_openapi(struct zest_server *server, struct zest_exchange *exchange)
{
    (void)server;
    send_page(exchange, "application/json", zest_page_openapi_json);
}
