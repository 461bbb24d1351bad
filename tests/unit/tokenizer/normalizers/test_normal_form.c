/* SPDX-License-Identifier: Apache-2.0 */
/* test_normal_form.c - the forms against a plain definition, quick checks over every code point, long runs of marks. */
#include "normal_form.h"
#include "transform.h"
#include "unicode_normal.h"
#include "zest_test.h"

#define CODES_MAX 512

/* ---- the plain meaning: decompose all, sort adjacent marks pair by pair, compose by looking back ---- */

static size_t plain_decompose(const uint32_t *in, size_t count, bool compatible, uint32_t *out)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++)
        written += zest_decompose(in[i], compatible, out + written);
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 1; i < written; i++) {
            uint8_t a = zest_normal_find(out[i - 1])->combining_class, b = zest_normal_find(out[i])->combining_class;
            if (b != 0 && a > b) {
                uint32_t swapped = out[i];
                out[i] = out[i - 1];
                out[i - 1] = swapped;
                moved = true;
            }
        }
    }
    return written;
}

/* D117: each character joins the last starter before it that nothing between blocks. */
static size_t plain_compose(uint32_t *codes, size_t count)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t class = zest_normal_find(codes[i])->combining_class;
        size_t starter = written;
        while (starter > 0 && zest_normal_find(codes[starter - 1])->combining_class != 0)
            starter--;
        bool adjacent = starter == written;
        bool blocked = !adjacent && zest_normal_find(codes[written - 1])->combining_class >= class;
        uint32_t whole = starter > 0 && !blocked ? zest_compose(codes[starter - 1], codes[i]) : 0;
        if (whole != 0)
            codes[starter - 1] = whole;
        else
            codes[written++] = codes[i];
    }
    return written;
}

static struct zest_text write_codes(const uint32_t *codes, size_t count, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += zest_utf8_encode(codes[i], out + size);
    return (struct zest_text){out, size};
}

static void run(enum zest_normal_form form, struct zest_text text, bool aligned, struct zest_aligned *out)
{
    struct zest_aligned in = {0};
    zest_aligned_reset(&in, aligned);
    zest_aligned_reset(out, aligned);
    zest_aligned_append_original(&in, (const unsigned char *)text.data, text.size, 0);
    zest_normal_form_append(form, &in, out);
    ZEST_CHECK_INT(out->status, ZEST_OK);
    zest_aligned_finish(&in);
}

/* A seeded mix of letters, marks, jamo and anything. */
static uint32_t pick(uint32_t *state)
{
    static const uint32_t often[] = {'a',    'e',    0x301, 0x323, 0x345, 0x1100, 0x1161, 0x11A8, 0xAC00,
                                     0x9C7,  0x9BE,  0xC5,  0x344, 0xF73, 0xFB01, 0x3099, 0x304B, 0x340,
                                     0x212B, 0x1E69, 0x5B0, 0x94D, 0x93C, 0x915,  0x1D15E};
    *state = *state * 1664525u + 1013904223u;
    uint32_t value = *state >> 8;
    if (value % 8 != 0)
        return often[value / 8 % ZEST_COUNT(often)];
    uint32_t code_point = value / 8 % 0x30000;
    return code_point >= 0xD800 && code_point < 0xE000 ? 'x' : code_point;
}

ZEST_TEST(forms_agree_with_the_plain_definition)
{
    static uint32_t codes[8], decomposed[CODES_MAX];
    char text[64], expected[4 * CODES_MAX];
    struct zest_aligned out = {0};
    uint32_t state = 1;
    for (int round = 0; round < 60000; round++) {
        size_t count = 1 + (size_t)round % ZEST_COUNT(codes);
        for (size_t i = 0; i < count; i++)
            codes[i] = pick(&state);
        for (enum zest_normal_form form = ZEST_FORM_NFC; form <= ZEST_FORM_NFKD; form++) {
            size_t size = plain_decompose(codes, count, form >= ZEST_FORM_NFKC, decomposed);
            if (form == ZEST_FORM_NFC || form == ZEST_FORM_NFKC)
                size = plain_compose(decomposed, size);
            run(form, write_codes(codes, count, text), round % 2, &out);
            ZEST_CHECK_TEXT(((struct zest_text){(char *)out.bytes, out.size}), write_codes(decomposed, size, expected));
        }
    }
    zest_aligned_finish(&out);
}

