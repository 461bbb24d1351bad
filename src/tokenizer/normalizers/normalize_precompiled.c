/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_precompiled.c - Precompiled: the character map of a SentencePiece model, as the reference applies it. Each
 * extended grapheme cluster of less than 6 bytes is looked up whole, and what is found for a beginning of it stands for
 * all of it; others, and what is not found, are looked up character by character. Immutable: any thread.
 */
#include "charsmap.h"
#include "grapheme.h"
#include "normalizer_kinds.h"

#define WHOLE_MAX 5 /* bytes of a cluster that is looked up whole */

struct precompiled {
    struct zest_normalizer base;
    struct zest_charsmap map;
};

/*
 * What was written last waits, because a removal behind it changes its change (the reference adds it there). Removals
 * before anything was written are forgotten, so that what follows takes their origins; the reference does so too.
 */
struct rewriting {
    struct zest_transform transform;
    char bytes[4];
    uint32_t size; /* 0: nothing waits */
    int32_t change;
};

static void flush(struct rewriting *rewriting)
{
    if (rewriting->size > 0)
        zest_transform_put(&rewriting->transform, rewriting->bytes, rewriting->size, rewriting->change);
    rewriting->size = 0;
}

static void put(struct rewriting *rewriting, const void *bytes, size_t size, int32_t change)
{
    flush(rewriting);
    memcpy(rewriting->bytes, bytes, size);
    rewriting->size = (uint32_t)size;
    rewriting->change = change;
}

static size_t count_characters(const unsigned char *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += !zest_utf8_continues(bytes[i]);
    return count;
}

/* `old_count` characters become `text`: those beyond are new, those that lack go with the last one. */
static void replace(struct rewriting *rewriting, size_t old_count, struct zest_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t new_count = 0;
    for (size_t at = 0; at < text.size; new_count++) {
        size_t size = zest_character_size(bytes[at]);
        put(rewriting, bytes + at, size, new_count < old_count ? 0 : 1);
        at += size;
    }
    if (new_count < old_count)
        rewriting->change -= (int32_t)(old_count - new_count);
}

/* True where the map had something for `bytes`. */
static bool rewrite(const struct precompiled *self, struct rewriting *rewriting, const unsigned char *bytes,
                    size_t size)
{
    struct zest_text found;
    if (!zest_charsmap_find(&self->map, bytes, size, &found))
        return false;
    replace(rewriting, count_characters(bytes, size), found);
    return true;
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    const struct precompiled *precompiled = (const struct precompiled *)self;
    struct rewriting rewriting = {{in, out, 0}, "", 0, 0};
    for (size_t at = 0; at < in->size;) {
        size_t end = zest_grapheme_end(in->bytes, at, in->size);
        if (end - at <= WHOLE_MAX && rewrite(precompiled, &rewriting, in->bytes + at, end - at)) {
            at = end;
            continue;
        }
        while (at < end) {
            size_t size = zest_character_size(in->bytes[at]);
            if (!rewrite(precompiled, &rewriting, in->bytes + at, size))
                put(&rewriting, in->bytes + at, size, 0);
            at += size;
        }
    }
    flush(&rewriting);
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"precompiled_charsmap"};
    struct zest_component_reader reader = {json, "normalizer Precompiled", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    struct zest_text base64 = zest_component_text(&reader, fields[0], arena);
    if (reader.status != ZEST_OK)
        return reader.status;
    struct precompiled *precompiled = ZEST_NEW(arena, struct precompiled);
    if (!precompiled)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Precompiled");
    precompiled->base.kind = &zest_normalize_precompiled;
    enum zest_status status = zest_charsmap_create(base64, arena, &precompiled->map, error);
    if (status != ZEST_OK)
        return status;
    *ret_normalizer = &precompiled->base;
    return ZEST_OK;
}

const struct zest_normalizer_kind zest_normalize_precompiled = {"Precompiled", create, run, NULL};
