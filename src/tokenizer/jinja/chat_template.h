/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat_template.h - chat messages to a prompt, by a Jinja template. Stateless: any thread.
 */
#ifndef ZEST_CHAT_TEMPLATE_H
#define ZEST_CHAT_TEMPLATE_H

#include <zest/core.h>

/* JSON texts may be empty: the variable is then absent (messages) or null (tools, vars). */
struct zest_chat {
    struct zest_text chat_template;   /* Jinja, UTF-8 */
    struct zest_text messages, tools; /* JSON */
    struct zest_text vars;            /* a JSON object: more variables, which win over the others */
    struct zest_text now;             /* YYYY-MM-DDTHH:MM:SS, empty: the clock's local time */
    struct zest_text bos_token, eos_token;
    bool add_generation_prompt;
};

enum zest_status zest_chat_render(const struct zest_chat *chat, struct zest_arena *arena, struct zest_text *ret_text,
                                  struct zest_error *error) ZEST_MUST_CHECK;

#endif
