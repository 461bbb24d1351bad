/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_byte_level.c - "ByteLevel": cuts as GPT-2 did and writes each byte as a character of the byte alphabet.
 *
 *     {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}
 *
 * "add_prefix_space" puts a space before each piece that does not begin with one. "trim_offsets" is the
 * post-processor's. "use_regex" may be missing and is true then. The contractions of the pattern ('s, 't …) are those
 * of small letters only.
 *
 * Origins   As the reference aligns: what stands for the first byte of a character stands for what that byte stood for,
 *           all others stand for what its last byte stood for.
 */
#include "byte_alphabet.h"
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

#define GPT2_PATTERN "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

struct byte_level {
    struct zest_pretokenizer base;
    bool adds_space;
    struct zest_regex *regex; /* NULL: no cutting */
    struct zest_scratch_pool pool;
    unsigned char alphabet[256][2]; /* UTF-8; the second byte is 0 where one is enough */
};

static void make_alphabet(unsigned char alphabet[256][2])
{
    for (unsigned byte = 0; byte < 256; byte++)
        zest_utf8_encode(zest_byte_alphabet_code_point((unsigned char)byte), (char *)alphabet[byte]);
}

static enum zest_status byte_level_create(const json_t *json, struct zest_arena *arena,
                                          struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"add_prefix_space", "trim_offsets", "use_regex"};
    struct zest_regex *regex = NULL;
    struct zest_component_reader reader = {json, "pre_tokenizer ByteLevel", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    bool adds_space = zest_component_bool(&reader, "add_prefix_space", -1);
    zest_component_bool(&reader, "trim_offsets", -1); /* that of the post-processor */
    bool cuts = zest_component_bool(&reader, "use_regex", true);
    enum zest_status status = reader.status;
    if (status == ZEST_OK && cuts)
        status = zest_regex_create(ZEST_TEXT(GPT2_PATTERN), &regex, error);
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof(struct byte_level), &zest_pre_byte_level, ret_pretokenizer, error);
    if (status != ZEST_OK) {
        zest_regex_destroy(regex);
        return status;
    }
    struct byte_level *made = (struct byte_level *)*ret_pretokenizer;
    made->adds_space = adds_space;
    made->regex = regex;
    make_alphabet(made->alphabet);
    return ZEST_OK;
}

/* What a part of a piece is written with. */
struct byte_writer {
    const struct byte_level *self;
    const struct zest_pieces *in;
    struct zest_pieces *out;
    const struct zest_piece *piece;
};

static void write_character(const struct byte_writer *writer, size_t at, uint32_t length)
{
    const struct zest_aligned *text = &writer->in->text;
    for (uint32_t i = 0; i < length; i++) {
        const unsigned char *mapped = writer->self->alphabet[text->bytes[at + i]];
        size_t from = i == 0 ? at : at + length - 1;
        zest_aligned_put(&writer->out->text, mapped, mapped[1] ? 2 : 1, zest_aligned_origin(text, from, from + 1));
    }
}

/* A zest_regex_part: parts that match and parts that don't are pieces alike. */
static void write_part(void *context, size_t start, size_t end, bool matched)
{
    const struct byte_writer *writer = context;
    size_t from = writer->piece->start + start, to = writer->piece->start + end;
    if (start == end)
        return;
    for (size_t at = from; at < to;) {
        uint32_t length;
        zest_utf8_decode(writer->in->text.bytes + at, &length);
        write_character(writer, at, length);
        at += length;
    }
    zest_pieces_close(writer->out, start == 0 && !writer->self->regex
                                       ? writer->piece->origin
                                       : zest_piece_origin(writer->in, writer->piece, from));
    (void)matched;
}

static void write_pieces(const struct byte_level *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    struct byte_writer writer = {self, in, out, NULL};
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++) {
        size_t size = in->list[i].end - in->list[i].start;
        writer.piece = &in->list[i];
        if (self->regex)
            zest_pieces_fail(
                out, zest_regex_find(self->regex, zest_piece_text(in, writer.piece), size, write_part, &writer));
        else
            write_part(&writer, 0, size, false);
    }
}

static void byte_level_run(const struct zest_pretokenizer *base, const struct zest_pieces *in, struct zest_pieces *out)
{
    struct byte_level *self = (struct byte_level *)base;
    if (!self->adds_space) {
        write_pieces(self, in, out);
        return;
    }
    struct zest_pieces *spaced = zest_pieces_borrow(&self->pool, in->text.aligned);
    if (!spaced) {
        zest_pieces_fail(out, ZEST_OUT_OF_MEMORY);
        return;
    }
    for (size_t i = 0; i < in->count; i++) {
        const struct zest_piece *piece = &in->list[i];
        if (in->text.bytes[piece->start] == ' ')
            zest_aligned_copy(&spaced->text, &in->text, piece->start, piece->end);
        else
            zest_pieces_prepend(spaced, in, piece, " ", 1);
        zest_pieces_close(spaced, piece->origin);
    }
    zest_pieces_fail(out, spaced->status);
    write_pieces(self, spaced, out);
    zest_pieces_return(&self->pool, spaced);
}

static void byte_level_finish(struct zest_pretokenizer *base)
{
    struct byte_level *self = (struct byte_level *)base;
    zest_regex_destroy(self->regex);
    self->regex = NULL;
    zest_pieces_drain(&self->pool);
}

const struct zest_regex *zest_pre_byte_level_regex(const struct zest_pretokenizer *pretokenizer)
{
    return ((const struct byte_level *)pretokenizer)->regex;
}

const struct zest_pretokenizer_kind zest_pre_byte_level = {"ByteLevel", byte_level_create, byte_level_run,
                                                           byte_level_finish};
