/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_lexer.c - cuts a template into data, tags and what is in them, with Jinja's white space rules.
 *
 * With trim_blocks the line end behind a block or comment goes; with lstrip_blocks the blanks between a line's start
 * and a block or comment go; "-" beside a tag takes all white space on that side, "+" keeps what the rules would take.
 * One newline at the template's end is dropped. Start at zest_jinja_lex.
 */
#include "jinja_lexer.h"

#include "unicode_class.h"

#include <stdlib.h>

#define BRACES_MAX 200

struct lexer {
    struct jinja *j;
    struct jinja_tokens *tokens;
    const char *text;
    size_t size, at;
    char braces[BRACES_MAX]; /* closing brackets that are awaited */
    size_t brace_count;
};

static struct jinja_token *add(struct lexer *l, enum jinja_token_kind kind, struct zest_text text)
{
    struct jinja_tokens *tokens = l->tokens;
    if (tokens->count == tokens->capacity) {
        size_t capacity = tokens->capacity * 2 + 64;
        struct jinja_token *grown = zest_jinja_alloc(l->j, capacity, sizeof *grown);
        if (!grown)
            return NULL;
        if (tokens->count > 0)
            memcpy(grown, tokens->items, tokens->count * sizeof *grown);
        tokens->items = grown;
        tokens->capacity = capacity;
    }
    tokens->items[tokens->count] = (struct jinja_token){.kind = kind, .line = l->j->line, .text = text};
    return &tokens->items[tokens->count++];
}

/* Moves on, counting lines. */
static void advance(struct lexer *l, size_t to)
{
    for (; l->at < to; l->at++)
        l->j->line += l->text[l->at] == '\n';
}

static bool starts(const struct lexer *l, size_t at, const char *text)
{
    size_t size = strlen(text);
    return l->size - at >= size && !memcmp(l->text + at, text, size);
}

/* The length of the white space character at `at`, 0 where it is none. */
static uint32_t space_at(const struct lexer *l, size_t at)
{
    uint32_t length;
    uint32_t code_point = zest_utf8_decode((const unsigned char *)l->text + at, &length);
    bool is_space = (zest_unicode_class(code_point) & ZEST_CLASS_SPACE) || (code_point >= 0x1C && code_point <= 0x1F);
    return is_space ? length : 0;
}

static size_t skip_spaces(const struct lexer *l, size_t at)
{
    while (at < l->size && space_at(l, at) > 0)
        at += space_at(l, at);
    return at;
}

/* ---- data ---- */

/* Where [from, to) ends without the white space at its end. */
static size_t strip_end(const struct lexer *l, size_t from, size_t to)
{
    size_t end = from;
    for (size_t at = from; at < to;) {
        uint32_t space = space_at(l, at), length;
        zest_utf8_decode((const unsigned char *)l->text + at, &length);
        at += length;
        if (space == 0)
            end = at;
    }
    return end;
}

/* lstrip_blocks: where [from, to) ends when only white space stands between a line's start and `to`. */
static size_t strip_line(const struct lexer *l, size_t from, size_t to)
{
    size_t line = to;
    while (line > from && l->text[line - 1] != '\n')
        line--;
    bool at_line_start = line > from || from == 0 || l->text[from - 1] == '\n';
    return at_line_start && strip_end(l, line, to) == line ? line : to;
}

static void add_data(struct lexer *l, size_t from, size_t to, char sign, bool is_block)
{
    size_t end = sign == '-' ? strip_end(l, from, to) : sign != '+' && is_block ? strip_line(l, from, to) : to;
    if (end > from)
        add(l, JINJA_TOKEN_DATA, (struct zest_text){l->text + from, end - from});
    advance(l, to);
}

/* Behind a block's or comment's closing mark at `at` (of `size` bytes, with its sign): what else goes. */
static size_t behind_end(const struct lexer *l, size_t at, char sign)
{
    if (sign == '-')
        return skip_spaces(l, at);
    return sign != '+' && at < l->size && l->text[at] == '\n' ? at + 1 : at;
}

