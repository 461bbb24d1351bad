/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tokenizer_explain.c - what explain tells is what encoding does: the same ids for every tokenizer at hand, and
 * steps that lead to the tokens.
 */
#include "zest_test.h"

#include "tokenizer_zoo.h"

#define TEXTS 12

struct explaining {
    struct zest_arena arena;
    struct zest_call call;
    struct zest_tokenizer_explain_request request;
    struct zest_tokenizer_explain_reply reply;
};

static bool explain(struct explaining *e, struct zest_tokenizer *tokenizer, struct zest_text text)
{
    zest_arena_init(&e->arena, ZEST_ARENA_UNLIMITED);
    e->call = (struct zest_call){.arena = &e->arena};
    zest_tokenizer_explain_request_init(&e->request);
    e->request.text = text;
    enum zest_status status = tokenizer->ops->explain(tokenizer, &e->call, &e->request, &e->reply);
    ZEST_CHECK_OK(status, &e->call.error);
    return status == ZEST_OK;
}

struct ids {
    const uint32_t *ids;
    size_t count;
    const struct explaining *e;
    bool equal;
};

static void compare(void *user, const uint32_t *ids, size_t count)
{
    struct ids *to = user;
    to->equal =
        count == to->e->reply.ids_count && (count == 0 || memcmp(ids, to->e->reply.ids, count * sizeof *ids) == 0);
}

/* Adjacent merges only, each of two parts that are there, give the piece's tokens. */
static bool merges_lead_to_tokens(const struct zest_tokenizer_explained_piece *piece)
{
    size_t merges = 0, rest = 0;
    for (size_t i = 0; i < piece->steps_count; i++) {
        const struct zest_tokenizer_explained_step *step = &piece->steps[i];
        if (step->kind != ZEST_TOKENIZER_STEP_KIND_MERGE)
            continue;
        merges++;
        if (step->left.size == 0 || step->right.size == 0 || step->rank < 0 || step->id < 0)
            return false;
        bool used = false; /* by a later merge that covers it, or it is a token of the piece */
        for (size_t k = i + 1; k < piece->steps_count && !used; k++)
            used = piece->steps[k].kind == ZEST_TOKENIZER_STEP_KIND_MERGE && piece->steps[k].start <= step->start &&
                   piece->steps[k].end >= step->end;
        for (size_t k = 0; k < piece->tokens_count && !used; k++)
            used = piece->tokens[k].id == step->id;
        rest += !used;
    }
    return merges == 0 || rest == 0;
}

static void check_text(const char *name, struct zest_tokenizer *tokenizer, struct zest_text text)
{
    struct explaining e = {0};
    struct zest_error error = {0};
    struct ids ids = {.e = &e};
    if (explain(&e, tokenizer, text)) {
        ZEST_CHECK_OK(zest_tokenizer_take_ids(tokenizer, text, ZEST_ENCODE_SPECIAL, compare, &ids, &error), &error);
        if (!ids.equal)
            fprintf(stderr, "%s: other ids for \"%.*s\"\n", name, (int)text.size, text.data);
        ZEST_CHECK(ids.equal);
        size_t tokens = 0;
        int32_t at = 0;
        for (size_t i = 0; i < e.reply.pieces_count; i++) {
            const struct zest_tokenizer_explained_piece *piece = &e.reply.pieces[i];
            for (size_t k = 0; k < piece->tokens_count; k++)
                ZEST_CHECK_INT(piece->tokens[k].id, e.reply.ids[tokens + k]);
            tokens += piece->tokens_count;
            ZEST_CHECK(merges_lead_to_tokens(piece));
            ZEST_CHECK(piece->reasoning.size > 0 && piece->cut_by.size > 0);
            ZEST_CHECK(piece->kind == ZEST_TOKENIZER_PIECE_KIND_FRAME || piece->end >= at);
            at = piece->kind == ZEST_TOKENIZER_PIECE_KIND_FRAME ? at : piece->start;
        }
        ZEST_CHECK_INT(tokens, e.reply.ids_count);
        ZEST_CHECK(e.reply.algorithm_reasoning.size > 0);
    }
    zest_arena_finish(&e.arena);
}

