/* SPDX-License-Identifier: Apache-2.0 */
/* decode_table.c - see decode_table.h. Start at zest_decode_table_run; decode_table_build.c writes the section. */
#include "decode_table.h"

#include "decode_table_format.h"
#include "decoder_kinds.h"

#include <assert.h>

#define COPY_SIZE 16u        /* bytes that are copied whatever a text's size */
#define BLOCK_IDS 64u        /* ids between two looks at the room that is left */
#define SHORT_TEXT_MAX 4096u /* longest text for which a block's room is had in advance */

/* One call. `at` runs ahead of out->size. */
struct decoding {
    const struct zest_decode_table *table;
    struct zest_decoder_scratch *scratch;
    struct zest_buffer *out;
    size_t start, at; /* in out->data: of this call's text; where the next text goes */
    size_t run_start; /* of the run of parts */
    size_t room;      /* bytes that are had in advance: for a block of ids, or one long text */
    bool in_run, stripped, failed;
    uint32_t skipped; /* flags of entries that are left out */
};

/* ---- the rare ways ---- */

/* A run of parts is over: what is no UTF-8 is mended. */
static void close_run(struct decoding *decoding)
{
    struct zest_text run = {decoding->out->data + decoding->run_start, decoding->at - decoding->run_start};
    struct zest_texts *mended = &decoding->scratch->a;
    decoding->in_run = false;
    if (zest_utf8_valid(run, NULL))
        return;
    zest_texts_reset(mended);
    if (decoding->table->decoder->join == ZEST_DECODE_BYTE_LEVEL)
        zest_lossy_append(mended, run.data, run.size);
    else
        for (size_t i = 0; i < run.size; i++)
            zest_texts_append(mended, ZEST_REPLACEMENT_TEXT, 3);
    decoding->out->size = decoding->run_start;
    zest_buffer_append(decoding->out, mended->bytes, mended->size);
    zest_buffer_reserve(decoding->out, decoding->room);
    decoding->at = decoding->out->size;
    decoding->failed |= mended->status != ZEST_OK || decoding->out->failed;
}

/* The whole text loses a blank at its start, as soon as that is certain. */
static void strip(struct decoding *decoding)
{
    struct zest_text content = decoding->table->decoder->strip_content;
    char *text = decoding->out->data + decoding->start;
    size_t size = decoding->at - decoding->start;
    if (decoding->stripped || decoding->in_run || size == 0 || size < content.size)
        return;
    decoding->stripped = true;
    if (content.size == 0 || memcmp(text, content.data, content.size) != 0)
        return;
    memmove(text, text + content.size, size - content.size);
    decoding->at -= content.size;
}

static bool reserve(struct decoding *decoding)
{
    decoding->out->size = decoding->at;
    decoding->failed |= !zest_buffer_reserve(decoding->out, decoding->room);
    return !decoding->failed;
}

/* ---- ids ---- */

static inline void copy_text(struct decoding *decoding, const char *from, uint32_t size)
{
    char *to = decoding->out->data + decoding->at;
    memcpy(to, from, COPY_SIZE);
    if (__builtin_expect(size > COPY_SIZE, 0))
        memcpy(to + COPY_SIZE, from + COPY_SIZE, size - COPY_SIZE);
    decoding->at += size;
}

/* Entries with flags, and those behind a run: false where the id is left out. */
static bool begin_or_close_run(struct decoding *decoding, uint32_t entry)
{
    if (entry & decoding->skipped)
        return false;
    if (!(entry & ZEST_ENTRY_PART)) {
        if (decoding->in_run)
            close_run(decoding);
    } else if (!decoding->in_run) {
        decoding->in_run = true;
        decoding->run_start = decoding->at;
    }
    return !decoding->failed;
}

