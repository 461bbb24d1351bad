/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_case.c - upper, lower, title case and the like of whole texts, as Python's str methods map them.
 */
#include "jinja_text.h"

#include "unicode_class.h"

/* ---- the sigma that ends a word ---- */

static uint32_t before(struct zest_text text, size_t *at)
{
    uint32_t length;
    while (*at > 0 && zest_utf8_continues((unsigned char)text.data[--*at]))
        ;
    return zest_utf8_decode((const unsigned char *)text.data + *at, &length);
}

/* A cased letter stands before it and none behind, whatever is ignorable between. */
static bool is_final_sigma(struct zest_text text, size_t at)
{
    uint32_t length, code_point = 0;
    size_t left = at, right = at + 2;
    do {
        if (left == 0)
            return false;
        code_point = before(text, &left);
    } while (zest_jinja_is_case_ignorable(code_point));
    if (!zest_jinja_is_cased(code_point))
        return false;
    for (; right < text.size; right += length) {
        code_point = zest_utf8_decode((const unsigned char *)text.data + right, &length);
        if (!zest_jinja_is_case_ignorable(code_point))
            return !zest_jinja_is_cased(code_point);
    }
    return true;
}

/* ---- one character ---- */

static uint32_t map_upper(uint32_t code_point, uint32_t mapped[3])
{
    uint32_t count = zest_case_apply(&zest_case_upper, code_point, mapped);
    mapped[0] = count > 0 ? mapped[0] : code_point;
    return count > 0 ? count : 1;
}

static uint32_t map_title(uint32_t code_point, uint32_t mapped[3])
{
    uint32_t count = zest_case_apply(&zest_case_title, code_point, mapped);
    return count > 0 ? count : map_upper(code_point, mapped);
}

static uint32_t map_plain_lower(uint32_t code_point, uint32_t mapped[3])
{
    uint32_t count = zest_case_apply(&zest_case_lower, code_point, mapped);
    mapped[0] = count > 0 ? mapped[0] : code_point;
    return count > 0 ? count : 1;
}

static uint32_t map_lower(struct zest_text text, size_t at, uint32_t code_point, uint32_t mapped[3])
{
    if (code_point != 0x3A3)
        return map_plain_lower(code_point, mapped);
    mapped[0] = is_final_sigma(text, at) ? 0x3C2 : 0x3C3;
    return 1;
}

/* Full case folding: the lower case of the upper case, but for Cherokee, dotless i and the capital sharp s. */
static uint32_t map_folded(uint32_t code_point, uint32_t mapped[9])
{
    uint32_t uppers[3], upper_count, count = 0;
    if (code_point == 0x131) {
        mapped[0] = code_point;
        return 1;
    }
    if (code_point == 0x1E9E) {
        mapped[0] = mapped[1] = 's';
        return 2;
    }
    upper_count = map_upper(code_point, uppers);
    if (uppers[0] >= 0x13A0 && uppers[0] <= 0x13F5) {
        mapped[0] = uppers[0];
        return 1;
    }
    for (uint32_t i = 0; i < upper_count; i++)
        count += map_plain_lower(uppers[i], mapped + count);
    return count;
}

/* ---- texts ---- */

static void write_mapped(struct jinja *j, struct jinja_output *output, const uint32_t *mapped, uint32_t count)
{
    char bytes[36];
    uint32_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += zest_utf8_encode(mapped[i], bytes + size);
    zest_jinja_write(j, output, bytes, size);
}

static uint32_t map_one(struct zest_text text, size_t at, uint32_t code_point, enum jinja_case to, bool in_word,
                        uint32_t mapped[9])
{
    switch (to) {
    case JINJA_UPPER:
        return map_upper(code_point, mapped);
    case JINJA_LOWER:
        return map_lower(text, at, code_point, mapped);
    case JINJA_CAPITALIZED:
        return at == 0 ? map_title(code_point, mapped) : map_lower(text, at, code_point, mapped);
    case JINJA_TITLE:
        return in_word ? map_lower(text, at, code_point, mapped) : map_title(code_point, mapped);
    case JINJA_SWAPPED:
        if (zest_jinja_is_upper(code_point))
            return map_lower(text, at, code_point, mapped);
        if (zest_jinja_is_lower(code_point))
            return map_upper(code_point, mapped);
        mapped[0] = code_point;
        return 1;
    case JINJA_FOLDED:
        break;
    }
    return map_folded(code_point, mapped);
}

/* ASCII, which is most of what there is. */
static struct zest_text change_ascii(struct jinja *j, struct zest_text text, enum jinja_case to)
{
    char *out = zest_jinja_alloc(j, text.size, 1);
    bool in_word = false;
    for (size_t i = 0; out && i < text.size; i++) {
        char c = text.data[i];
        bool is_upper = c >= 'A' && c <= 'Z', is_lower = c >= 'a' && c <= 'z';
        bool to_upper = to == JINJA_UPPER || (to == JINJA_CAPITALIZED && i == 0) || (to == JINJA_TITLE && !in_word) ||
                        (to == JINJA_SWAPPED && is_lower);
        in_word = is_upper || is_lower;
        out[i] = in_word && is_lower == to_upper ? c ^ 32 : c;
    }
    return out ? (struct zest_text){out, text.size} : text;
}

struct zest_text zest_jinja_change_case(struct jinja *j, struct zest_text text, enum jinja_case to)
{
    struct jinja_output output = {0};
    bool in_word = false;
    if (!zest_jinja_spend(j, text.size / 16))
        return text;
    if (zest_jinja_is_ascii(text))
        return change_ascii(j, text, to);
    for (size_t at = 0; at < text.size && !j->failed;) {
        uint32_t length, mapped[9], code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        uint32_t count = map_one(text, at, code_point, to, in_word, mapped);
        write_mapped(j, &output, mapped, count);
        in_word = zest_jinja_is_cased(code_point);
        at += length;
    }
    return zest_jinja_output_text(&output);
}
