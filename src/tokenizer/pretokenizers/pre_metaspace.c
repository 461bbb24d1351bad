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

/* A field that may be missing or null: *ret_value stays then. */
static enum zest_status get_optional_bool(const json_t *json, const char *field, bool *ret_value,
                                          struct zest_error *error)
{
    const json_t *value = json_object_get(json, field);
    return !value || json_is_null(value) ? ZEST_OK : zest_pre_get_bool(json, field, ret_value, error);
}

static enum zest_status get_scheme(const json_t *json, enum scheme *ret_scheme, struct zest_error *error)
{
    static const char *const names[] = {[ALWAYS] = "always", [FIRST] = "first", [NEVER] = "never"};
    const json_t *value = json_object_get(json, "prepend_scheme");
    const char *name = json_string_value(value);
    bool adds_space = true;
    *ret_scheme = ALWAYS;
    if (value && !name)
        return zest_fail_param(error, ZEST_WRONG_TYPE, "pre_tokenizer",
                               "'prepend_scheme' of the pre-tokenizer 'Metaspace' is no text");
    size_t i = 0;
    while (name && i < ZEST_COUNT(names) && strcmp(name, names[i]) != 0)
        i++;
    if (i == ZEST_COUNT(names))
        return zest_fail_param(error, ZEST_UNSUPPORTED, "pre_tokenizer", "the prepend_scheme '%.64s' is unknown", name);
    if (name)
        *ret_scheme = (enum scheme)i;
    enum zest_status status = get_optional_bool(json, "add_prefix_space", &adds_space, error);
    if (status == ZEST_OK && !adds_space && *ret_scheme != NEVER)
        return zest_fail_param(
            error, ZEST_INVALID_ARGUMENT, "pre_tokenizer",
            "'add_prefix_space' of the pre-tokenizer 'Metaspace' is false, but its prepend_scheme is "
            "'%s', not 'never'",
            names[*ret_scheme]);
    return status;
}

static enum zest_status metaspace_create(const json_t *json, struct zest_arena *arena,
                                         struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"};
    struct metaspace read = {.cuts = true};
    enum zest_status status = zest_pre_check_fields(json, fields, ZEST_COUNT(fields), error);
    if (status == ZEST_OK)
        status = zest_pre_get_character(json, "replacement", &read.replacement, error);
    if (status == ZEST_OK)
        status = get_scheme(json, &read.scheme, error);
    if (status == ZEST_OK)
        status = get_optional_bool(json, "split", &read.cuts, error);
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
