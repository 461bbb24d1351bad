/* SPDX-License-Identifier: Apache-2.0 */
/* tokenize.c - `zest tokenize`: text to ids, one text or JSON lines. */
#include "batch.h"

static enum zest_status decode_base64(struct zest_arena *arena, struct zest_text text, struct zest_text *ret_bytes,
                                      struct zest_error *error)
{
    unsigned char *bytes = zest_alloc(arena, text.size / 4 * 3 + 3, 1);
    size_t size = bytes ? zest_base64_decode(text, bytes) : SIZE_MAX;
    if (size == SIZE_MAX)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "bytes_b64",
                               "bytes_b64 is no base64 (RFC 4648, with padding)");
    *ret_bytes = (struct zest_text){(const char *)bytes, size};
    return ZEST_OK;
}

/* byte_of[c] is where the c-th character of the lossy reading of `bytes` begins. */
static const size_t *map_characters(struct zest_arena *arena, struct zest_text bytes)
{
    size_t *byte_of = ZEST_NEW_ARRAY(arena, size_t, bytes.size + 1);
    size_t count = 0, at = 0;
    while (byte_of && at < bytes.size) {
        size_t step = 1; /* the longest piece from `at` that reads as one character */
        for (size_t size = 2; size <= 4 && at + size <= bytes.size; size++) {
            struct zest_text piece = zest_utf8_lossy(arena, (struct zest_text){bytes.data + at, size});
            size_t characters = 0;
            for (size_t i = 0; i < piece.size; i++)
                characters += ((unsigned char)piece.data[i] & 0xC0) != 0x80;
            if (characters == 1)
                step = size;
        }
        byte_of[count++] = at;
        at += step;
    }
    if (byte_of)
        byte_of[count] = bytes.size;
    return byte_of;
}

static void write_reply(const struct zest_tokenizer_tokenize_reply *reply, const size_t *byte_of,
                        struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"ids\": ");
    command_write_ids(out, reply->ids, reply->ids_count);
    zest_buffer_printf(out, ", \"offsets\": [");
    for (size_t i = 0; i < reply->offsets_count; i++) {
        size_t start = (size_t)reply->offsets[i].start, end = (size_t)reply->offsets[i].end;
        zest_buffer_printf(out, "%s[%zu, %zu]", i ? ", " : "", byte_of ? byte_of[start] : start,
                           byte_of ? byte_of[end] : end);
    }
    zest_buffer_printf(out, "]}");
}

static enum zest_status answer(struct zest_env *env, struct zest_call *call, json_t *line, struct zest_buffer *out)
{
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply;
    struct zest_text coded, bytes;
    const size_t *byte_of = NULL;
    zest_tokenizer_tokenize_request_init(&request);
    request.offsets = true;
    enum zest_status status = batch_text(line, "text", &request.text, &call->error);
    if (status == ZEST_OK)
        status = batch_text(line, "bytes_b64", &coded, &call->error);
    if (status == ZEST_OK && !request.text.data == !coded.data)
        status = zest_fail_param(&call->error, ZEST_MISSING_FIELD, "text",
                                 "a line needs \"text\" or \"bytes_b64\", one of them");
    if (status == ZEST_OK && coded.data &&
        (status = decode_base64(call->arena, coded, &bytes, &call->error)) == ZEST_OK) {
        request.text = zest_utf8_lossy(call->arena, bytes);
        byte_of = map_characters(call->arena, bytes);
    }
    if (status == ZEST_OK)
        status = batch_bool(line, "add_special", &request.add_special, &call->error);
    if (status == ZEST_OK)
        status = batch_bool(line, "encode_special_tokens", &request.encode_special_tokens, &call->error);
    if (status == ZEST_OK && json_object_get(line, "pair"))
        status = zest_fail_param(&call->error, ZEST_UNSUPPORTED, "pair",
                                 "pairs of texts are for tokenizers with a pair template; this one has none");
    if (status == ZEST_OK)
        status = zest_tokenizer_tokenize(zest_env_tokenizer(env), call, &request, &reply);
    if (status == ZEST_OK)
        write_reply(&reply, byte_of, out);
    return status;
}

static enum zest_status one_text(struct zest_env *env, const char *text, bool json, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply;
    zest_tokenizer_tokenize_request_init(&request);
    request.text = zest_text_of(text);
    request.offsets = request.pieces = true;
    enum zest_status status = zest_tokenizer_tokenize(zest_env_tokenizer(env), &call, &request, &reply);
    if (status == ZEST_OK && json) {
        struct zest_buffer out;
        zest_buffer_init(&out, (size_t)1 << 32);
        write_reply(&reply, NULL, &out);
        printf("%.*s\n", (int)out.size, out.data);
        zest_buffer_finish(&out);
    }
    for (size_t i = 0; status == ZEST_OK && !json && i < reply.ids_count; i++)
        printf("%6d  %.*s\n", reply.ids[i], (int)reply.pieces[i].size, reply.pieces[i].data);
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    static const struct batch_command what = {
        .batch_help = "JSON lines from stdin: {\"text\": …} or {\"bytes_b64\": …}, \"add_special\": bool",
        .takes = "one text (put it in quotes)",
        .answer = answer,
        .one = one_text,
    };
    return batch_command_run(self, &what, argc, argv);
}

const struct command command_tokenize = {
    .name = "tokenize",
    .usage = "tokenize [options] TEXT",
    .summary = "turn text into token ids",
    .examples = "  zest tokenize \"Hello world\"\n  echo '{\"text\": \"Hello world\"}' | zest tokenize --batch\n",
    .run = run_command,
};