static void visit(const char *name, struct zest_tokenizer *tokenizer)
{
    uint64_t random = 0x5EED;
    struct zest_buffer text;
    if (strstr(name, "minilm/")) /* pads and truncates, which explain says it leaves out */
        return;
    zest_buffer_init(&text, (size_t)1 << 20);
    for (size_t i = 0; i < TEXTS; i++) {
        text.size = 0;
        if (i > 0)
            zoo_text(&random, 1 + zoo_random(&random) % 400, &text);
        check_text(name, tokenizer, (struct zest_text){text.data ? text.data : "", text.size});
    }
    zest_buffer_finish(&text);
}

ZEST_TEST(every_tokenizer_is_explained_as_it_encodes)
{
    size_t count = zoo_each(visit);
    if (count == 0)
        ZEST_SKIP("needs the reference data");
    printf("   %zu tokenizers\n", count);
}

/* ---- by hand ---- */

static struct zest_tokenizer *written(const char *json)
{
    char path[] = "/tmp/zest_explain_XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    struct zest_error error = {0};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_tokenizer_options options = {.model_path = path};
    fputs(json, file);
    fclose(file);
    ZEST_CHECK_OK(zest_tokenizer_native_create(&options, &tokenizer, &error), &error);
    unlink(path);
    return tokenizer;
}

static const char bpe[] =
    "{\"model\": {\"type\": \"BPE\", \"byte_fallback\": true, \"vocab\": {\"a\": 0, \"b\": 1, \"c\": 2, \"ab\": 3, "
    "\"abc\": 4, \"<0xC3>\": 5, \"<0xA9>\": 6, \"bc\": 7}, \"merges\": [[\"b\", \"c\"], [\"a\", \"b\"], [\"ab\", "
    "\"c\"]]}, \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"WhitespaceSplit\"}, "
    "{\"type\": \"Digits\", \"individual_digits\": true}]}, \"added_tokens\": [{\"id\": 8, \"content\": \"<x>\", "
    "\"special\": true, \"normalized\": false, \"lstrip\": false, \"rstrip\": false, \"single_word\": false}]}";

ZEST_TEST(merges_are_told_in_the_order_in_which_they_happen)
{
    struct zest_tokenizer *tokenizer = written(bpe);
    struct explaining e = {0};
    if (!tokenizer || !explain(&e, tokenizer,
                               ZEST_TEXT("abc<x>\xC3\xA9"
                                         "7 ab")))
        return;
    ZEST_CHECK_INT(e.reply.pieces_count, 5);
    const struct zest_tokenizer_explained_piece *p = e.reply.pieces;
    ZEST_CHECK_TEXT(p[0].cut_by, ZEST_TEXT("none")); /* between the start and <x> there is nothing to cut */
    ZEST_CHECK_INT(p[0].steps_count, 1);             /* b + c is first, and then a + bc has no merge */
    ZEST_CHECK_TEXT(p[0].steps[0].result, ZEST_TEXT("bc"));
    ZEST_CHECK_TEXT(p[0].steps[0].left, ZEST_TEXT("b"));
    ZEST_CHECK_INT(p[0].steps[0].rank, 0);
    ZEST_CHECK_INT(p[1].kind, ZEST_TOKENIZER_PIECE_KIND_ADDED_TOKEN);
    ZEST_CHECK_TEXT(p[2].text, ZEST_TEXT("\xC3\xA9"));
    ZEST_CHECK_TEXT(p[2].cut_by, ZEST_TEXT("Digits (step 2 of 2)"));
    ZEST_CHECK_INT(p[2].steps[0].kind, ZEST_TOKENIZER_STEP_KIND_BYTES);
    ZEST_CHECK_INT(p[2].tokens_count, 2);
    ZEST_CHECK_INT(p[3].tokens_count, 0);
    ZEST_CHECK_INT(p[3].steps[0].kind, ZEST_TOKENIZER_STEP_KIND_DROPPED);
    ZEST_CHECK_TEXT(p[4].cut_by, ZEST_TEXT("WhitespaceSplit (step 1 of 2)"));
    ZEST_CHECK_TEXT(p[4].steps[0].reasoning, ZEST_TEXT("\"a\" + \"b\" make \"ab\", merge 1"));
    zest_arena_finish(&e.arena);
    zest_tokenizer_native_destroy(tokenizer);
}

