/* SPDX-License-Identifier: Apache-2.0 */
/* modes_sealed.c - the sealed build's modes: production, and a clear no to everything else. */
#include "env_private.h"

void zest_modes_free(struct modes *modes)
{
    (void)modes; /* there are no layers in this build */
}

enum zest_status zest_env_set_mode(struct zest_env *env, enum zest_service_id service, struct zest_text mode,
                                   struct zest_error *error)
{
    (void)env;
    (void)service;
    if (zest_text_equal(mode, ZEST_TEXT("production")))
        return ZEST_OK;
    return zest_fail_param(
        error, ZEST_UNSUPPORTED, "mode",
        "mode is \"%.*s\", but this program is sealed (built with -Dbinding=static) and knows production only",
        (int)(mode.size > 100 ? 100 : mode.size), mode.data);
}

struct zest_text zest_env_mode(const struct zest_env *env, enum zest_service_id service)
{
    return zest_env_layer_mode(zest_env_service(env, service));
}

struct zest_text zest_env_layer_mode(const struct zest_service *layer)
{
    (void)layer;
    return ZEST_TEXT("production");
}
