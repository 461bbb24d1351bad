/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grapheme.c - finds the ends of extended grapheme clusters. Stateless: any thread.
 *
 * Source: Unicode Standard Annex #29, rules GB3 to GB999. The rules that look further back than one character (GB9c,
 * GB11, GB12, GB13) only look at what the cluster has already, so three small states carry them along.
 */
#include "grapheme.h"
#include "unicode_class.h"

#include <assert.h>

struct cluster {
    uint8_t last;                                                 /* enum zest_grapheme of the character before */
    bool odd_regional;                                            /* GB12, GB13: an odd number of them in a row */
    enum { NO_EMOJI, EMOJI, EMOJI_ZWJ } emoji;                    /* GB11: a pictograph, its extenders, then a ZWJ */
    enum { NO_CONSONANT, CONSONANT, CONSONANT_AND_LINKER } indic; /* GB9c */
};

static void step_emoji(struct cluster *cluster, uint8_t class)
{
    if (class == ZEST_GRAPHEME_PICTOGRAPHIC)
        cluster->emoji = EMOJI;
    else if (class == ZEST_GRAPHEME_ZWJ)
        cluster->emoji = cluster->emoji == EMOJI ? EMOJI_ZWJ : NO_EMOJI;
    else if (class != ZEST_GRAPHEME_EXTEND || cluster->emoji == EMOJI_ZWJ)
        cluster->emoji = NO_EMOJI;
}

static void step_indic(struct cluster *cluster, uint8_t property, uint8_t class)
{
    if (class == ZEST_GRAPHEME_CONSONANT)
        cluster->indic = CONSONANT;
    else if (property & ZEST_GRAPHEME_LINKER)
        cluster->indic = cluster->indic == NO_CONSONANT ? NO_CONSONANT : CONSONANT_AND_LINKER;
    else if (!(property & ZEST_GRAPHEME_INDIC_EXTEND))
        cluster->indic = NO_CONSONANT;
}

/* Takes a character into the cluster. */
static void take(struct cluster *cluster, uint8_t property)
{
    uint8_t class = property & ZEST_GRAPHEME_MASK;
    step_emoji(cluster, class);
    step_indic(cluster, property, class);
    cluster->odd_regional = class == ZEST_GRAPHEME_REGIONAL && !cluster->odd_regional;
    cluster->last = class;
}

static bool is_control(uint8_t class)
{
    return class == ZEST_GRAPHEME_CONTROL || class == ZEST_GRAPHEME_CR || class == ZEST_GRAPHEME_LF;
}

/* GB6, GB7, GB8: the jamo of one syllable. */
static bool is_syllable(uint8_t before, uint8_t after)
{
    switch (before) {
    case ZEST_GRAPHEME_L:
        return after == ZEST_GRAPHEME_L || after == ZEST_GRAPHEME_V || after == ZEST_GRAPHEME_LV ||
               after == ZEST_GRAPHEME_LVT;
    case ZEST_GRAPHEME_LV:
    case ZEST_GRAPHEME_V:
        return after == ZEST_GRAPHEME_V || after == ZEST_GRAPHEME_T;
    case ZEST_GRAPHEME_LVT:
    case ZEST_GRAPHEME_T:
        return after == ZEST_GRAPHEME_T;
    default:
        return false;
    }
}

/* True where `after` belongs to the cluster. */
static bool joins(const struct cluster *cluster, uint8_t after)
{
    if (cluster->last == ZEST_GRAPHEME_CR && after == ZEST_GRAPHEME_LF) /* GB3 */
        return true;
    if (is_control(cluster->last) || is_control(after)) /* GB4, GB5 */
        return false;
    if (is_syllable(cluster->last, after))
        return true;
    if (after == ZEST_GRAPHEME_EXTEND || after == ZEST_GRAPHEME_ZWJ || after == ZEST_GRAPHEME_SPACING_MARK ||
        cluster->last == ZEST_GRAPHEME_PREPEND) /* GB9, GB9a, GB9b */
        return true;
    if (after == ZEST_GRAPHEME_CONSONANT)
        return cluster->indic == CONSONANT_AND_LINKER;
    if (after == ZEST_GRAPHEME_PICTOGRAPHIC)
        return cluster->emoji == EMOJI_ZWJ;
    return after == ZEST_GRAPHEME_REGIONAL && cluster->odd_regional;
}

size_t zest_grapheme_end(const unsigned char *bytes, size_t at, size_t size)
{
    assert(at < size);
    struct cluster cluster = {ZEST_GRAPHEME_OTHER, false, NO_EMOJI, NO_CONSONANT};
    uint32_t length;
    take(&cluster, zest_unicode_grapheme(zest_utf8_decode(bytes + at, &length)));
    for (at += length; at < size; at += length) {
        uint8_t property = zest_unicode_grapheme(zest_utf8_decode(bytes + at, &length));
        if (!joins(&cluster, property & ZEST_GRAPHEME_MASK))
            break;
        take(&cluster, property);
    }
    return at;
}
