/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_bert.c - BertNormalizer, in the order of the reference: cleaning (Unicode 8.0 control characters go, white
 * space becomes a space), spaces round CJK characters, NFD (9.0) and dropping nonspacing marks (8.0), lower case
 * (17.0). Immutable but for a pool of texts: any thread.
 */
#include "aligned_pool.h"
#include "normal_form.h"
#include "normalize_lowercase.h"
#include "normalizer_kinds.h"

struct bert {
    struct zest_normalizer base;
    bool cleans, spaces_cjk, strips_accents, lowers;
    struct zest_scratch_pool pool;
};

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"clean_text", "handle_chinese_chars", "lowercase", "strip_accents"};
    struct bert read = {.base = {&zest_normalize_bert}};
    struct zest_component_reader reader = {json, "normalizer BertNormalizer", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    read.cleans = zest_component_bool(&reader, "clean_text", -1);
    read.spaces_cjk = zest_component_bool(&reader, "handle_chinese_chars", -1);
    read.lowers = zest_component_bool(&reader, "lowercase", -1);
    read.strips_accents =
        zest_component_has(&reader, "strip_accents") ? zest_component_bool(&reader, "strip_accents", -1) : read.lowers;
    if (reader.status != ZEST_OK)
        return reader.status;
    struct bert *bert = ZEST_NEW(arena, struct bert);
    if (!bert)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer BertNormalizer");
    bert->base = read.base; /* the pool is empty already */
    bert->cleans = read.cleans;
    bert->spaces_cjk = read.spaces_cjk;
    bert->strips_accents = read.strips_accents;
    bert->lowers = read.lowers;
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

static void strip_accents(const struct zest_aligned *in, struct zest_aligned *spare, struct zest_aligned *out)
{
    zest_normal_form_append(ZEST_FORM_NFD, in, spare);
    zest_aligned_copy_without(out, spare, ZEST_CLASS_BERT_MARK);
    zest_aligned_fail(out, spare->status);
}

/* Cleans on texts[0], decomposes on texts[1], strips on texts[2] where lower case comes behind. */
static void run_steps(const struct bert *bert, const struct zest_aligned *in, struct zest_aligned *const texts[3],
                      struct zest_aligned *out)
{
    const struct zest_aligned *last = texts[0];
    clean_and_space(bert, in, texts[0]);
    zest_aligned_fail(out, texts[0]->status);
    if (bert->strips_accents) {
        strip_accents(texts[0], texts[1], bert->lowers ? texts[2] : out);
        last = texts[2];
    }
    if (bert->lowers) {
        zest_aligned_fail(out, last->status);
        zest_lowercase_append(last, out);
    }
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    struct bert *bert = (struct bert *)self; /* the pool alone is written on */
    struct zest_aligned *texts[3] = {NULL, NULL, NULL};
    if (!bert->strips_accents && !bert->lowers) {
        clean_and_space(bert, in, out);
        return;
    }
    for (size_t i = 0; i < ZEST_COUNT(texts); i++)
        if (!(texts[i] = zest_aligned_borrow(&bert->pool, in->aligned)))
            zest_aligned_fail(out, ZEST_OUT_OF_MEMORY);
    if (out->status == ZEST_OK)
        run_steps(bert, in, texts, out);
    for (size_t i = 0; i < ZEST_COUNT(texts); i++)
        zest_aligned_return(&bert->pool, texts[i]);
}

static void finish(struct zest_normalizer *self)
{
    zest_aligned_drain(&((struct bert *)self)->pool);
}

const struct zest_normalizer_kind zest_normalize_bert = {"BertNormalizer", create, run, finish};
