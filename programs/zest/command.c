/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - common options, opening a model with a progress bar, and saying errors. */
#include <stdlib.h>
#include <unistd.h>

#include "command.h"

static const char *const default_model = "SmolLM2-135M-Instruct.Q4_1.gguf";

/* ---- the command line ------------------------------------------------------------------------------------------ */

static void print_help(const struct command *self, const struct option_spec *own, const struct option_spec *common)
{
    printf("%s\n\nusage: zest %s\n", self->summary, self->usage);
    if (own[0].name) {
        printf("\noptions:\n");
        options_print(own);
    }
    printf("\ncommon options:\n");
    options_print(common);
    printf("\nexamples:\n%s", self->examples);
}

static void say(const struct common *common, const struct zest_operation *operation, const struct zest_error *error)
{
    if (!common->json) {
        fprintf(stderr, "zest: %s\n", error->message);
        if (operation)
            fprintf(stderr, "A correct call: zest call %s.%s '%s'\n", operation->service, operation->name,
                    operation->example_request);
        return;
    }
    struct zest_buffer out;
    zest_buffer_init(&out, 1 << 20);
    zest_error_write(operation, error, &out);
    fprintf(stderr, "%.*s\n", (int)out.size, out.data ? out.data : "");
    zest_buffer_finish(&out);
}

bool command_begin(const struct command *self, int argc, char **argv, const struct option_spec *own,
                   struct common *common, int *ret_positional_count, int *ret_exit)
{
    const struct option_spec table[] = {
        {"model", 'm', OPTION_TEXT, &common->model, "PATH", "a GGUF file (default: the default model)", 0, 0},
        {"threads", 't', OPTION_INT, &common->threads, "N", "threads that compute (default: all processors)", 0, 1024},
        {"mode", 0, OPTION_TEXT, &common->mode, "MODE",
         "production (default), research, or per service: tokenizer=research,memory=http://…", 0, 0},
        {"cpu", 0, OPTION_TEXT, &common->cpu, "PATH",
         "baseline, avx2 or avx512 (default: ZEST_CPU, else the best there is)", 0, 0},
        {"activations", 0, OPTION_TEXT, &common->activations, "TYPE",
         "q8: 8-bit, fast (default); f32: plain float, the reference", 0, 0},
        {"policy", 0, OPTION_TEXT, &common->policy, "NAME", "scheduling policy (default fcfs)", 0, 0},
        {"kv-cache-bytes", 0, OPTION_UINT64, &common->kv_cache_bytes, "N",
         "size of the KV cache (default: by the machine)", 0, 0},
        {"step-tokens", 0, OPTION_INT, &common->step_tokens, "N", "most tokens of a step (default 512)", 0, 1048576},
        {"seed", 0, OPTION_UINT64, &common->seed, "N", "start of the random numbers (default 0)", 0, 0},
        {"json", 0, OPTION_FLAG, &common->json, "", "print JSON", 0, 0},
        {"quiet", 'q', OPTION_FLAG, &common->quiet, "", "no progress bars", 0, 0},
        {"help", 'h', OPTION_FLAG, &common->help, "", "print this and end", 0, 0},
        {0},
    };
    struct zest_error error = {0};
    *common = (struct common){.cpu = getenv("ZEST_CPU")};
    for (int i = 1; i < argc; i++) /* so that wrong use is said in JSON too, wherever --json stands */
        common->json |= !strcmp(argv[i], "--json");
    if (options_parse(argc, argv, own, table, ret_positional_count, &error) != ZEST_OK) {
        if (common->json)
            say(common, NULL, &error);
        else
            fprintf(stderr, "zest %s: %s\nusage: zest %s\n", self->name, error.message, self->usage);
        *ret_exit = EXIT_WRONG_USE;
        return false;
    }
    if (common->help)
        print_help(self, own, table);
    *ret_exit = EXIT_OK;
    return !common->help;
}

int command_fail(const struct common *common, const struct zest_operation *operation, const struct zest_error *error)
{
    say(common, operation, error);
    return zest_status_http(error->code) == 400 ? EXIT_WRONG_USE : EXIT_FAILED;
}

