/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_cuts.c - which tokenizers allow a text to be cut at its lines, and where. stream_cuts.h has the reasons.
 *
 * Looks at a tokenizer's components once a stream; anything that is not known to be safe is refused. Stateless.
 */
#include "stream_cuts.h"

#include "fast_recognize.h"
#include "unicode_class.h"

/* ---- characters ---- */

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count; i++)
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    return false;
}

/* Letters in every version of Unicode that is in use, and in every normal form. */
static bool is_letter(uint32_t code_point)
{
    static const struct range letters[] = {
        {'A', 'Z'},     {'a', 'z'},       {0x391, 0x3A1},   {0x3A3, 0x3A9},   {0x3B1, 0x3C9},
        {0x410, 0x44F}, {0x5D0, 0x5EA},   {0x621, 0x63A},   {0x641, 0x64A},   {0x904, 0x939},
        {0xE01, 0xE30}, {0x3041, 0x3096}, {0x30A1, 0x30FA}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3},
    };
    return is_in(letters, ZEST_COUNT(letters), code_point);
}

/* Characters that stay visible ones in every normal form: no white space, and none that ends in it. */
static bool is_visible(uint32_t code_point)
{
    static const struct range signs[] = {{0x21, 0x7E}, {0x3001, 0x3002}, {0x3008, 0x3011}, {0xFF01, 0xFF5E}};
    return is_in(signs, ZEST_COUNT(signs), code_point) || is_letter(code_point);
}

/* The character that ends before `end`; 0 where it is none. */
static uint32_t character_before(const unsigned char *bytes, size_t end)
{
    size_t at = end - 1;
    uint32_t length;
    while (at > 0 && end - at < 4 && zest_utf8_continues(bytes[at]))
        at--;
    uint32_t code_point = zest_utf8_decode(bytes + at, &length);
    return at + length == end ? code_point : 0;
}

static uint32_t character_at(const unsigned char *bytes, size_t at, size_t size)
{
    uint32_t length = bytes[at] < 0x80 ? 1 : bytes[at] < 0xE0 ? 2 : bytes[at] < 0xF0 ? 3 : 4;
    return length <= size - at ? zest_utf8_decode(bytes + at, &length) : 0;
}

size_t zest_stream_cut_find(const unsigned char *bytes, size_t from, size_t size)
{
    for (size_t at = size; at > from && at > 1;) {
        const unsigned char *line_end = memrchr(bytes + from, '\n', at - from);
        if (!line_end)
            return 0;
        at = (size_t)(line_end - bytes);
        if (at > 0 && at + 1 < size && is_letter(character_at(bytes, at + 1, size)) &&
            is_visible(character_before(bytes, at)))
            return at + 1;
    }
    return 0;
}

/* ---- components ---- */

static bool is_type(const json_t *json, const char *type)
{
    const char *name = json_string_value(json_object_get(json, "type"));
    return name && strcmp(name, type) == 0;
}

static bool is_one_of(const json_t *json, const char *const *types)
{
    for (; *types; types++)
        if (is_type(json, *types))
            return true;
    return false;
}

static bool is_on(const json_t *json, const char *field)
{
    return json_is_true(json_object_get(json, field));
}