/* Whether "[sign] close" stands at `at`; gives the sign. */
static bool closes(const struct lexer *l, size_t at, const char *close, char *ret_sign)
{
    *ret_sign = at < l->size && (l->text[at] == '-' || l->text[at] == '+') ? l->text[at] : 0;
    return at < l->size && starts(l, at + (*ret_sign != 0), close);
}

static void skip_comment(struct lexer *l)
{
    char sign;
    for (size_t at = l->at; at + 1 < l->size; at++)
        if (closes(l, at, "#}", &sign)) {
            advance(l, behind_end(l, at + (sign != 0) + 2, sign));
            return;
        }
    zest_jinja_fail(l->j, "Missing end of comment tag");
}

/* "{% NAME %}" at `at`: where it ends and its signs; 0 where it is another tag. */
static size_t simple_tag(const struct lexer *l, size_t at, const char *name, char *ret_begin, char *ret_end)
{
    if (!starts(l, at, "{%"))
        return 0;
    at += 2;
    *ret_begin = at < l->size && (l->text[at] == '-' || l->text[at] == '+') ? l->text[at] : 0;
    at = skip_spaces(l, at + (*ret_begin != 0));
    if (at >= l->size || !starts(l, at, name))
        return 0;
    at = skip_spaces(l, at + strlen(name));
    return closes(l, at, "%}", ret_end) ? at + (*ret_end != 0) + 2 : 0;
}

/* The text between raw and endraw, untouched; `at` is behind "{% raw %}". */
static void lex_raw(struct lexer *l)
{
    char begin, end;
    if (l->at >= l->size) /* Jinja ends a template here, too */
        return;
    for (size_t at = l->at; at + 1 < l->size; at++) {
        size_t behind = simple_tag(l, at, "endraw", &begin, &end);
        if (behind == 0)
            continue;
        add_data(l, l->at, at, begin, true);
        advance(l, behind_end(l, behind, end));
        return;
    }
    zest_jinja_fail(l->j, "Missing end of raw directive");
}

/* ---- inside tags ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Digits of `base` with single underscores between them, copied without; answers where they end. */
static size_t take_digits(const struct lexer *l, size_t at, int base, char *out, size_t *out_size)
{
    while (at < l->size) {
        char c = l->text[at];
        bool is_mark = c == '_' && at + 1 < l->size && l->text[at + 1] != '_';
        bool fits = is_digit(c) ? c - '0' < base : base == 16 && ((c | 32) >= 'a' && (c | 32) <= 'f');
        if (!fits && !is_mark)
            break;
        if (fits && *out_size < 60)
            out[(*out_size)++] = c;
        at++;
    }
    out[*out_size] = 0;
    return at;
}

static size_t take_fraction(const struct lexer *l, size_t at, char *out, size_t *out_size, bool *ret_real)
{
    if (at + 1 < l->size && l->text[at] == '.' && is_digit(l->text[at + 1])) {
        out[(*out_size)++] = '.';
        at = take_digits(l, at + 1, 10, out, out_size);
        *ret_real = true;
    }
    size_t digits = at + 1;
    if (digits < l->size && (l->text[digits] == '+' || l->text[digits] == '-'))
        digits++;
    if (at < l->size && (l->text[at] | 32) == 'e' && digits < l->size && is_digit(l->text[digits])) {
        out[(*out_size)++] = 'e';
        if (digits > at + 1)
            out[(*out_size)++] = l->text[at + 1];
        at = take_digits(l, digits, 10, out, out_size);
        *ret_real = true;
    }
    return at;
}

static void lex_number(struct lexer *l)
{
    char digits[80];
    size_t size = 0, at = l->at;
    bool is_real = false;
    char mark = at + 1 < l->size && l->text[at] == '0' ? l->text[at + 1] | 32 : 0;
    int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    at = take_digits(l, at + (base != 10 ? 2 : 0), base, digits, &size);
    bool after_dot = l->at > 0 && l->text[l->at - 1] == '.'; /* x.0.1: not a fraction */
    if (base == 10 && !after_dot)
        at = take_fraction(l, at, digits, &size, &is_real);
    char *end;
    struct jinja_token *token = add(l, JINJA_TOKEN_NUMBER, (struct zest_text){l->text + l->at, at - l->at});
    if (token)
        token->value = is_real ? zest_jinja_float(strtod(digits, &end)) : zest_jinja_int(strtoll(digits, &end, base));
    advance(l, at);
}

