/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal_form.h - the normalization forms of Unicode 9.0 (UAX #15), and whether a text surely is in one.
 */
#ifndef ZEST_NORMAL_FORM_H
#define ZEST_NORMAL_FORM_H

#include "stages.h"

enum zest_normal_form {
    ZEST_FORM_NFC,
    ZEST_FORM_NFD,
    ZEST_FORM_NFKC,
    ZEST_FORM_NFKD,
};

/*
 * Appends `in` in the form to `out`, origins as the reference has them. Linear but for the sorting of marks (counting
 * sort: linear too); memory grows with the longest run of marks.
 */
void zest_normal_form_append(enum zest_normal_form form, const struct zest_aligned *in, struct zest_aligned *out);

/*
 * Where the first character begins, from `at` on (a character's begin), that the form may change, move or join to what
 * is before it; `size` where there is none. Valid UTF-8.
 */
size_t zest_normal_form_scan(enum zest_normal_form form, const unsigned char *bytes, size_t at, size_t size);

/* True where the form surely leaves the text as it is. */
bool zest_is_nfc_quick(const unsigned char *bytes, size_t size);
bool zest_is_nfd_quick(const unsigned char *bytes, size_t size);
bool zest_is_nfkc_quick(const unsigned char *bytes, size_t size);
bool zest_is_nfkd_quick(const unsigned char *bytes, size_t size);

#endif
