/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat_template.h - chat messages to a prompt, by a Jinja template.
 *
 * A compiled template is immutable: any number of threads may render it. Compiling takes longer than rendering a usual
 * chat, so who has many chats for one template keeps it compiled.
 */
#ifndef ZEST_CHAT_TEMPLATE_H
#define ZEST_CHAT_TEMPLATE_H

#include <zest/core.h>

struct zest_chat_template;

/* `text` is Jinja, UTF-8; it is copied. */
enum zest_status zest_chat_template_create(struct zest_text text, struct zest_chat_template **ret_template,
                                           struct zest_error *error) ZEST_MUST_CHECK;
void zest_chat_template_destroy(struct zest_chat_template *self); /* takes NULL */

/* JSON texts may be empty: the variable is then absent (messages) or null (tools, vars). */
struct zest_chat {
    struct zest_text chat_template;   /* of zest_chat_render only */
    struct zest_text messages, tools; /* JSON */
    struct zest_text vars;            /* a JSON object: more variables, which win over the others */
    struct zest_text now;             /* YYYY-MM-DDTHH:MM:SS, empty: the clock's local time */
    struct zest_text bos_token, eos_token;
    bool add_generation_prompt;
};

/* The prompt lies in the arena. */
enum zest_status zest_chat_template_render(const struct zest_chat_template *self, const struct zest_chat *chat,
                                           struct zest_arena *arena, struct zest_text *ret_text,
                                           struct zest_error *error) ZEST_MUST_CHECK;
/* Both at once, with chat->chat_template. */
enum zest_status zest_chat_render(const struct zest_chat *chat, struct zest_arena *arena, struct zest_text *ret_text,
                                  struct zest_error *error) ZEST_MUST_CHECK;

#endif
