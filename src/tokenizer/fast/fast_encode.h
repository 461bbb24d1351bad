/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_encode.h - the loop over a text, compiled once for each instruction set (fast_baseline.c, fast_avx2.c,
 * fast_avx512.c).
 *
 * Words are handled in batches, so that nothing waits:
 *
 *   1. blocks of 64 bytes are classified and cut, until a batch of bounds is there     (no branch depends on the text)
 *   2. each word's key and hash are made, and its line of the table is fetched ahead
 *   3. each line is compared, and words that are not there (one in twelve) are listed     (no branch here either)
 *   4. such words are looked for in the cache, their lines fetched ahead, and what is not there is merged, several
 * words in turns (fast_together.h)
 *   5. ids are written, from one such word to the next
 *
 * The last word of a batch is open: it ends where the next batch's first one begins.
 *
 * Words outside ASCII are also bounded where no merge can cross, which no token that a piece could be as a whole
 * (ignore_merges) holds either. But such a part may look like one of those tokens: where that matters, `soft` has the
 * bounds that are no piece's.
 */
#ifndef ZEST_FAST_ENCODE_H
#define ZEST_FAST_ENCODE_H

#include "fast_bert.h"
#include "fast_classify.h"
#include "fast_split_bert.h"
#include "fast_split_deepseek.h"
#include "fast_split_o200k.h"
#include "fast_split_spaces.h"
#include "fast_together.h"

#include <assert.h>

#define ZEST_FAST_BATCH 128u
#define ZEST_FAST_BOUNDS (ZEST_FAST_BATCH + 64 + 64) /* a block may add 64, and listing writes up to 64 too many */

#define ZEST_FAST_RUN 32u /* ids that are written at once */

/* One of them is used; all begin as zeros. */
struct zest_fast_carry {
    struct zest_fast_gpt2_carry gpt2;
    struct zest_fast_cl100k_carry cl100k;
    struct zest_fast_o200k_carry o200k;
    struct zest_fast_deepseek_carry deepseek;
    struct zest_fast_spaces_carry spaces;
    struct zest_fast_bert_carry bert;
};

struct zest_fast_walk {
    struct zest_fast_text text;
    size_t base; /* of the next block */
    struct zest_fast_spill spill;
    struct zest_fast_carry carry;
    uint32_t bounds[ZEST_FAST_BOUNDS];
    uint32_t count; /* of bounds; bounds[0] begins the first word that was not yet encoded */
    struct zest_fast_key keys[ZEST_FAST_BOUNDS] __attribute__((aligned(64)));
    uint64_t hashes[ZEST_FAST_BOUNDS];
    uint32_t ids[ZEST_FAST_BOUNDS + ZEST_FAST_RUN];
    uint32_t missing[ZEST_FAST_BOUNDS + 1]; /* words that are not in their lines */
    uint32_t soft[ZEST_FAST_BOUNDS];        /* of BERT: where words end */
    uint32_t soft_count;
    struct zest_fast_kept kept[ZEST_FAST_BOUNDS] __attribute__((aligned(16))); /* of missing words: their tokens */
};

static inline uint64_t zest_fast_split(struct zest_fast_walk *walk, enum zest_fast_family family,
                                       const struct zest_fast_masks *masks)
{
    switch (family) {
    case ZEST_FAST_GPT2:
        return zest_fast_split_gpt2(&walk->text, walk->base, masks, &walk->carry.gpt2, false);
    case ZEST_FAST_DIGITS:
        return zest_fast_split_gpt2(&walk->text, walk->base, masks, &walk->carry.gpt2, true);
    case ZEST_FAST_CL100K:
        return zest_fast_split_cl100k(&walk->text, walk->base, masks, &walk->carry.cl100k, true);
    case ZEST_FAST_QWEN2:
        return zest_fast_split_cl100k(&walk->text, walk->base, masks, &walk->carry.cl100k, false);
    case ZEST_FAST_O200K:
        return zest_fast_split_o200k(&walk->text, walk->base, masks, &walk->carry.o200k);
    case ZEST_FAST_DEEPSEEK:
        return zest_fast_split_deepseek(&walk->text, walk->base, masks, &walk->carry.deepseek);
    case ZEST_FAST_SPACES:
        return zest_fast_split_spaces(&walk->text, walk->base, masks, &walk->carry.spaces);
    case ZEST_FAST_BERT: /* zest_fast_encode_bert */
    case ZEST_FAST_FAMILY_COUNT:
        break;
    }
    return 0;
}

