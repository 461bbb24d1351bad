/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenize_alone.c - a tokenizer without the rest of zest.
 *
 *     cc tokenize_alone.c $(pkg-config --cflags --libs zest_tokenizer) -o tokenize_alone
 *     ./tokenize_alone tokenizer.json "Hello world"      # ids of a text, and the text of the ids
 *     ./tokenize_alone tokenizer.json < book.txt         # how many ids stdin has, in bounded memory
 */
#include <stdio.h>

#include <zest/tokenizer.h>

static int fail(const struct zest_error *error)
{
    fprintf(stderr, "%s\n", error->message);
    return 1;
}

/* One text there and back; `rows` could take any number of them. */
static int tokenize(struct zest_tokenizer *tokenizer, const char *argument)
{
    struct zest_error error = {0};
    struct zest_id_rows rows = {0};
    struct zest_buffer text;
    struct zest_text in = zest_text_of(argument);
    zest_buffer_init(&text, 1 << 20);
    enum zest_status status = zest_tokenizer_encode_rows(tokenizer, &in, 1, ZEST_ENCODE_SPECIAL, 1, &rows, &error);
    for (size_t i = 0; status == ZEST_OK && i < rows.id_count; i++)
        printf("%u%c", rows.ids[i], i + 1 < rows.id_count ? ' ' : '\n');
    if (status == ZEST_OK)
        status = zest_tokenizer_decode_to(tokenizer, rows.ids, rows.id_count, true, &text, &error);
    if (status == ZEST_OK)
        printf("%.*s\n", (int)text.size, text.data ? text.data : "");
    zest_buffer_finish(&text);
    zest_id_rows_finish(&rows);
    return status == ZEST_OK ? 0 : fail(&error);
}

static void count_ids(void *user, const uint32_t *ids, size_t count)
{
    (void)ids;
    *(size_t *)user += count;
}

static int count_stdin(struct zest_tokenizer *tokenizer)
{
    char part[4096];
    size_t size, count = 0;
    struct zest_error error = {0};
    struct zest_encode_stream *stream = NULL;
    enum zest_status status = zest_encode_stream_create(tokenizer, ZEST_ENCODE_SPECIAL, &stream, &error);
    while (status == ZEST_OK && (size = fread(part, 1, sizeof part, stdin)) > 0)
        status = zest_encode_stream_feed(stream, part, size, count_ids, &count, &error);
    if (status == ZEST_OK)
        status = zest_encode_stream_end(stream, count_ids, &count, &error);
    zest_encode_stream_destroy(stream);
    if (status != ZEST_OK)
        return fail(&error);
    printf("%zu ids\n", count);
    return 0;
}

int main(int argc, char **argv)
{
    struct zest_error error = {0};
    struct zest_tokenizer *tokenizer = NULL;
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s FILE [TEXT]\n", argv[0]);
        return 2;
    }
    struct zest_tokenizer_options options = {.model_path = argv[1]};
    if (zest_tokenizer_native_create(&options, &tokenizer, &error) != ZEST_OK)
        return fail(&error);
    int code = argc == 3 ? tokenize(tokenizer, argv[2]) : count_stdin(tokenizer);
    zest_tokenizer_native_destroy(tokenizer);
    return code;
}
