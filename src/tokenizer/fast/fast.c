/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast.c - opens a plan from an image, chooses the path for this machine, keeps a thread's scratch.
 */
#include "fast_bert.h"
#include "fast_cache.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static const char *const family_names[ZEST_FAST_FAMILY_COUNT] = {"gpt2",  "digits",   "cl100k", "qwen2",
                                                                 "o200k", "deepseek", "spaces", "bert"};

/* ---- the path ---- */

#if defined(__x86_64__)
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
}
#endif

const struct zest_fast_path *zest_fast_path_choose(const char *cpu)
{
#if defined(__x86_64__)
    bool any = !cpu || !*cpu || strcmp(cpu, "auto") == 0 || strcmp(cpu, "avx512") == 0;
    __builtin_cpu_init();
    if (any && has_avx512())
        return &zest_fast_avx512;
    if ((any || strcmp(cpu, "avx2") == 0) && has_avx2())
        return &zest_fast_avx2;
#endif
    return &zest_fast_baseline;
}

/* ---- opening ---- */

static bool open_sections(const struct zest_image *image, struct zest_fast *fast)
{
    size_t size, words_size, cuts_size;
    const struct zest_fast_header *header = zest_image_section(image, ZEST_SECTION_FAST, &size);
    const void *words = zest_image_section(image, ZEST_SECTION_FAST_WORDS, &words_size);
    const void *cuts = zest_image_section(image, ZEST_SECTION_FAST_CUTS, &cuts_size);
    if (size < sizeof *header || header->family >= ZEST_FAST_FAMILY_COUNT)
        return false;
    if (size < sizeof *header + header->token_count)
        return false;
    fast->family = header->family;
    fast->ignore_merges = header->ignore_merges;
    fast->characters = header->family == ZEST_FAST_SPACES;
    fast->prepend = header->prepend;
    fast->lowers = header->lowers;
    fast->together = header->together;
    fast->byte_ids = header->byte_ids;
    fast->ascii_ranks = header->ascii_ranks;
    fast->lengths = (const uint8_t *)(header + 1);
    fast->classes = &header->classes;
    if (!zest_fast_words_open(words, words_size, &fast->words))
        return false;
    return fast->family == ZEST_FAST_BERT || zest_fast_cuts_open(cuts, cuts_size, &fast->cuts);
}

enum zest_status zest_fast_open(const struct zest_image *image, const char *cpu, struct zest_arena *arena,
                                const struct zest_fast **ret_fast, struct zest_error *error)
{
    size_t size;
    *ret_fast = NULL;
    if (!zest_image_section(image, ZEST_SECTION_FAST, &size))
        return ZEST_OK;
    struct zest_fast *fast = ZEST_NEW(arena, struct zest_fast);
    if (!fast)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    if (!open_sections(image, fast))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer's table of words has another form");
    enum zest_status status = fast->family == ZEST_FAST_BERT ? zest_fast_stages_open(image, arena, &fast->stages, error)
                                                             : zest_bpe_pairs_open(image, &fast->pairs, error);
    if (status != ZEST_OK)
        return status;
    fast->path = zest_fast_path_choose(cpu);
    snprintf(fast->name, sizeof fast->name, "%s, %s", family_names[fast->family], fast->path->name);
    *ret_fast = fast;
    return ZEST_OK;
}

void zest_fast_close(const struct zest_fast *fast)
{
    if (fast && fast->stages)
        zest_fast_stages_finish(fast->stages);
}

bool zest_fast_takes_normal(const struct zest_fast *fast)
{
    return fast->family != ZEST_FAST_SPACES && fast->family != ZEST_FAST_BERT && !fast->prepend && !fast->lowers;
}

struct zest_text zest_fast_name(const struct zest_fast *fast)
{
    return zest_text_of(fast->name);
}

/* ---- scratches ---- */

/* In huge pages where the system has them: looking around in memory is what takes time. */
static void *zeroed(size_t size)
{
    void *memory = aligned_alloc(size, size);
    if (!memory)
        return NULL;
    madvise(memory, size, MADV_HUGEPAGE);
    return memset(memory, 0, size);
}

struct zest_fast_scratch *zest_fast_scratch_create(void)
{
    struct zest_fast_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return NULL;
    scratch->merged = zeroed(ZEST_FAST_MERGED_LINES * sizeof *scratch->merged);
    scratch->long_words = zeroed(ZEST_FAST_LONG_WORDS * sizeof *scratch->long_words);
    scratch->model = zest_model_scratch_create();
    if (scratch->merged && scratch->long_words && scratch->model)
        return scratch;
    zest_fast_scratch_destroy(scratch);
    return NULL;
}

void zest_fast_scratch_destroy(struct zest_fast_scratch *scratch)
{
    if (!scratch)
        return;
    zest_model_scratch_destroy(scratch->model);
    free(scratch->merged);
    free(scratch->long_words);
    free(scratch->symbols);
    free(scratch->first_word);
    zest_aligned_finish(&scratch->raw);
    zest_pieces_finish(&scratch->whole);
    zest_pieces_finish(&scratch->pieces);
    zest_tokens_finish(&scratch->tokens);
    free(scratch);
}

size_t zest_fast_encode(const struct zest_fast *fast, struct zest_fast_scratch *scratch, const unsigned char *text,
                        size_t size, uint32_t flags, uint32_t *ids, struct zest_span *spans)
{
    assert(size <= ZEST_TEXT_SIZE_MAX && (!(flags & ZEST_FAST_NORMAL) || zest_fast_takes_normal(fast)));
    return fast->path->encode[fast->family]((struct zest_fast_job){.fast = fast,
                                                                   .scratch = scratch,
                                                                   .text = text,
                                                                   .size = size,
                                                                   .ids = ids,
                                                                   .spans = spans,
                                                                   .normal = flags & ZEST_FAST_NORMAL});
}
