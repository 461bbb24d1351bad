/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_format_spec.c - format(value, spec): Python's format specification mini-language,
 *
 *     [[fill]align][sign][z][#][0][width][grouping][.precision][type]
 *
 * for texts, integers and floats. Other values take no specification.
 */
#include "jinja_number_format.h"
#include "jinja_text.h"

#include "unicode_class.h"

#include <math.h>

struct spec {
    struct zest_text fill; /* one character */
    char align;            /* < > = ^, 0: not given */
    char sign;             /* + - blank, 0: not given */
    bool no_negative_zero, alternate;
    int64_t width, precision; /* -1: not given */
    char grouping;            /* , _ or 0 */
    uint32_t type;            /* 0: not given */
};

/* ---- reading ---- */

struct reader {
    struct jinja *j;
    const char *at, *end;
};

static uint32_t peek(const struct reader *r, uint32_t *ret_length)
{
    return r->at < r->end ? zest_utf8_decode((const unsigned char *)r->at, ret_length) : 0;
}

static bool is_align(const char *at, const char *end)
{
    return at < end && (*at == '<' || *at == '>' || *at == '=' || *at == '^');
}

static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Digits; -1 where there are none. */
static int64_t take_number(struct reader *r)
{
    int64_t number = -1;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && number < INT32_MAX; r->at++)
        number = (number < 0 ? 0 : number) * 10 + (*r->at - '0');
    if (number >= INT32_MAX)
        zest_jinja_fail(r->j, "Too many decimal digits in format string");
    return number;
}

static void read_align(struct reader *r, struct spec *s, bool zeros_align)
{
    uint32_t length = 0;
    bool has_fill = false;
    peek(r, &length);
    if (r->at < r->end && is_align(r->at + length, r->end)) {
        s->fill = (struct zest_text){r->at, length};
        has_fill = true;
        r->at += length;
    }
    if (is_align(r->at, r->end))
        s->align = *r->at++;
    if (r->at < r->end && (*r->at == '+' || *r->at == '-' || *r->at == ' '))
        s->sign = *r->at++;
    s->no_negative_zero = take(r, 'z');
    s->alternate = take(r, '#');
    if (!has_fill && r->at < r->end && *r->at == '0') {
        s->fill = ZEST_TEXT("0");
        if (s->align == 0 && zeros_align)
            s->align = '=';
        r->at++;
    }
}

static struct spec read_spec(struct jinja *j, struct zest_text text, bool zeros_align)
{
    struct spec s = {.fill = ZEST_TEXT(" "), .width = -1, .precision = -1};
    struct reader r = {j, text.data, text.data + text.size};
    uint32_t length = 0;
    read_align(&r, &s, zeros_align);
    s.width = take_number(&r);
    while (r.at < r.end && (*r.at == ',' || *r.at == '_')) {
        if (s.grouping)
            zest_jinja_fail(j, "Cannot specify both ',' and '_', or either of them twice.");
        s.grouping = *r.at++;
    }
    if (take(&r, '.')) {
        s.precision = take_number(&r);
        if (s.precision < 0)
            zest_jinja_fail(j, "Format specifier missing precision");
    }
    s.type = peek(&r, &length);
    r.at += length;
    if (r.at < r.end)
        zest_jinja_fail(j, "Invalid format specifier");
    return s;
}

/* ---- laying out ---- */

static void write_fill(struct jinja *j, struct jinja_output *output, const struct spec *s, int64_t count)
{
    zest_jinja_write_text(j, output, zest_jinja_repeat(j, s->fill, count));
}

/* `head` (sign, prefix) and `body`; with "=" the filling stands between them. */
static void write_aligned(struct jinja *j, struct jinja_output *output, const struct spec *s, char default_align,
                          struct zest_text head, struct zest_text body)
{
    char align = s->align ? s->align : default_align;
    int64_t missing = s->width - (int64_t)(zest_jinja_code_points(head) + zest_jinja_code_points(body));
    missing = missing > 0 ? missing : 0;
    int64_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    write_fill(j, output, s, left);
    zest_jinja_write_text(j, output, head);
    write_fill(j, output, s, align == '=' ? missing : 0);
    zest_jinja_write_text(j, output, body);
    write_fill(j, output, s, align == '<' || align == '^' ? missing - left : 0);
}

/* Digits in groups, up to where they end (a point, an exponent). Zeros that fill are grouped with them: they take
 * `least` characters at least. */
