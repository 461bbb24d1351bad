/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_tokenizer.c - `zest bench tokenizer`: how fast text becomes ids and ids become text, from C and beside others.
 *
 * With --tokenizer or --text it measures that alone through the service's C interface: documents of 4 kB, ids only, one
 * thread, processor time. cold is the first pass of this process, warm the median of later ones over the same text.
 * Without them it becomes bench/tokenizer_peers.py, which runs zest and every other tokenizer that can be installed in
 * processes of their own, in turns, on real tokenizers; --peers hands options to it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "bench_load.h"
#include "bench_script.h"
#include "median.h"

enum { DOCUMENT_BYTES = 4000, LINE_BYTES = 100, LINES_MAX = 2000, PASSES_MAX = 101, PEER_WORDS_MAX = 64 };

struct options {
    const char *tokenizer, *text, *peers;
    int repeat, worst_bytes;
};

struct documents {
    struct zest_text *items;
    size_t count, bytes;
};

struct bench {
    struct zest_env *env;
    const struct common *common;
    struct zest_arena scratch; /* of one call */
    struct zest_buffer json;
    int repeat;
};

static void add_row(struct bench *bench, const char *name, double value, const char *unit)
{
    if (bench->common->json)
        zest_buffer_printf(&bench->json, "%s{\"name\":\"%s\",\"value\":%.5g,\"unit\":\"%s\"}",
                           bench->json.size ? "," : "", name, value, unit);
    else
        printf("  %-44s %10.*f %s\n", name, value < 100 ? 2 : 0, value, unit);
    fflush(stdout);
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- documents ------------------------------------------------------------------------------------------------- */

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

/* Pieces of `size` bytes, and the few more that finish a character. */
static enum zest_status cut(struct zest_arena *arena, struct zest_text text, size_t size, size_t count_max,
                            struct documents *ret_documents, struct zest_error *error)
{
    size_t count = text.size / size + 1 < count_max ? text.size / size + 1 : count_max;
    struct documents documents = {.items = ZEST_NEW_ARRAY(arena, struct zest_text, count)};
    if (!documents.items)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu documents", count);
    for (size_t at = 0; at < text.size && documents.count < count;) {
        size_t end = at + size < text.size ? at + size : text.size;
        while (end < text.size && !begins_character(text.data[end]))
            end++;
        documents.items[documents.count++] = (struct zest_text){text.data + at, end - at};
        documents.bytes += end - at;
        at = end;
    }
    *ret_documents = documents;
    return ZEST_OK;
}

/* ---- one pass -------------------------------------------------------------------------------------------------- */

/* Ids of all documents one after another; `ret_ids` may be NULL. */
static enum zest_status encode_pass(struct bench *bench, const struct documents *documents, bool offsets,
                                    struct zest_buffer *ret_ids, double *ret_seconds, struct zest_error *error)
{
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply;
    enum zest_status status = ZEST_OK;
    zest_tokenizer_tokenize_request_init(&request);
    request.add_special = false;
    request.offsets = offsets;
    double start = processor_seconds();
    for (size_t i = 0; status == ZEST_OK && i < documents->count; i++) {
        struct zest_call call = {.arena = &bench->scratch};
        request.text = documents->items[i];
        status = zest_tokenizer_tokenize(zest_env_tokenizer(bench->env), &call, &request, &reply);
        if (status != ZEST_OK)
            *error = call.error;
        else if (ret_ids)
            zest_buffer_append(ret_ids, (const char *)reply.ids, reply.ids_count * sizeof(reply.ids[0]));
        zest_arena_reset(&bench->scratch);
    }
    *ret_seconds = processor_seconds() - start;
    return status;
}

/* Decodes in pieces of 1,000 ids; answers the bytes of text. */
static enum zest_status decode_pass(struct bench *bench, const int32_t *ids, size_t count, size_t *ret_bytes,
                                    double *ret_seconds, struct zest_error *error)
{
    struct zest_tokenizer_detokenize_request request;
    struct zest_tokenizer_detokenize_reply reply;
    enum zest_status status = ZEST_OK;
    size_t bytes = 0;
    zest_tokenizer_detokenize_request_init(&request);
    double start = processor_seconds();
    for (size_t at = 0; status == ZEST_OK && at < count; at += 1000) {
        struct zest_call call = {.arena = &bench->scratch};
        request.ids = ids + at;
        request.ids_count = count - at < 1000 ? count - at : 1000;
        status = zest_tokenizer_detokenize(zest_env_tokenizer(bench->env), &call, &request, &reply);
        if (status != ZEST_OK)
            *error = call.error;
        else
            bytes += reply.text.size;
        zest_arena_reset(&bench->scratch);
    }
    *ret_seconds = processor_seconds() - start;
    *ret_bytes = bytes;
    return status;
}

static enum zest_status warm_encode(struct bench *bench, const struct documents *documents, bool offsets,
                                    double *ret_seconds, struct zest_error *error)
{
    double times[PASSES_MAX];
    for (int i = 0; i < bench->repeat; i++) {
        enum zest_status status = encode_pass(bench, documents, offsets, NULL, &times[i], error);
        if (status != ZEST_OK)
            return status;
    }
    *ret_seconds = figure_median(times, (size_t)bench->repeat);
    return ZEST_OK;
}

/* ---- the figures ----------------------------------------------------------------------------------------------- */

static enum zest_status measure_text(struct bench *bench, const struct documents *documents,
                                     struct zest_buffer *ret_ids, struct zest_error *error)
{
    double cold, warm, with_offsets, mega = (double)documents->bytes * 1e-6;
    enum zest_status status = encode_pass(bench, documents, false, NULL, &cold, error);
    if (status == ZEST_OK) /* keeping ids takes time of its own */
        status = encode_pass(bench, documents, false, ret_ids, &warm, error);
    if (status == ZEST_OK)
        status = warm_encode(bench, documents, false, &warm, error);
    if (status == ZEST_OK)
        status = warm_encode(bench, documents, true, &with_offsets, error);
    if (status != ZEST_OK)
        return status;
    add_row(bench, "encode, cold", mega / cold, "MB/s");
    add_row(bench, "encode, warm", mega / warm, "MB/s");
    add_row(bench, "encode with offsets, warm", mega / with_offsets, "MB/s");
    add_row(bench, "bytes a token", (double)documents->bytes / ((double)ret_ids->size / sizeof(int32_t)), "bytes");
    return ZEST_OK;
}

static enum zest_status measure_lines(struct bench *bench, struct zest_arena *arena, struct zest_text text,
                                      struct zest_error *error)
{
    struct documents lines;
    double seconds;
    enum zest_status status = cut(arena, text, LINE_BYTES, LINES_MAX, &lines, error);
    if (status == ZEST_OK)
        status = warm_encode(bench, &lines, false, &seconds, error);
    if (status == ZEST_OK)
        add_row(bench, "a line of 100 bytes", seconds / (double)lines.count * 1e6, "us");
    return status;
}

static enum zest_status measure_decoding(struct bench *bench, const struct zest_buffer *ids, struct zest_error *error)
{
    double times[PASSES_MAX];
    size_t bytes = 0;
    for (int i = 0; i < bench->repeat; i++) {
        enum zest_status status = decode_pass(bench, (const int32_t *)(const void *)ids->data,
                                              ids->size / sizeof(int32_t), &bytes, &times[i], error);
        if (status != ZEST_OK)
            return status;
    }
    add_row(bench, "decode", (double)bytes * 1e-6 / figure_median(times, (size_t)bench->repeat), "MB/s");
    return ZEST_OK;
}

/* ---- texts that make careless tokenizers quadratic ------------------------------------------------------------- */

/* `unit` over and over. */
static const struct {
    const char *name, *unit;
} worst_texts[] = {
    {"one letter", "a"},
    {"spaces", " "},
    {"newlines", "\n"},
    {"combining marks", "\xCC\x81"},
    {"digits", "1"},
    {"apostrophes", "'"},
    {"punctuation", "."},
    {"ZWJ chain", "\xF0\x9F\x91\xA9\xE2\x80\x8D"},
    {"one Han", "\xE4\xB8\xAD"},
    {"marks out of order", "a\xCC\xA3\xCC\x81\xCC\xA7"},
};

/* Letters at random without a blank: one word that no vocabulary has. */
static void fill_letters(char *data, size_t size)
{
    uint64_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        data[i] = (char)('a' + (state >> 33) % 26);
    }
}

