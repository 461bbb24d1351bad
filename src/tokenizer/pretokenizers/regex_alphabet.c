/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_alphabet.c - the kinds of characters that a pattern tells apart, and text written in them.
 *
 * The borders of all ranges cut the code points into intervals; an interval is known by the sets that it is in, and
 * intervals of the same sets are of one kind. Real patterns have 5 to 40 kinds; 256 is the limit. A table of two
 * stages gives the kind of a character. Made once a pattern (0.4 ms on average); reading it: any thread.
 */
#include "regex_tree.h"

#include <assert.h>
#include <stdlib.h>

#include "unicode_class.h"

#define KINDS_MAX 256
#define BLOCK 128
#define BLOCKS 8704

struct cutter {
    struct regex_tree *tree;
    uint32_t *borders; /* where intervals begin, sorted; the first is 0 */
    size_t border_count;
    uint64_t *members; /* [border_count][words]: which sets an interval is in */
    size_t words;
    uint8_t *kinds; /* [border_count] */
    size_t kind_count;
};

static int compare_borders(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static bool collect_borders(struct cutter *cutter)
{
    struct zest_arena *arena = cutter->tree->arena;
    size_t most = 1, sets = 0, kept = 0;
    for (const struct regex_node *node = cutter->tree->sets; node; node = node->next_set, sets++)
        most += 2 * node->set.count;
    cutter->words = sets / 64 + 1;
    cutter->borders = ZEST_NEW_ARRAY(arena, uint32_t, most);
    if (!cutter->borders)
        return false;
    cutter->borders[cutter->border_count++] = 0;
    for (const struct regex_node *node = cutter->tree->sets; node; node = node->next_set)
        for (size_t i = 0; i < node->set.count; i++) {
            cutter->borders[cutter->border_count++] = node->set.ranges[i].first;
            if (node->set.ranges[i].last < ZEST_CODE_POINT_MAX)
                cutter->borders[cutter->border_count++] = node->set.ranges[i].last + 1;
        }
    qsort(cutter->borders, cutter->border_count, sizeof *cutter->borders, compare_borders);
    for (size_t i = 0; i < cutter->border_count; i++)
        if (kept == 0 || cutter->borders[kept - 1] != cutter->borders[i])
            cutter->borders[kept++] = cutter->borders[i];
    cutter->border_count = kept;
    return true;
}

/* The interval that begins at a code point; there is one. */
static size_t interval_at(const struct cutter *cutter, uint32_t code_point)
{
    const uint32_t *found =
        bsearch(&code_point, cutter->borders, cutter->border_count, sizeof *cutter->borders, compare_borders);
    assert(found);
    return (size_t)(found - cutter->borders);
}

/* Calls for each interval of the set are too many for a callback: both users walk them by this. */
#define FOR_EACH_INTERVAL(cutter, set, i, interval)                         \
    for (size_t i = 0; i < (set)->count; i++)                               \
        for (size_t interval = interval_at(cutter, (set)->ranges[i].first); \
             interval < (cutter)->border_count && (cutter)->borders[interval] <= (set)->ranges[i].last; interval++)

static bool collect_members(struct cutter *cutter)
{
    struct zest_arena *arena = cutter->tree->arena;
    size_t set = 0;
    cutter->members = ZEST_NEW_ARRAY(arena, uint64_t, cutter->border_count * cutter->words);
    cutter->kinds = ZEST_NEW_ARRAY(arena, uint8_t, cutter->border_count);
    if (!cutter->members || !cutter->kinds)
        return false;
    memset(cutter->members, 0, cutter->border_count * cutter->words * sizeof *cutter->members);
    for (const struct regex_node *node = cutter->tree->sets; node; node = node->next_set, set++)
        FOR_EACH_INTERVAL(cutter, &node->set, i, interval)
    cutter->members[interval * cutter->words + set / 64] |= (uint64_t)1 << (set % 64);
    return true;
}

/* False where there are more kinds than fit. */
static bool number_kinds(struct cutter *cutter)
{
    size_t examples[KINDS_MAX]; /* an interval of each kind */
    size_t bytes = cutter->words * sizeof *cutter->members;
    for (size_t i = 0; i < cutter->border_count; i++) {
        size_t kind = 0;
        while (kind < cutter->kind_count && memcmp(cutter->members + examples[kind] * cutter->words,
                                                   cutter->members + i * cutter->words, bytes) != 0)
            kind++;
        if (kind == KINDS_MAX)
            return false;
        if (kind == cutter->kind_count)
            examples[cutter->kind_count++] = i;
        cutter->kinds[i] = (uint8_t)kind;
    }
    return true;
}

static bool tell_sets(struct cutter *cutter)
{
    for (struct regex_node *node = cutter->tree->sets; node; node = node->next_set) {
        bool in[KINDS_MAX] = {false};
        uint8_t *kinds = ZEST_NEW_ARRAY(cutter->tree->arena, uint8_t, cutter->kind_count);
        if (!kinds)
            return false;
        FOR_EACH_INTERVAL(cutter, &node->set, i, interval)
        in[cutter->kinds[interval]] = true;
        for (size_t kind = 0; kind < cutter->kind_count; kind++)
            if (in[kind])
                kinds[node->kind_count++] = (uint8_t)kind;
        node->kinds = kinds;
    }
    return true;
}

/* ---- the table ---- */

/* Fills the kinds of one block; `interval` is the one that its first code point lies in, then that of the next. */
static void fill_block(const struct cutter *cutter, uint32_t first, size_t *interval, uint8_t block[BLOCK])
{
    for (uint32_t c = 0; c < BLOCK; c++) {
        while (*interval + 1 < cutter->border_count && cutter->borders[*interval + 1] <= first + c)
            ++*interval;
        block[c] = cutter->kinds[*interval];
    }
}

/* The block's number in stage2, where it is put if it is new. Equal blocks are mostly neighbours: looks from the end.
 */
static size_t place_block(struct regex_alphabet *alphabet, size_t *count, const uint8_t block[BLOCK])
{
    for (size_t i = *count; i-- > 0;)
        if (memcmp(alphabet->stage2 + i * BLOCK, block, BLOCK) == 0)
            return i;
    memcpy(alphabet->stage2 + *count * BLOCK, block, BLOCK);
    return (*count)++;
}

/* Whether this block and the one before lie in one interval, as nearly all do. */
static bool is_as_before(const struct cutter *cutter, size_t block, size_t interval)
{
    uint32_t first = (uint32_t)(block * BLOCK);
    bool ends_later = interval + 1 == cutter->border_count || cutter->borders[interval + 1] >= first + BLOCK;
    return block > 0 && ends_later && cutter->borders[interval] + BLOCK <= first;
}

static bool fill_table(const struct cutter *cutter, struct regex_alphabet *alphabet)
{
    size_t count = 0, interval = 0;
    uint8_t block[BLOCK];
    /* No more blocks than borders and blocks between them. */
    size_t most = 2 * cutter->border_count + 2 < BLOCKS ? 2 * cutter->border_count + 2 : BLOCKS;
    alphabet->stage2 = malloc(most * BLOCK);
    if (!alphabet->stage2)
        return false;
    for (size_t i = 0; i < BLOCKS; i++) {
        if (is_as_before(cutter, i, interval)) {
            alphabet->stage1[i] = alphabet->stage1[i - 1];
            continue;
        }
        fill_block(cutter, (uint32_t)(i * BLOCK), &interval, block);
        alphabet->stage1[i] = (uint16_t)place_block(alphabet, &count, block);
        assert(count <= most);
    }
    for (size_t c = 0; c < 128; c++)
        alphabet->ascii[c] = alphabet->stage2[(size_t)alphabet->stage1[0] * BLOCK + c];
    uint8_t *shrunk = realloc(alphabet->stage2, count * BLOCK);
    alphabet->stage2 = shrunk ? shrunk : alphabet->stage2;
    return true;
}

enum zest_status regex_alphabet_make(struct regex_tree *tree, struct regex_alphabet *ret_alphabet,
                                     struct zest_error *error)
{
    struct cutter cutter = {.tree = tree};
    *ret_alphabet = (struct regex_alphabet){.stage2 = NULL};
    if (!collect_borders(&cutter) || !collect_members(&cutter))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "memory for the classes of a pattern is out");
    if (!number_kinds(&cutter))
        return zest_fail_param(error, ZEST_UNSUPPORTED, "pattern",
                               "a pattern tells more than %d kinds of characters apart", KINDS_MAX);
    ret_alphabet->kind_count = (uint32_t)cutter.kind_count;
    if (!tell_sets(&cutter) || !fill_table(&cutter, ret_alphabet))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "memory for the classes of a pattern is out");
    return ZEST_OK;
}

size_t regex_alphabet_map(const struct regex_alphabet *alphabet, const unsigned char *text, size_t size, uint8_t *kinds)
{
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        if (text[at] < 0x80) {
            kinds[count] = alphabet->ascii[text[at++]];
            continue;
        }
        uint32_t length, c = zest_utf8_decode(text + at, &length);
        kinds[count] = alphabet->stage2[(size_t)alphabet->stage1[c / BLOCK] * BLOCK + c % BLOCK];
        at += length;
    }
    return count;
}
