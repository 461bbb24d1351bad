/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_metaspace.c - "Metaspace": makes spaces visible as SentencePiece does, and cuts before each of them.
 *
 *     {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}
 *
 * "prepend_scheme" says which pieces get one in front unless they begin with one: "always" (where it is missing),
 * "never", or "first": the piece that begins where the original does. Old files have "add_prefix_space" (false goes
 * with "never" only) and "str_rep", which means nothing.
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

enum scheme { ALWAYS, FIRST, NEVER };

struct metaspace {
    struct zest_pretokenizer base;
    uint32_t replacement;
    char text[4]; /* the replacement in UTF-8 */
    uint32_t size;
    enum scheme scheme;
    bool cuts;
    struct zest_scratch_pool pool;
};

static bool optional_bool(struct zest_component_reader *reader, const char *field)
{
    return !zest_component_has(reader, field) || zest_component_bool(reader, field, true);
}

static enum scheme read_scheme(struct zest_component_reader *reader)
{
    static const char *const names[] = {[ALWAYS] = "always", [FIRST] = "first", [NEVER] = "never"};
    enum scheme scheme = (enum scheme)zest_component_choice(reader, "prepend_scheme", names, ZEST_COUNT(names), ALWAYS);
    if (!optional_bool(reader, "add_prefix_space") && scheme != NEVER)
        zest_component_refuse(reader, ZEST_INVALID_ARGUMENT, "add_prefix_space",
                              "true is wanted where \"prepend_scheme\" is not \"never\"");
    return scheme;
}

static enum zest_status metaspace_create(const json_t *json, struct zest_arena *arena,
                                         struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"};
    struct metaspace read = {0};
    struct zest_component_reader reader = {json, "pre_tokenizer Metaspace", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    read.replacement = zest_pre_character(&reader, "replacement", arena);
    read.scheme = read_scheme(&reader);
    read.cuts = optional_bool(&reader, "split");
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof read, &zest_pre_metaspace, ret_pretokenizer, error);
    if (status != ZEST_OK)
        return status;
    struct metaspace *made = (struct metaspace *)*ret_pretokenizer;
    made->replacement = read.replacement;
    made->size = zest_utf8_encode(read.replacement, made->text);
    made->scheme = read.scheme;
    made->cuts = read.cuts;
    return ZEST_OK;
}

static bool begins_with_replacement(const struct metaspace *self, const struct zest_pieces *in,
                                    const struct zest_piece *piece)
{
    const unsigned char *text = zest_piece_text(in, piece);
    size_t size = piece->end - piece->start;
    return text[0] == ' ' || (size >= self->size && memcmp(text, self->text, self->size) == 0);
}

/* Appends the piece with its spaces replaced. */
static void replace_spaces(const struct metaspace *self, const struct zest_pieces *in, const struct zest_piece *piece,
                           struct zest_pieces *out)
{
    size_t told = piece->start;
    for (size_t at = piece->start; at < piece->end; at++) {
        if (in->text.bytes[at] != ' ')
            continue;
        zest_aligned_copy(&out->text, &in->text, told, at);
        zest_aligned_put(&out->text, self->text, self->size, zest_aligned_origin(&in->text, at, at + 1));
        told = at + 1;
    }
    zest_aligned_copy(&out->text, &in->text, told, piece->end);
}

/* In front of a piece, as the reference's prepend aligns it; the first character is no space then. */
static void prepend(const struct metaspace *self, const struct zest_pieces *in, const struct zest_piece *piece,
                    struct zest_pieces *out)
{
    uint32_t length;
    struct zest_piece first = *piece, rest = *piece;
    zest_utf8_decode(zest_piece_text(in, piece), &length);
    first.end = rest.start = piece->start + length;
    zest_pieces_prepend(out, in, &first, self->text, self->size);
    replace_spaces(self, in, &rest, out);
}

/* Each piece with what stands for spaces. */
static void mark_pieces(const struct metaspace *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++) {
        const struct zest_piece *piece = &in->list[i];
        bool wanted = self->scheme == ALWAYS || (self->scheme == FIRST && piece->origin == 0);
        if (wanted && !begins_with_replacement(self, in, piece))
            prepend(self, in, piece, out);
        else
            replace_spaces(self, in, piece, out);
        zest_pieces_close(out, piece->origin);
    }
}

static bool is_replacement(const void *self, uint32_t code_point)
{
    return code_point == ((const struct metaspace *)self)->replacement;
}

static void metaspace_run(const struct zest_pretokenizer *base, const struct zest_pieces *in, struct zest_pieces *out)
{
    struct metaspace *self = (struct metaspace *)base;
    if (!self->cuts) {
        mark_pieces(self, in, out);
        return;
    }
    struct zest_pieces *marked = zest_pieces_borrow(&self->pool, in->text.aligned);
    if (!marked) {
        zest_pieces_fail(out, ZEST_OUT_OF_MEMORY);
        return;
    }
    mark_pieces(self, in, marked);
    zest_pieces_fail(out, marked->status);
    struct zest_piece_cutter cutter = {.cut = ZEST_CUT_MERGED_WITH_NEXT, .in = marked, .out = out};
    for (size_t i = 0; i < marked->count && out->status == ZEST_OK; i++)
        zest_cutter_by_character(&cutter, &marked->list[i], is_replacement, self);
    zest_pieces_return(&self->pool, marked);
}

static void metaspace_finish(struct zest_pretokenizer *base)
{
    zest_pieces_drain(&((struct metaspace *)base)->pool);
}

bool zest_pre_metaspace_is_first(const struct zest_pretokenizer *pretokenizer)
{
    return pretokenizer->kind == &zest_pre_metaspace && ((const struct metaspace *)pretokenizer)->scheme == FIRST;
}

const struct zest_pretokenizer_kind zest_pre_metaspace = {"Metaspace", metaspace_create, metaspace_run,
                                                          metaspace_finish};