int command_wrong_use(const struct command *self, const struct common *common, const char *format, ...)
{
    struct zest_error error = {.code = ZEST_INVALID_ARGUMENT};
    va_list args;
    va_start(args, format);
    vsnprintf(error.message, sizeof(error.message), format, args);
    va_end(args);
    say(common, NULL, &error);
    if (!common->json)
        fprintf(stderr, "usage: zest %s\nexamples:\n%s", self->usage, self->examples);
    return EXIT_WRONG_USE;
}

/* ---- opening a model ------------------------------------------------------------------------------------------- */

/* NAME in the folder of models: ZEST_MODELS, or the cache folder as the XDG rules say. */
static void in_models_folder(const char *name, char *path, size_t size)
{
    const char *folder = getenv("ZEST_MODELS"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (folder && folder[0])
        snprintf(path, size, "%s/%s", folder, name);
    else if (cache && cache[0])
        snprintf(path, size, "%s/zest/models/%s", cache, name);
    else
        snprintf(path, size, "%s/.cache/zest/models/%s", home ? home : "", name);
}

void command_default_model(char *path, size_t size)
{
    in_models_folder(default_model, path, size);
}

static void draw_progress(void *user, const char *what, double fraction)
{
    enum { WIDTH = 30 };
    int full = (int)(fraction * WIDTH);
    (void)user;
    fprintf(stderr, "\r%-24s [%.*s%*s] %3.0f %%", what, full, "##############################", WIDTH - full, "",
            fraction * 100);
    if (fraction >= 1)
        fprintf(stderr, "\r%70s\r", "");
    fflush(stderr);
}

static enum zest_status set_mode(struct zest_env *env, struct zest_text service, struct zest_text mode,
                                 struct zest_error *error)
{
    enum zest_service_id id;
    if (!zest_service_find(service, &id))
        return zest_fail_param(
            error, ZEST_NOT_FOUND, "mode",
            "there is no service \"%.*s\"; there are engine, tokenizer, scheduler, memory and computation",
            (int)service.size, service.data);
    return zest_env_set_mode(env, id, mode, error);
}

static enum zest_status set_all(struct zest_env *env, struct zest_text mode, struct zest_error *error)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++) {
        enum zest_status status = zest_env_set_mode(env, (enum zest_service_id)i, mode, error);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

/* "research", or "tokenizer=research,scheduler=http://host:port". */
enum zest_status command_set_modes(struct zest_env *env, const char *modes, struct zest_error *error)
{
    if (!strchr(modes, '='))
        return set_all(env, zest_text_of(modes), error);
    while (*modes) {
        size_t size = strcspn(modes, ",");
        const char *equals = memchr(modes, '=', size);
        if (!equals)
            return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "mode",
                                   "--mode has \"%.*s\"; it takes SERVICE=MODE, as in tokenizer=research", (int)size,
                                   modes);
        struct zest_text service = {modes, (size_t)(equals - modes)};
        struct zest_text mode = {equals + 1, size - service.size - 1};
        enum zest_status status = set_mode(env, service, mode, error);
        if (status != ZEST_OK)
            return status;
        modes += size + (modes[size] == ',');
    }
    return ZEST_OK;
}

static struct zest_env *open_env(const struct common *common, bool tokenizer_only, int *ret_exit)
{
    char path[4096];
    struct zest_error error = {0};
    command_default_model(path, sizeof(path));
    if (!common->model && access(path, R_OK) != 0) {
        zest_fail(&error, ZEST_NOT_FOUND,
                  "the default model is not at %s; ./run fetches it, or give a GGUF file of your own: -m PATH", path);
        *ret_exit = command_fail(common, NULL, &error);
        return NULL;
    }
    char tokenizers[4096], models[4096];
    in_models_folder("tokenizers", tokenizers, sizeof(tokenizers));
    in_models_folder("", models, sizeof(models));
    bool bar = !common->quiet && !common->json && isatty(STDERR_FILENO);
    struct zest_env_options options = {
        .model_path = common->model ? common->model : path,
        .threads = common->threads,
        .cpu = common->cpu,
        .activations = common->activations,
        .policy = common->policy,
        .kv_cache_bytes = (int64_t)common->kv_cache_bytes,
        .step_tokens_max = common->step_tokens,
        .tokenizer_cache = tokenizers,
        .files_folder = common->served ? models : NULL,
        .tokenizer_only = tokenizer_only,
        .progress = bar ? draw_progress : NULL,
    };
    struct zest_env *env = NULL;
    if (zest_env_open(&options, &env, &error) != ZEST_OK) {
        *ret_exit = command_fail(common, NULL, &error);
        return NULL;
    }
    return env;
}

