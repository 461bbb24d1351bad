/* SPDX-License-Identifier: Apache-2.0 */
#include "chat_template.h"

enum zest_status zest_chat_render(const struct zest_chat *chat, struct zest_arena *arena, struct zest_text *ret_text,
                                  struct zest_error *error)
{
    (void)chat;
    (void)arena;
    (void)ret_text;
    return zest_fail(error, ZEST_UNSUPPORTED, "chat templates are not supported by this build");
}
