/* SPDX-License-Identifier: Apache-2.0 */
/* operation_find.c - an operation by the names of its service and itself; "model" is another name of the engine. */
#include <zest/describe.h>

static const struct zest_service_description *find_service(struct zest_text name)
{
    if (zest_text_equal(name, ZEST_TEXT("model")))
        return zest_services[ZEST_ENGINE];
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (zest_text_equal(name, zest_text_of(zest_services[i]->name)))
            return zest_services[i];
    return NULL;
}

const struct zest_operation *zest_operation_find(struct zest_text service, struct zest_text name)
{
    const struct zest_service_description *description = find_service(service);
    for (size_t i = 0; description && i < description->operation_count; i++)
        if (zest_text_equal(name, zest_text_of(description->operations[i].name)))
            return &description->operations[i];
    return NULL;
}