static struct zest_text group_digits(struct jinja *j, struct zest_text text, const struct spec *s, int64_t least,
                                     size_t group)
{
    size_t count = 0;
    struct jinja_output output = {0};
    while (count < text.size && ((text.data[count] >= '0' && text.data[count] <= '9') ||
                                 (group == 4 && (text.data[count] | 32) >= 'a' && (text.data[count] | 32) <= 'f')))
        count++;
    int64_t rest = (int64_t)(text.size - count), wanted = least - rest, total = (int64_t)count;
    while (total + (total - 1) / (int64_t)group < wanted) /* zeros, as many as are needed with their marks */
        total++;
    for (int64_t i = total; i > 0 && !j->failed; i--) {
        const char *digit = i > (int64_t)count ? "0" : text.data + count - i;
        zest_jinja_write(j, &output, digit, 1);
        if (i > 1 && (i - 1) % (int64_t)group == 0)
            zest_jinja_write(j, &output, &s->grouping, 1);
    }
    zest_jinja_write(j, &output, text.data + count, (size_t)rest);
    zest_jinja_spend(j, (uint64_t)total);
    return zest_jinja_output_text(&output);
}

static void write_number(struct jinja *j, struct jinja_output *output, const struct spec *s,
                         const struct jinja_digits *number, size_t group)
{
    const char *sign = number->is_negative ? "-" : s->sign == '+' ? "+" : s->sign == ' ' ? " " : "";
    struct zest_text head = zest_text_format(j->arena, "%s%s", sign, s->alternate ? number->prefix : "");
    struct zest_text body = number->digits;
    bool zeros = s->fill.size == 1 && s->fill.data[0] == '0' && s->align == '=';
    if (s->width > (int64_t)j->limits.output_size)
        zest_jinja_fail(j, "the template makes a text of more than %zu bytes", j->limits.output_size);
    if (s->grouping && !j->failed)
        body = group_digits(j, body, s, zeros ? s->width - (int64_t)head.size : 0, group);
    write_aligned(j, output, s, '>', head, body);
}

/* ---- texts ---- */

static void write_text(struct jinja *j, struct jinja_output *output, struct jinja_value value, struct zest_text spec)
{
    struct spec s = read_spec(j, spec, false);
    const char *wrong = s.type != 0 && s.type != 's' ? "Unknown format code for object of type 'str'"
                        : s.sign                     ? "Sign not allowed in string format specifier"
                        : s.no_negative_zero ? "Negative zero coercion (z) not allowed in string format specifier"
                        : s.alternate        ? "Alternate form (#) not allowed in string format specifier"
                        : s.align == '='     ? "'=' alignment not allowed in string format specifier"
                        : s.grouping         ? "Cannot specify ',' or '_' with 's'."
                                             : NULL;
    if (wrong)
        zest_jinja_fail(j, "%s", wrong);
    if (s.precision >= 0)
        value = zest_jinja_part(value, 0, (size_t)s.precision);
    write_aligned(j, output, &s, '<', ZEST_TEXT(""), value.text);
}

/* ---- floats ---- */

/* "1.200e+03" without the zeros that say nothing. */
static struct zest_text without_zeros(struct jinja *j, struct zest_text text)
{
    const char *e = memchr(text.data, 'e', text.size);
    size_t mantissa = e ? (size_t)(e - text.data) : text.size, kept = mantissa;
    if (!memchr(text.data, '.', mantissa))
        return text;
    while (text.data[kept - 1] == '0')
        kept--;
    kept -= text.data[kept - 1] == '.';
    return zest_jinja_join_texts(j, (struct zest_text){text.data, kept},
                                 (struct zest_text){text.data + mantissa, text.size - mantissa});
}

/* As repr, or as %g that keeps a digit behind the point, for which it takes an exponent a digit earlier. */
static struct jinja_digits plain_digits(struct jinja *j, double real, const struct spec *s)
{
    struct jinja_digits number = {.is_negative = signbit(real) && !isnan(real), .prefix = ""};
    int64_t precision = s->precision > 0 ? s->precision : 1;
    if (s->precision < 0) {
        char *digits = zest_jinja_alloc(j, 32, 1);
        if (digits)
            number.digits = (struct zest_text){digits, zest_jinja_format_real(fabs(real), digits)};
        return number;
    }
    number = zest_jinja_real_digits(j, real, 'g', precision, s->alternate);
    if (j->failed || !isfinite(real) || memchr(number.digits.data, '.', number.digits.size) ||
        memchr(number.digits.data, 'e', number.digits.size))
        return number;
    if ((int64_t)number.digits.size < precision) {
        number.digits = zest_jinja_join_texts(j, number.digits, ZEST_TEXT(".0"));
    } else {
        number = zest_jinja_real_digits(j, real, 'e', precision - 1, s->alternate);
        number.digits = j->failed ? number.digits : without_zeros(j, number.digits);
    }
    return number;
}

