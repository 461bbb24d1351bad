/* SPDX-License-Identifier: Apache-2.0 */
/* test_tokenizer_compare.c - where two tokenizers part, and which files may be read for a caller. */
#include "zest_test.h"

#include "tokenizer_zoo.h"

#include <sys/stat.h>

#define MODEL(vocab, merges)                                                                                 \
    "{\"model\": {\"type\": \"BPE\", \"vocab\": {" vocab "}, \"merges\": [" merges "]}, \"pre_tokenizer\": " \
    "{\"type\": \"WhitespaceSplit\"}}"

static const char small[] = MODEL("\"a\": 0, \"b\": 1, \"c\": 2, \"ab\": 3", "[\"a\", \"b\"]");
static const char large[] =
    MODEL("\"a\": 0, \"b\": 1, \"c\": 2, \"ab\": 3, \"abc\": 4", "[\"a\", \"b\"], [\"ab\", \"c\"]");

struct folder {
    char path[64], small[96], large[96], outside[96];
    struct zest_arena arena;
    struct zest_call call;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ZEST_CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void set_up(struct folder *f)
{
    strcpy(f->path, "/tmp/zest_compare_XXXXXX");
    ZEST_CHECK(mkdtemp(f->path) != NULL);
    snprintf(f->small, sizeof f->small, "%s/small.json", f->path);
    snprintf(f->large, sizeof f->large, "%s/large.json", f->path);
    snprintf(f->outside, sizeof f->outside, "%s_outside.json", f->path); /* begins as the folder does */
    write_file(f->small, small);
    write_file(f->large, large);
    write_file(f->outside, large);
    zest_arena_init(&f->arena, ZEST_ARENA_UNLIMITED);
    f->call = (struct zest_call){.arena = &f->arena};
}

static void tear_down(struct folder *f)
{
    unlink(f->small);
    unlink(f->large);
    unlink(f->outside);
    rmdir(f->path);
    zest_arena_finish(&f->arena);
}

static struct zest_tokenizer *open_tokenizer(const char *path, const char *files_folder)
{
    struct zest_error error = {0};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_tokenizer_options options = {.model_path = path, .files_folder = files_folder};
    ZEST_CHECK_OK(zest_tokenizer_native_create(&options, &tokenizer, &error), &error);
    return tokenizer;
}

static enum zest_status compare(struct folder *f, struct zest_tokenizer *tokenizer, const char *other, const char *text,
                                struct zest_tokenizer_compare_tokenizers_reply *ret_reply)
{
    struct zest_text texts[] = {zest_text_of(text)};
    struct zest_tokenizer_compare_tokenizers_request request = {
        .other = zest_text_of(other), .texts = texts, .texts_count = 1, .pieces = true};
    f->call.error = (struct zest_error){0};
    return tokenizer->ops->compare_tokenizers(tokenizer, &f->call, &request, ret_reply);
}

ZEST_TEST(pieces_lie_between_places_where_both_cut)
{
    struct folder f;
    struct zest_tokenizer_compare_tokenizers_reply reply = {0};
    set_up(&f);
    struct zest_tokenizer *tokenizer = open_tokenizer(f.small, NULL);
    ZEST_CHECK_OK(compare(&f, tokenizer, f.large, "\u00E9 ab abcc", &reply), &f.call.error);
    const struct zest_tokenizer_compared_text *t = &reply.texts[0];
    ZEST_CHECK_INT(t->tokens, 4);       /* ab, ab c c; the \u00E9 is dropped */
    ZEST_CHECK_INT(t->other_tokens, 3); /* ab, abc c */
    ZEST_CHECK_INT(t->parts_at, 4);
    ZEST_CHECK_INT(t->pieces_count, 3);
    ZEST_CHECK_INT(t->pieces[1].tokens_count, 2);
    ZEST_CHECK_TEXT(t->pieces[1].other_tokens[0], ZEST_TEXT("abc"));
    ZEST_CHECK_INT(reply.equal_texts, 0);
    ZEST_CHECK_OK(compare(&f, tokenizer, "", "ab abcc", &reply), &f.call.error);
    ZEST_CHECK_INT(reply.texts[0].parts_at, -1);
    ZEST_CHECK_INT(reply.equal_texts, 1);
    ZEST_CHECK_OK(compare(&f, tokenizer, f.large, "", &reply), &f.call.error);
    ZEST_CHECK_INT(reply.texts[0].pieces_count, 0);
    zest_tokenizer_native_destroy(tokenizer);
    tear_down(&f);
}

ZEST_TEST(strangers_read_below_the_folder_only)
{
    struct folder f;
    char up[160], link[96], message[512];
    struct zest_tokenizer_compare_tokenizers_reply reply = {0};
    set_up(&f);
    snprintf(up, sizeof up, "%s/../%s", f.path, strrchr(f.outside, '/') + 1);
    snprintf(link, sizeof link, "%s/link.json", f.path);
    ZEST_CHECK(symlink(f.outside, link) == 0);
    struct zest_tokenizer *tokenizer = open_tokenizer(f.small, f.path);
    const char *const allowed[] = {f.large, "large.json", "./large.json", f.small, ""};
    for (size_t i = 0; i < ZEST_COUNT(allowed); i++)
        ZEST_CHECK_OK(compare(&f, tokenizer, allowed[i], "ab", &reply), &f.call.error);
    const char *const refused[] = {f.outside,      up,         "link.json", "/etc/passwd", "../../etc/passwd",
                                   "missing.json", "/nowhere", "/",         "..",          f.path};
    for (size_t i = 0; i < ZEST_COUNT(refused); i++)
        ZEST_CHECK_INT(compare(&f, tokenizer, refused[i], "ab", &reply), ZEST_NOT_FOUND);
    compare(&f, tokenizer, "/etc/passwd", "ab", &reply) == ZEST_OK ? (void)0
                                                                   : (void)strcpy(message, f.call.error.message);
    ZEST_CHECK(strstr(message, "below the models folder") != NULL); /* the same as for what is not there */
    struct zest_tokenizer_compare_tokenizers_request cut = {.other = {"large.json\0x", 12}};
    ZEST_CHECK_INT(tokenizer->ops->compare_tokenizers(tokenizer, &f.call, &cut, &reply), ZEST_NOT_FOUND);
    zest_tokenizer_native_destroy(tokenizer);
    /* In process any path is read. */
    tokenizer = open_tokenizer(f.small, NULL);
    ZEST_CHECK_OK(compare(&f, tokenizer, f.outside, "ab", &reply), &f.call.error);
    zest_tokenizer_native_destroy(tokenizer);
    unlink(link);
    tear_down(&f);
}

static void visit(const char *name, struct zest_tokenizer *tokenizer)
{
    struct folder f = {0};
    struct zest_tokenizer_compare_tokenizers_reply reply = {0};
    uint64_t random = 99;
    struct zest_buffer text;
    zest_arena_init(&f.arena, ZEST_ARENA_UNLIMITED);
    f.call.arena = &f.arena;
    zest_buffer_init(&text, (size_t)1 << 20);
    zoo_text(&random, 2000, &text);
    zest_buffer_append(&text, "", 1);
    enum zest_status status = compare(&f, tokenizer, "", text.data, &reply);
    if (status != ZEST_OK || reply.equal_texts != 1)
        fprintf(stderr, "%s: parts from itself\n", name);
    ZEST_CHECK_OK(status, &f.call.error);
    ZEST_CHECK_INT(reply.equal_texts, 1);
    zest_buffer_finish(&text);
    zest_arena_finish(&f.arena);
}

ZEST_TEST(a_tokenizer_agrees_with_itself)
{
    if (zoo_each(visit) == 0)
        ZEST_SKIP("needs the reference data");
}
