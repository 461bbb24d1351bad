/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_strftime.c - strftime_now(format): datetime.now().strftime(format) of Python, which leaves the directives to
 * the C library but for %f (microseconds, of which `now` has none), %z and %Z (empty: the time has no zone).
 */
#include "jinja_globals.h"

#include <locale.h>

#define FORMAT_SIZE_MAX 4096

/* Our own directives replaced; the rest as it is. */
static struct zest_text replace_own(struct jinja *j, struct zest_text format)
{
    struct jinja_output output = {0};
    for (size_t at = 0; at < format.size; at++) {
        char letter = format.data[at] == '%' && at + 1 < format.size ? format.data[at + 1] : 0;
        if (letter == 'f')
            zest_jinja_write(j, &output, "000000", 6);
        else if (letter && letter != 'z' && letter != 'Z')
            zest_jinja_write(j, &output, format.data + at, 2);
        else if (!letter)
            zest_jinja_write(j, &output, format.data + at, 1);
        at += letter != 0;
    }
    return zest_jinja_output_text(&output);
}

struct jinja_value zest_jinja_strftime(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    struct zest_text format = zest_jinja_arg_text(j, args, 0, "");
    if (format.size > FORMAT_SIZE_MAX)
        return zest_jinja_fail(j, "a time format has %zu bytes, %d are possible", format.size, FORMAT_SIZE_MAX);
    if (memchr(format.data, 0, format.size))
        return zest_jinja_fail(j, "embedded null character");
    format = replace_own(j, format);
    size_t room = format.size * 32 + 64; /* no directive writes more than 32 bytes for its two in the C locale */
    struct zest_text ended = zest_text_copy(j->arena, format); /* with a NUL behind it */
    char *text = zest_jinja_alloc(j, room, 1);
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!ended.data || !text || !plain)
        return zest_jinja_fail(j, "no memory for a time");
    size_t size = strftime_l(text, room, ended.data, &j->now, plain);
    freelocale(plain);
    return zest_jinja_string((struct zest_text){text, size});
}