static void write_float(struct jinja *j, struct jinja_output *output, double real, const struct spec *s)
{
    char type = (char)s->type;
    struct jinja_digits number;
    if (s->type >= 0x80 || (s->type && !strchr("eEfFgGn%", type)))
        zest_jinja_fail(j, "Unknown format code for object of type 'float'");
    if (s->grouping && type == 'n')
        zest_jinja_fail(j, "Cannot specify ',' with 'n'.");
    if (j->failed)
        return;
    if (type == 0)
        number = plain_digits(j, real, s);
    else
        number = zest_jinja_real_digits(j, type == '%' ? real * 100 : real,
                                        type == 'n'   ? 'g'
                                        : type == '%' ? 'f'
                                                      : type,
                                        s->precision < 0 ? 6 : s->precision, s->alternate);
    if (type == '%')
        number.digits = zest_jinja_join_texts(j, number.digits, ZEST_TEXT("%"));
    bool is_zero = number.digits.size > 0;
    for (size_t i = 0; i < number.digits.size && number.digits.data[i] != 'e' && number.digits.data[i] != 'E'; i++)
        is_zero = is_zero && (number.digits.data[i] < '1' || number.digits.data[i] > '9');
    if (s->no_negative_zero && is_zero && isfinite(real))
        number.is_negative = false;
    write_number(j, output, s, &number, 3);
}

/* ---- integers ---- */

static void write_code_point(struct jinja *j, struct jinja_output *output, int64_t code_point, const struct spec *s)
{
    char *bytes = zest_jinja_alloc(j, 4, 1);
    bool is_character =
        code_point >= 0 && code_point <= ZEST_CODE_POINT_MAX && !(code_point >= 0xD800 && code_point < 0xE000);
    if (s->sign || s->alternate || s->grouping)
        zest_jinja_fail(j, "Sign, alternate form and grouping not allowed with integer format specifier 'c'");
    else if (!is_character)
        zest_jinja_fail(j, "%%c arg not in range(0x110000)");
    if (!j->failed)
        write_aligned(j, output, s, '>', ZEST_TEXT(""),
                      (struct zest_text){bytes, zest_utf8_encode((uint32_t)code_point, bytes)});
}

static void write_integer(struct jinja *j, struct jinja_output *output, struct jinja_value value, struct zest_text spec)
{
    struct spec s = read_spec(j, spec, true);
    int64_t integer = 0;
    int base = s.type == 'b' ? 2 : s.type == 'o' ? 8 : s.type == 'x' || s.type == 'X' ? 16 : 10;
    bool is_integer = zest_jinja_is_integer(value, &integer);
    if (s.type && s.type < 0x80 && strchr("eEfFgG%", (int)s.type)) {
        struct jinja_value real =
            is_integer ? zest_jinja_float((double)integer) : zest_jinja_float_of_text(j, value.text);
        write_float(j, output, real.real, &s);
        return;
    }
    if (s.type && (s.type >= 0x80 || !strchr("bcdoxXn", (int)s.type)))
        zest_jinja_fail(j, "Unknown format code for object of type 'int'");
    else if (s.precision >= 0)
        zest_jinja_fail(j, "Precision not allowed in integer format specifier");
    else if (s.no_negative_zero)
        zest_jinja_fail(j, "Negative zero coercion (z) not allowed in format specifier with integer presentation type");
    else if (s.grouping == ',' && (base != 10 || s.type == 'n'))
        zest_jinja_fail(j, "Cannot specify ',' with this type.");
    else if (s.grouping == '_' && s.type == 'n')
        zest_jinja_fail(j, "Cannot specify '_' with 'n'.");
    if (j->failed)
        return;
    if (s.type == 'c') {
        write_code_point(j, output, is_integer ? integer : -1, &s);
        return;
    }
    struct jinja_digits number = zest_jinja_integer_digits(j, value, base, s.type == 'X', 0);
    write_number(j, output, &s, &number, base == 10 ? 3 : 4);
}

void zest_jinja_write_format(struct jinja *j, struct jinja_output *output, struct jinja_value value,
                             struct zest_text spec)
{
    struct spec s;
    if (spec.size == 0) {
        zest_jinja_write_value(j, output, value);
        return;
    }
    switch (value.kind) {
    case JINJA_STRING:
        write_text(j, output, value, spec);
        break;
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_BIG:
        write_integer(j, output, value, spec);
        break;
    case JINJA_FLOAT:
        s = read_spec(j, spec, true);
        write_float(j, output, value.real, &s);
        break;
    default:
        zest_jinja_fail(j, "unsupported format string passed to %s.__format__", zest_jinja_type(value));
    }
}