/* Cuts on until the batch is full or the text ends. False where the text wants the plain path. */
static inline bool zest_fast_cut(struct zest_fast_walk *walk, enum zest_fast_family family, bool ignore_merges)
{
    while (walk->count <= ZEST_FAST_BATCH && walk->base < walk->text.size) {
        struct zest_fast_masks masks;
        if (!zest_fast_classify(&walk->text, walk->base, &masks, &walk->spill))
            return false;
        uint64_t begins = zest_fast_split(walk, family, &masks);
        if (walk->base == 0)
            begins &= ~(uint64_t)1; /* the first word's begin is there already */
        if (ignore_merges && (masks.cuts & ~begins))
            walk->soft_count +=
                zest_fast_list(masks.cuts & ~begins, (uint32_t)walk->base, walk->soft + walk->soft_count);
        walk->count += zest_fast_list(begins | masks.cuts, (uint32_t)walk->base, walk->bounds + walk->count);
        walk->base += ZEST_FAST_BLOCK;
    }
    return true;
}

/* Bounds are asked about in their order: `at` is the place in walk->soft that was reached. */
static inline bool zest_fast_is_soft(const struct zest_fast_walk *walk, uint32_t bound, uint32_t *at)
{
    while (*at < walk->soft_count && walk->soft[*at] < bound)
        ++*at;
    return *at < walk->soft_count && walk->soft[*at] == bound;
}

static inline void zest_fast_address(const struct zest_fast_words *words, struct zest_fast_walk *walk, uint32_t word)
{
    uint64_t hash = zest_fast_hash(walk->keys[word]);
    walk->hashes[word] = hash;
    __builtin_prefetch(&words->lines[zest_fast_home(hash) & words->line_mask]);
}

/* Keys, hashes, and the lines fetched ahead; where 16 bytes would reach behind the text they are not read. */
static inline void zest_fast_prepare(const struct zest_fast_words *words, struct zest_fast_walk *walk, uint32_t count,
                                     const uint32_t *ends, bool lowers)
{
    const unsigned char *bytes = walk->text.bytes;
    size_t safe = walk->text.size >= 16 ? walk->text.size - 16 : 0;
    uint32_t wide = count, word = 0;
    while (wide > 0 && (walk->bounds[wide - 1] > safe || walk->text.size < 16))
        wide--;
    for (; word < wide; word++) {
        uint32_t start = walk->bounds[word];
        zest_fast_key_load(bytes + start, ends[word] - start, &walk->keys[word]);
        if (lowers)
            zest_fast_key_lower(&walk->keys[word]);
        zest_fast_address(words, walk, word);
    }
    for (; word < count; word++) {
        uint32_t start = walk->bounds[word], size = ends[word] - start;
        unsigned char padded[16] = {0};
        memcpy(padded, bytes + start, size < 16 ? size : 16);
        zest_fast_key_load(padded, size, &walk->keys[word]);
        if (lowers)
            zest_fast_key_lower(&walk->keys[word]);
        zest_fast_address(words, walk, word);
    }
}

/* Looks all words up; answers how many are missing. */
static inline uint32_t zest_fast_look_up(const struct zest_fast_job *job, struct zest_fast_walk *walk, uint32_t count)
{
    const struct zest_fast_words *words = &job->fast->words;
    const struct zest_fast_cache_line *merged = job->scratch->merged;
    uint32_t missing = 0, prepends = job->fast->prepend && walk->bounds[0] == 0;
    for (uint32_t word = 0; word < count; word++) {
        const struct zest_fast_line *line = &words->lines[zest_fast_home(walk->hashes[word]) & words->line_mask];
        uint32_t id = zest_fast_line_find(line, &walk->keys[word]);
        walk->ids[word] = id;
        walk->missing[missing] = word;
        missing += id >> 31 | (prepends & (word == 0)); /* ABSENT, OVERFLOW, WHOLE */
        __builtin_prefetch(&merged[zest_fast_merged_place(walk->hashes[word]) & (uint32_t)((int32_t)id >> 31)]);
    }
    walk->missing[missing] = count;
    return missing;
}

/* Words first .. end, each one token. */
static inline void zest_fast_emit_known(const struct zest_fast_walk *walk, uint32_t first, uint32_t end,
                                        const uint32_t *ends, struct zest_fast_job *job, struct zest_span *spans)
{
    uint32_t *ids = job->ids + job->count;
    /* Most runs are short: how short they are is not branched on, as long as there is room to write more. */
    if (__builtin_expect(end - first <= ZEST_FAST_RUN && job->count + ZEST_FAST_RUN <= ZEST_FAST_ROOM(job->size), 1))
        memcpy(ids, walk->ids + first, ZEST_FAST_RUN * sizeof *ids);
    else
        memcpy(ids, walk->ids + first, (end - first) * sizeof *ids);
    if (spans)
        for (uint32_t word = first; word < end; word++)
            spans[job->count + word - first] = (struct zest_span){walk->bounds[word], ends[word]};
    job->count += end - first;
}

