/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_registry.h - the policies at hand: those that were built in and those that a scheduler loaded.
 */
#ifndef ZEST_POLICY_REGISTRY_H
#define ZEST_POLICY_REGISTRY_H

#include <zest/core.h>
#include <zest/scheduler_policy.h>

enum { ZEST_LOADED_POLICIES_MAX = 64 };

struct zest_policy_registry {
    const struct zest_policy *loaded[ZEST_LOADED_POLICIES_MAX]; /* their objects stay loaded: decisions name them */
    size_t loaded_count;
};

size_t zest_policy_count(const struct zest_policy_registry *registry);
const struct zest_policy *zest_policy_at(const struct zest_policy_registry *registry, size_t index);
const struct zest_policy *zest_policy_find(const struct zest_policy_registry *registry, struct zest_text name);
/* The error names those that are known. */
enum zest_status zest_policy_require(const struct zest_policy_registry *registry, struct zest_text name,
                                     const struct zest_policy **ret_policy, struct zest_error *error);
enum zest_status zest_policy_load(struct zest_policy_registry *registry, const char *path,
                                  const struct zest_policy **ret_policy, struct zest_error *error);

/* A policy's struct with its defaults, then what the JSON object names; freed by free(). */
enum zest_status zest_policy_state_create(const struct zest_policy *policy, struct zest_text parameters,
                                          void **ret_state, struct zest_error *error);

#endif
