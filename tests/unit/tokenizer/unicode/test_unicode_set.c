/* SPDX-License-Identifier: Apache-2.0 */
/* test_unicode_set.c - sets by name, and the class bits against them, over every code point. */
#include "unicode_class.h"
#include "unicode_set.h"
#include "zest_test.h"

/* What each bit of a class says, by the names of the sets. */
static const struct {
    uint32_t bit;
    const char *names[2]; /* their union */
} meanings[] = {
    {ZEST_CLASS_LETTER, {"L"}},
    {ZEST_CLASS_NUMBER, {"Number"}},
    {ZEST_CLASS_SPACE, {"White_Space"}},
    {ZEST_CLASS_NUMERIC17, {"Numeric17"}},
    {ZEST_CLASS_MARK, {"M"}},
    {ZEST_CLASS_UPPER, {"Lu", "Lt"}},
    {ZEST_CLASS_LOWER, {"Ll"}},
    {ZEST_CLASS_DECIMAL, {"digit"}},
    {ZEST_CLASS_CASELESS, {"Lm", "Lo"}},
    {ZEST_CLASS_WORD, {"word"}},
    {ZEST_CLASS_RUST_WORD, {"RustWord"}},
    {ZEST_CLASS_HAN, {"Hani"}},
    {ZEST_CLASS_PUNCTUATION, {"punct"}},
    {ZEST_CLASS_SYMBOL, {"Symbol"}},
    {ZEST_CLASS_PUNCTUATION8, {"Punctuation8"}},
    {ZEST_CLASS_BERT_CONTROL, {"BertControl8"}},
    {ZEST_CLASS_BERT_SPACE, {"BertSpace8"}},
    {ZEST_CLASS_BERT_CJK, {"BertCjk"}},
    {ZEST_CLASS_BERT_MARK, {"BertMark8"}},
    {ZEST_CLASS_MARK9, {"Mark9"}},
    {ZEST_CLASS_HIRAGANA, {"Hiragana"}},
    {ZEST_CLASS_KATAKANA, {"Kana"}},
    {ZEST_CLASS_HANGUL, {"hangul"}},
    {ZEST_CLASS_TITLE, {"Titlecase Letter"}},
    {ZEST_CLASS_POSIX_PUNCT, {"P", "S"}},
    {ZEST_CLASS_ALPHABETIC, {"alpha"}},
    {ZEST_CLASS_OTHER, {"C"}},
};

static const struct zest_unicode_set *find(const char *name)
{
    return zest_unicode_set_find(zest_text_of(name));
}

ZEST_TEST(class_bits_say_what_the_sets_say)
{
    for (size_t i = 0; i < ZEST_COUNT(meanings); i++) {
        const struct zest_unicode_set *a = find(meanings[i].names[0]);
        const struct zest_unicode_set *b = meanings[i].names[1] ? find(meanings[i].names[1]) : a;
        size_t wrong = 0;
        ZEST_CHECK(a && b);
        for (uint32_t c = 0; a && b && c <= ZEST_CODE_POINT_MAX; c++)
            wrong += ((zest_unicode_class(c) & meanings[i].bit) != 0) !=
                     (zest_unicode_set_has(a, c) || zest_unicode_set_has(b, c));
        if (wrong != 0)
            ZEST_FAILED("%s differs on %zu code points", meanings[i].names[0], wrong);
    }
}

ZEST_TEST(ascii_has_its_own_table)
{
    for (uint32_t c = 0; c < 128; c++)
        ZEST_CHECK_INT(zest_unicode_ascii[c], zest_unicode_class(c));
}

ZEST_TEST(sets_are_sorted_and_apart)
{
    ZEST_CHECK(zest_unicode_set_count > 400);
    for (size_t i = 0; i < zest_unicode_set_count; i++) {
        const struct zest_unicode_set *set = &zest_unicode_sets[i];
        ZEST_CHECK(i == 0 || strcmp(set[-1].name, set->name) < 0);
        for (size_t k = 0; k < set->count; k++) {
            ZEST_CHECK(set->ranges[k].first <= set->ranges[k].last && set->ranges[k].last <= ZEST_CODE_POINT_MAX);
            ZEST_CHECK(k == 0 || set->ranges[k - 1].last + 1 < set->ranges[k].first);
        }
    }
}

/* Every code point has one category and one script. */
ZEST_TEST(categories_and_scripts_part_the_code_points)
{
    static const char *categories[] = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl",
                                       "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc",
                                       "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"};
    static unsigned char seen[ZEST_CODE_POINT_MAX + 1];
    for (size_t i = 0; i < ZEST_COUNT(categories); i++)
        for (size_t k = 0; k < find(categories[i])->count; k++)
            for (uint32_t c = find(categories[i])->ranges[k].first; c <= find(categories[i])->ranges[k].last; c++)
                seen[c]++;
    size_t wrong = 0;
    for (uint32_t c = 0; c <= ZEST_CODE_POINT_MAX; c++)
        wrong += seen[c] != 1;
    ZEST_CHECK_INT(wrong, 0);
}

ZEST_TEST(names_compare_loosely)
{
    ZEST_CHECK(find("Lu") && find("lu") == find("L U") && find("Lu")->ranges == find("uppercase-letter")->ranges);
    ZEST_CHECK(find("Old_Italic") && find("olditalic") == find("OLD ITALIC"));
    ZEST_CHECK(find("punct")->ranges != find("posixpunct")->ranges);
    ZEST_CHECK(!find("") && !find("_") && !find("Nonsense") && !find("L&") && !find("Lu\xC3\xA9"));
    ZEST_CHECK(!find("a name that is longer than any name of any property that there is in Unicode"));
}

ZEST_TEST(scripts_are_those_of_the_pre_tokenizer)
{
    ZEST_CHECK_INT(zest_unicode_script(' '), 0);
    ZEST_CHECK_INT(zest_unicode_script(0x10FFFF), 0);
    ZEST_CHECK_INT(zest_unicode_script(0x3042), zest_unicode_script(0x4E00)); /* Hiragana */
    ZEST_CHECK_INT(zest_unicode_script(0x30A2), zest_unicode_script(0x4E00)); /* Katakana */
    ZEST_CHECK_INT(zest_unicode_script(0x30FC), zest_unicode_script(0x4E00)); /* Common, but for it */
    ZEST_CHECK_INT(zest_unicode_script(0x589), zest_unicode_script(','));     /* Armenian since Unicode 14.0 */
    ZEST_CHECK(zest_unicode_script('a') != zest_unicode_script(0x3B1) && zest_unicode_script('a') != 0);
}
