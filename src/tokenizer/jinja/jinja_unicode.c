/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_unicode.c - what Python's str methods ask about characters. Stateless: any thread.
 *
 * Most answers are bits of unicode_class.h; the lists below are what the Unicode Character Database adds to general
 * categories: Other_Lowercase, Other_Uppercase, Numeric_Type and Word_Break=MidLetter and the like.
 */
#include "jinja_text.h"

#include "unicode_class.h"
#include "unicode_set.h"

static bool has(uint32_t code_point, uint32_t bits)
{
    return (zest_unicode_class(code_point) & bits) != 0;
}

static bool is_among(const struct zest_code_range *ranges, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count && ranges[i].first <= code_point; i++)
        if (code_point <= ranges[i].last)
            return true;
    return false;
}

/* ---- white space, printing ---- */

bool zest_jinja_is_space(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point == ' ' || (code_point >= 0x09 && code_point <= 0x0D) ||
               (code_point >= 0x1C && code_point <= 0x1F);
    return has(code_point, ZEST_CLASS_SPACE);
}

bool zest_jinja_is_printable(uint32_t code_point)
{
    if (code_point < 0x7F)
        return code_point >= ' ';
    return !has(code_point, ZEST_CLASS_OTHER | ZEST_CLASS_SPACE);
}

/* ---- case ---- */

bool zest_jinja_is_lower(uint32_t code_point)
{
    static const struct zest_code_range others[] = {
        {0xAA, 0xAA},       {0xBA, 0xBA},       {0x2B0, 0x2B8},     {0x2C0, 0x2C1},     {0x2E0, 0x2E4},
        {0x345, 0x345},     {0x37A, 0x37A},     {0x1D2C, 0x1D6A},   {0x1D78, 0x1D78},   {0x1D9B, 0x1DBF},
        {0x2071, 0x2071},   {0x207F, 0x207F},   {0x2090, 0x209C},   {0x2170, 0x217F},   {0x24D0, 0x24E9},
        {0x2C7C, 0x2C7D},   {0xA69C, 0xA69D},   {0xA770, 0xA770},   {0xA7F8, 0xA7F9},   {0xAB5C, 0xAB5F},
        {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107B0}, {0x107B2, 0x107BA},
    };
    if (code_point < 0x80)
        return code_point >= 'a' && code_point <= 'z';
    return has(code_point, ZEST_CLASS_LOWER) || is_among(others, ZEST_COUNT(others), code_point);
}

bool zest_jinja_is_title(uint32_t code_point)
{
    return code_point >= 0x80 && has(code_point, ZEST_CLASS_TITLE);
}

bool zest_jinja_is_upper(uint32_t code_point)
{
    static const struct zest_code_range others[] = {
        {0x2160, 0x216F}, {0x24B6, 0x24CF}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189},
    };
    if (code_point < 0x80)
        return code_point >= 'A' && code_point <= 'Z';
    if (has(code_point, ZEST_CLASS_UPPER))
        return !has(code_point, ZEST_CLASS_TITLE);
    return is_among(others, ZEST_COUNT(others), code_point);
}

bool zest_jinja_is_cased(uint32_t code_point)
{
    return zest_jinja_is_lower(code_point) || zest_jinja_is_upper(code_point) || zest_jinja_is_title(code_point);
}

bool zest_jinja_is_case_ignorable(uint32_t code_point)
{
    static const char *const categories[] = {"mn", "me", "cf", "lm", "sk"};
    static const struct zest_code_range others[] = {
        {0x27, 0x27},     {0x2E, 0x2E},     {0x3A, 0x3A},     {0xB7, 0xB7},     {0x387, 0x387},   {0x55F, 0x55F},
        {0x5F4, 0x5F4},   {0x2018, 0x2019}, {0x2024, 0x2024}, {0x2027, 0x2027}, {0xFE13, 0xFE13}, {0xFE52, 0xFE52},
        {0xFE55, 0xFE55}, {0xFF07, 0xFF07}, {0xFF0E, 0xFF0E}, {0xFF1A, 0xFF1A},
    };
    if (is_among(others, ZEST_COUNT(others), code_point))
        return true;
    for (size_t i = 0; i < ZEST_COUNT(categories); i++) {
        const struct zest_unicode_set *set = zest_unicode_set_find(zest_text_of(categories[i]));
        if (set && zest_unicode_set_has(set, code_point))
            return true;
    }
    return false;
}

/* ---- letters and numbers ---- */

bool zest_jinja_is_alpha(uint32_t code_point)
{
    if (code_point < 0x80)
        return (code_point | 32) >= 'a' && (code_point | 32) <= 'z';
    return has(code_point, ZEST_CLASS_LETTER);
}

bool zest_jinja_is_decimal(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point >= '0' && code_point <= '9';
    return has(code_point, ZEST_CLASS_DECIMAL);
}

