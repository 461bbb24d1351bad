/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal_form_quick.c - finds the first character that a normalization form may touch. Stateless: any thread.
 *
 * Tuned for text that needs nothing: blocks of 32 bytes without a byte that could begin such a character pass by one
 * comparison (vectorised), then 8 bytes at a time by a table of lead bytes, then single characters by their class.
 */
#include "normal_form.h"
#include "transform.h"
#include "unicode_normal.h"

#include <assert.h>

static const uint32_t unsafe_bits[] = {
    [ZEST_FORM_NFC] = ZEST_CLASS_NFC_UNSAFE,
    [ZEST_FORM_NFD] = ZEST_CLASS_NFD_UNSAFE,
    [ZEST_FORM_NFKC] = ZEST_CLASS_NFKC_UNSAFE,
    [ZEST_FORM_NFKD] = ZEST_CLASS_NFKD_UNSAFE,
};

/* Lead bytes below begin no character that the form touches: U+0300, U+00C0, U+00A0 are the first ones. */
static const unsigned char first_unsafe_lead[] = {
    [ZEST_FORM_NFC] = 0xCC,
    [ZEST_FORM_NFD] = 0xC3,
    [ZEST_FORM_NFKC] = 0xC2,
    [ZEST_FORM_NFKD] = 0xC2,
};

static bool block_is_safe(const unsigned char *bytes, unsigned char first_unsafe)
{
    unsigned char high = 0;
    for (size_t i = 0; i < 32; i++)
        high |= bytes[i] >= first_unsafe;
    return high == 0;
}

static bool leads_are_safe(const unsigned char *bytes, unsigned char form_bit)
{
    unsigned char any = 0;
    for (size_t i = 0; i < 8; i++)
        any |= zest_normal_leads[bytes[i]];
    return (any & form_bit) == 0;
}

size_t zest_normal_form_scan(enum zest_normal_form form, const unsigned char *bytes, size_t at, size_t size)
{
    assert(form <= ZEST_FORM_NFKD && at <= size);
    unsigned char form_bit = (unsigned char)(1u << form);
    while (at < size) {
        if (at + 32 <= size && block_is_safe(bytes + at, first_unsafe_lead[form])) {
            at += 32;
            continue;
        }
        if (at + 8 <= size && leads_are_safe(bytes + at, form_bit)) {
            at += 8;
            continue;
        }
        if (!(zest_normal_leads[bytes[at]] & form_bit)) {
            at++; /* maybe in the middle of a safe character: the rest of it has no bit either */
            continue;
        }
        uint32_t length, code_point = zest_utf8_decode(bytes + at, &length);
        if (zest_unicode_class(code_point) & unsafe_bits[form])
            return at;
        at += length;
    }
    return size;
}

bool zest_is_nfc_quick(const unsigned char *bytes, size_t size)
{
    return zest_normal_form_scan(ZEST_FORM_NFC, bytes, 0, size) == size;
}

bool zest_is_nfd_quick(const unsigned char *bytes, size_t size)
{
    return zest_normal_form_scan(ZEST_FORM_NFD, bytes, 0, size) == size;
}

bool zest_is_nfkc_quick(const unsigned char *bytes, size_t size)
{
    return zest_normal_form_scan(ZEST_FORM_NFKC, bytes, 0, size) == size;
}

bool zest_is_nfkd_quick(const unsigned char *bytes, size_t size)
{
    return zest_normal_form_scan(ZEST_FORM_NFKD, bytes, 0, size) == size;
}
