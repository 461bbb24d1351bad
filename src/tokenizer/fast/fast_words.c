/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_words.c - makes the table of known words, and finds the long ones.
 */
#include "fast_words.h"

#include <assert.h>
#include <stdlib.h>

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

static void put_short(struct zest_fast_line *lines, uint32_t mask, struct zest_fast_word word)
{
    struct zest_fast_key key = zest_fast_key_of(word.bytes, word.size);
    uint32_t at = zest_fast_home(zest_fast_hash(key)) & mask;
    for (;; at = (at + 1) & mask) {
        for (uint32_t i = 0; i < ZEST_FAST_LINE_WORDS; i++) {
            if (lines[at].keys[i].high != 0) /* a word's length makes `high` positive */
                continue;
            lines[at].keys[i] = key;
            lines[at].ids[i] = word.id;
            return;
        }
        lines[at].ids[ZEST_FAST_LINE_WORDS] = ZEST_FAST_OVERFLOW;
    }
}

static bool write_short(struct zest_buffer *section, const struct zest_fast_word *list, size_t count,
                        uint32_t line_count)
{
    size_t size = (size_t)line_count * sizeof(struct zest_fast_line);
    struct zest_fast_line *lines = aligned_alloc(64, size);
    if (!lines)
        return false;
    memset(lines, 0, size);
    for (uint32_t i = 0; i < line_count; i++)
        lines[i].ids[ZEST_FAST_LINE_WORDS] = ZEST_FAST_ABSENT;
    for (size_t i = 0; i < count; i++)
        if (list[i].size <= ZEST_FAST_SHORT_MAX)
            put_short(lines, line_count - 1, list[i]);
    zest_buffer_append(section, lines, size);
    free(lines);
    return !section->failed;
}

struct long_tables {
    uint32_t *slots, *ids, *ends;
};

static void fill_long(struct zest_buffer *section, const struct zest_fast_word *list, size_t count,
                      const struct zest_fast_words_header *header, struct long_tables tables)
{
    uint32_t place = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i].size <= ZEST_FAST_SHORT_MAX)
            continue;
        uint32_t slot = (uint32_t)zest_hash_bytes(list[i].bytes, list[i].size) & (header->long_slot_count - 1);
        while (tables.slots[slot] != 0)
            slot = (slot + 1) & (header->long_slot_count - 1);
        tables.ids[place] = list[i].id;
        tables.ends[place + 1] = tables.ends[place] + list[i].size;
        tables.slots[slot] = ++place;
    }
    assert(place == header->long_count);
    zest_buffer_append(section, tables.slots, header->long_slot_count * sizeof *tables.slots);
    zest_buffer_append(section, tables.ids, place * sizeof *tables.ids);
    zest_buffer_append(section, tables.ends, (place + 1) * sizeof *tables.ends);
    for (size_t i = 0; i < count; i++)
        if (list[i].size > ZEST_FAST_SHORT_MAX)
            zest_buffer_append(section, list[i].bytes, list[i].size);
}

static bool write_long(struct zest_buffer *section, const struct zest_fast_word *list, size_t count,
                       const struct zest_fast_words_header *header)
{
    size_t places = header->long_count;
    struct long_tables tables = {
        .slots = calloc(header->long_slot_count, sizeof(uint32_t)),
        .ids = calloc(places, sizeof(uint32_t)),
        .ends = calloc(places + 1, sizeof(uint32_t)),
    };
    bool has_memory = tables.slots && tables.ids && tables.ends;
    if (has_memory)
        fill_long(section, list, count, header, tables);
    free(tables.slots);
    free(tables.ids);
    free(tables.ends);
    return has_memory && !section->failed;
}

bool zest_fast_words_write(struct zest_buffer *section, const struct zest_fast_word *list, size_t count)
{
    struct zest_fast_words_header header = {0};
    for (size_t i = 0; i < count; i++)
        header.long_count += list[i].size > ZEST_FAST_SHORT_MAX;
    /* Two words a line at most, so that few lines overflow. */
    header.line_count = power_of_two((count - header.long_count) / 2 + 1);
    header.long_slot_count = header.long_count > 0 ? power_of_two(2 * (uint64_t)header.long_count) : 0;
    zest_buffer_append(section, &header, sizeof header);
    return write_short(section, list, count, header.line_count) &&
           (header.long_count == 0 || write_long(section, list, count, &header));
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
