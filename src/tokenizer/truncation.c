/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truncation.c - cuts encodings to a length; what is cut off is kept as overlapping parts.
 *
 * Source    Hugging Face tokenizers 0.23, truncate_encodings and Encoding::truncate.
 */
#include "encoding.h"

#include "component_json.h"

#include <assert.h>

static const char *const strategies[] = {
    [ZEST_LONGEST_FIRST] = "LongestFirst",
    [ZEST_ONLY_FIRST] = "OnlyFirst",
    [ZEST_ONLY_SECOND] = "OnlySecond",
};
static const char *const directions[] = {"Right", "Left"};

enum zest_status zest_truncation_read(const json_t *json, struct zest_truncation *ret_truncation,
                                      struct zest_error *error)
{
    struct zest_component_reader reader = {json, "truncation", error, ZEST_OK};
    struct zest_truncation truncation = {
        .length_max = zest_component_size(&reader, "max_length", SIZE_MAX),
        .stride = zest_component_size(&reader, "stride", SIZE_MAX),
        .strategy = (enum zest_truncation_strategy)zest_component_choice(&reader, "strategy", strategies,
                                                                         ZEST_COUNT(strategies), -1),
        .left = zest_component_choice(&reader, "direction", directions, ZEST_COUNT(directions), 0) == 1,
    };
    if (reader.status == ZEST_OK)
        *ret_truncation = truncation;
    return reader.status;
}

/* The part [start, end) of `whole`. */
static struct zest_encoding part_of(const struct zest_encoding *whole, size_t start, size_t end)
{
    return (struct zest_encoding){.items = whole->items + start, .count = end - start, .capacity = end - start};
}

/* Parts of length_max tokens that begin length_max - stride apart: the i-th one's place, counted from its side. */
static void part_place(size_t count, size_t length_max, size_t step, size_t i, bool left, size_t *ret_start,
                       size_t *ret_end)
{
    size_t from = i * step, to = from + length_max < count ? from + length_max : count;
    *ret_start = left ? count - to : from;
    *ret_end = left ? count - from : to;
}

static enum zest_status cut(const struct zest_truncation *truncation, struct zest_encoding *encoding, size_t length_max,
                            struct zest_arena *arena, struct zest_error *error)
{
    size_t count = encoding->count, start, end;
    if (length_max >= count)
        return ZEST_OK;
    if (length_max > 0 && truncation->stride >= length_max)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "truncation",
                               "the truncation's stride is %zu; it must be less than the %zu tokens that are kept",
                               truncation->stride, length_max);
    size_t step = length_max - truncation->stride, parts = 1;
    if (length_max > 0)
        while ((parts - 1) * step + length_max < count)
            parts++;
    struct zest_encoding whole = *encoding;
    struct zest_encoding *overflow = ZEST_NEW_ARRAY(arena, struct zest_encoding, parts);
    if (!overflow)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu parts of a truncated text", parts);
    if (length_max == 0) { /* the whole is cut off */
        overflow[0] = whole;
        *encoding = (struct zest_encoding){.overflow = overflow, .overflow_count = 1};
        return ZEST_OK;
    }
    zest_encoding_set_sequence(&whole, 0); /* the parts forget of which text they are */
    part_place(count, length_max, step, 0, truncation->left, &start, &end);
    *encoding = part_of(&whole, start, end);
    encoding->overflow = overflow;
    for (size_t i = 1; i < parts; i++) {
        part_place(count, length_max, step, i, truncation->left, &start, &end);
        overflow[encoding->overflow_count++] = part_of(&whole, start, end);
    }
    /* Parts share the items: each gets its own, since post-processors write into them. */
    for (size_t i = 0; i < encoding->overflow_count; i++) {
        struct zest_encoding own = {0};
        if (!zest_encoding_merge(&own, &overflow[i], arena))
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu parts of a truncated text", parts);
        overflow[i] = own;
    }
    return ZEST_OK;
}

/* The longer text loses first; where both are too long each keeps half, the longer one the odd token. */
static enum zest_status cut_longest(const struct zest_truncation *truncation, struct zest_encoding *first,
                                    struct zest_encoding *second, struct zest_arena *arena, struct zest_error *error)
{
    size_t shorter = first->count < second->count ? first->count : second->count, longer;
    if (shorter > truncation->length_max)
        longer = shorter;
    else
        longer = shorter > truncation->length_max - shorter ? shorter : truncation->length_max - shorter;
    if (shorter + longer > truncation->length_max) {
        shorter = truncation->length_max / 2;
        longer = shorter + truncation->length_max % 2;
    }
    bool swapped = first->count > second->count;
    enum zest_status status = cut(truncation, first, swapped ? longer : shorter, arena, error);
    return status != ZEST_OK ? status : cut(truncation, second, swapped ? shorter : longer, arena, error);
}

enum zest_status zest_truncate(const struct zest_truncation *truncation, struct zest_encoding *first,
                               struct zest_encoding *second, struct zest_arena *arena, struct zest_error *error)
{
    size_t total = first->count + (second ? second->count : 0);
    if (truncation->length_max == 0) {
        enum zest_status status = cut(truncation, first, 0, arena, error);
        return status == ZEST_OK && second ? cut(truncation, second, 0, arena, error) : status;
    }
    if (total <= truncation->length_max)
        return ZEST_OK;
    if (truncation->strategy == ZEST_LONGEST_FIRST)
        return second ? cut_longest(truncation, first, second, arena, error)
                      : cut(truncation, first, truncation->length_max, arena, error);
    struct zest_encoding *target = truncation->strategy == ZEST_ONLY_FIRST ? first : second;
    size_t remove = total - truncation->length_max;
    if (!target)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "pair",
                               "the tokenizer truncates the second text only (OnlySecond), and there is none");
    if (target->count <= remove)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "text",
                               "the text to truncate has %zu tokens; to keep %zu in all %zu would have to go",
                               target->count, truncation->length_max, remove);
    return cut(truncation, target, target->count - remove, arena, error);
}
