/* SPDX-License-Identifier: Apache-2.0 */
/* tokenize.c - `zest tokenize`: text to ids, one text or JSON lines. */
#include "batch.h"
#include "token_picture.h"
#include "tokenize_compare.h"
#include "tokenize_stream.h"

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

static void write_list(const char *name, const int32_t *numbers, size_t count, struct zest_buffer *out)
{
    zest_buffer_printf(out, ", \"%s\": ", name);
    command_write_ids(out, numbers, count);
}

/* What a line with "pair" or "details" gets beside ids and offsets. */
static void write_details(const struct zest_tokenizer_encode_reply *reply, struct zest_buffer *out)
{
    write_list("type_ids", reply->type_ids, reply->type_ids_count, out);
    write_list("words", reply->words, reply->words_count, out);
    write_list("special", reply->special, reply->special_count, out);
    write_list("attention", reply->attention, reply->attention_count, out);
    zest_buffer_printf(out, ", \"tokens\": [");
    for (size_t i = 0; i < reply->tokens_count; i++) {
        zest_buffer_append(out, ", ", i > 0 ? 2 : 0);
        zest_json_write_text(reply->tokens[i], out);
    }
    zest_buffer_printf(out, "]");
}

/* "ids" and "offsets" of an object that is left open. */
static void write_tokens(const int32_t *ids, size_t count, const struct zest_tokenizer_span *offsets,
                         size_t offset_count, const size_t *byte_of, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"ids\": ");
    command_write_ids(out, ids, count);
    zest_buffer_printf(out, ", \"offsets\": [");
    for (size_t i = 0; i < offset_count; i++) {
        size_t start = (size_t)offsets[i].start, end = (size_t)offsets[i].end;
        zest_buffer_printf(out, "%s[%zu, %zu]", i ? ", " : "", byte_of ? byte_of[start] : start,
                           byte_of ? byte_of[end] : end);
    }
    zest_buffer_printf(out, "]");
}

static enum zest_status encode_line(struct zest_env *env, struct zest_call *call, json_t *line,
                                    const struct zest_tokenizer_tokenize_request *request, struct zest_buffer *out)
{
    struct zest_tokenizer_encode_request full;
    struct zest_tokenizer_encode_reply reply;
    zest_tokenizer_encode_request_init(&full);
    full.text = request->text;
    full.add_special = request->add_special;
    full.encode_special_tokens = request->encode_special_tokens;
    full.has_pair = json_object_get(line, "pair") != NULL;
    enum zest_status status = batch_text(line, "pair", &full.pair, &call->error);
    if (status == ZEST_OK)
        status = zest_tokenizer_encode(zest_env_tokenizer(env), call, &full, &reply);
    if (status != ZEST_OK)
        return status;
    write_tokens(reply.ids, reply.ids_count, reply.offsets, reply.offsets_count, NULL, out);
    write_details(&reply, out);
    zest_buffer_printf(out, "}");
    return ZEST_OK;
}

static void write_reply(const struct zest_tokenizer_tokenize_reply *reply, const size_t *byte_of,
                        struct zest_buffer *out)
{
    write_tokens(reply->ids, reply->ids_count, reply->offsets, reply->offsets_count, byte_of, out);
    zest_buffer_printf(out, "}");
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
    bool details = json_object_get(line, "pair") != NULL;
    if (status == ZEST_OK)
        status = batch_bool(line, "details", &details, &call->error);
    if (status == ZEST_OK && details)
        return encode_line(env, call, line, &request, out);
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

/* ---- --explain ---- */

static enum zest_status explain_text(struct zest_env *env, const char *text, bool json, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_explain_request request;
    struct zest_tokenizer_explain_reply reply;
    zest_tokenizer_explain_request_init(&request);
    request.text = zest_text_of(text);
    enum zest_status status = zest_tokenizer_explain(zest_env_tokenizer(env), &call, &request, &reply);
    if (status == ZEST_OK && json) {
        struct zest_buffer out;
        zest_buffer_init(&out, (size_t)1 << 32);
        zest_json_write(zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("explain"))->reply, &reply, &out);
        printf("%.*s\n", (int)out.size, out.data);
        zest_buffer_finish(&out);
    } else if (status == ZEST_OK) {
        struct token_picture picture = token_picture_of(stdout);
        token_picture_draw(&picture, request.text, &reply, stdout);
    }
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

/* ---- the command ---- */

static int run_command(const struct command *self, int argc, char **argv)
{
    const char *tokenizer = NULL, *other = NULL;
    bool batch = false, explain = false, stream = false;
    struct common common;
    const struct option_spec own[] = {
        {"tokenizer", 0, OPTION_TEXT, &tokenizer, "FILE", "a file with a tokenizer (default: the model's own)", 0, 0},
        {"batch", 0, OPTION_FLAG, &batch, "",
         "JSON lines from stdin: {\"text\": …} or {\"bytes_b64\": …}, \"add_special\": bool, \"pair\": …, "
         "\"details\": bool",
         0, 0},
        {"explain", 0, OPTION_FLAG, &explain, "", "draw the pieces and say why each is what it is", 0, 0},
        {"compare", 0, OPTION_TEXT, &other, "FILE", "draw what another tokenizer makes of it beside", 0, 0},
        {"stream", 0, OPTION_FLAG, &stream, "", "one text of any size from stdin; ids as they become final", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (batch + explain + stream + !!other > 1)
        return command_wrong_use(self, &common, "--batch, --explain, --compare and --stream are four things; take one");
    if ((batch || stream) && count)
        return command_wrong_use(self, &common, "--%s reads stdin, but \"%s\" was given", batch ? "batch" : "stream",
                                 argv[1]);
    if (!batch && !stream && count != 1)
        return command_wrong_use(self, &common, "%s takes one text (put it in quotes), --batch or --stream",
                                 self->name);
    struct zest_env *env = command_open_tokenizer(&common, tokenizer, &exit_code);
    if (!env)
        return exit_code;
    struct zest_error error = {0};
    enum zest_status status = ZEST_OK;
    if (batch)
        exit_code = batch_run(env, answer);
    else if (stream)
        status = tokenize_stream(env, common.json, common.quiet, &error);
    else if (other)
        status = tokenize_compare(env, other, argv[1], common.json, &error);
    else
        status = (explain ? explain_text : one_text)(env, argv[1], common.json, &error);
    if (status != ZEST_OK)
        exit_code = command_fail(&common, NULL, &error);
    zest_env_close(env);
    return exit_code;
}

const struct command command_tokenize = {
    .name = "tokenize",
    .usage = "tokenize [options] TEXT",
    .summary = "turn text into token ids",
    .examples = "  zest tokenize \"Hello world\"\n  zest tokenize --explain \"Tokenizers merge.\"\n"
                "  echo '{\"text\": \"Hello world\"}' | zest tokenize --batch\n",
    .run = run_command,
};