static uint32_t hex_digits(const char *text, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = text[i] | 32;
        value = value << 4 | (uint32_t)(is_digit(text[i]) ? c - '0' : c - 'a' + 10);
    }
    return value;
}

static bool all_hex(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_digit(text[i]) && ((text[i] | 32) < 'a' || (text[i] | 32) > 'f'))
            return false;
    return true;
}

/* The escape behind the backslash at in[0]; answers how many bytes of `in` it takes. */
static size_t unescape(struct lexer *l, const char *in, size_t left, char *out, size_t *out_size)
{
    static const char letters[] = "abfnrtv\\'\"", meanings[] = "\a\b\f\n\r\t\v\\'\"";
    const char *letter = left > 1 && in[1] ? strchr(letters, in[1]) : NULL;
    size_t digits = left > 1 ? (in[1] == 'x' ? 2 : in[1] == 'u' ? 4 : in[1] == 'U' ? 8 : 0) : 0;
    if (letter) {
        out[(*out_size)++] = meanings[letter - letters];
        return 2;
    }
    if (left > 1 && in[1] == '\n')
        return 2;
    if (left > 1 && in[1] >= '0' && in[1] <= '7') {
        uint32_t value = 0;
        size_t at = 1;
        for (; at < 4 && at < left && in[at] >= '0' && in[at] <= '7'; at++)
            value = value * 8 + (uint32_t)(in[at] - '0');
        *out_size += zest_utf8_encode(value, out + *out_size);
        return at;
    }
    if (digits == 0) {
        out[(*out_size)++] = '\\';
        return 1;
    }
    uint32_t value = left >= 2 + digits && all_hex(in + 2, digits) ? hex_digits(in + 2, digits) : UINT32_MAX;
    if (value > ZEST_CODE_POINT_MAX || (value >= 0xD800 && value < 0xE000)) {
        zest_jinja_fail(l->j, "a string has an escape that is no character");
        return left;
    }
    *out_size += zest_utf8_encode(value, out + *out_size);
    return 2 + digits;
}

static void lex_string(struct lexer *l)
{
    char quote = l->text[l->at];
    size_t end = l->at + 1;
    while (end < l->size && l->text[end] != quote)
        end += l->text[end] == '\\' ? 2 : 1;
    if (end >= l->size) {
        zest_jinja_fail(l->j, "a string is not closed");
        return;
    }
    const char *in = l->text + l->at + 1;
    size_t size = end - l->at - 1, out_size = 0;
    char *out = zest_jinja_alloc(l->j, size + 1, 1); /* an escape is never shorter than what it means */
    for (size_t at = 0; out && at < size;) {
        if (in[at] == '\\')
            at += unescape(l, in + at, size - at, out, &out_size);
        else
            out[out_size++] = in[at++];
    }
    if (out)
        add(l, JINJA_TOKEN_STRING, (struct zest_text){out, out_size});
    advance(l, end + 1);
}

static void lex_operator(struct lexer *l)
{
    static const char *const operators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
                                            "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    for (size_t i = 0; i < ZEST_COUNT(operators); i++) {
        if (!starts(l, l->at, operators[i]))
            continue;
        char c = operators[i][0];
        if (c == '(' || c == '[' || c == '{') {
            if (l->brace_count == BRACES_MAX) {
                zest_jinja_fail(l->j, "more than %d brackets are open", BRACES_MAX);
                return;
            }
            l->braces[l->brace_count++] = c == '(' ? ')' : c == '[' ? ']' : '}';
        } else if (c == ')' || c == ']' || c == '}') {
            if (l->brace_count == 0) {
                zest_jinja_fail(l->j, "unexpected '%c'", c);
                return;
            }
            if (l->braces[l->brace_count - 1] != c) {
                zest_jinja_fail(l->j, "unexpected '%c', expected '%c'", c, l->braces[l->brace_count - 1]);
                return;
            }
            l->brace_count--;
        }
        add(l, JINJA_TOKEN_OPERATOR, zest_text_of(operators[i]));
        advance(l, l->at + strlen(operators[i]));
        return;
    }
    zest_jinja_fail(l->j, "unexpected char '%c' at %zu", l->text[l->at], l->at);
}