/* Whoever lands on the plain path should know why it is slow. */
static void warn_of_baseline(struct zest_env *env)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_computation_get_model_info_request request = {0};
    struct zest_computation_model_info info;
    if (zest_computation_get_model_info(zest_env_computation(env), &call, &request, &info) == ZEST_OK &&
        zest_text_equal(info.cpu, ZEST_TEXT("baseline")))
        fprintf(stderr, "zest: warning: this runs on the baseline path, which every x86-64 machine has; AVX2 is many "
                        "times faster\n");
    zest_arena_finish(&arena);
}

struct zest_env *command_open_production(const struct common *common, int *ret_exit)
{
    struct zest_env *env = open_env(common, false, ret_exit);
    if (env && !common->quiet)
        warn_of_baseline(env);
    return env;
}

struct zest_env *command_open(const struct common *common, int *ret_exit)
{
    struct zest_error error = {0};
    struct zest_env *env = command_open_production(common, ret_exit);
    if (env && common->mode && command_set_modes(env, common->mode, &error) != ZEST_OK) {
        *ret_exit = command_fail(common, NULL, &error);
        zest_env_close(env);
        return NULL;
    }
    return env;
}

struct zest_env *command_open_tokenizer(const struct common *common, const char *file, int *ret_exit)
{
    struct common with_file = *common;
    if (file)
        with_file.model = file;
    return open_env(&with_file, true, ret_exit);
}

/* ---- input ----------------------------------------------------------------------------------------------------- */

enum zest_status command_read_file(struct zest_arena *arena, const char *path, struct zest_text *ret_text,
                                   struct zest_error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return zest_fail(error, ZEST_NOT_FOUND, "the file %s can't be opened: %m", path);
    enum zest_status status = ZEST_OK;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    char *data = size >= 0 ? zest_alloc(arena, (size_t)size + 1, 1) : NULL;
    if (!data || fseek(file, 0, SEEK_SET) != 0 || fread(data, 1, (size_t)size, file) != (size_t)size)
        status = zest_fail(error, ZEST_IO, "the file %s can't be read", path);
    fclose(file);
    if (status == ZEST_OK) {
        data[size] = '\0';
        *ret_text = (struct zest_text){data, (size_t)size};
    }
    return status;
}

enum zest_status command_read_ids(struct zest_arena *arena, const char *text, const int32_t **ret_ids,
                                  size_t *ret_count, struct zest_error *error)
{
    size_t count = 0;
    int32_t *ids = ZEST_NEW_ARRAY(arena, int32_t, strlen(text) / 2 + 1);
    if (!ids)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for token ids");
    while (*text) {
        char *end;
        long id = strtol(text, &end, 10);
        if (end == text || id < 0 || id > INT32_MAX)
            return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "prompt-ids",
                                   "\"%.20s\" is no token id; ids look like 1,2,3", text);
        ids[count++] = (int32_t)id;
        text = end + strspn(end, ", \t\r\n");
        if (text == end && *text)
            return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "prompt-ids",
                                   "\"%.20s\" is no token id; ids look like 1,2,3", text);
    }
    *ret_ids = ids;
    *ret_count = count;
    return ZEST_OK;
}

void command_write_ids(struct zest_buffer *out, const int32_t *ids, size_t count)
{
    zest_buffer_append(out, "[", 1);
    for (size_t i = 0; i < count; i++)
        zest_buffer_printf(out, i ? ", %d" : "%d", ids[i]);
    zest_buffer_append(out, "]", 1);
}