static enum zest_status time_worst(struct bench *bench, const char *name, struct zest_text text, double english,
                                   struct zest_error *error)
{
    char label[64];
    double seconds;
    struct documents one = {&text, 1, text.size};
    enum zest_status status = encode_pass(bench, &one, false, NULL, &seconds, error);
    snprintf(label, sizeof(label), "time a byte over the text's, %s", name);
    if (status == ZEST_OK)
        add_row(bench, label, seconds / (double)text.size / english, "times");
    return status;
}

static enum zest_status measure_worst(struct bench *bench, struct zest_arena *arena, struct zest_text text, size_t size,
                                      struct zest_error *error)
{
    double seconds;
    char *data = zest_alloc(arena, size, 1);
    if (!data)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a text of %zu bytes", size);
    struct documents whole = {&text, 1, text.size};
    enum zest_status status = encode_pass(bench, &whole, false, NULL, &seconds, error);
    double english = seconds / (double)text.size;
    for (size_t i = 0; status == ZEST_OK && i < ZEST_COUNT(worst_texts); i++) {
        size_t unit = strlen(worst_texts[i].unit), used = size / unit * unit;
        for (size_t at = 0; at < used; at += unit)
            memcpy(data + at, worst_texts[i].unit, unit);
        status = time_worst(bench, worst_texts[i].name, (struct zest_text){data, used}, english, error);
    }
    fill_letters(data, size);
    return status == ZEST_OK ? time_worst(bench, "random letters", (struct zest_text){data, size}, english, error)
                             : status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static enum zest_status measure(struct bench *bench, const struct options *options, struct zest_text text,
                                struct zest_error *error)
{
    struct zest_arena arena;
    struct zest_buffer ids;
    struct documents documents;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&ids, (size_t)1 << 32);
    enum zest_status status = cut(&arena, text, DOCUMENT_BYTES, SIZE_MAX, &documents, error);
    if (status == ZEST_OK)
        status = measure_text(bench, &documents, &ids, error);
    if (status == ZEST_OK)
        status = measure_lines(bench, &arena, text, error);
    if (status == ZEST_OK)
        status = measure_decoding(bench, &ids, error);
    if (status == ZEST_OK && options->worst_bytes)
        status = measure_worst(bench, &arena, text, (size_t)options->worst_bytes, error);
    zest_buffer_finish(&ids);
    zest_arena_finish(&arena);
    return status;
}

