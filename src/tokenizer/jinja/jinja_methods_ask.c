/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods_ask.c - the methods of Python's str that ask what characters a text has: {{ text.isdigit() }}.
 */
#include "jinja_methods.h"
#include "jinja_text.h"

#include "unicode_class.h"

/* Every character is of the class, and there is one. */
static struct jinja_value all_of(struct jinja *j, struct zest_text text, bool (*is_of_class)(uint32_t))
{
    for (size_t at = 0; at < text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        if (!is_of_class(code_point))
            return zest_jinja_bool(false);
        at += length;
    }
    zest_jinja_spend(j, text.size / 16);
    return zest_jinja_bool(text.size > 0);
}

static bool is_alnum(uint32_t code_point)
{
    return code_point != '_' && zest_jinja_is_word(code_point);
}

#define ALL_METHOD(id, is_of_class)               \
    METHOD(id)                                    \
    {                                             \
        (void)args;                               \
        return all_of(j, self.text, is_of_class); \
    }

ALL_METHOD(isalnum, is_alnum)
ALL_METHOD(isalpha, zest_jinja_is_alpha)
ALL_METHOD(isdecimal, zest_jinja_is_decimal)
ALL_METHOD(isdigit, zest_jinja_is_digit)
ALL_METHOD(isnumeric, zest_jinja_is_numeric)
ALL_METHOD(isspace, zest_jinja_is_space)

METHOD(isprintable)
{
    (void)args;
    return self.text.size == 0 ? zest_jinja_bool(true) : all_of(j, self.text, zest_jinja_is_printable);
}

METHOD(isascii)
{
    (void)j;
    (void)args;
    return zest_jinja_bool(zest_jinja_is_ascii(self.text));
}

METHOD(isidentifier)
{
    (void)args;
    for (size_t at = 0; at < self.text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)self.text.data + at, &length);
        if (!zest_jinja_is_identifier(code_point, at == 0))
            return zest_jinja_bool(false);
        at += length;
    }
    zest_jinja_spend(j, self.text.size / 16);
    return zest_jinja_bool(self.text.size > 0);
}

METHOD(islower)
{
    return zest_jinja_find_test(ZEST_TEXT("lower"))->call(j, self, args);
}

METHOD(isupper)
{
    return zest_jinja_find_test(ZEST_TEXT("upper"))->call(j, self, args);
}

/* Upper case begins every run of cased letters, and nothing else is upper case. */
METHOD(istitle)
{
    (void)j;
    (void)args;
    bool in_word = false, found = false;
    for (size_t at = 0; at < self.text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)self.text.data + at, &length);
        bool begins = zest_jinja_is_upper(code_point) || zest_jinja_is_title(code_point),
             goes_on = zest_jinja_is_lower(code_point);
        if ((begins && in_word) || (goes_on && !in_word))
            return zest_jinja_bool(false);
        in_word = begins || goes_on;
        found = found || in_word;
        at += length;
    }
    return zest_jinja_bool(found);
}

#define ROW(id)                            \
    {                                      \
#id, method_##id, 0, 0, NULL, NULL \
    }

const struct jinja_function zest_jinja_text_questions[] = {
    ROW(isalnum),
    ROW(isalpha),
    ROW(isascii),
    ROW(isdecimal),
    ROW(isdigit),
    ROW(isidentifier),
    ROW(islower),
    ROW(isnumeric),
    ROW(isprintable),
    ROW(isspace),
    ROW(istitle),
    ROW(isupper),
    {NULL, NULL, 0, 0, NULL, NULL},
};
