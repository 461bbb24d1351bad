/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_tests.c - the tests behind "is": {{ x is defined }}.
 */
#include "jinja_text.h"
#include "jinja_tree.h"

#include "unicode_class.h"

#define TEST(id) \
    static struct jinja_value test_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

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
KIND_TEST(integer, self.kind == JINJA_INT || self.kind == JINJA_BIG)
KIND_TEST(float, self.kind == JINJA_FLOAT)
KIND_TEST(number, zest_jinja_is_number(self) || self.kind == JINJA_BIG)
KIND_TEST(string, self.kind == JINJA_STRING)
KIND_TEST(mapping, self.kind == JINJA_DICT)
KIND_TEST(escaped, self.kind == JINJA_STRING && (self.flags & JINJA_MARKUP))
KIND_TEST(iterable, zest_jinja_is_iterable(self))
KIND_TEST(sequence, zest_jinja_has_length(self) && self.kind != JINJA_VIEW && self.kind != JINJA_LOOP)
KIND_TEST(callable, self.kind == JINJA_FUNCTION || self.kind == JINJA_METHOD || self.kind == JINJA_MACRO ||
                        self.kind == JINJA_LOOP || self.kind == JINJA_JOINER || self.kind == JINJA_BLOCK ||
                        self.kind == JINJA_UNDEFINED)

/* Names are looked up as keys, so that lists and dicts are wrong here. */
static bool is_name(struct jinja *j, struct jinja_value self)
{
    return zest_jinja_is_hashable(j, self) && self.kind == JINJA_STRING;
}

KIND_TEST(filter, is_name(j, self) && zest_jinja_find_filter(self.text) != NULL)
KIND_TEST(test, is_name(j, self) && zest_jinja_find_test(self.text) != NULL)

static struct jinja_value remainder_is(struct jinja *j, struct jinja_value self, struct jinja_value by, int64_t wanted)
{
    struct jinja_value rest = zest_jinja_binary(j, JINJA_MODULO, self, by);
    return zest_jinja_bool(!j->failed && zest_jinja_equal(j, rest, zest_jinja_int(wanted)));
}

TEST(odd)
{
    (void)args;
    return remainder_is(j, self, zest_jinja_int(2), 1);
}

TEST(even)
{
    (void)args;
    return remainder_is(j, self, zest_jinja_int(2), 0);
}

TEST(divisibleby)
{
    return remainder_is(j, self, args->values[0], 0);
}

TEST(eq)
{
    return zest_jinja_bool(zest_jinja_equal(j, self, args->values[0]));
}

TEST(ne)
{
    return zest_jinja_bool(!zest_jinja_equal(j, self, args->values[0]));
}

#define ORDER_TEST(id, orders, sign)                                                                  \
    TEST(id)                                                                                          \
    {                                                                                                 \
        return zest_jinja_bool((zest_jinja_compare(j, self, args->values[0], sign) & (orders)) != 0); \
    }

ORDER_TEST(lt, JINJA_LESS, "<")
ORDER_TEST(le, JINJA_LESS | JINJA_EQUAL, "<=")
ORDER_TEST(gt, JINJA_GREATER, ">")
ORDER_TEST(ge, JINJA_GREATER | JINJA_EQUAL, ">=")

TEST(in)
{
    return zest_jinja_bool(zest_jinja_contains(j, args->values[0], self));
}

TEST(sameas)
{
    (void)j;
    return zest_jinja_bool(zest_jinja_same(self, args->values[0]));
}

/* str.islower, str.isupper: at least one cased letter, and none of the other case. */
static bool has_case(struct jinja *j, struct jinja_value self, bool (*wanted)(uint32_t), bool (*unwanted)(uint32_t))
{
    struct zest_text text = zest_jinja_text(j, self);
    bool found = false;
    for (size_t at = 0; at < text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        if (unwanted(code_point) || zest_jinja_is_title(code_point))
            return false;
        found = found || wanted(code_point);
        at += length;
    }
    return found;
}

TEST(lower)
{
    (void)args;
    return zest_jinja_bool(has_case(j, self, zest_jinja_is_lower, zest_jinja_is_upper));
}

TEST(upper)
{
    (void)args;
    return zest_jinja_bool(has_case(j, self, zest_jinja_is_upper, zest_jinja_is_lower));
}

static const struct jinja_function tests[] = {
    {"boolean", test_boolean, 0, 0, "", NULL},
    {"callable", test_callable, 0, 0, NULL, NULL},
    {"defined", test_defined, 0, 0, "", NULL},
    {"divisibleby", test_divisibleby, 1, 1, "num", NULL},
    {"eq", test_eq, 1, 1, NULL, NULL},
    {"equalto", test_eq, 1, 1, NULL, NULL},
    {"==", test_eq, 1, 1, NULL, NULL},
    {"escaped", test_escaped, 0, 0, "", NULL},
    {"even", test_even, 0, 0, "", NULL},
    {"false", test_is_false, 0, 0, "", NULL},
    {"filter", test_filter, 0, 0, "", NULL},
    {"float", test_float, 0, 0, "", NULL},
    {"ge", test_ge, 1, 1, NULL, NULL},
    {">=", test_ge, 1, 1, NULL, NULL},
    {"gt", test_gt, 1, 1, NULL, NULL},
    {"greaterthan", test_gt, 1, 1, NULL, NULL},
    {">", test_gt, 1, 1, NULL, NULL},
    {"in", test_in, 1, 1, "seq", NULL},
    {"integer", test_integer, 0, 0, "", NULL},
    {"iterable", test_iterable, 0, 0, "", NULL},
    {"le", test_le, 1, 1, NULL, NULL},
    {"<=", test_le, 1, 1, NULL, NULL},
    {"lower", test_lower, 0, 0, "", NULL},
    {"lt", test_lt, 1, 1, NULL, NULL},
    {"lessthan", test_lt, 1, 1, NULL, NULL},
    {"<", test_lt, 1, 1, NULL, NULL},
    {"mapping", test_mapping, 0, 0, "", NULL},
    {"ne", test_ne, 1, 1, NULL, NULL},
    {"!=", test_ne, 1, 1, NULL, NULL},
    {"none", test_none, 0, 0, "", NULL},
    {"number", test_number, 0, 0, "", NULL},
    {"odd", test_odd, 0, 0, "", NULL},
    {"sameas", test_sameas, 1, 1, "other", NULL},
    {"sequence", test_sequence, 0, 0, "", NULL},
    {"string", test_string, 0, 0, "", NULL},
    {"test", test_test, 0, 0, "", NULL},
    {"true", test_is_true, 0, 0, "", NULL},
    {"undefined", test_undefined, 0, 0, "", NULL},
    {"upper", test_upper, 0, 0, "", NULL},
};

const struct jinja_function *zest_jinja_find_test(struct zest_text name)
{
    return zest_jinja_find_in(tests, ZEST_COUNT(tests), name);
}
