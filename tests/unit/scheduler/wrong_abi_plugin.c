/* SPDX-License-Identifier: Apache-2.0 */
/* wrong_abi_plugin.c - a policy built for a zest that never was; test_shortest_first.c sees it refused. */
#include <zest/scheduler_policy.h>

extern const struct zest_policy zest_plugin;
__attribute__((visibility("default"))) const struct zest_policy zest_plugin = {.abi = 99, .size = 8};