static bool is_space(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* A text, not a pattern, of visible ASCII signs or blanks: no match has a line end or a letter in it. */
static bool is_sign_pattern(const json_t *json)
{
    const char *text = json_string_value(json_object_get(json_object_get(json, "pattern"), "String"));
    if (!text || !text[0])
        return false;
    for (; *text; text++)
        if (*text < 0x20 || *text == 0x7F || is_letter((unsigned char)*text))
            return false;
    return true;
}

/* Visible characters stay so and white space is not made of others. */
static bool is_safe_replace(const json_t *json)
{
    const char *content = json_string_value(json_object_get(json, "content"));
    if (!is_type(json, "Replace") || !is_sign_pattern(json) || !content || !content[0])
        return false;
    for (; *content; content++)
        if (is_space((unsigned char)*content))
            return false;
    return true;
}

/* `keeps_lines`: a line end must stay one. */
static bool is_safe_normalizer(const json_t *json, bool keeps_lines, int depth)
{
    static const char *const keepers[] = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Prepend", NULL};
    static const char *const blankers[] = {"BertNormalizer", "Nmt", NULL};
    size_t i;
    json_t *member;
    if (!json || json_is_null(json))
        return true;
    if (depth == 0 || !is_type(json, "Sequence"))
        return is_one_of(json, keepers) || is_safe_replace(json) || (!keeps_lines && is_one_of(json, blankers));
    json_array_foreach(json_object_get(json, "normalizers"), i, member)
    {
        if (!is_safe_normalizer(member, keeps_lines, depth - 1))
            return false;
    }
    return true;
}

enum cutting {
    CUTS_NOTHING,     /* at the line end; what it cuts elsewhere does not depend on what is across */
    CUTS_LINES,       /* ends a word at a line end that is before a letter */
    CUTS_WHITE_SPACE, /* drops white space */
    CUTS_UNKNOWN,
};

static enum cutting cutting_of(const json_t *json, int depth)
{
    static const char *const droppers[] = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit", NULL};
    static const char *const locals[] = {"Digits", "Punctuation", "Metaspace", NULL};
    size_t i;
    json_t *member;
    if (!json || json_is_null(json) || is_one_of(json, locals))
        return CUTS_NOTHING;
    if (is_one_of(json, droppers))
        return CUTS_WHITE_SPACE;
    if (is_type(json, "ByteLevel"))
        return json_is_false(json_object_get(json, "use_regex")) ? CUTS_UNKNOWN : CUTS_LINES;
    if (is_type(json, "Split"))
        return is_sign_pattern(json) && !is_on(json, "invert") ? CUTS_NOTHING : CUTS_UNKNOWN;
    if (!is_type(json, "Sequence") || depth == 0)
        return CUTS_UNKNOWN;
    json_array_foreach(json_object_get(json, "pretokenizers"), i, member)
    {
        enum cutting cutting = cutting_of(member, depth - 1);
        if (cutting != CUTS_NOTHING)
            return cutting;
    }
    return CUTS_NOTHING;
}

/* What is put in front of a segment would be missing where one begins at a cut. */
static bool treats_starts(const json_t *json, int depth)
{
    static const char *const lists[] = {"normalizers", "pretokenizers"};
    size_t k;
    json_t *member;
    if (is_type(json, "Prepend") || is_type(json, "Metaspace") || is_on(json, "add_prefix_space"))
        return true;
    for (size_t i = 0; depth > 0 && i < ZEST_COUNT(lists); i++)
        json_array_foreach(json_object_get(json, lists[i]), k, member)
        {
            if (treats_starts(member, depth - 1))
                return true;
        }
    return false;
}

/* ---- added tokens ---- */

static const char *refuse_added(const struct zest_tokenizer_model *model, bool starts_matter)
{
    for (uint32_t i = 0; i < model->added.count; i++) {
        const struct zest_added_entry *entry = &model->added.entries[i];
        struct zest_text texts[] = {zest_added_content(&model->added, entry), zest_added_decoded(&model->added, entry)};
        for (size_t k = 0; k < ZEST_COUNT(texts); k++) {
            const unsigned char *bytes = (const unsigned char *)texts[k].data;
            size_t size = texts[k].size;
            bool ends_line = size > 0 && is_space(bytes[size - 1]);
            for (size_t at = 1; at < size; at++)
                if (is_space(bytes[at - 1]) && (bytes[at] >= 0x80 || is_letter(bytes[at])))
                    return "has an added token with white space in it";
            if (size > 0 && (entry->flags & ZEST_ADDED_LSTRIP) && (bytes[0] >= 0x80 || is_letter(bytes[0])))
                return "has an added token that takes the white space before it and begins with a letter";
            if (ends_line && (entry->flags & ZEST_ADDED_SINGLE_WORD))
                return "has an added token of a single word that ends in white space";
            if (starts_matter && (ends_line || (entry->flags & ZEST_ADDED_RSTRIP)))
                return "has an added token that may end with a line, and puts something in front of what follows it";
        }
    }
    return NULL;
}

/* ---- BPE over whole texts ---- */

static bool has_token(const struct zest_tokenizer_model *model, const char *text, size_t size)
{
    return zest_token_find(&model->table, text, size) != ZEST_NO_TOKEN;
}

static bool has_all_bytes(const struct zest_tokenizer_model *model)
{
    char text[8];
    for (unsigned byte = 0; byte < 256; byte++) {
        snprintf(text, sizeof text, "<0x%02X>", byte);
        if (!has_token(model, text, 6))
            return false;
    }
    return true;
}

/* A token that holds a line end before a letter (or before what a letter's bytes may be written as). */
static bool spans_lines(struct zest_text token)
{
    static const char line_end[] = "<0x0A>";
    for (size_t at = 0; at + 1 < token.size; at++) {
        const unsigned char *next = (const unsigned char *)token.data + at + 1;
        if (token.data[at] == '\n' && (*next >= 0x80 || *next == '<' || is_letter(*next)))
            return true;
    }
    return token.size > 6 && memmem(token.data, token.size, line_end, 6) != NULL;
}

static const char *refuse_model(const struct zest_tokenizer_model *model)
{
    const json_t *json = json_object_get(model->components, "model");
    const char *prefix = json_string_value(json_object_get(json, "continuing_subword_prefix")),
               *suffix = json_string_value(json_object_get(json, "end_of_word_suffix"));
    if (strcmp(model->token_model->kind->type, "BPE") != 0)
        return "cuts no words at line ends, and its model is not BPE";
    if ((prefix && prefix[0]) || (suffix && suffix[0]) || is_on(json, "ignore_merges"))
        return "cuts no words at line ends, and its tokens depend on where a word begins or ends";
    if (!has_token(model, "\n", 1) && !(is_on(json, "byte_fallback") && has_all_bytes(model)))
        return "cuts no words at line ends, and has no token for one";
    for (uint32_t id = 0; id < model->table.count; id++)
        if (spans_lines(zest_token_text(&model->table, id)))
            return "has a token that goes on behind a line end";
    return NULL;
}

/* ---- all together ---- */

const char *zest_stream_cuts_refused(const struct zest_tokenizer_model *model)
{
    enum { DEPTH_MAX = 16 };
    const json_t *normalizer = json_object_get(model->components, "normalizer"),
                 *cutter = json_object_get(model->components, "pre_tokenizer");
    struct zest_fast_kind kind;
    enum cutting cutting = cutting_of(cutter, DEPTH_MAX);
    if (cutting == CUTS_UNKNOWN && zest_fast_recognize(model->components, &kind) && kind.family <= ZEST_FAST_DEEPSEEK)
        cutting = CUTS_LINES; /* the known patterns; see the families */
    if (cutting == CUTS_UNKNOWN)
        return "cuts words by a pattern that is not known";
    if (!is_safe_normalizer(normalizer, cutting != CUTS_WHITE_SPACE, DEPTH_MAX))
        return "has a normalizer that may look across a line end or change it";
    const char *why = refuse_added(model, treats_starts(normalizer, DEPTH_MAX) || treats_starts(cutter, DEPTH_MAX));
    return !why && cutting == CUTS_NOTHING ? refuse_model(model) : why;
}
