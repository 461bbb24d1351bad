/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_words.c - makes the table of known words, and finds the long ones.
 */
#include "fast_words.h"

#include <assert.h>

#define AHEAD 16 /* words whose lines are on their way into the cache */

static uint32_t power_of_two(uint64_t at_least)
{
    uint32_t size = 1;
    while (size < at_least)
        size *= 2;
    return size;
}

uint32_t zest_fast_words_find_long(const struct zest_fast_words *words, const unsigned char *word, size_t size)
{
    if (!words->long_slots)
        return ZEST_FAST_NO_WORD;
    uint32_t slot = (uint32_t)zest_hash_bytes(word, size) & words->long_mask;
    for (; words->long_slots[slot] != 0; slot = (slot + 1) & words->long_mask) {
        uint32_t place = words->long_slots[slot] - 1, start = words->long_ends[place];
        if (words->long_ends[place + 1] - start == size && memcmp(words->long_bytes + start, word, size) == 0)
            return words->long_ids[place];
    }
    return ZEST_FAST_NO_WORD;
}

/* ---- compiling ---- */

static struct zest_fast_words_header header_of(const struct zest_fast_word *list, size_t count)
{
    struct zest_fast_words_header header = {0};
    for (size_t i = 0; i < count; i++)
        header.long_count += list[i].size > ZEST_FAST_SHORT_MAX;
    /* Two words a line at most, so that few lines overflow. */
    header.line_count = power_of_two((count - header.long_count) / 2 + 1);
    header.long_slot_count = header.long_count > 0 ? power_of_two(2 * (uint64_t)header.long_count) : 0;
    return header;
}

size_t zest_fast_words_size(const struct zest_fast_word *list, size_t count)
{
    struct zest_fast_words_header header = header_of(list, count);
    size_t size = sizeof header + (size_t)header.line_count * sizeof(struct zest_fast_line);
    if (header.long_count == 0)
        return size;
    size += ((size_t)header.long_slot_count + 2 * (size_t)header.long_count + 1) * sizeof(uint32_t);
    for (size_t i = 0; i < count; i++)
        size += list[i].size > ZEST_FAST_SHORT_MAX ? list[i].size : 0;
    return size;
}

static void put_short(struct zest_fast_line *lines, uint32_t mask, struct zest_fast_key key, uint32_t id)
{
    uint64_t hash = zest_fast_hash(key);
    uint32_t at = zest_fast_home(hash) & mask;
    for (;; at = (at + 1) & mask) {
        for (uint32_t i = 0; i < ZEST_FAST_LINE_WORDS; i++) {
            if (lines[at].keys[i].high != 0) /* a word's length makes `high` positive */
                continue;
            lines[at].keys[i] = key;
            lines[at].ids[i] = id;
            return;
        }
        lines[at].ids[ZEST_FAST_LINE_WORDS] |= zest_fast_overflow(hash);
    }
}

/* Lines lie in megabytes at random: each is on its way into the cache some words ahead. */
static void write_short(struct zest_fast_line *lines, uint32_t mask, const struct zest_fast_word *list, size_t count)
{
    struct zest_fast_key keys[AHEAD] = {{0, 0}};
    for (uint32_t i = 0; i <= mask; i++)
        lines[i].ids[ZEST_FAST_LINE_WORDS] = ZEST_FAST_ABSENT;
    for (size_t i = 0; i < count + AHEAD; i++) {
        struct zest_fast_key *key = &keys[i % AHEAD];
        if (i >= AHEAD && key->high != 0)
            put_short(lines, mask, *key, list[i - AHEAD].id);
        *key = (struct zest_fast_key){0, 0};
        if (i >= count || list[i].size > ZEST_FAST_SHORT_MAX)
            continue;
        *key = zest_fast_key_of(list[i].bytes, list[i].size);
        __builtin_prefetch(&lines[zest_fast_home(zest_fast_hash(*key)) & mask], 1);
    }
}

/* The tables of the long words, zeroed, behind the lines. */
static void write_long(uint32_t *slots, const struct zest_fast_words_header *header, const struct zest_fast_word *list,
                       size_t count)
{
    uint32_t *ids = slots + header->long_slot_count, *ends = ids + header->long_count, place = 0;
    unsigned char *bytes = (unsigned char *)(ends + header->long_count + 1);
    for (size_t i = 0; i < count; i++) {
        if (list[i].size <= ZEST_FAST_SHORT_MAX)
            continue;
        uint32_t slot = (uint32_t)zest_hash_bytes(list[i].bytes, list[i].size) & (header->long_slot_count - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (header->long_slot_count - 1);
        memcpy(bytes + ends[place], list[i].bytes, list[i].size);
        ids[place] = list[i].id;
        ends[place + 1] = ends[place] + list[i].size;
        slots[slot] = ++place;
    }
    assert(place == header->long_count);
}

void zest_fast_words_write(void *section, const struct zest_fast_word *list, size_t count)
{
    struct zest_fast_words_header *header = section;
    struct zest_fast_line *lines = (struct zest_fast_line *)(header + 1);
    *header = header_of(list, count);
    write_short(lines, header->line_count - 1, list, count);
    if (header->long_count > 0)
        write_long((uint32_t *)(lines + header->line_count), header, list, count);
}

bool zest_fast_words_open(const void *section, size_t size, struct zest_fast_words *ret_words)
{
    const struct zest_fast_words_header *header = section;
    if (!section || size < sizeof *header || header->line_count == 0)
        return false;
    const struct zest_fast_line *lines = (const struct zest_fast_line *)(header + 1);
    *ret_words = (struct zest_fast_words){.lines = lines, .line_mask = header->line_count - 1};
    if (header->long_count == 0)
        return true;
    ret_words->long_slots = (const uint32_t *)(lines + header->line_count);
    ret_words->long_mask = header->long_slot_count - 1;
    ret_words->long_ids = ret_words->long_slots + header->long_slot_count;
    ret_words->long_ends = ret_words->long_ids + header->long_count;
    ret_words->long_bytes = (const unsigned char *)(ret_words->long_ends + header->long_count + 1);
    return true;
}