bool zest_jinja_is_digit(uint32_t code_point)
{
    static const struct zest_code_range others[] = {
        {0xB2, 0xB3},     {0xB9, 0xB9},       {0x1369, 0x1371},   {0x19DA, 0x19DA},   {0x2070, 0x2070},
        {0x2074, 0x2079}, {0x2080, 0x2089},   {0x2460, 0x2468},   {0x2474, 0x247C},   {0x2488, 0x2490},
        {0x24EA, 0x24EA}, {0x24F5, 0x24FD},   {0x24FF, 0x24FF},   {0x2776, 0x277E},   {0x2780, 0x2788},
        {0x278A, 0x2792}, {0x10A40, 0x10A43}, {0x10E60, 0x10E68}, {0x11052, 0x1105A}, {0x1F100, 0x1F10A},
    };
    return zest_jinja_is_decimal(code_point) || is_among(others, ZEST_COUNT(others), code_point);
}

/* Beside all numbers, the ideographs that have a value. */
bool zest_jinja_is_numeric(uint32_t code_point)
{
    static const uint32_t ideographs[] = {
        0x3405,  0x3483,  0x382A,  0x3B4D,  0x4E00,  0x4E03,  0x4E07,  0x4E09,  0x4E5D,  0x4E8C,  0x4E94,  0x4E96,
        0x4EBF,  0x4EC0,  0x4EDF,  0x4EE8,  0x4F0D,  0x4F70,  0x5104,  0x5146,  0x5169,  0x516B,  0x516D,  0x5341,
        0x5343,  0x5344,  0x5345,  0x534C,  0x53C1,  0x53C2,  0x53C3,  0x53C4,  0x56DB,  0x58F1,  0x58F9,  0x5E7A,
        0x5EFE,  0x5EFF,  0x5F0C,  0x5F0D,  0x5F0E,  0x5F10,  0x62FE,  0x634C,  0x67D2,  0x6F06,  0x7396,  0x767E,
        0x8086,  0x842C,  0x8CAE,  0x8CB3,  0x8D30,  0x9621,  0x9646,  0x964C,  0x9678,  0x96F6,  0xF96B,  0xF973,
        0xF978,  0xF9B2,  0xF9D1,  0xF9D3,  0xF9FD,  0x20001, 0x20064, 0x200E2, 0x20121, 0x2092A, 0x20983, 0x2098C,
        0x2099C, 0x20AEA, 0x20AFD, 0x20B19, 0x22390, 0x22998, 0x23B1B, 0x2626D, 0x2F890,
    };
    if (code_point < 0x80)
        return zest_jinja_is_decimal(code_point);
    for (size_t i = 0; i < ZEST_COUNT(ideographs); i++)
        if (ideographs[i] == code_point)
            return true;
    return has(code_point, ZEST_CLASS_NUMBER);
}

bool zest_jinja_is_word(uint32_t code_point)
{
    return code_point == '_' || zest_jinja_is_alpha(code_point) || zest_jinja_is_numeric(code_point);
}

/* XID_Start and XID_Continue: letters and letter numbers, then marks, digits and connectors too; but for these. */
bool zest_jinja_is_identifier(uint32_t code_point, bool is_first)
{
    static const struct zest_code_range never[] = {
        {0x37A, 0x37A},   {0x488, 0x489},   {0x1ABE, 0x1ABE}, {0x20DD, 0x20E0}, {0x20E2, 0x20E4}, {0x2E2F, 0x2E2F},
        {0xA670, 0xA672}, {0xFC5E, 0xFC63}, {0xFDFA, 0xFDFB}, {0xFE70, 0xFE70}, {0xFE72, 0xFE72}, {0xFE74, 0xFE74},
        {0xFE76, 0xFE76}, {0xFE78, 0xFE78}, {0xFE7A, 0xFE7A}, {0xFE7C, 0xFE7C}, {0xFE7E, 0xFE7E},
    };
    static const struct zest_code_range starts[] = {
        {0x16EE, 0x16F0},   {0x1885, 0x1886},   {0x2118, 0x2118},   {0x212E, 0x212E},   {0x2160, 0x2182},
        {0x2185, 0x2188},   {0x3007, 0x3007},   {0x3021, 0x3029},   {0x3038, 0x303A},   {0xA6E6, 0xA6EF},
        {0x10140, 0x10174}, {0x10341, 0x10341}, {0x1034A, 0x1034A}, {0x103D1, 0x103D5}, {0x12400, 0x1246E},
    };
    static const struct zest_code_range goes_on[] = {
        {0xB7, 0xB7},     {0x387, 0x387},   {0xE33, 0xE33},   {0xEB3, 0xEB3},   {0x1369, 0x1371}, {0x19DA, 0x19DA},
        {0x203F, 0x2040}, {0x2054, 0x2054}, {0xFE33, 0xFE34}, {0xFE4D, 0xFE4F}, {0xFF3F, 0xFF3F}, {0xFF9E, 0xFF9F},
    };
    if (code_point < 0x80)
        return code_point == '_' || zest_jinja_is_alpha(code_point) || (!is_first && zest_jinja_is_decimal(code_point));
    if (is_among(never, ZEST_COUNT(never), code_point))
        return false;
    if (is_among(goes_on, ZEST_COUNT(goes_on), code_point))
        return !is_first;
    if (zest_jinja_is_alpha(code_point) || is_among(starts, ZEST_COUNT(starts), code_point))
        return true;
    return !is_first && has(code_point, ZEST_CLASS_MARK | ZEST_CLASS_DECIMAL);
}
