/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_params.c - a policy's struct, filled from its defaults and a JSON object.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy_registry.h"

static void store(void *state, const struct zest_param *param, double value)
{
    char *field = (char *)state + param->offset;
    if (param->type == ZEST_PARAM_DOUBLE)
        memcpy(field, &value, sizeof(value));
    else
        memcpy(field, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
}

static const struct zest_param *find_param(const struct zest_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->param_count; i++)
        if (!strcmp(policy->params[i].name, name))
            return &policy->params[i];
    return NULL;
}

static enum zest_status fail_unknown(const struct zest_policy *policy, const char *name, struct zest_error *error)
{
    char known[300] = "none";
    for (size_t i = 0, used = 0; i < policy->param_count && used < sizeof(known); i++)
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", policy->params[i].name);
    return zest_fail_param(error, ZEST_UNKNOWN_FIELD, "parameters", "%s has no parameter \"%.64s\"; it has: %s",
                           policy->name, name, known);
}

static enum zest_status set_param(const struct zest_policy *policy, void *state, const char *name, const json_t *value,
                                  struct zest_error *error)
{
    const struct zest_param *param = find_param(policy, name);
    if (!param)
        return fail_unknown(policy, name, error);
    if (!json_is_number(value) || (param->type == ZEST_PARAM_UINT32 && !json_is_integer(value)))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "parameters", "%s.%s must be %s", policy->name, name,
                               param->type == ZEST_PARAM_UINT32 ? "a whole number" : "a number");
    double number = json_number_value(value);
    if (!(number >= param->minimum && number <= param->maximum))
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "parameters", "%s.%s is %g; it lies between %g and %g",
                               policy->name, name, number, param->minimum, param->maximum);
    store(state, param, number);
    return ZEST_OK;
}

static enum zest_status set_params(const struct zest_policy *policy, struct zest_text parameters, void *state,
                                   struct zest_error *error)
{
    json_error_t where;
    json_t *object = json_loadb(parameters.data, parameters.size, JSON_REJECT_DUPLICATES, &where);
    enum zest_status status = ZEST_OK;
    if (!object)
        return zest_fail_param(error, ZEST_INVALID_JSON, "parameters", "parameters are no JSON: %s", where.text);
    if (!json_is_object(object))
        status = zest_fail_param(error, ZEST_WRONG_TYPE, "parameters", "parameters must be a JSON object");
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        status = set_param(policy, state, name, value, error);
        if (status != ZEST_OK)
            break;
    }
    json_decref(object);
    return status;
}

enum zest_status zest_policy_state_create(const struct zest_policy *policy, struct zest_text parameters,
                                          void **ret_state, struct zest_error *error)
{
    void *state = calloc(1, policy->state_size ? policy->state_size : 1);
    if (!state)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the policy %s", policy->name);
    for (size_t i = 0; i < policy->param_count; i++)
        store(state, &policy->params[i], policy->params[i].default_value);
    enum zest_status status = parameters.size ? set_params(policy, parameters, state, error) : ZEST_OK;
    if (status != ZEST_OK) {
        free(state);
        return status;
    }
    *ret_state = state;
    return ZEST_OK;
}
