/* SPDX-License-Identifier: Apache-2.0 */
/* bench_kernels.c - `zest bench kernels`: every kernel and variant that this machine runs, beside its roof. */
#include "bench.h"

static void print_row(const struct zest_computation_benchmark_kernel_reply *row)
{
    printf("%-18s %-10s %11.2f us %7.1f %% %9.2f GB/s %10.2f GMAC/s %6.1f %%  %s\n", row->kernel.data,
           row->variant.data, row->median_seconds * 1e6, row->spread * 100, row->bytes_per_second * 1e-9,
           row->macs_per_second * 1e-9, row->roof_fraction * 100, row->bound.data);
}

static enum zest_status bench_one(struct zest_env *env, const struct zest_computation_kernel_variant *variant,
                                  const char *config, struct zest_buffer *json, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_computation_benchmark_kernel_request request;
    struct zest_computation_benchmark_kernel_reply reply;
    zest_computation_benchmark_kernel_request_init(&request);
    request.kernel = variant->kernel;
    request.config = zest_text_format(&arena, "{\"variant\": \"%.*s\"%s%s}", (int)variant->variant.size,
                                      variant->variant.data, config ? ", " : "", config ? config : "");
    enum zest_status status = zest_computation_benchmark_kernel(zest_env_computation(env), &call, &request, &reply);
    if (status == ZEST_OK && json) {
        const struct zest_operation *operation =
            zest_operation_find(ZEST_TEXT("computation"), ZEST_TEXT("benchmark_kernel"));
        if (json->size > 1)
            zest_buffer_append(json, ", ", 2);
        zest_json_write(operation->reply, &reply, json);
    } else if (status == ZEST_OK) {
        reply.kernel = zest_text_copy(&arena, reply.kernel);
        reply.variant = zest_text_copy(&arena, reply.variant);
        reply.bound = zest_text_copy(&arena, reply.bound);
        print_row(&reply);
    }
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

static enum zest_status bench_all(struct zest_env *env, const char *kernel, const char *config,
                                  struct zest_buffer *json, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_computation_get_available_kernels_request request = {0};
    struct zest_computation_get_available_kernels_reply list;
    size_t found = 0;
    enum zest_status status = zest_computation_get_available_kernels(zest_env_computation(env), &call, &request, &list);
    *error = call.error;
    for (size_t i = 0; status == ZEST_OK && i < list.variants_count; i++) {
        if (!list.variants[i].is_available ||
            (kernel && !zest_text_equal(list.variants[i].kernel, zest_text_of(kernel))))
            continue;
        found++;
        status = bench_one(env, &list.variants[i], config, json, error);
    }
    if (status == ZEST_OK && !found)
        status = zest_fail_param(error, ZEST_NOT_FOUND, "kernel",
                                 "there is no kernel \"%s\"; `zest call computation.get_available_kernels` lists them",
                                 kernel ? kernel : "");
    zest_arena_finish(&arena);
    return status;
}

int bench_kernels(const struct command *self, int argc, char **argv)
{
    const char *kernel = NULL, *config = NULL;
    struct common common;
    const struct option_spec own[] = {
        {"kernel", 'k', OPTION_TEXT, &kernel, "NAME", "only this kernel (default: all)", 0, 0},
        {"config", 0, OPTION_TEXT, &config, "MEMBERS", "sizes as JSON members: '\"batch_size\": 4, \"seq_len\": 512'",
         0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "bench kernels takes options only, but \"%s\" was given", argv[1]);
    struct zest_env *env = command_open(&common, &exit_code);
    if (!env)
        return exit_code;
    struct zest_error error = {0};
    struct zest_buffer json;
    zest_buffer_init(&json, 1 << 24);
    zest_buffer_append(&json, "[", 1);
    if (!common.json)
        printf("%-18s %-10s %14s %9s %14s %17s %8s  %s\n", "kernel", "variant", "median", "spread", "bytes",
               "arithmetic", "roof", "bound by");
    if (bench_all(env, kernel, config, common.json ? &json : NULL, &error) != ZEST_OK)
        exit_code = command_fail(&common, NULL, &error);
    else if (common.json)
        printf("%.*s]\n", (int)json.size, json.data);
    zest_buffer_finish(&json);
    zest_env_close(env);
    return exit_code;
}
