/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_bert.c - BertNormalizer, in the order of the reference: cleaning (Unicode 8.0 control characters go, white
 * space becomes a space), spaces round CJK characters, NFD (9.0) and dropping nonspacing marks (8.0), lower case
 * (17.0). Immutable: any thread; the texts between are the call's own.
 */
#include "normal_form.h"
#include "normalize_lowercase.h"
#include "normalizer_kinds.h"

struct bert {
    struct zest_normalizer base;
    bool cleans, spaces_cjk, strips_accents, lowers;
};

/* null or missing: as "lowercase". */
static enum zest_status read_accents(const json_t *json, bool lowers, bool *ret_strips, struct zest_error *error)
{
    const json_t *value = json_object_get(json, "strip_accents");
    *ret_strips = lowers;
    if (!value || json_is_null(value))
        return ZEST_OK;
    return zest_normalizer_bool(json, "BertNormalizer", "strip_accents", ret_strips, error);
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"clean_text", "handle_chinese_chars", "lowercase", "strip_accents"};
    struct bert read = {{&zest_normalize_bert}, false, false, false, false};
    bool *const values[] = {&read.cleans, &read.spaces_cjk, &read.lowers};
    enum zest_status status = zest_normalizer_fields(json, "BertNormalizer", fields, ZEST_COUNT(fields), error);
    for (size_t i = 0; i < ZEST_COUNT(values) && status == ZEST_OK; i++)
        status = zest_normalizer_bool(json, "BertNormalizer", fields[i], values[i], error);
    if (status == ZEST_OK)
        status = read_accents(json, read.lowers, &read.strips_accents, error);
    if (status != ZEST_OK)
        return status;
    struct bert *bert = ZEST_NEW(arena, struct bert);
    if (!bert)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer BertNormalizer");
    *bert = read;
    *ret_normalizer = &bert->base;
    return ZEST_OK;
}

/* Writes what becomes of the character at `at`, which cleaning or spacing touches; answers where the next one begins.
 */
static size_t put_cleaned(const struct bert *bert, const struct zest_aligned *in, size_t at, struct zest_aligned *out)
{
    uint32_t length, bits = zest_unicode_class(zest_utf8_decode(in->bytes + at, &length));
    struct zest_span origin = zest_aligned_origin(in, at, at + length);
    if (bert->cleans && (bits & ZEST_CLASS_BERT_CONTROL))
        return at + length;
    zest_aligned_put(out, " ", 1, origin); /* white space becomes that, CJK is set between two */
    if (bits & ZEST_CLASS_BERT_CJK) {
        zest_aligned_put(out, in->bytes + at, length, origin);
        zest_aligned_put(out, " ", 1, origin);
    }
    return at + length;
}

/* Cleaning and spacing touch single characters each, so one pass does both. */
static void clean_and_space(const struct bert *bert, const struct zest_aligned *in, struct zest_aligned *out)
{
    uint32_t touched = (bert->cleans ? ZEST_CLASS_BERT_CONTROL | ZEST_CLASS_BERT_SPACE : 0) |
                       (bert->spaces_cjk ? ZEST_CLASS_BERT_CJK : 0);
    for (size_t at = 0; at < in->size;) {
        size_t found = zest_find_class(in, at, touched);
        zest_aligned_copy(out, in, at, found);
        at = found < in->size ? put_cleaned(bert, in, found, out) : found;
    }
}

/* What is left to do after clean_and_space. `spare` is written on. */
static void strip_and_lower(const struct bert *bert, const struct zest_aligned *in, struct zest_aligned *spare,
                            struct zest_aligned *out)
{
    struct zest_aligned stripped = {0};
    if (!bert->strips_accents) {
        zest_lowercase_append(in, out);
        return;
    }
    zest_aligned_reset(spare, in->aligned);
    zest_normal_form_append(ZEST_FORM_NFD, in, spare);
    zest_aligned_reset(&stripped, in->aligned);
    zest_aligned_copy_without(bert->lowers ? &stripped : out, spare, ZEST_CLASS_BERT_MARK);
    if (spare->status != ZEST_OK || stripped.status != ZEST_OK)
        out->status = spare->status != ZEST_OK ? spare->status : stripped.status;
    if (bert->lowers)
        zest_lowercase_append(&stripped, out);
    zest_aligned_finish(&stripped);
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    const struct bert *bert = (const struct bert *)self;
    if (!bert->strips_accents && !bert->lowers) {
        clean_and_space(bert, in, out);
        return;
    }
    struct zest_aligned cleaned = {0}, spare = {0};
    zest_aligned_reset(&cleaned, in->aligned);
    clean_and_space(bert, in, &cleaned);
    if (cleaned.status == ZEST_OK)
        strip_and_lower(bert, &cleaned, &spare, out);
    else
        out->status = cleaned.status;
    zest_aligned_finish(&cleaned);
    zest_aligned_finish(&spare);
}

const struct zest_normalizer_kind zest_normalize_bert = {"BertNormalizer", create, run, NULL};