static void decode_ids(struct decoding *decoding, const uint32_t *entries, const uint32_t *ids, size_t count)
{
    const uint32_t table_count = decoding->table->count, flags = ZEST_ENTRY_PART | decoding->skipped;
    const char *bytes = decoding->table->bytes;
    for (size_t i = 0; i < count && !decoding->failed; i++) {
        if (__builtin_expect(ids[i] >= table_count, 0))
            continue;
        uint32_t entry = entries[ids[i]], next = entries[ids[i] + 1];
        uint32_t offset = entry >> ZEST_ENTRY_SHIFT, size = (next >> ZEST_ENTRY_SHIFT) - offset;
        if (__builtin_expect((entry & flags) != 0 || decoding->in_run, 0) && !begin_or_close_run(decoding, entry))
            continue;
        copy_text(decoding, bytes + offset, size);
    }
}

/* As decode_ids, where texts may be longer than a block's room. */
static void decode_long(struct decoding *decoding, const uint32_t *entries, const uint32_t *ids, size_t count)
{
    for (size_t i = 0; i < count && !decoding->failed; i++)
        if (reserve(decoding))
            decode_ids(decoding, entries, ids + i, 1);
}

static bool is_left_out(const struct decoding *decoding, uint32_t id)
{
    return id >= decoding->table->count || (decoding->table->entries[id] & decoding->skipped) != 0;
}

static void decode_all(struct decoding *decoding, const uint32_t *ids, size_t count)
{
    const struct zest_decode_table *table = decoding->table;
    size_t at = 0;
    if (table->first) {
        while (at < count && is_left_out(decoding, ids[at]))
            at++;
        decode_long(decoding, table->first, ids + at, at < count);
        at += at < count;
    }
    for (size_t size; at < count && !decoding->failed; at += size) {
        size = count - at < BLOCK_IDS ? count - at : BLOCK_IDS;
        if (table->longest > SHORT_TEXT_MAX)
            decode_long(decoding, table->entries, ids + at, size);
        else if (reserve(decoding))
            decode_ids(decoding, table->entries, ids + at, size);
        if (!decoding->stripped)
            strip(decoding);
    }
    if (decoding->in_run && !decoding->failed)
        close_run(decoding);
    strip(decoding);
}

enum zest_status zest_decode_table_run(const struct zest_decode_table *table, struct zest_decoder_scratch *scratch,
                                       const uint32_t *ids, size_t count, bool skip_special, struct zest_buffer *out,
                                       struct zest_error *error)
{
    struct decoding decoding = {
        .table = table,
        .scratch = scratch,
        .out = out,
        .start = out->size,
        .at = out->size,
        .room = (table->longest > SHORT_TEXT_MAX ? 1 : BLOCK_IDS) * ((size_t)table->longest + COPY_SIZE),
        .skipped = ZEST_ENTRY_ABSENT | (skip_special ? ZEST_ENTRY_SPECIAL : 0),
    };
    decode_all(&decoding, ids, count);
    out->size = decoding.failed ? decoding.start : decoding.at;
    if (decoding.failed)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to decode %zu ids (%zu bytes are possible)", count,
                         out->limit);
    return ZEST_OK;
}

/* ---- opening ---- */

bool zest_decode_table_open(const struct zest_image *image, const struct zest_decoder *decoder,
                            struct zest_decode_table *ret_table)
{
    size_t size;
    const struct zest_decode_header *header = zest_image_section(image, ZEST_SECTION_DECODE, &size);
    if (!header || decoder->join == ZEST_DECODE_GENERAL)
        return false;
    assert(size >= sizeof *header && decoder->first_differs == (header->has_first != 0));
    const uint32_t *entries = (const uint32_t *)(header + 1), *first = entries + header->count + 1;
    *ret_table = (struct zest_decode_table){
        .entries = entries,
        .first = header->has_first ? first : NULL,
        .bytes = (const char *)(header->has_first ? first + header->count + 1 : first),
        .count = header->count,
        .longest = header->longest,
        .decoder = decoder,
    };
    return true;
}
