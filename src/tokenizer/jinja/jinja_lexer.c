/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_lexer.c - cuts a template into data and tags, with Jinja's white space rules.
 *
 * With trim_blocks the line end behind a block or comment goes; with lstrip_blocks the blanks between a line's start
 * and a block or comment go; "-" beside a tag takes all white space on that side, "+" keeps what the rules would take.
 * One newline at the template's end is dropped. Start at zest_jinja_lex.
 */
#include "jinja_lexer.h"

#include "jinja_text.h"
#include "unicode_class.h"

struct jinja_token *zest_jinja_add_token(struct jinja_lexer *l, enum jinja_token_kind kind, size_t at)
{
    struct jinja_tokens *tokens = l->tokens;
    if (tokens->count == tokens->capacity) {
        size_t capacity = tokens->capacity * 2 + l->size / 8 + 16;
        struct jinja_token *grown = zest_jinja_alloc(l->j, capacity, sizeof *grown);
        if (!grown)
            return NULL;
        if (tokens->count > 0)
            memcpy(grown, tokens->items, tokens->count * sizeof *grown);
        tokens->items = grown;
        tokens->capacity = capacity;
    }
    tokens->items[tokens->count] = (struct jinja_token){.kind = (uint8_t)kind, .at = (uint32_t)at};
    return &tokens->items[tokens->count++];
}

static bool starts(const struct jinja_lexer *l, size_t at, const char *text)
{
    size_t size = strlen(text);
    return at <= l->size && l->size - at >= size && !memcmp(l->text + at, text, size);
}

/* The length of the white space character at `at`, 0 where it is none. */
static uint32_t space_at(const struct jinja_lexer *l, size_t at)
{
    uint32_t length;
    uint32_t code_point = zest_utf8_decode((const unsigned char *)l->text + at, &length);
    return zest_jinja_is_space(code_point) ? length : 0;
}

static size_t skip_spaces(const struct jinja_lexer *l, size_t at)
{
    for (uint32_t length; at < l->size && (length = space_at(l, at)) > 0;)
        at += length;
    return at;
}

/* "-" or "+" at `at`; 0 where there is neither. */
static char sign_at(const struct jinja_lexer *l, size_t at)
{
    return at < l->size && (l->text[at] == '-' || l->text[at] == '+') ? l->text[at] : 0;
}

/* ---- data ---- */

/* Where [from, to) ends without the white space at its end. */
static size_t strip_end(const struct jinja_lexer *l, size_t from, size_t to)
{
    while (to > from) {
        size_t at = to - 1;
        while (at > from && zest_utf8_continues((unsigned char)l->text[at]))
            at--;
        if (space_at(l, at) == 0)
            break;
        to = at;
    }
    return to;
}

/* lstrip_blocks: where [from, to) ends when only white space stands between a line's start and `to`. */
static size_t strip_line(const struct jinja_lexer *l, size_t from, size_t to)
{
    size_t line = to;
    while (line > from && l->text[line - 1] != '\n')
        line--;
    bool at_line_start = line > from || from == 0 || l->text[from - 1] == '\n';
    return at_line_start && strip_end(l, line, to) == line ? line : to;
}

static void add_data(struct jinja_lexer *l, size_t to, char sign, bool is_block)
{
    size_t from = l->at;
    size_t end = sign == '-' ? strip_end(l, from, to) : sign != '+' && is_block ? strip_line(l, from, to) : to;
    struct jinja_token *token = end > from ? zest_jinja_add_token(l, JINJA_TOKEN_DATA, from) : NULL;
    if (token)
        token->text = (struct zest_text){l->text + from, end - from};
    l->at = to;
}

/* ---- tags ---- */

/* Behind a block's or comment's closing mark, which ends at `at`: what else goes. */
static size_t behind_end(const struct jinja_lexer *l, size_t at, char sign)
{
    if (sign == '-')
        return skip_spaces(l, at);
    return sign != '+' && at < l->size && l->text[at] == '\n' ? at + 1 : at;
}

/* Whether "[sign] close" stands at `at`; gives the sign. */
static bool closes(const struct jinja_lexer *l, size_t at, const char *close, char *ret_sign)
{
    *ret_sign = sign_at(l, at);
    return starts(l, at + (*ret_sign != 0), close);
}

static void skip_comment(struct jinja_lexer *l)
{
    char sign;
    for (size_t at = l->at; at + 1 < l->size; at++)
        if (closes(l, at, "#}", &sign)) {
            l->at = behind_end(l, at + (sign != 0) + 2, sign);
            return;
        }
    if (l->at < l->size) /* Jinja takes "{#" as a template's last word */
        zest_jinja_fail(l->j, "Missing end of comment tag");
    l->at = l->size;
}

