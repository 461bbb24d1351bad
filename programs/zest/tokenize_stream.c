/* SPDX-License-Identifier: Apache-2.0 */
/* tokenize_stream.c - reads stdin part by part and prints ids; memory does not grow with the input. */
#include "tokenize_stream.h"

#include <zest/tokenizer.h>

#define PART_BYTES 65536

struct printer {
    struct zest_buffer out;
    bool json;
};

/* Ids separated by blanks, a line each time; or JSON. */
static void print_ids(void *user, const uint32_t *ids, size_t count)
{
    struct printer *printer = user;
    printer->out.size = 0;
    if (printer->json)
        zest_buffer_append(&printer->out, "{\"ids\": ", 8);
    if (printer->json)
        command_write_ids(&printer->out, (const int32_t *)ids, count);
    for (size_t i = 0; !printer->json && i < count; i++)
        zest_buffer_printf(&printer->out, "%s%u", i > 0 ? " " : "", ids[i]);
    zest_buffer_append(&printer->out, printer->json ? "}\n" : "\n", printer->json ? 2 : 1);
    fwrite(printer->out.data, 1, printer->out.size, stdout);
}

static enum zest_status feed_stdin(struct zest_encode_stream *stream, struct printer *printer, struct zest_error *error)
{
    static char part[PART_BYTES];
    size_t size;
    enum zest_status status = ZEST_OK;
    while (status == ZEST_OK && (size = fread(part, 1, sizeof(part), stdin)) > 0)
        status = zest_encode_stream_feed(stream, part, size, print_ids, printer, error);
    if (status == ZEST_OK && ferror(stdin))
        status = zest_fail(error, ZEST_IO, "stdin can't be read: %m");
    if (status == ZEST_OK)
        status = zest_encode_stream_end(stream, print_ids, printer, error);
    if (status == ZEST_OK && printer->out.failed)
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to print ids");
    return status;
}

enum zest_status tokenize_stream(struct zest_env *env, bool json, bool quiet, struct zest_error *error)
{
    struct zest_encode_stream *stream = NULL;
    struct printer printer = {.json = json};
    enum zest_status status = zest_encode_stream_create(zest_env_tokenizer(env), ZEST_ENCODE_SPECIAL, &stream, error);
    if (status != ZEST_OK)
        return status;
    struct zest_encode_stream_info info = zest_encode_stream_info(stream);
    if (!info.bounded && !quiet)
        fprintf(stderr, "zest: this tokenizer is not cut into lines, so that all of stdin is held in memory: it %s\n",
                info.why_not);
    zest_buffer_init(&printer.out, (size_t)1 << 33);
    status = feed_stdin(stream, &printer, error);
    zest_buffer_finish(&printer.out);
    zest_encode_stream_destroy(stream);
    return status;
}