/* Loading, in processes of their own. Of a model only the tokenizer: the target for a first load is a tokenizer.json's.
 */
static void measure_load(struct bench *bench, const struct options *options, const struct common *common)
{
    struct bench_load_figures load;
    struct stat info;
    char label[64], model[4096];
    int rounds = options->repeat;
    command_default_model(model, sizeof(model));
    const char *path = options->tokenizer ? options->tokenizer : common->model ? common->model : model;
    if (!bench_load_measure(path, rounds < BENCH_LOAD_ROUNDS_MAX ? rounds : BENCH_LOAD_ROUNDS_MAX, &load))
        return; /* command_open_tokenizer will tell why */
    snprintf(label, sizeof(label), "first load, wall");
    if (strstr(path, ".json") && stat(path, &info) == 0)
        snprintf(label, sizeof(label), "first load, wall (target %.0f)",
                 (double)info.st_size * 1e-6 * BENCH_LOAD_FIRST_MS_A_MB);
    add_row(bench, label, load.first_wall_ms, "ms");
    add_row(bench, "first load, processor", load.first_cpu_ms, "ms");
    snprintf(label, sizeof(label), "mapped load, wall (target %.0f)", BENCH_LOAD_MAPPED_MS);
    add_row(bench, label, load.mapped_wall_ms, "ms");
    add_row(bench, "mapped load, processor", load.mapped_cpu_ms, "ms");
    add_row(bench, "memory of its own", load.private_mb, "MB");
    add_row(bench, "memory that processes share", load.shared_mb, "MB");
}