/* "{% NAME %}" at `at`: where it ends and its signs; 0 where it is another tag. */
static size_t simple_tag(const struct jinja_lexer *l, size_t at, const char *name, char *ret_begin, char *ret_end)
{
    if (!starts(l, at, "{%"))
        return 0;
    *ret_begin = sign_at(l, at + 2);
    at = skip_spaces(l, at + 2 + (*ret_begin != 0));
    if (!starts(l, at, name))
        return 0;
    at = skip_spaces(l, at + strlen(name));
    return closes(l, at, "%}", ret_end) ? at + (*ret_end != 0) + 2 : 0;
}

/* The text between raw and endraw, untouched; l->at is behind "{% raw %}". */
static void lex_raw(struct jinja_lexer *l)
{
    char begin, end;
    for (size_t at = l->at; at + 1 < l->size; at++) {
        size_t behind = l->text[at] == '{' ? simple_tag(l, at, "endraw", &begin, &end) : 0;
        if (behind == 0)
            continue;
        add_data(l, at, begin, true);
        l->at = behind_end(l, behind, end);
        return;
    }
    if (l->at < l->size) /* as with comments, the end of the template will do */
        zest_jinja_fail(l->j, "Missing end of raw directive");
    l->at = l->size;
}

/* What is in a tag, up to and with its closing mark. A tag that is not closed ends with the template; the parser sees.
 */
static void lex_tag(struct jinja_lexer *l, bool is_block)
{
    char sign;
    l->bracket_count = 0;
    while (!l->j->failed && (l->at = skip_spaces(l, l->at)) < l->size) {
        l->j->at = (uint32_t)l->at;
        if (l->bracket_count == 0 && closes(l, l->at, is_block ? "%}" : "}}", &sign) && (is_block || sign != '+')) {
            zest_jinja_add_token(l, is_block ? JINJA_TOKEN_BLOCK_END : JINJA_TOKEN_PRINT_END, l->at);
            size_t behind = l->at + (sign != 0) + 2;
            l->at = is_block ? behind_end(l, behind, sign) : sign == '-' ? skip_spaces(l, behind) : behind;
            return;
        }
        zest_jinja_lex_token(l);
    }
}

static size_t find_tag(const struct jinja_lexer *l, size_t at)
{
    while (at + 1 < l->size) {
        const char *brace = memchr(l->text + at, '{', l->size - at - 1);
        if (!brace)
            break;
        if (brace[1] == '{' || brace[1] == '%' || brace[1] == '#')
            return (size_t)(brace - l->text);
        at = (size_t)(brace - l->text) + 1;
    }
    return l->size;
}

static void lex_next(struct jinja_lexer *l)
{
    size_t tag = find_tag(l, l->at);
    l->j->at = (uint32_t)tag;
    if (tag == l->size) {
        add_data(l, tag, 0, false);
        return;
    }
    char kind = l->text[tag + 1], begin, end, sign = sign_at(l, tag + 2);
    size_t raw = kind == '%' ? simple_tag(l, tag, "raw", &begin, &end) : 0;
    if (raw > 0 && end == '+') /* no raw tag, then, but one that nobody knows */
        raw = 0;
    add_data(l, tag, sign, kind != '{');
    if (raw > 0) {
        l->at = end == '-' ? skip_spaces(l, raw) : raw;
        lex_raw(l);
        return;
    }
    if (kind != '#')
        zest_jinja_add_token(l, kind == '{' ? JINJA_TOKEN_PRINT_BEGIN : JINJA_TOKEN_BLOCK_BEGIN, tag);
    l->at = tag + 2 + (sign != 0);
    if (kind == '#')
        skip_comment(l);
    else
        lex_tag(l, kind == '%');
}

/* ---- the whole ---- */

/* Line ends become \n; one at the end is dropped. */
static struct zest_text normalize(struct jinja *j, struct zest_text source)
{
    char *text = zest_jinja_alloc(j, source.size + 1, 1);
    size_t size = 0;
    if (!text)
        return ZEST_TEXT("");
    if (source.size > 0 && !memchr(source.data, '\r', source.size)) {
        memcpy(text, source.data, source.size);
        size = source.size;
    } else {
        for (size_t i = 0; i < source.size; i++) {
            if (source.data[i] == '\r' && i + 1 < source.size && source.data[i + 1] == '\n')
                continue;
            text[size++] = source.data[i] == '\r' ? '\n' : source.data[i];
        }
    }
    if (size > 0 && text[size - 1] == '\n')
        size--;
    text[size] = 0;
    return (struct zest_text){text, size};
}

void zest_jinja_lex(struct jinja *j, struct zest_text source, struct jinja_tokens *ret_tokens)
{
    *ret_tokens = (struct jinja_tokens){.source = normalize(j, source)};
    struct jinja_lexer l = {
        .j = j, .tokens = ret_tokens, .text = ret_tokens->source.data, .size = ret_tokens->source.size};
    while (l.at < l.size && !j->failed)
        lex_next(&l);
    if (!j->failed)
        zest_jinja_add_token(&l, JINJA_TOKEN_EOF, l.size);
}
