/* SPDX-License-Identifier: Apache-2.0 */
/* detokenize.c - `zest detokenize`: ids to text, one list or JSON lines. */
#include "batch.h"

static enum zest_status detokenize(struct zest_env *env, struct zest_call *call,
                                   const struct zest_tokenizer_detokenize_request *request, struct zest_buffer *out)
{
    struct zest_tokenizer_detokenize_reply reply;
    enum zest_status status = zest_tokenizer_detokenize(zest_env_tokenizer(env), call, request, &reply);
    if (status != ZEST_OK)
        return status;
    if (reply.is_utf8) {
        zest_buffer_printf(out, "{\"text\": ");
        zest_json_write_text(reply.text, out);
    } else {
        zest_buffer_printf(out, "{\"bytes_b64\": \"");
        if (zest_buffer_reserve(out, (reply.bytes.size + 2) / 3 * 4))
            out->size += zest_base64_encode(reply.bytes, out->data + out->size);
        zest_buffer_printf(out, "\"");
    }
    zest_buffer_printf(out, "}");
    return ZEST_OK;
}

static enum zest_status answer(struct zest_env *env, struct zest_call *call, json_t *line, struct zest_buffer *out)
{
    struct zest_tokenizer_detokenize_request request;
    zest_tokenizer_detokenize_request_init(&request);
    request.drop_unknown = true;
    enum zest_status status = batch_ids(line, call->arena, &request.ids, &request.ids_count, &call->error);
    if (status == ZEST_OK)
        status = batch_bool(line, "skip_special", &request.skip_special, &call->error);
    return status == ZEST_OK ? detokenize(env, call, &request, out) : status;
}

static enum zest_status one_list(struct zest_env *env, const char *text, bool json, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_detokenize_request request;
    struct zest_tokenizer_detokenize_reply reply;
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 32);
    zest_tokenizer_detokenize_request_init(&request);
    enum zest_status status = command_read_ids(&arena, text, &request.ids, &request.ids_count, &call.error);
    if (status == ZEST_OK && json)
        status = detokenize(env, &call, &request, &out);
    else if (status == ZEST_OK &&
             (status = zest_tokenizer_detokenize(zest_env_tokenizer(env), &call, &request, &reply)) == ZEST_OK)
        zest_buffer_append(&out, reply.text.data, reply.text.size);
    if (status == ZEST_OK)
        printf("%.*s\n", (int)out.size, out.data ? out.data : "");
    *error = call.error;
    zest_buffer_finish(&out);
    zest_arena_finish(&arena);
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    static const struct batch_command what = {
        .batch_help = "JSON lines from stdin: {\"ids\": [1, 2], \"skip_special\": bool}",
        .takes = "one list of ids, as in 1,2,3",
        .answer = answer,
        .one = one_list,
    };
    return batch_command_run(self, &what, argc, argv);
}

const struct command command_detokenize = {
    .name = "detokenize",
    .usage = "detokenize [options] IDS",
    .summary = "turn token ids into text",
    .examples = "  zest detokenize 19556,905\n  echo '{\"ids\": [19556, 905]}' | zest detokenize --batch\n",
    .run = run_command,
};
