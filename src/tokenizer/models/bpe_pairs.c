/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_pairs.c - builds the table of merging pairs, writes it into an image and opens it. Runs once per tokenizer.
 *
 * Building is a sort of the mixed pairs: by their top bits into buckets of one or two, then within each. A multiplier
 * that crowds the pairs of this vocabulary is passed over for the next.
 */
#include "bpe_pairs.h"

#include "large_memory.h"

#include <assert.h>
#include <stdlib.h>

#define CROWD_MAX 128       /* slots that a search may have to pass; a random table of a million pairs stays below 60 */
#define SPARE_SLOTS 3       /* that a search may read behind the last home without looking */
#define FILTER_BITS_MORE 3u /* than a bit for each merge, rounded up: one in ten foreign pairs passes */
#define BUCKET_SORT_MAX 16u /* above, the library's sort */

/* Odd numbers with no pattern in their bits: fractions of the square roots of the first primes. */
static const uint64_t multipliers[] = {
    0x9E3779B97F4A7C15u, 0xBB67AE8584CAA73Bu, 0x3C6EF372FE94F82Bu, 0xA54FF53A5F1D36F1u,
    0x510E527FADE682D1u, 0x9B05688C2B3E6C1Fu, 0x1F83D9ABFB41BD6Bu, 0x5BE0CD19137E2179u,
};

static uint32_t bits_for(uint32_t count)
{
    uint32_t bits = 1;
    while (bits < 32 && count > 1u << bits)
        bits++;
    return bits;
}

static size_t products_size(uint32_t merge_count)
{
    return (merge_count + (merge_count & 1)) * sizeof(uint32_t);
}

static size_t filter_words(uint32_t bits)
{
    return ((size_t)1 << bits) / 64;
}

static struct zest_bpe_pairs view_of(const struct zest_bpe_pairs_header *header)
{
    const unsigned char *products = (const unsigned char *)(header + 1);
    const uint64_t *slots = (const uint64_t *)(products + products_size(header->merge_count));
    return (struct zest_bpe_pairs){
        .slots = slots,
        .last_slot = slots + header->slot_count - SPARE_SLOTS,
        .filter = slots + header->slot_count,
        .filter_shift = 64 - header->filter_bits,
        .products = (const uint32_t *)products,
        .multiplier = header->multiplier,
        .home_count = header->home_count,
        .merge_count = header->merge_count,
        .left_shift = 64 - header->id_bits,
        .right_shift = 64 - 2 * header->id_bits,
        .flags = header->flags,
        .longest = header->longest,
    };
}

static size_t section_size(const struct zest_bpe_pairs_header *header)
{
    size_t words = header->slot_count + filter_words(header->filter_bits);
    return sizeof *header + products_size(header->merge_count) + words * sizeof(uint64_t);
}

/* ---- sorting ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void sort_bucket(uint64_t *values, size_t count)
{
    if (count > BUCKET_SORT_MAX) {
        qsort(values, count, sizeof *values, by_value);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        uint64_t moving = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > moving; at--)
            values[at] = values[at - 1];
        values[at] = moving;
    }
}

struct sorter {
    uint64_t *unsorted, *sorted;
    uint32_t *ends; /* [buckets + 1] */
    uint32_t bits;  /* buckets = 2^bits */
};

static void sort_values(struct sorter *sorter, size_t count)
{
    uint32_t shift = 64 - sorter->bits;
    size_t buckets = (size_t)1 << sorter->bits;
    memset(sorter->ends, 0, (buckets + 1) * sizeof *sorter->ends);
    for (size_t i = 0; i < count; i++)
        sorter->ends[(sorter->unsorted[i] >> shift) + 1]++;
    for (size_t i = 0; i < buckets; i++)
        sorter->ends[i + 1] += sorter->ends[i];
    for (size_t i = 0; i < count; i++) /* ends[b] becomes the end of bucket b */
        sorter->sorted[sorter->ends[sorter->unsorted[i] >> shift]++] = sorter->unsorted[i];
    for (size_t i = 0, start = 0; i < buckets; start = sorter->ends[i], i++)
        sort_bucket(sorter->sorted + start, sorter->ends[i] - start);
}

/* Of slots of one pair keeps the last, whose rank is highest: the reference's map does so. */
static size_t drop_repeated(uint64_t *sorted, size_t count, uint32_t rank_bits)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || sorted[i] >> rank_bits != sorted[i + 1] >> rank_bits)
            sorted[kept++] = sorted[i];
    return kept;
}

/* ---- placing ---- */

/* Answers how far behind its home the worst pair lies. */
static uint64_t place(struct zest_bpe_pairs_header *header, uint64_t *slots, const uint64_t *sorted, size_t count)
{
    uint64_t next = 0, crowd = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t home = (uint64_t)((unsigned __int128)sorted[i] * header->home_count >> 64);
        uint64_t at = home > next ? home : next;
        if (at - home > crowd)
            crowd = at - home;
        for (; next <= at; next++)
            slots[next] = sorted[i];
    }
    for (; next <= header->home_count || next == 0; next++)
        slots[next] = UINT64_MAX;
    for (int spare = 0; spare < SPARE_SLOTS; spare++)
        slots[next++] = UINT64_MAX;
    header->slot_count = next;
    return crowd;
}