/*
 * Looks for the missing words in the cache, into walk->kept, and merges those that are not there either. Not those that
 * lie further on in the table or stand for whole pieces, nor long ones: zest_fast_miss does these.
 */
static inline void zest_fast_resolve(const struct zest_fast_job *job, struct zest_fast_walk *walk, uint32_t missing)
{
    const struct zest_fast *fast = job->fast;
    uint32_t list[ZEST_FAST_BOUNDS], count = 0;
    for (uint32_t i = 0; i < missing; i++) {
        uint32_t word = walk->missing[i];
        uint64_t hash = walk->hashes[word];
        const struct zest_fast_key *key = &walk->keys[word];
        uint32_t rest = fast->words.lines[zest_fast_home(hash) & fast->words.line_mask].ids[ZEST_FAST_LINE_WORDS];
        bool may_be_word = walk->ids[word] != rest || (rest & zest_fast_overflow(hash));
        bool is_cached = zest_fast_cache_get(&job->scratch->merged[zest_fast_merged_place(hash)], key, &walk->kept[i]);
        list[count] = i;
        count += !is_cached & (key->high >> 56 <= ZEST_FAST_SHORT_MAX);
        if (__builtin_expect(may_be_word, 0) && zest_fast_words_find(&fast->words, *key, hash) != ZEST_FAST_NO_WORD) {
            walk->kept[i].count = 0;
            count -= count > 0 && list[count - 1] == i;
        }
    }
#if defined(ZEST_FAST_TOGETHER)
    if (fast->together && count > 0)
        zest_fast_merge_together(job, walk->keys, walk->hashes, walk->missing, list, count, walk->kept);
#else
    (void)list;
#endif
}

static inline void zest_fast_emit(const struct zest_fast_walk *walk, uint32_t missing, struct zest_fast_job *job,
                                  struct zest_span *spans)
{
    const uint32_t *ends = walk->bounds + 1;
    uint32_t soft = 0;
    zest_fast_emit_known(walk, 0, walk->missing[0], ends, job, spans);
    for (uint32_t i = 0; i < missing; i++) {
        uint32_t word = walk->missing[i], start = walk->bounds[word], end = ends[word];
        if (walk->kept[i].count == 0) {
            bool is_part = zest_fast_is_soft(walk, start, &soft);
            is_part |= zest_fast_is_soft(walk, end, &soft);
            zest_fast_miss(job, start, end, !is_part);
        } else if (spans) {
            zest_fast_put_kept(job, &walk->kept[i], start, end);
        } else {
            memcpy(job->ids + job->count, &walk->kept[i], sizeof walk->kept[i]); /* the fourth is overwritten */
            job->count += walk->kept[i].count;
        }
        zest_fast_emit_known(walk, word + 1, walk->missing[i + 1], ends, job, spans);
    }
}

/* The next batch begins with the last bound. */
static inline void zest_fast_turn(struct zest_fast_walk *walk)
{
    uint32_t last = walk->bounds[walk->count - 1];
    bool is_soft = walk->soft_count > 0 && walk->soft[walk->soft_count - 1] == last;
    walk->bounds[0] = walk->soft[0] = last;
    walk->count = 1;
    walk->soft_count = is_soft;
}

static inline size_t zest_fast_encode_as(enum zest_fast_family family, struct zest_fast_job job,
                                         struct zest_span *spans)
{
    assert(spans == job.spans);
    const struct zest_fast *fast = job.fast;
    struct zest_fast_walk walk;
    walk.text =
        (struct zest_fast_text){fast->classes, &fast->cuts, job.text, job.size, job.normal ? 0 : ZEST_FAST_DIRTY};
    walk.base = 0;
    walk.spill = (struct zest_fast_spill){0};
    walk.carry = (struct zest_fast_carry){0};
    walk.bounds[0] = 0;
    walk.count = 1;
    walk.soft_count = 0;
    while (walk.base < job.size) {
        if (!zest_fast_cut(&walk, family, fast->ignore_merges))
            return ZEST_FAST_PLAIN;
        if (walk.base >= job.size)
            walk.bounds[walk.count++] = (uint32_t)job.size;
        zest_fast_prepare(&fast->words, &walk, walk.count - 1, walk.bounds + 1, false);
        uint32_t missing = zest_fast_look_up(&job, &walk, walk.count - 1);
        zest_fast_resolve(&job, &walk, missing);
        if (fast->prepend && walk.bounds[0] == 0)
            walk.kept[0].count = 0; /* the first word has a blank before it */
        zest_fast_emit(&walk, missing, &job, spans);
        zest_fast_turn(&walk);
    }
    if (job.plain)
        return ZEST_FAST_PLAIN;
    return job.failed ? ZEST_FAST_NO_MEMORY : job.count;
}

