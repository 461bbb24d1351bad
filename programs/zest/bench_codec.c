/* SPDX-License-Identifier: Apache-2.0 */
/* bench_codec.c - medians of alternating rounds over the codec and jansson. */
#include <stdlib.h>

#include <jansson.h>

#include <zest/api/tokenizer.h>
#include <zest/json.h>

#include "bench_codec.h"
#include "median.h"

enum { ROUNDS = 101, BATCH = 200, IDS_ROUNDS = 11, IDS = 100000, SHORT_IDS = 12, KINDS_MAX = 4 };

struct lab {
    const struct zest_operation *operation;
    struct zest_arena arena;
    struct zest_buffer out;
    struct zest_text request;
    struct zest_tokenizer_tokenize_reply reply; /* short, then long */
    bool failed;
};

static void decode(struct lab *lab)
{
    struct zest_tokenizer_tokenize_request request;
    zest_arena_reset(&lab->arena);
    lab->failed |= zest_json_read(lab->operation->request, lab->request, &lab->arena, &request, NULL) != ZEST_OK;
}

static void encode(struct lab *lab)
{
    lab->out.size = 0;
    zest_json_write(lab->operation->reply, &lab->reply, &lab->out);
}

static void jansson_decode(struct lab *lab)
{
    json_t *root = json_loadb(lab->request.data, lab->request.size, JSON_REJECT_DUPLICATES, NULL);
    lab->failed |= !json_string_value(json_object_get(root, "text"));
    json_decref(root);
}

static void jansson_encode(struct lab *lab)
{
    json_t *root = json_object(), *ids = json_array();
    for (size_t i = 0; i < lab->reply.ids_count; i++)
        json_array_append_new(ids, json_integer(lab->reply.ids[i]));
    json_object_set_new(root, "ids", ids);
    json_object_set_new(root, "offsets", json_array());
    json_object_set_new(root, "pieces", json_array());
    char *text = json_dumps(root, JSON_COMPACT);
    lab->failed |= !text;
    free(text);
    json_decref(root);
}

static void decode_reply(struct lab *lab)
{
    struct zest_tokenizer_tokenize_reply reply;
    zest_arena_reset(&lab->arena);
    lab->failed |= zest_json_read(lab->operation->reply, lab->request, &lab->arena, &reply, NULL) != ZEST_OK;
}

static void jansson_decode_reply(struct lab *lab)
{
    json_t *root = json_loadb(lab->request.data, lab->request.size, JSON_REJECT_DUPLICATES, NULL),
           *ids = json_object_get(root, "ids");
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(ids); i++)
        sum += json_integer_value(json_array_get(ids, i));
    lab->failed |= sum <= 0;
    json_decref(root);
}

/* Median nanoseconds of one run of each kind; every round begins with another kind. */
static void alternate(struct lab *lab, void (*const *kinds)(struct lab *), int count, int rounds, int batch,
                      double *ret_ns)
{
    double ns[KINDS_MAX][ROUNDS];
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < count; i++) {
            int kind = (i + round) % count;
            uint64_t start = zest_now_ns();
            for (int k = 0; k < batch; k++)
                kinds[kind](lab);
            ns[kind][round] = (double)(zest_now_ns() - start) / batch;
        }
    for (int kind = 0; kind < count; kind++) {
        ret_ns[kind] = figure_median(ns[kind], (size_t)rounds);
    }
}

static void measure_short(struct lab *lab, struct codec_figures *figures)
{
    static void (*const kinds[])(struct lab *) = {decode, encode, jansson_decode, jansson_encode};
    double ns[4];
    lab->request = ZEST_TEXT("{\"text\": \"The capital of France is Paris.\", \"add_special\": false}");
    alternate(lab, kinds, 4, ROUNDS, BATCH, ns);
    figures->decode_ns = ns[0];
    figures->encode_ns = ns[1];
    figures->jansson_decode_ns = ns[2];
    figures->jansson_encode_ns = ns[3];
}

static void measure_long(struct lab *lab, struct codec_figures *figures)
{
    static void (*const kinds[])(struct lab *) = {encode, decode_reply, jansson_decode_reply};
    double ns[3];
    encode(lab);
    struct zest_text text = zest_text_format(&lab->arena, "%.*s", (int)lab->out.size, lab->out.data);
    char *own = malloc(text.size + 1);
    lab->failed |= !own || !text.data || lab->out.failed;
    if (lab->failed) {
        free(own);
        return;
    }
    memcpy(own, text.data, text.size);
    lab->request = (struct zest_text){own, text.size};
    alternate(lab, kinds, 3, IDS_ROUNDS, 1, ns);
    figures->ids_encode_rate = (double)text.size / ns[0] * 1e9;
    figures->ids_decode_rate = (double)text.size / ns[1] * 1e9;
    figures->jansson_ids_rate = (double)text.size / ns[2] * 1e9;
    free(own);
}

bool codec_measure(struct codec_figures *ret_figures)
{
    struct lab lab = {.operation = zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokenize"))};
    int32_t *ids = malloc(IDS * sizeof(*ids));
    if (!ids)
        return false;
    uint32_t random = 1;
    for (int i = 0; i < IDS; i++) {
        random = random * 1664525u + 1013904223u; /* Numerical Recipes' generator: any spread of lengths will do */
        ids[i] = (int32_t)((random >> 8) % 49152);
    }
    zest_arena_init(&lab.arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&lab.out, 1 << 26);
    lab.reply = (struct zest_tokenizer_tokenize_reply){.ids = ids, .ids_count = SHORT_IDS};
    measure_short(&lab, ret_figures);
    lab.reply.ids_count = IDS;
    measure_long(&lab, ret_figures);
    zest_buffer_finish(&lab.out);
    zest_arena_finish(&lab.arena);
    free(ids);
    return !lab.failed;
}
