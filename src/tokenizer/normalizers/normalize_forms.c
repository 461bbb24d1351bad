/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_forms.c - NFC, NFD, NFKC, NFKD: the algorithm is normal_form.c. Immutable: any thread.
 */
#include "normal_form.h"
#include "normalizer_kinds.h"

#define ZEST_FORM_KIND(name, TYPE)                                                                           \
    static enum zest_status create_##name(const json_t *json, struct zest_arena *arena,                      \
                                          struct zest_normalizer **ret_normalizer, struct zest_error *error) \
    {                                                                                                        \
        return zest_normalizer_plain(&zest_normalize_##name, json, arena, ret_normalizer, error);            \
    }                                                                                                        \
    static void run_##name(const struct zest_normalizer *self, const struct zest_aligned *in,                \
                           struct zest_aligned *out)                                                         \
    {                                                                                                        \
        zest_normal_form_append(ZEST_FORM_##TYPE, in, out);                                                  \
    }                                                                                                        \
    const struct zest_normalizer_kind zest_normalize_##name = {#TYPE, create_##name, run_##name, NULL}

ZEST_FORM_KIND(nfc, NFC);
ZEST_FORM_KIND(nfd, NFD);
ZEST_FORM_KIND(nfkc, NFKC);
ZEST_FORM_KIND(nfkd, NFKD);
