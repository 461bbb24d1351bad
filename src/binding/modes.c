/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modes.c - switching services between production, research and remote at run time.
 *
 * Owns the layers round the natives: one traced layer a service and one remote layer for each URL, made when first
 * asked for and kept until the environment closes. So a call in flight, or an object that somebody took before a
 * switch, never meets a freed layer, and a switch back and forth costs one store. URLs are limited so that layers are
 * too.
 *
 * Threads: any; switches are serialised by a lock, calls never take it.
 */
#include <pthread.h>
#include <stdlib.h>

#include "env_private.h"
#include "layer.h"

enum { REMOTES_MAX = 64 };

struct modes {
    struct zest_layer *traced[ZEST_SERVICE_COUNT];
    struct zest_layer *remotes[REMOTES_MAX];
    size_t remote_count;
};

/* One for the process: switches are rare, and a lock inside each environment would have to be made before it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void zest_modes_free(struct modes *modes)
{
    if (!modes)
        return;
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (modes->traced[i])
            zest_traced_free(modes->traced[i]);
    for (size_t i = 0; i < modes->remote_count; i++)
        zest_remote_free(modes->remotes[i]);
    free(modes);
}

static enum zest_status find_traced(struct env *env, enum zest_service_id service, struct zest_service **ret_layer,
                                    struct zest_error *error)
{
    struct zest_layer **slot = &env->modes->traced[service];
    if (!*slot) {
        enum zest_status status = zest_traced_create(service, env->native[service], slot, error);
        if (status != ZEST_OK)
            return status;
    }
    *ret_layer = (struct zest_service *)*slot;
    return ZEST_OK;
}

static enum zest_status find_remote(struct env *env, enum zest_service_id service, struct zest_text url,
                                    struct zest_service **ret_layer, struct zest_error *error)
{
    struct modes *modes = env->modes;
    for (size_t i = 0; i < modes->remote_count; i++) {
        struct zest_layer *known = modes->remotes[i];
        if (known->service == service && zest_text_equal(known->mode, url)) {
            *ret_layer = (struct zest_service *)known;
            return ZEST_OK;
        }
    }
    if (modes->remote_count == REMOTES_MAX)
        return zest_fail_param(error, ZEST_OVERLOADED, "mode",
                               "this environment has known %d remote services, its limit; open a new one for more",
                               REMOTES_MAX);
    enum zest_status status = zest_remote_create(service, url, &modes->remotes[modes->remote_count], error);
    if (status == ZEST_OK)
        *ret_layer = (struct zest_service *)modes->remotes[modes->remote_count++];
    return status;
}

static bool is_url(struct zest_text mode)
{
    return (mode.size > 7 && !memcmp(mode.data, "http://", 7)) || (mode.size > 8 && !memcmp(mode.data, "https://", 8));
}

static enum zest_status find_layer(struct env *env, enum zest_service_id service, struct zest_text mode,
                                   struct zest_service **ret_layer, struct zest_error *error)
{
    if (!env->native[service])
        return zest_fail_param(error, ZEST_CONFLICT, "mode", "this environment was opened without the %s",
                               zest_services[service]->name);
    if (zest_text_equal(mode, ZEST_TEXT("production"))) {
        *ret_layer = env->native[service];
        return ZEST_OK;
    }
    if (!env->modes && !(env->modes = calloc(1, sizeof(*env->modes))))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for research layers");
    if (zest_text_equal(mode, ZEST_TEXT("research")))
        return find_traced(env, service, ret_layer, error);
    if (is_url(mode))
        return find_remote(env, service, mode, ret_layer, error);
    return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "mode",
                           "mode is \"%.*s\"; it must be production, research or the URL of a zest server",
                           (int)(mode.size > 100 ? 100 : mode.size), mode.data);
}

enum zest_status zest_env_set_mode(struct zest_env *public_env, enum zest_service_id service, struct zest_text mode,
                                   struct zest_error *error)
{
    struct env *env = (struct env *)public_env;
    struct zest_service *layer;
    pthread_mutex_lock(&lock);
    enum zest_status status = find_layer(env, service, mode, &layer, error);
    if (status == ZEST_OK)
        atomic_store(&env->base.handles.layer[service], layer);
    pthread_mutex_unlock(&lock);
    return status;
}

struct zest_text zest_env_layer_mode(const struct zest_service *service)
{
    const struct zest_layer *layer = (const struct zest_layer *)service;
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (layer->ops == zest_traced_ops[i] || layer->ops == zest_remote_ops[i])
            return layer->mode;
    return ZEST_TEXT("production");
}

struct zest_text zest_env_mode(const struct zest_env *env, enum zest_service_id service)
{
    return zest_env_layer_mode(zest_env_service(env, service));
}

bool zest_service_find(struct zest_text name, enum zest_service_id *ret_service)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (zest_text_equal(name, zest_text_of(zest_services[i]->name))) {
            *ret_service = (enum zest_service_id)i;
            return true;
        }
    if (!zest_text_equal(name, ZEST_TEXT("model")))
        return false;
    *ret_service = ZEST_ENGINE;
    return true;
}
