/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_registry.c - finding policies by name and loading them from shared objects.
 *
 * The built-in ones are listed in meson.build, whose list becomes policy_list.h: a table that the linker can't drop.
 */
#include "policy_registry.h"

#include <dlfcn.h>
#include <stdio.h>

#include "policy_list.h"

#define ROW(name) extern const struct zest_policy zest_policy_##name;
ZEST_POLICY_LIST(ROW)
#undef ROW

static const struct zest_policy *const built_in[] = {
#define ROW(name) &zest_policy_##name,
    ZEST_POLICY_LIST(ROW)
#undef ROW
};

size_t zest_policy_count(const struct zest_policy_registry *registry)
{
    return ZEST_COUNT(built_in) + registry->loaded_count;
}

const struct zest_policy *zest_policy_at(const struct zest_policy_registry *registry, size_t index)
{
    return index < ZEST_COUNT(built_in) ? built_in[index] : registry->loaded[index - ZEST_COUNT(built_in)];
}

const struct zest_policy *zest_policy_find(const struct zest_policy_registry *registry, struct zest_text name)
{
    for (size_t i = 0; i < zest_policy_count(registry); i++)
        if (zest_text_equal(name, zest_text_of(zest_policy_at(registry, i)->name)))
            return zest_policy_at(registry, i);
    return NULL;
}

enum zest_status zest_policy_require(const struct zest_policy_registry *registry, struct zest_text name,
                                     const struct zest_policy **ret_policy, struct zest_error *error)
{
    const struct zest_policy *policy = zest_policy_find(registry, name);
    if (policy) {
        *ret_policy = policy;
        return ZEST_OK;
    }
    char known[256] = "";
    for (size_t i = 0, used = 0; i < zest_policy_count(registry) && used < sizeof(known); i++)
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
                                 zest_policy_at(registry, i)->name);
    return zest_fail_param(error, ZEST_NOT_FOUND, "policy", "the policy \"%.*s\" is not known; known are: %s",
                           (int)(name.size < 64 ? name.size : 64), name.data ? name.data : "", known);
}

/* What a plug-in can get wrong that would not show before it is called. */
static enum zest_status check_plugin(const struct zest_policy *policy, const char *path, struct zest_error *error)
{
    if (policy->abi != ZEST_POLICY_ABI || policy->size != sizeof(*policy))
        return zest_fail_param(error, ZEST_UNSUPPORTED, "policy",
                               "%s is built for policy ABI %u (%u bytes); this zest has %u (%zu bytes): build it again",
                               path, policy->abi, policy->size, ZEST_POLICY_ABI, sizeof(*policy));
    if (!policy->name || !policy->name[0] || !policy->plan || !policy->summary || !policy->source || !policy->order)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "policy",
                               "%s lacks one of name, plan, summary, source and order", path);
    return ZEST_OK;
}

static enum zest_status add_loaded(struct zest_policy_registry *registry, const struct zest_policy *policy,
                                   const char *path, struct zest_error *error)
{
    const struct zest_policy *same = zest_policy_find(registry, zest_text_of(policy->name));
    if (same == policy)
        return ZEST_OK;
    if (same)
        return zest_fail_param(error, ZEST_CONFLICT, "policy", "%s brings a policy named %s, and there is one already",
                               path, policy->name);
    if (registry->loaded_count == ZEST_LOADED_POLICIES_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "policy", "%d policies are loaded; there is no place for %s",
                               ZEST_LOADED_POLICIES_MAX, path);
    registry->loaded[registry->loaded_count++] = policy;
    return ZEST_OK;
}

enum zest_status zest_policy_load(struct zest_policy_registry *registry, const char *path,
                                  const struct zest_policy **ret_policy, struct zest_error *error)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object)
        return zest_fail_param(error, ZEST_NOT_FOUND, "policy", "can't load a policy: %s", dlerror());
    const struct zest_policy *policy = dlsym(object, "zest_plugin");
    enum zest_status status = policy ? check_plugin(policy, path, error)
                                     : zest_fail_param(error, ZEST_INVALID_ARGUMENT, "policy",
                                                       "%s exports no zest_plugin; build it with -DZEST_PLUGIN", path);
    if (status == ZEST_OK)
        status = add_loaded(registry, policy, path, error);
    if (status != ZEST_OK) {
        dlclose(object);
        return status;
    }
    *ret_policy = policy;
    return ZEST_OK;
}