/* Alone and between letters: what passes the quick check stays; what fails it has an unsafe character. */
ZEST_TEST(quick_checks_hold_for_every_code_point)
{
    static bool (*const checks[])(const unsigned char *, size_t) = {zest_is_nfc_quick, zest_is_nfd_quick,
                                                                    zest_is_nfkc_quick, zest_is_nfkd_quick};
    static const uint32_t bits[] = {ZEST_CLASS_NFC_UNSAFE, ZEST_CLASS_NFD_UNSAFE, ZEST_CLASS_NFKC_UNSAFE,
                                    ZEST_CLASS_NFKD_UNSAFE};
    struct zest_aligned out = {0};
    size_t wrong = 0;
    for (uint32_t c = 0; c <= ZEST_CODE_POINT_MAX; c++) {
        char text[64];
        memset(text, 'e', sizeof text);
        size_t at = c % 40, size = at + zest_utf8_encode(c, text + at) + c % 11;
        if (c >= 0xD800 && c < 0xE000)
            continue;
        text[at + zest_utf8_encode(c, text + at)] = 'e';
        for (enum zest_normal_form form = ZEST_FORM_NFC; form <= ZEST_FORM_NFKD; form++) {
            bool quick = checks[form]((const unsigned char *)text, size);
            wrong += quick != !(zest_unicode_class(c) & bits[form]);
            if (!quick)
                continue;
            run(form, (struct zest_text){text, size}, false, &out);
            wrong += out.size != size || (size > 0 && memcmp(out.bytes, text, size) != 0);
        }
    }
    ZEST_CHECK_INT(wrong, 0);
    zest_aligned_finish(&out);
}

ZEST_TEST(origins_follow_the_changes)
{
    struct zest_aligned out = {0};
    run(ZEST_FORM_NFC, ZEST_TEXT("e\u0301x"), true, &out);
    ZEST_CHECK_INT(out.size, 3); /* é from e and the accent, which is gone; it has the origin of the e */
    ZEST_CHECK(out.origins[0].start == 0 && out.origins[0].end == 1 && out.origins[1].end == 1);
    ZEST_CHECK(out.origins[2].start == 3 && out.origins[2].end == 4);
    run(ZEST_FORM_NFKC, ZEST_TEXT("\uFB01"), true, &out);
    ZEST_CHECK(out.size == 2 && out.origins[0].start == 0 && out.origins[1].end == 3);
    run(ZEST_FORM_NFD, ZEST_TEXT("a\u0301\u0323"), true, &out); /* moved marks swap origins */
    ZEST_CHECK(memcmp(out.bytes, "a\u0323\u0301", 5) == 0);
    ZEST_CHECK(out.origins[1].start == 1 && out.origins[3].start == 3);
    zest_aligned_finish(&out);
}

/* 1 MB of marks in falling class: sorting pair by pair would take hours. */
ZEST_TEST(a_long_run_of_marks_takes_no_time)
{
    enum { MARKS = 1 << 19 };
    char *text = malloc(2 * MARKS);
    struct zest_aligned out = {0};
    ZEST_CHECK(text != NULL);
    for (size_t i = 0; text && i < MARKS; i++)
        memcpy(text + 2 * i, i % 2 ? "\u0323" : "\u0301", 2);
    for (enum zest_normal_form form = ZEST_FORM_NFC; text && form <= ZEST_FORM_NFKD; form++) {
        run(form, (struct zest_text){text, 2 * MARKS}, true, &out);
        ZEST_CHECK_INT(out.size, 2 * MARKS);
        ZEST_CHECK(memcmp(out.bytes, "\u0323\u0323", 4) == 0 && memcmp(out.bytes + MARKS, "\u0301", 2) == 0);
    }
    zest_aligned_finish(&out);
    free(text);
}