/* The English text that bench/tokenizer_corpora.py puts beside the models. */
static void default_text(char *path, size_t size)
{
    command_default_model(path, size);
    char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) : 0;
    snprintf(path + folder, size - folder, "/corpora/english.txt");
}

static int bench_one(const struct common *common, const struct options *options)
{
    char path[4096];
    int exit_code = EXIT_OK;
    struct zest_arena arena;
    struct zest_text text;
    struct zest_error error = {0};
    default_text(path, sizeof(path));
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct bench bench = {.common = common, .repeat = options->repeat};
    zest_buffer_init(&bench.json, 1 << 20);
    measure_load(&bench, options, common);
    double start = processor_seconds();
    bench.env = command_open_tokenizer(common, options->tokenizer, &exit_code);
    double load = processor_seconds() - start;
    if (!bench.env) {
        zest_buffer_finish(&bench.json);
        return exit_code;
    }
    zest_arena_init(&bench.scratch, ZEST_ARENA_UNLIMITED);
    add_row(&bench, "load", load * 1e3, "ms");
    enum zest_status status = command_read_file(&arena, options->text ? options->text : path, &text, &error);
    if (status == ZEST_OK && !text.size)
        status = zest_fail_param(&error, ZEST_INVALID_ARGUMENT, "text", "the text is empty");
    if (status == ZEST_OK)
        status = measure(&bench, options, text, &error);
    if (status != ZEST_OK)
        exit_code = command_fail(common, NULL, &error);
    else if (common->json)
        printf("[%.*s]\n", (int)bench.json.size, bench.json.data);
    zest_buffer_finish(&bench.json);
    zest_arena_finish(&bench.scratch);
    zest_arena_finish(&arena);
    zest_env_close(bench.env);
    return exit_code;
}

/* Becomes the script: its tables, its exit code. */
static int bench_peers(const struct command *self, const struct common *common, const char *words)
{
    struct bench_script script;
    char *argv[PEER_WORDS_MAX + 3], *copy = words ? strdup(words) : NULL;
    size_t count = 0;
    if (!bench_script_find("tokenizer_peers.py", &script)) {
        free(copy);
        return command_wrong_use(self, common,
                                 "bench/ is not beside the folder of this program; with --tokenizer FILE "
                                 "zest measures itself alone");
    }
    argv[count++] = script.python;
    argv[count++] = script.path;
    if (common->json)
        argv[count++] = "--json";
    char *rest = copy, *word;
    while ((word = strsep(&rest, " ")) && count < PEER_WORDS_MAX + 2)
        if (*word)
            argv[count++] = word;
    argv[count] = NULL;
    execvp(script.python, argv);
    fprintf(stderr, "zest: %s can't be started: %s\n", script.python, strerror(errno));
    free(copy);
    return EXIT_FAILED;
}

int bench_tokenizer(const struct command *self, int argc, char **argv)
{
    struct options options = {.repeat = 7};
    struct common common;
    const struct option_spec own[] = {
        {"tokenizer", 0, OPTION_TEXT, &options.tokenizer, "FILE", "measure this one from C (default: the peers' bench)",
         0, 0},
        {"text", 0, OPTION_TEXT, &options.text, "FILE",
         "over this text (default: English, see bench/tokenizer_corpora.py)", 0, 0},
        {"repeat", 0, OPTION_INT, &options.repeat, "N", "passes for a median (default: 7)", 1, PASSES_MAX},
        {"worst", 0, OPTION_INT, &options.worst_bytes, "BYTES",
         "also texts that make careless tokenizers slow, of this size", 0, 1 << 28},
        {"peers", 0, OPTION_TEXT, &options.peers, "OPTIONS",
         "options of the peers' bench, as in \"--tokenizers qwen3 --runs 1\"; \"--help\" shows them", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "bench tokenizer takes options only, but \"%s\" was given", argv[1]);
    if (options.tokenizer || options.text || options.worst_bytes)
        return bench_one(&common, &options);
    return bench_peers(self, &common, options.peers);
}
