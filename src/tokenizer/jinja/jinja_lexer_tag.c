/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_lexer_tag.c - the tokens inside tags: names, numbers, strings, operators. Start at zest_jinja_lex_token.
 */
#include "jinja_lexer.h"
#include "jinja_text.h"
#include "unicode_class.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* The byte at `at`, 0 behind the end. */
static char byte_at(const struct jinja_lexer *l, size_t at)
{
    return at < l->size ? l->text[at] : 0;
}

/* ---- numbers ---- */

/* Where digits of `base` end that begin at `at`; single underscores may stand between them, and before the first where
 * `mark_first`. Answers `at` where there are none. */
static size_t digits_end(const struct jinja_lexer *l, size_t at, int base, bool mark_first)
{
    size_t end = at;
    for (bool first = true;; first = false) {
        size_t next = end + (byte_at(l, end) == '_' && (!first || mark_first));
        if (next >= l->size || digit_value(l->text[next]) >= base)
            return end;
        end = next + 1;
    }
}

/* The end of a float at `at`, 0 where there is none: digits, then a fraction, an exponent or both. */
static size_t float_end(const struct jinja_lexer *l, size_t at)
{
    size_t whole = digits_end(l, at, 10, false), end = whole;
    if (whole == at || (at > 0 && l->text[at - 1] == '.'))
        return 0;
    if (byte_at(l, whole) == '.') {
        size_t fraction = digits_end(l, whole + 1, 10, false);
        end = fraction > whole + 1 ? fraction : whole;
    }
    if ((byte_at(l, end) | 32) != 'e')
        return end > whole ? end : 0;
    size_t digits = end + 1 + (byte_at(l, end + 1) == '+' || byte_at(l, end + 1) == '-');
    size_t exponent = digits_end(l, digits, 10, false);
    if (exponent > digits)
        return exponent;
    return end > whole ? end : 0;
}

/* The text without underscores, as a C string. */
static char *plain_number(struct jinja_lexer *l, size_t from, size_t to)
{
    char *plain = zest_jinja_alloc(l->j, to - from + 1, 1);
    size_t size = 0;
    for (size_t at = from; plain && at < to; at++)
        if (l->text[at] != '_')
            plain[size++] = l->text[at];
    if (plain)
        plain[size] = 0;
    return plain;
}

static size_t integer_end(const struct jinja_lexer *l, size_t at, int *ret_base)
{
    char mark = l->text[at] == '0' ? byte_at(l, at + 1) | 32 : 0;
    int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    size_t end = base == 10 ? at : digits_end(l, at + 2, base, true);
    *ret_base = base;
    if (base != 10 && end > at + 2)
        return end;
    *ret_base = 10;
    return digits_end(l, at, l->text[at] == '0' ? 1 : 10, false); /* a zero is followed by zeros only */
}

static void lex_number(struct jinja_lexer *l)
{
    int base = 10;
    size_t real = float_end(l, l->at), end = real ? real : integer_end(l, l->at, &base);
    struct jinja_token *token = zest_jinja_add_token(l, real ? JINJA_TOKEN_FLOAT : JINJA_TOKEN_INTEGER, l->at);
    char *digits = token ? plain_number(l, l->at, end) : NULL;
    l->at = end;
    if (!digits)
        return;
    if (real)
        token->value = zest_jinja_float(strtod(digits, NULL));
    else
        token->value = zest_jinja_read_integer(l->j, zest_text_of(digits + (base == 10 ? 0 : 2)), base, false);
}

/* ---- strings ---- */

static uint32_t hex_value(const char *text, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digit_value(text[i]);
        if (digit > 15)
            return UINT32_MAX;
        value = value << 4 | (uint32_t)digit;
    }
    return value;
}

struct unescaped {
    char *data;
    size_t size;
};

static void put(struct unescaped *out, uint32_t code_point)
{
    out->size += zest_utf8_encode(code_point, out->data + out->size);
}

/* Python escapes what is not ASCII before it reads escapes, so a backslash before it keeps that escape's letters. */
static size_t unescape_foreign(const char *in, struct unescaped *out)
{
    uint32_t length, code_point = zest_utf8_decode((const unsigned char *)in + 1, &length);
    const char *format = code_point < 0x100 ? "\\x%02x" : code_point < 0x10000 ? "\\u%04x" : "\\U%08x";
    out->size += (size_t)snprintf(out->data + out->size, 12, format, code_point);
    return 1 + length;
}

/* The escape behind the backslash at in[0]; answers how many bytes of `in` it takes, of `left` ones (at least 2). */
static size_t unescape(struct jinja_lexer *l, const char *in, size_t left, struct unescaped *out)
{
    static const char letters[] = "abfnrtv\\'\"", meanings[] = "\a\b\f\n\r\t\v\\'\"";
    const char *letter = in[1] ? strchr(letters, in[1]) : NULL;
    size_t digits = in[1] == 'x' ? 2 : in[1] == 'u' ? 4 : in[1] == 'U' ? 8 : 0, at = 1;
    uint32_t value = 0;
    if (letter) {
        put(out, (unsigned char)meanings[letter - letters]);
        return 2;
    }
    if ((unsigned char)in[1] >= 0x80)
        return unescape_foreign(in, out);
    if (in[1] == '\n')
        return 2;
    for (; at < 4 && at < left && in[at] >= '0' && in[at] <= '7'; at++)
        value = value * 8 + (uint32_t)(in[at] - '0');
    if (at > 1) {
        put(out, value);
        return at;
    }
    if (digits == 0 && in[1] != 'N') {
        put(out, '\\');
        return 1;
    }
    value = digits > 0 && left >= 2 + digits ? hex_value(in + 2, digits) : UINT32_MAX;
    if (in[1] == 'N')
        zest_jinja_fail(l->j, "a string has a \\N escape; zest does not know the names of characters");
    else if (value > ZEST_CODE_POINT_MAX || (value >= 0xD800 && value < 0xE000))
        zest_jinja_fail(l->j, "a string has a \\%c escape that is no character", in[1]);
    else
        put(out, value);
    return 2 + digits;
}

