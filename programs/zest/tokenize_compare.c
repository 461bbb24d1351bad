/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenize_compare.c - draws what tokenizer.compare_tokenizers answers: a row for each stretch between two places where
 * both cut, marked where they don't agree.
 */
#include "tokenize_compare.h"

#include "token_picture.h"

#define COLUMN_MAX 30

/* Tokens of one cell, separated by bars. Texts are cut short at some hundred bytes, whole characters. */
static void join(const struct zest_text *tokens, size_t count, struct zest_buffer *out)
{
    out->size = 0;
    for (size_t i = 0; i < count; i++) {
        zest_buffer_append(out, "|", i > 0);
        zest_buffer_append(out, tokens[i].data, tokens[i].size);
    }
}

/* Not one token each, nor the same parts of a character. */
static bool parts(const struct zest_tokenizer_compared_piece *piece)
{
    bool same = piece->tokens_count == piece->other_tokens_count;
    for (size_t i = 0; same && piece->tokens_count > 1 && i < piece->tokens_count; i++)
        same = zest_text_equal(piece->tokens[i], piece->other_tokens[i]);
    return !same;
}

static void draw_cell(struct zest_text text, int width, FILE *out)
{
    char shown[256];
    int columns = token_picture_show(text, shown, sizeof(shown));
    fprintf(out, "%s%*s", shown, columns < width ? width - columns : 0, "");
}

static void draw(const struct zest_tokenizer_compare_tokenizers_reply *reply, const char *other, FILE *out)
{
    const struct zest_tokenizer_compared_text *text = &reply->texts[0];
    struct token_picture picture = token_picture_of(out);
    struct zest_buffer cell;
    int width = (picture.columns - 8) / 3 < COLUMN_MAX ? (picture.columns - 8) / 3 : COLUMN_MAX;
    zest_buffer_init(&cell, (size_t)1 << 24);
    fprintf(out, "  %-*s  %-*s  %s\n", width, "text", width, "this one", other);
    for (size_t i = 0; i < text->pieces_count; i++) {
        const struct zest_tokenizer_compared_piece *piece = &text->pieces[i];
        bool differs = parts(piece);
        fprintf(out, "%s%c ", picture.colours && differs ? "\033[33m" : "", differs ? '*' : ' ');
        draw_cell(piece->text, width, out);
        join(piece->tokens, piece->tokens_count, &cell);
        fprintf(out, "  ");
        draw_cell((struct zest_text){cell.data ? cell.data : "", cell.size}, width, out);
        join(piece->other_tokens, piece->other_tokens_count, &cell);
        fprintf(out, "  ");
        draw_cell((struct zest_text){cell.data ? cell.data : "", cell.size}, 0, out);
        fprintf(out, "%s\n", picture.colours && differs ? "\033[0m" : "");
    }
    zest_buffer_finish(&cell);
    fprintf(out, "\n%.*s", (int)reply->algorithm_reasoning.size, reply->algorithm_reasoning.data);
    if (text->parts_at >= 0)
        fprintf(out, " They first part at character %d.", text->parts_at);
    fprintf(out, "\n");
}

enum zest_status tokenize_compare(struct zest_env *env, const char *other, const char *text, bool json,
                                  struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_text texts[] = {zest_text_of(text)};
    struct zest_tokenizer_compare_tokenizers_request request;
    struct zest_tokenizer_compare_tokenizers_reply reply;
    zest_tokenizer_compare_tokenizers_request_init(&request);
    request.other = zest_text_of(other);
    request.texts = texts;
    request.texts_count = 1;
    enum zest_status status = zest_tokenizer_compare_tokenizers(zest_env_tokenizer(env), &call, &request, &reply);
    if (status == ZEST_OK && json) {
        struct zest_buffer out;
        zest_buffer_init(&out, (size_t)1 << 32);
        zest_json_write(zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("compare_tokenizers"))->reply, &reply,
                        &out);
        printf("%.*s\n", (int)out.size, out.data);
        zest_buffer_finish(&out);
    } else if (status == ZEST_OK) {
        draw(&reply, other, stdout);
    }
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}
