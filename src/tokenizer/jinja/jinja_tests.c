/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_tests.c - the tests behind "is": {{ x is defined }}.
 */
#include "jinja_tree.h"
#include "unicode_class.h"

#include <math.h>

#define TEST(id) \
    static struct jinja_value test_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

/* The value that a test compares with. */
static struct jinja_value other(struct jinja *j, const struct jinja_args *args)
{
    return args->count > 0 ? args->values[0] : zest_jinja_fail(j, "this test needs an argument");
}

#define KIND_TEST(id, condition)           \
    TEST(id)                               \
    {                                      \
        (void)j;                           \
        (void)self;                        \
        (void)args;                        \
        return zest_jinja_bool(condition); \
    }

KIND_TEST(boolean, self.kind == JINJA_BOOL)
KIND_TEST(defined, self.kind != JINJA_UNDEFINED)
KIND_TEST(undefined, self.kind == JINJA_UNDEFINED)
KIND_TEST(none, self.kind == JINJA_NONE)
KIND_TEST(is_true, self.kind == JINJA_BOOL && self.truth)
KIND_TEST(is_false, self.kind == JINJA_BOOL && !self.truth)
KIND_TEST(integer, self.kind == JINJA_INT)
KIND_TEST(float, self.kind == JINJA_FLOAT)
KIND_TEST(number, zest_jinja_is_number(self))
KIND_TEST(string, self.kind == JINJA_STRING)
KIND_TEST(mapping, self.kind == JINJA_DICT)
KIND_TEST(escaped, self.kind == JINJA_STRING && self.is_markup)
KIND_TEST(sequence,
          self.kind == JINJA_STRING || self.kind == JINJA_DICT || self.kind == JINJA_UNDEFINED ||
              (zest_jinja_is_sequence(self) && !(self.list->view && strncmp(self.list->view, "dict", 4) == 0)))
KIND_TEST(iterable, self.kind == JINJA_STRING || self.kind == JINJA_DICT || zest_jinja_is_sequence(self) ||
                        self.kind == JINJA_UNDEFINED || self.kind == JINJA_LOOP)
KIND_TEST(callable, self.kind == JINJA_FUNCTION || self.kind == JINJA_METHOD || self.kind == JINJA_MACRO ||
                        self.kind == JINJA_LOOP || self.kind == JINJA_JOINER || self.kind == JINJA_UNDEFINED)

/* Names are looked up as keys, so that lists and dicts are wrong here. */
static bool is_name(struct jinja *j, struct jinja_value self)
{
    if (self.kind == JINJA_LIST || self.kind == JINJA_DICT)
        zest_jinja_fail(j, "unhashable type: '%s'", zest_jinja_type(self));
    return self.kind == JINJA_STRING;
}

KIND_TEST(filter, is_name(j, self) && zest_jinja_find_filter(self.text) != NULL)
KIND_TEST(test, is_name(j, self) && zest_jinja_find_test(self.text) != NULL)

static struct jinja_value remainder_is(struct jinja *j, struct jinja_value self, int64_t by, int64_t wanted)
{
    struct jinja_value rest = zest_jinja_binary(j, "%", self, zest_jinja_int(by));
    return zest_jinja_bool(zest_jinja_equal(j, rest, zest_jinja_int(wanted)));
}

TEST(odd)
{
    (void)args;
    return remainder_is(j, self, 2, 1);
}

TEST(even)
{
    (void)args;
    return remainder_is(j, self, 2, 0);
}

TEST(divisibleby)
{
    struct jinja_value rest = zest_jinja_binary(j, "%", self, other(j, args));
    return zest_jinja_bool(zest_jinja_equal(j, rest, zest_jinja_int(0)));
}

TEST(eq)
{
    return zest_jinja_bool(zest_jinja_equal(j, self, other(j, args)));
}

TEST(ne)
{
    return zest_jinja_bool(!zest_jinja_equal(j, self, other(j, args)));
}

TEST(lt)
{
    return zest_jinja_bool(zest_jinja_compare(j, self, other(j, args), "<") < 0);
}

TEST(le)
{
    return zest_jinja_bool(zest_jinja_compare(j, self, other(j, args), "<=") <= 0);
}

TEST(gt)
{
    return zest_jinja_bool(zest_jinja_compare(j, self, other(j, args), ">") > 0);
}

TEST(ge)
{
    return zest_jinja_bool(zest_jinja_compare(j, self, other(j, args), ">=") >= 0);
}

TEST(in)
{
    return zest_jinja_bool(zest_jinja_contains(j, other(j, args), self));
}

TEST(sameas)
{
    struct jinja_value than = other(j, args);
    bool plain = self.kind == JINJA_NONE || zest_jinja_is_number(self) || self.kind == JINJA_STRING;
    bool same = self.kind == than.kind && (plain ? zest_jinja_equal(j, self, than) : self.list == than.list);
    return zest_jinja_bool(same);
}

/* str.islower, str.isupper: at least one cased letter, and none of the other case. */
static struct jinja_value has_case(struct jinja *j, struct jinja_value self, uint8_t wanted, uint8_t unwanted)
{
    struct zest_text text = zest_jinja_text(j, self);
    bool found = false;
    for (size_t at = 0; at < text.size;) {
        uint32_t length;
        uint8_t bits = zest_unicode_class(zest_utf8_decode((const unsigned char *)text.data + at, &length));
        if (bits & unwanted)
            return zest_jinja_bool(false);
        found = found || (bits & wanted);
        at += length;
    }
    return zest_jinja_bool(found);
}

TEST(lower)
{
    (void)args;
    return has_case(j, self, ZEST_CLASS_LOWER, ZEST_CLASS_UPPER);
}

TEST(upper)
{
    (void)args;
    return has_case(j, self, ZEST_CLASS_UPPER, ZEST_CLASS_LOWER);
}

static const struct jinja_function tests[] = {
    {"boolean", test_boolean},
    {"callable", test_callable},
    {"defined", test_defined},
    {"divisibleby", test_divisibleby},
    {"eq", test_eq},
    {"equalto", test_eq},
    {"==", test_eq},
    {"escaped", test_escaped},
    {"even", test_even},
    {"false", test_is_false},
    {"filter", test_filter},
    {"float", test_float},
    {"ge", test_ge},
    {">=", test_ge},
    {"gt", test_gt},
    {"greaterthan", test_gt},
    {">", test_gt},
    {"in", test_in},
    {"integer", test_integer},
    {"iterable", test_iterable},
    {"le", test_le},
    {"<=", test_le},
    {"lower", test_lower},
    {"lt", test_lt},
    {"lessthan", test_lt},
    {"<", test_lt},
    {"mapping", test_mapping},
    {"ne", test_ne},
    {"!=", test_ne},
    {"none", test_none},
    {"number", test_number},
    {"odd", test_odd},
    {"sameas", test_sameas},
    {"sequence", test_sequence},
    {"string", test_string},
    {"test", test_test},
    {"true", test_is_true},
    {"undefined", test_undefined},
    {"upper", test_upper},
};

const struct jinja_function *zest_jinja_find_test(struct zest_text name)
{
    return zest_jinja_find_in(tests, ZEST_COUNT(tests), name);
}