ZEST_TEST(word_piece_tells_what_it_tried)
{
    struct zest_tokenizer *tokenizer =
        written("{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"continuing_subword_prefix\": "
                "\"##\", \"max_input_chars_per_word\": 5, \"vocab\": {\"[UNK]\": 0, \"a\": 1, \"ab\": 2, \"##c\": 3}}, "
                "\"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"}}");
    struct explaining e = {0};
    if (!tokenizer || !explain(&e, tokenizer, ZEST_TEXT("abc abd aaaaaa")))
        return;
    static const enum zest_tokenizer_step_kind expected[] = {
        ZEST_TOKENIZER_STEP_KIND_SHORTER, ZEST_TOKENIZER_STEP_KIND_LONGEST,  ZEST_TOKENIZER_STEP_KIND_LONGEST,
        ZEST_TOKENIZER_STEP_KIND_SHORTER, ZEST_TOKENIZER_STEP_KIND_LONGEST,  ZEST_TOKENIZER_STEP_KIND_NOTHING,
        ZEST_TOKENIZER_STEP_KIND_UNKNOWN, ZEST_TOKENIZER_STEP_KIND_TOO_LONG, ZEST_TOKENIZER_STEP_KIND_UNKNOWN};
    size_t at = 0;
    for (size_t i = 0; i < e.reply.pieces_count; i++)
        for (size_t k = 0; k < e.reply.pieces[i].steps_count && at < ZEST_COUNT(expected); k++)
            ZEST_CHECK_INT(e.reply.pieces[i].steps[k].kind, expected[at++]);
    ZEST_CHECK_INT(at, ZEST_COUNT(expected));
    ZEST_CHECK_TEXT(e.reply.pieces[0].reasoning,
                    ZEST_TEXT("cut by WhitespaceSplit; the longest tokens that fit: ab ##c"));
    zest_arena_finish(&e.arena);
    zest_tokenizer_native_destroy(tokenizer);
}

ZEST_TEST(unigram_tells_the_second_best_way)
{
    struct zest_tokenizer *tokenizer = written(
        "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"byte_fallback\": false, \"vocab\": [[\"<unk>\", 0], "
        "[\"a\", -1.5], [\"b\", -2], [\"ab\", -3], [\"abb\", -9]]}}");
    struct explaining e = {0};
    if (!tokenizer || !explain(&e, tokenizer, ZEST_TEXT("abb")))
        return;
    double best = 0, second = 0;
    for (size_t i = 0; i < e.reply.pieces[0].steps_count; i++) {
        const struct zest_tokenizer_explained_step *step = &e.reply.pieces[0].steps[i];
        best += step->kind == ZEST_TOKENIZER_STEP_KIND_PATH ? step->score : 0;
        second += step->kind == ZEST_TOKENIZER_STEP_KIND_RUNNER_UP ? step->score : 0;
    }
    ZEST_CHECK(best == -5);     /* ab b */
    ZEST_CHECK(second == -5.5); /* a b b, before abb with -9 */
    zest_arena_finish(&e.arena);
    zest_tokenizer_native_destroy(tokenizer);
}

ZEST_TEST(text_that_is_no_utf8_is_refused)
{
    struct zest_tokenizer *tokenizer = written(bpe);
    struct zest_call call = {0};
    struct zest_tokenizer_explain_request request = {.text = ZEST_TEXT("a\xFF")};
    struct zest_tokenizer_explain_reply reply;
    if (!tokenizer)
        return;
    ZEST_CHECK_INT(tokenizer->ops->explain(tokenizer, &call, &request, &reply), ZEST_INVALID_UTF8);
    zest_tokenizer_native_destroy(tokenizer);
}