static void lex_string(struct jinja_lexer *l)
{
    char quote = l->text[l->at];
    size_t end = l->at + 1;
    while (end < l->size && l->text[end] != quote)
        end += l->text[end] == '\\' ? 2 : 1;
    if (end >= l->size) {
        zest_jinja_fail(l->j, "unexpected char '%c' at %zu: a string is not closed", quote, l->at);
        return;
    }
    const char *in = l->text + l->at + 1;
    size_t size = end - l->at - 1;
    struct jinja_token *token = zest_jinja_add_token(l, JINJA_TOKEN_STRING, l->at);
    l->at = end + 1;
    if (!token)
        return;
    token->text = (struct zest_text){in, size};
    if (!memchr(in, '\\', size))
        return;
    struct unescaped out = {zest_jinja_alloc(l->j, 5 * size + 12, 1), 0}; /* \ and two bytes may become \uXXXX */
    for (size_t at = 0; out.data && at < size && !l->j->failed;) {
        if (in[at] == '\\')
            at += unescape(l, in + at, size - at, &out);
        else
            out.data[out.size++] = in[at++];
    }
    token->text = (struct zest_text){out.data, out.size};
}

/* ---- operators and names ---- */

static const char *const operators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
                                        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};

static const char single_operators[] = "+-/*%~[](){}><=.:|,;"; /* the rest of the table */

const char *zest_jinja_operator_text(enum jinja_token_kind kind)
{
    return operators[kind - JINJA_TOKEN_FLOOR_DIVIDE];
}

/* Brackets must match within a tag. */
static void count_bracket(struct jinja_lexer *l, char c)
{
    if (c == '(' || c == '[' || c == '{') {
        if (l->bracket_count == JINJA_BRACKETS_MAX)
            zest_jinja_fail(l->j, "more than %d brackets are open", JINJA_BRACKETS_MAX);
        else
            l->brackets[l->bracket_count++] = c == '(' ? ')' : c == '[' ? ']' : '}';
    } else if (c == ')' || c == ']' || c == '}') {
        if (l->bracket_count == 0)
            zest_jinja_fail(l->j, "unexpected '%c'", c);
        else if (l->brackets[--l->bracket_count] != c)
            zest_jinja_fail(l->j, "unexpected '%c', expected '%c'", c, l->brackets[l->bracket_count]);
    }
}

/* Where an operator stands in the table, -1 where none begins so. Those of two characters come first. */
static int find_operator(const char *in, size_t left)
{
    for (int i = 0; left > 1 && i < JINJA_TOKEN_ADD - JINJA_TOKEN_FLOOR_DIVIDE; i++)
        if (in[0] == operators[i][0] && in[1] == operators[i][1])
            return i;
    const char *one = in[0] ? strchr(single_operators, in[0]) : NULL;
    return one ? JINJA_TOKEN_ADD - JINJA_TOKEN_FLOOR_DIVIDE + (int)(one - single_operators) : -1;
}

static void lex_operator(struct jinja_lexer *l)
{
    const char *in = l->text + l->at;
    int found = find_operator(in, l->size - l->at);
    if (found < 0) {
        zest_jinja_fail(l->j, "unexpected char '%c' at %zu", in[0], l->at);
        return;
    }
    count_bracket(l, in[0]);
    zest_jinja_add_token(l, (enum jinja_token_kind)(JINJA_TOKEN_FLOOR_DIVIDE + found), l->at);
    l->at += strlen(operators[found]);
}

static bool is_ascii_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

/* The length of the name character at `at`, 0 where there is none. */
static uint32_t name_character(const struct jinja_lexer *l, size_t at, bool is_first)
{
    uint32_t length = 1;
    if (at >= l->size)
        return 0;
    if ((unsigned char)l->text[at] < 0x80)
        return is_ascii_name(l->text[at]) ? 1 : 0;
    uint32_t code_point = zest_utf8_decode((const unsigned char *)l->text + at, &length);
    return zest_jinja_is_identifier(code_point, is_first) ? length : 0;
}

static void lex_name(struct jinja_lexer *l, uint32_t first)
{
    size_t end = l->at + first;
    for (uint32_t length; (length = name_character(l, end, false)) > 0;)
        end += length;
    struct jinja_token *token = zest_jinja_add_token(l, JINJA_TOKEN_NAME, l->at);
    if (token)
        token->text = (struct zest_text){l->text + l->at, end - l->at};
    l->at = end;
}

void zest_jinja_lex_token(struct jinja_lexer *l)
{
    char c = l->text[l->at];
    uint32_t name = is_digit(c) ? 0 : name_character(l, l->at, true);
    if (is_digit(c))
        lex_number(l);
    else if (name > 0)
        lex_name(l, name);
    else if (c == '\'' || c == '"')
        lex_string(l);
    else
        lex_operator(l);
}
