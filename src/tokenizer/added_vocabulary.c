/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_vocabulary.c - writes the added tokens of a definition into an image, and finds them in texts.
 *
 * Immutable once opened: any thread. Start at zest_added_next.
 */
#include "added_vocabulary.h"

#include "unicode_class.h"

#include <assert.h>
#include <stdlib.h>

#define CONTENT_SIZE_MAX ((size_t)1 << 16) /* bytes of one added token: bounds the steps at a byte of the text */

/* ---- compiling ---- */

struct added_writer {
    const struct zest_tokenizer_definition *definition;
    struct zest_normalizer *normalizer;
    struct zest_aligned raw, normal;
    struct zest_buffer texts, tries;
    struct zest_added_entry *entries; /* [definition->added_count] */
};

static int compare_entries(const void *a, const void *b)
{
    const struct zest_added_entry *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static uint32_t flags_of(const struct zest_added_token *token)
{
    return (token->special ? ZEST_ADDED_SPECIAL : 0u) | (token->normalized ? ZEST_ADDED_NORMALIZED : 0u) |
           (token->lstrip ? ZEST_ADDED_LSTRIP : 0u) | (token->rstrip ? ZEST_ADDED_RSTRIP : 0u) |
           (token->single_word ? ZEST_ADDED_SINGLE_WORD : 0u);
}

static uint32_t keep_text(struct added_writer *writer, const void *data, size_t size)
{
    uint32_t at = (uint32_t)writer->texts.size;
    zest_buffer_append(&writer->texts, data, size);
    return at;
}

static enum zest_status add_entry(struct added_writer *writer, size_t i, struct zest_error *error)
{
    const struct zest_added_token *token = &writer->definition->added[i];
    struct zest_text content = token->content;
    if (content.size == 0 || content.size > CONTENT_SIZE_MAX)
        return zest_fail(error, ZEST_UNSUPPORTED, "added token %u has %zu bytes, 1 to %zu are possible", token->id,
                         content.size, CONTENT_SIZE_MAX);
    struct zest_added_entry *entry = &writer->entries[i];
    entry->id = token->id;
    entry->flags = flags_of(token);
    entry->content = entry->decoded = keep_text(writer, content.data, content.size);
    entry->content_size = entry->decoded_size = (uint32_t)content.size;
    if (!token->normalized || !writer->normalizer)
        return ZEST_OK;
    zest_aligned_reset(&writer->raw, false);
    zest_aligned_reset(&writer->normal, false);
    zest_aligned_append_original(&writer->raw, (const unsigned char *)content.data, content.size, 0);
    zest_normalizer_run(writer->normalizer, &writer->raw, &writer->normal);
    if (writer->normal.status != ZEST_OK)
        return zest_fail(error, writer->normal.status, "added token %u could not be normalized", token->id);
    if (writer->normal.size == content.size && memcmp(writer->normal.bytes, content.data, content.size) == 0)
        return ZEST_OK;
    entry->decoded = keep_text(writer, writer->normal.bytes, writer->normal.size);
    entry->decoded_size = (uint32_t)writer->normal.size;
    return ZEST_OK;
}

/* Decoding leaves out what reads like a special token, whatever its own flag: by content, as the reference does. */
static void mark_reads_special(struct added_writer *writer)
{
    size_t count = writer->definition->added_count;
    for (size_t i = 0; i < count; i++) {
        struct zest_added_entry *entry = &writer->entries[i];
        struct zest_text decoded = {writer->texts.data + entry->decoded, entry->decoded_size};
        if (entry->decoded == entry->content) { /* contents are unique: its own flag decides */
            entry->flags |= entry->flags & ZEST_ADDED_SPECIAL ? ZEST_ADDED_READS_SPECIAL : 0u;
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            const struct zest_added_entry *other = &writer->entries[j];
            struct zest_text content = {writer->texts.data + other->content, other->content_size};
            if ((other->flags & ZEST_ADDED_SPECIAL) && zest_text_equal(content, decoded))
                entry->flags |= ZEST_ADDED_READS_SPECIAL;
        }
    }
}

static void write_trie(struct added_writer *writer, struct zest_arena *arena, bool normalized)
{
    size_t count = 0, all = writer->definition->added_count;
    struct zest_text *strings = ZEST_NEW_ARRAY(arena, struct zest_text, all + 1);
    uint32_t *values = ZEST_NEW_ARRAY(arena, uint32_t, all + 1);
    if (!strings || !values) {
        writer->tries.failed = true;
        return;
    }
    for (size_t i = 0; i < all; i++) {
        const struct zest_added_entry *entry = &writer->entries[i];
        if (((entry->flags & ZEST_ADDED_NORMALIZED) != 0) != normalized || entry->decoded_size == 0)
            continue;
        strings[count] = (struct zest_text){writer->texts.data + entry->decoded, entry->decoded_size};
        values[count++] = (uint32_t)i;
    }
    zest_added_trie_write(&writer->tries, strings, values, count);
}

static enum zest_status write_sections(struct added_writer *writer, struct zest_arena *arena,
                                       struct zest_image_builder *builder, struct zest_error *error)
{
    const struct zest_tokenizer_definition *definition = writer->definition;
    for (size_t i = 0; i < definition->added_count; i++) {
        enum zest_status status = add_entry(writer, i, error);
        if (status != ZEST_OK)
            return status;
    }
    if (!writer->texts.failed) {
        mark_reads_special(writer);
        qsort(writer->entries, definition->added_count, sizeof *writer->entries, compare_entries);
        write_trie(writer, arena, false);
        write_trie(writer, arena, true);
    }
    if (writer->texts.failed || writer->tries.failed)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %u added tokens", definition->added_count);
    zest_image_add(builder, ZEST_SECTION_ADDED, writer->entries, definition->added_count * sizeof *writer->entries);
    zest_image_add(builder, ZEST_SECTION_ADDED_TEXTS, writer->texts.data, writer->texts.size);
    zest_image_add(builder, ZEST_SECTION_ADDED_TRIES, writer->tries.data, writer->tries.size);
    return ZEST_OK;
}

enum zest_status zest_added_vocabulary_compile(const struct zest_tokenizer_definition *definition,
                                               struct zest_image_builder *builder, struct zest_error *error)
{
    struct zest_arena arena;
    if (definition->added_count == 0)
        return ZEST_OK;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct added_writer writer = {.definition = definition};
    zest_buffer_init(&writer.texts, UINT32_MAX);
    zest_buffer_init(&writer.tries, UINT32_MAX);
    writer.entries = zest_alloc_zero(&arena, definition->added_count * sizeof *writer.entries, sizeof(uint32_t));
    enum zest_status status =
        writer.entries ? ZEST_OK
                       : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %u added tokens", definition->added_count);
    if (status == ZEST_OK)
        status = zest_normalizer_create(json_object_get(definition->components, "normalizer"), &arena,
                                        &writer.normalizer, error);
    if (status == ZEST_OK)
        status = write_sections(&writer, &arena, builder, error);
    zest_normalizer_finish(writer.normalizer);
    zest_aligned_finish(&writer.raw);
    zest_aligned_finish(&writer.normal);
    zest_buffer_finish(&writer.texts);
    zest_buffer_finish(&writer.tries);
    zest_arena_finish(&arena);
    return status;
}

/* ---- opening ---- */

enum zest_status zest_added_vocabulary_open(const struct zest_image *image, struct zest_added_vocabulary *ret_added,
                                            struct zest_error *error)
{
    size_t entries_size, texts_size, tries_size;
    struct zest_added_vocabulary added = {
        .entries = zest_image_section(image, ZEST_SECTION_ADDED, &entries_size),
        .texts = zest_image_section(image, ZEST_SECTION_ADDED_TEXTS, &texts_size),
    };
    const char *tries = zest_image_section(image, ZEST_SECTION_ADDED_TRIES, &tries_size);
    if (added.entries) {
        added.count = (uint32_t)(entries_size / sizeof *added.entries);
        size_t used = tries ? zest_added_trie_open(tries, tries_size, &added.raw) : 0;
        if (used == 0 || zest_added_trie_open(tries + used, tries_size - used, &added.normalized) == 0)
            return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer's added tokens are damaged");
    }
    *ret_added = added;
    return ZEST_OK;
}

const struct zest_added_entry *zest_added_find_id(const struct zest_added_vocabulary *added, uint32_t id)
{
    uint32_t low = 0, high = added->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (added->entries[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < added->count && added->entries[low].id == id ? &added->entries[low] : NULL;
}

/* ---- searching ---- */

/* The class of the character that ends at text[at] (> 0), and where it begins. */
static uint32_t class_before(const unsigned char *text, size_t at, size_t *ret_start)
{
    uint32_t length;
    do
        at--;
    while (zest_utf8_continues(text[at]));
    *ret_start = at;
    return zest_unicode_class(zest_utf8_decode(text + at, &length));
}

static uint32_t class_at(const unsigned char *text, size_t at, size_t *ret_next)
{
    uint32_t length, bits = zest_unicode_class(zest_utf8_decode(text + at, &length));
    *ret_next = at + length;
    return bits;
}

static bool stands_alone(const struct zest_added_search *search, size_t start, size_t end)
{
    size_t ignored;
    return (start == 0 || !(class_before(search->text, start, &ignored) & ZEST_CLASS_RUST_WORD)) &&
           (end == search->size || !(class_at(search->text, end, &ignored) & ZEST_CLASS_RUST_WORD));
}

static size_t strip_left(const struct zest_added_search *search, size_t start)
{
    size_t before;
    while (start > search->done && (class_before(search->text, start, &before) & ZEST_CLASS_SPACE))
        start = before;
    return start;
}

static size_t strip_right(const struct zest_added_search *search, size_t end)
{
    size_t next;
    while (end < search->size && (class_at(search->text, end, &next) & ZEST_CLASS_SPACE))
        end = next;
    return end;
}

bool zest_added_next(struct zest_added_search *search, struct zest_added_match *ret_match)
{
    size_t start, end;
    for (;;) {
        uint32_t place = zest_added_trie_find(search->trie, search->text, search->size, search->from, &start, &end);
        if (place == ZEST_NO_TOKEN)
            return false;
        const struct zest_added_entry *entry = &search->vocabulary->entries[place];
        assert(end > search->from);
        search->from = end;
        if ((search->keep_special && (entry->flags & ZEST_ADDED_SPECIAL)) ||
            ((entry->flags & ZEST_ADDED_SINGLE_WORD) && !stands_alone(search, start, end)))
            continue;
        if (entry->flags & ZEST_ADDED_LSTRIP)
            start = start > search->done ? strip_left(search, start) : search->done;
        if (entry->flags & ZEST_ADDED_RSTRIP)
            end = strip_right(search, end);
        search->done = end;
        *ret_match = (struct zest_added_match){start, end, entry};
        return true;
    }
}
