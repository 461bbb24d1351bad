/* SPDX-License-Identifier: Apache-2.0 */
/* test_grapheme.c - one text a rule of UAX #29, cut as the annex says. */
#include "grapheme.h"
#include "zest_test.h"

/* `expected` has the clusters apart by '|'; no text has one. */
static void check(const char *expected)
{
    char text[256], cut[256];
    size_t size = 0, written = 0;
    for (const char *at = expected; *at; at++)
        if (*at != '|')
            text[size++] = *at;
    for (size_t at = 0; at < size;) {
        size_t end = zest_grapheme_end((const unsigned char *)text, at, size);
        if (at > 0)
            cut[written++] = '|';
        memcpy(cut + written, text + at, end - at);
        written += end - at;
        at = end;
    }
    ZEST_CHECK_TEXT(((struct zest_text){cut, written}), zest_text_of(expected));
}

ZEST_TEST(each_rule_cuts_as_the_annex_says)
{
    check("a|b");
    check("\r\n|\n|\r|a"); /* GB3, GB4, GB5 */
    check("\n|\u0301|a");                             /* GB4 before GB9 */
    check("\u1100\u1161\u11A8|\u1100|a");             /* GB6, GB7, GB8 */
    check("\uAC00\u11A8|\uAC01\u11A8|\uAC01|\u1161"); /* LV T, LVT T, LVT ÷ V */
    check("e\u0301\u0300|e");                         /* GB9 */
    check("\u0915\u0903|a");                          /* GB9a */
    check("\u0600a|b");                               /* GB9b */
    check("\u0915\u094D\u0937|\u0915");               /* GB9c */
    check("\u0915\u0301\u094D\u200D\u0937");          /* GB9c, extenders round the linker */
    check("\u0915\u0301|\u0937");                     /* no linker */
    check("a\u094D|\u0937");                          /* no consonant before */
    check("\U0001F469\u200D\U0001F467|\U0001F467");   /* GB11 */
    check("\U0001F469\u0301\u200D\U0001F467");        /* GB11, an extender */
    check("\U0001F469\u200D\u200D|\U0001F467");       /* two joiners are none */
    check("\U0001F469\u200D\u0301|\U0001F467");
    check("a\u200D|\U0001F467");
    check("\U0001F1E9\U0001F1EA|\U0001F1EB\U0001F1F7|\U0001F1E9"); /* GB12, GB13 */
    check("\U0001F1E9\u0301|\U0001F1EA\U0001F1EB");
}
