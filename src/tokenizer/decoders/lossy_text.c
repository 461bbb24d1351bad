/* SPDX-License-Identifier: Apache-2.0 */
/* lossy_text.c - bytes as UTF-8 into a list of texts. Stateless. The rule: core/utf8_lossy.c. */
#include "character.h"
#include "decoder_kinds.h"

void zest_lossy_append(struct zest_texts *out, const char *bytes, size_t size)
{
    struct zest_text rest = {bytes, size};
    size_t bad;
    while (!zest_utf8_valid(rest, &bad)) {
        zest_texts_append(out, rest.data, bad);
        zest_texts_append(out, ZEST_REPLACEMENT_TEXT, 3);
        size_t skipped = bad + zest_utf8_bad_size((struct zest_text){rest.data + bad, rest.size - bad});
        rest = (struct zest_text){rest.data + skipped, rest.size - skipped};
    }
    zest_texts_append(out, rest.data, rest.size);
}