/* ---- BERT, where words don't touch ---- */

/* Appends begins to walk->bounds and ends to walk->soft. False where the text wants the plain path. */
static inline bool zest_fast_cut_bert(struct zest_fast_walk *walk)
{
    while (walk->soft_count <= ZEST_FAST_BATCH && walk->base < walk->text.size) {
        struct zest_fast_masks masks;
        uint64_t begins, ends;
        zest_fast_classify(&walk->text, walk->base, &masks, &walk->spill);
        if (!zest_fast_split_bert(&masks, &walk->carry.bert, &begins, &ends))
            return false;
        walk->count += zest_fast_list(begins, (uint32_t)walk->base, walk->bounds + walk->count);
        walk->soft_count += zest_fast_list(ends, (uint32_t)walk->base, walk->soft + walk->soft_count);
        walk->base += ZEST_FAST_BLOCK;
    }
    if (walk->base >= walk->text.size && walk->count > walk->soft_count)
        walk->soft[walk->soft_count++] = (uint32_t)walk->text.size;
    return true;
}

static inline size_t zest_fast_encode_bert(struct zest_fast_job job, struct zest_span *spans)
{
    const struct zest_fast *fast = job.fast;
    struct zest_fast_walk walk;
    walk.text = (struct zest_fast_text){fast->classes, NULL, job.text, job.size};
    walk.base = 0;
    walk.spill = (struct zest_fast_spill){0};
    walk.carry = (struct zest_fast_carry){0};
    walk.count = walk.soft_count = 0;
    while (walk.base < job.size) {
        if (!zest_fast_cut_bert(&walk))
            return ZEST_FAST_PLAIN;
        uint32_t count = walk.soft_count;
        zest_fast_prepare(&fast->words, &walk, count, walk.soft, fast->lowers);
        uint32_t missing = zest_fast_look_up(&job, &walk, count);
        zest_fast_emit_known(&walk, 0, walk.missing[0], walk.soft, &job, spans);
        for (uint32_t i = 0; i < missing; i++) {
            uint32_t word = walk.missing[i];
            zest_fast_bert_miss(&job, walk.bounds[word], walk.soft[word], walk.keys[word], walk.hashes[word]);
            zest_fast_emit_known(&walk, word + 1, walk.missing[i + 1], walk.soft, &job, spans);
        }
        walk.bounds[0] = walk.bounds[count]; /* a word that is still open, if there is one */
        walk.count -= count;
        walk.soft_count = 0;
    }
    if (job.plain)
        return ZEST_FAST_PLAIN;
    return job.failed ? ZEST_FAST_NO_MEMORY : job.count;
}

/* The function of a family; without spans it is a loop of its own. */
#define ZEST_FAST_ENCODE(name, family)                          \
    static size_t encode_##name(struct zest_fast_job job)       \
    {                                                           \
        if (job.spans)                                          \
            return zest_fast_encode_as(family, job, job.spans); \
        return zest_fast_encode_as(family, job, NULL);          \
    }

ZEST_FAST_ENCODE(gpt2, ZEST_FAST_GPT2)
ZEST_FAST_ENCODE(digits, ZEST_FAST_DIGITS)
ZEST_FAST_ENCODE(cl100k, ZEST_FAST_CL100K)
ZEST_FAST_ENCODE(qwen2, ZEST_FAST_QWEN2)
ZEST_FAST_ENCODE(o200k, ZEST_FAST_O200K)
ZEST_FAST_ENCODE(deepseek, ZEST_FAST_DEEPSEEK)
ZEST_FAST_ENCODE(spaces, ZEST_FAST_SPACES)

static size_t encode_bert(struct zest_fast_job job)
{
    if (job.spans)
        return zest_fast_encode_bert(job, job.spans);
    return zest_fast_encode_bert(job, NULL);
}

#define ZEST_FAST_ENCODERS                                                                                          \
    {                                                                                                               \
        [ZEST_FAST_GPT2] = encode_gpt2, [ZEST_FAST_DIGITS] = encode_digits, [ZEST_FAST_CL100K] = encode_cl100k,     \
        [ZEST_FAST_QWEN2] = encode_qwen2, [ZEST_FAST_O200K] = encode_o200k, [ZEST_FAST_DEEPSEEK] = encode_deepseek, \
        [ZEST_FAST_SPACES] = encode_spaces, [ZEST_FAST_BERT] = encode_bert                                          \
    }

#endif
