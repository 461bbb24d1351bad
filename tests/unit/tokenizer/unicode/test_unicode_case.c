/* SPDX-License-Identifier: Apache-2.0 */
/* test_unicode_case.c - case maps: known pairs, sequences, and that the class bit knows what Lowercase changes. */
#include "unicode_class.h"
#include "zest_test.h"

static uint32_t lower(uint32_t code_point)
{
    uint32_t mapped[3] = {0};
    return zest_case_apply(&zest_case_lower17, code_point, mapped) == 1 ? mapped[0] : code_point;
}

ZEST_TEST(lower_case_is_that_of_unicode_17)
{
    ZEST_CHECK_INT(lower('A'), 'a');
    ZEST_CHECK_INT(lower(0x100), 0x101);
    ZEST_CHECK_INT(lower(0x1E9E), 0xDF);
    ZEST_CHECK_INT(lower(0xA7CB), 0x264);    /* 16.0 */
    ZEST_CHECK_INT(lower(0x16EA1), 0x16EBC); /* 17.0 */
    ZEST_CHECK_INT(lower(0xDF), 0xDF);
}

ZEST_TEST(one_becomes_several)
{
    uint32_t mapped[3] = {0};
    ZEST_CHECK_INT(zest_case_apply(&zest_case_lower17, 0x130, mapped), 2);
    ZEST_CHECK_INT(mapped[0], 'i');
    ZEST_CHECK_INT(mapped[1], 0x307);
    ZEST_CHECK_INT(zest_case_apply(&zest_case_upper, 0xDF, mapped), 2);
    ZEST_CHECK_INT(mapped[1], 'S');
}

ZEST_TEST(the_class_knows_what_lowercase_changes)
{
    size_t wrong = 0, changed = 0;
    for (uint32_t c = 0; c <= ZEST_CODE_POINT_MAX; c++) {
        uint32_t mapped[3];
        bool maps = zest_case_apply(&zest_case_lower17, c, mapped) != 0;
        changed += maps;
        wrong += maps != ((zest_unicode_class(c) & ZEST_CLASS_LOWERS) != 0);
    }
    ZEST_CHECK_INT(wrong, 0);
    ZEST_CHECK_INT(changed, 1488);
}