static void lex_name(struct lexer *l)
{
    size_t end = l->at;
    while (end < l->size && (is_name_byte(l->text[end]) || is_digit(l->text[end])))
        end++;
    add(l, JINJA_TOKEN_NAME, (struct zest_text){l->text + l->at, end - l->at});
    advance(l, end);
}

/* What is in a tag, up to and with its closing mark. */
static void lex_tag(struct lexer *l, bool is_block)
{
    char sign;
    l->brace_count = 0;
    while (!l->j->failed) {
        advance(l, skip_spaces(l, l->at));
        if (l->at >= l->size) {
            zest_jinja_fail(l->j, "unexpected end of template: a tag is not closed");
            return;
        }
        if (l->brace_count == 0 && closes(l, l->at, is_block ? "%}" : "}}", &sign) && (is_block || sign != '+')) {
            add(l, is_block ? JINJA_TOKEN_BLOCK_END : JINJA_TOKEN_PRINT_END, ZEST_TEXT(""));
            size_t behind = l->at + (sign != 0) + 2;
            advance(l, is_block ? behind_end(l, behind, sign) : sign == '-' ? skip_spaces(l, behind) : behind);
            return;
        }
        char c = l->text[l->at];
        if (is_digit(c))
            lex_number(l);
        else if (is_name_byte(c))
            lex_name(l);
        else if (c == '\'' || c == '"')
            lex_string(l);
        else
            lex_operator(l);
    }
}

/* ---- the whole ---- */

static size_t find_tag(const struct lexer *l, size_t at)
{
    for (; at + 1 < l->size; at++)
        if (l->text[at] == '{' && (l->text[at + 1] == '{' || l->text[at + 1] == '%' || l->text[at + 1] == '#'))
            return at;
    return l->size;
}

static void lex_next(struct lexer *l)
{
    size_t tag = find_tag(l, l->at);
    if (tag == l->size) {
        add_data(l, l->at, tag, 0, false);
        return;
    }
    char kind = l->text[tag + 1], begin, end;
    char sign = tag + 2 < l->size && (l->text[tag + 2] == '-' || l->text[tag + 2] == '+') ? l->text[tag + 2] : 0;
    add_data(l, l->at, tag, sign, kind != '{');
    size_t raw = kind == '%' ? simple_tag(l, tag, "raw", &begin, &end) : 0;
    if (raw > 0) {
        advance(l, end == '-' ? skip_spaces(l, raw) : raw);
        lex_raw(l);
        return;
    }
    if (kind != '#')
        add(l, kind == '{' ? JINJA_TOKEN_PRINT_BEGIN : JINJA_TOKEN_BLOCK_BEGIN, ZEST_TEXT(""));
    advance(l, tag + 2 + (sign != 0));
    if (kind == '#')
        skip_comment(l);
    else
        lex_tag(l, kind == '%');
}

/* Line ends become \n; one at the end is dropped. */
static void normalize(struct lexer *l, struct zest_text source)
{
    char *text = zest_jinja_alloc(l->j, source.size + 1, 1);
    size_t size = 0;
    for (size_t i = 0; text && i < source.size; i++) {
        if (source.data[i] == '\r' && i + 1 < source.size && source.data[i + 1] == '\n')
            continue;
        text[size++] = source.data[i] == '\r' ? '\n' : source.data[i];
    }
    if (size > 0 && text[size - 1] == '\n')
        size--;
    l->text = text;
    l->size = text ? size : 0;
}

void zest_jinja_lex(struct jinja *j, struct zest_text source, struct jinja_tokens *ret_tokens)
{
    struct lexer l = {.j = j, .tokens = ret_tokens};
    *ret_tokens = (struct jinja_tokens){0};
    j->line = 1;
    normalize(&l, source);
    while (l.at < l.size && !j->failed)
        lex_next(&l);
    if (!j->failed)
        add(&l, JINJA_TOKEN_EOF, ZEST_TEXT("end of template"));
}