/* Behind the slots. Top bits of slots are those of their mixes: ranks lie far below. */
static void fill_filter(const struct zest_bpe_pairs_header *header, uint64_t *slots)
{
    uint64_t *filter = slots + header->slot_count;
    memset(filter, 0, filter_words(header->filter_bits) * sizeof *filter);
    for (uint64_t i = 0; i < header->slot_count; i++) {
        uint64_t top = slots[i] >> (64 - header->filter_bits);
        filter[top >> 6] |= (uint64_t)1 << (top & 63);
    }
}

static bool allocate(struct zest_arena *arena, struct zest_bpe_table *table, struct sorter *sorter, uint32_t count)
{
    size_t homes = (size_t)count + count / 2 + 16; /* two thirds full: a search passes one slot on average */
    uint32_t filter_bits = bits_for(count) + FILTER_BITS_MORE;
    filter_bits = filter_bits > 6 ? filter_bits : 6; /* a word */
    size_t words = homes + count + 2 + SPARE_SLOTS + filter_words(filter_bits);
    size_t size = sizeof *table->header + products_size(count) + words * sizeof(uint64_t);
    sorter->bits = bits_for(count);
    table->header = zest_advised(zest_alloc(arena, size, _Alignof(uint64_t)), size);
    sorter->unsorted = ZEST_NEW_LARGE_ARRAY(arena, uint64_t, (size_t)count + 1);
    sorter->sorted = ZEST_NEW_LARGE_ARRAY(arena, uint64_t, (size_t)count + 1);
    sorter->ends = ZEST_NEW_LARGE_ARRAY(arena, uint32_t, ((size_t)1 << sorter->bits) + 1);
    if (!table->header || !sorter->unsorted || !sorter->sorted || !sorter->ends)
        return false;
    *table->header =
        (struct zest_bpe_pairs_header){.merge_count = count, .home_count = homes, .filter_bits = filter_bits};
    return true;
}

static enum zest_status check_sizes(uint32_t merge_count, uint32_t token_count, struct zest_error *error)
{
    uint32_t rank_bits = 64 - 2 * bits_for(token_count);
    uint32_t most = rank_bits > 23 ? ZEST_BPE_MERGES_MAX : (1u << rank_bits) - 1;
    if (token_count > ZEST_VOCABULARY_MAX || merge_count > most)
        return zest_fail(error, ZEST_TOO_LARGE, "%u merges of %u tokens are too many, %u of %u are possible",
                         merge_count, token_count, most, ZEST_VOCABULARY_MAX);
    return ZEST_OK;
}

/* The pairs as slots, in the order of their ranks; the products. */
static void fill(struct zest_bpe_pairs_header *header, const struct zest_merge *merges, uint32_t token_count,
                 uint64_t *unsorted)
{
    uint32_t *products = (uint32_t *)(header + 1);
    struct zest_bpe_pairs view = view_of(header);
    if (header->merge_count & 1)
        products[header->merge_count] = 0; /* equal definitions have equal images */
    for (uint32_t i = 0; i < header->merge_count; i++) {
        assert(merges[i].left < token_count && merges[i].right < token_count && merges[i].product < token_count);
        products[i] = merges[i].product;
        unsorted[i] = zest_bpe_pairs_mix(&view, merges[i].left, merges[i].right) | i;
    }
}

enum zest_status zest_bpe_table_build(struct zest_arena *arena, const struct zest_merge *merges, uint32_t merge_count,
                                      uint32_t token_count, uint32_t flags, uint32_t longest,
                                      struct zest_bpe_table *ret_table, struct zest_error *error)
{
    enum zest_status status = check_sizes(merge_count, token_count, error);
    if (status != ZEST_OK)
        return status;
    struct zest_bpe_table table;
    struct sorter sorter;
    if (!allocate(arena, &table, &sorter, merge_count))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %u merges", merge_count);
    table.header->id_bits = bits_for(token_count);
    table.header->flags = flags;
    table.header->longest = longest;
    uint32_t rank_bits = 64 - 2 * table.header->id_bits;
    uint64_t *slots = (uint64_t *)((unsigned char *)(table.header + 1) + products_size(merge_count));
    for (size_t try = 0; try < ZEST_COUNT(multipliers); try++) {
        table.header->multiplier = multipliers[try];
        fill(table.header, merges, token_count, sorter.unsorted);
        sort_values(&sorter, merge_count);
        size_t count = drop_repeated(sorter.sorted, merge_count, rank_bits);
        if (place(table.header, slots, sorter.sorted, count) <= CROWD_MAX)
            break;
    }
    fill_filter(table.header, slots);
    table.view = view_of(table.header);
    table.size = section_size(table.header);
    *ret_table = table;
    return ZEST_OK;
}

/* ---- opening ---- */

enum zest_status zest_bpe_pairs_open(const struct zest_image *image, struct zest_bpe_pairs *ret_pairs,
                                     struct zest_error *error)
{
    size_t size;
    const struct zest_bpe_pairs_header *header = zest_image_section(image, ZEST_SECTION_PAIRS, &size);
    if (!header || size < sizeof *header)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer has no merges");
    assert(size == section_size(header));
    *ret_pairs = view_of(header);
    return ZEST_OK;
}
