/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_plan.h - the insides of fast/: what a plan holds and what a thread writes on. For the files of fast/ and their
 * tests.
 *
 * ZEST_SECTION_FAST:
 *
 *   struct zest_fast_header | uint8_t lengths[token_count]
 */
#ifndef ZEST_FAST_PLAN_H
#define ZEST_FAST_PLAN_H

#include "bpe_merge.h"
#include "fast.h"
#include "fast_classes.h"
#include "fast_cuts.h"
#include "fast_words.h"
#include "model_scratch.h"

/* How text is cut into words; one file each (fast_split_*.h). */
enum zest_fast_family {
    ZEST_FAST_GPT2,     /* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
    ZEST_FAST_DIGITS,   /* each digit alone, what is between them by GPT2 (SmolLM, StarCoder) */
    ZEST_FAST_CL100K,   /* cl100k, Llama 3: numbers by three */
    ZEST_FAST_QWEN2,    /* as CL100K, numbers one by one */
    ZEST_FAST_O200K,    /* GPT-4o, gpt-oss: upper and lower case */
    ZEST_FAST_DEEPSEEK, /* DeepSeek V3: three splits */
    ZEST_FAST_SPACES,   /* no pattern; U+0020 is written as ▁, bytes as <0xNN> (Gemma, Mistral, Llama 2) */
    ZEST_FAST_BERT,     /* BertNormalizer, BertPreTokenizer, WordPiece */
    ZEST_FAST_FAMILY_COUNT,
};

struct zest_fast_header {
    uint32_t family, token_count;
    uint32_t ignore_merges, prepend, lowers;
    uint32_t byte_ids[256]; /* ZEST_NO_TOKEN: the byte is dropped */
    struct zest_fast_classes classes;
    uint32_t together; /* words may be merged by ascii_ranks (fast_together.h) */
    uint32_t padding[9];
    uint32_t ascii_ranks[128][128]; /* how two characters merge, or ZEST_BPE_NO_RANK */
};

_Static_assert(sizeof(struct zest_fast_header) % 64 == 0, "what follows is aligned");

struct zest_fast_path;

struct zest_fast {
    const struct zest_fast_path *path;
    enum zest_fast_family family;
    bool ignore_merges;
    bool characters; /* symbols are characters, U+0020 standing for ▁, not bytes */
    bool prepend;    /* a segment has a ▁ before it */
    bool lowers;     /* letters of ASCII are lowered */
    bool together;   /* each byte has a token, and all merges are as fast_together.h does them */
    const uint32_t *byte_ids;
    const uint32_t (*ascii_ranks)[128];
    const uint8_t *lengths; /* [token_count] bytes of a token, 255 for more */
    const struct zest_fast_classes *classes;
    struct zest_fast_words words;
    struct zest_fast_cuts cuts;
    struct zest_bpe_pairs pairs;
    const struct zest_fast_stages *stages; /* BERT's */
    char name[32];
};

/* ---- one text on its way ---- */

/* What is read, where ids and spans go, what went wrong. */
struct zest_fast_job {
    const struct zest_fast *fast;
    struct zest_fast_scratch *scratch;
    const unsigned char *text;
    size_t size;
    uint32_t *ids;
    struct zest_span *spans; /* or NULL */
    size_t count;
    bool failed; /* memory was out */
    bool normal; /* nothing is left for the normalizer */
    bool plain;  /* the plain path is wanted: bytes were dropped, after which the reference's spans slip */
};

/* Inner loops for one instruction set. */
struct zest_fast_path {
    const char *name;
    size_t (*encode[ZEST_FAST_FAMILY_COUNT])(struct zest_fast_job job);
};

extern const struct zest_fast_path zest_fast_baseline;
#if defined(__x86_64__)
extern const struct zest_fast_path zest_fast_avx2, zest_fast_avx512;
#endif

/* The highest path of the machine that is not above the one named. */
const struct zest_fast_path *zest_fast_path_choose(const char *cpu);

/* ---- words that were merged (fast_cache.h) ---- */

struct zest_fast_cache_line;
struct zest_fast_long_word;

struct zest_fast_scratch {
    struct zest_fast_cache_line *merged;
    struct zest_fast_long_word *long_words;
    struct zest_model_scratch *model;
    struct zest_bpe_symbol *symbols;
    size_t symbol_capacity;
    unsigned char *first_word; /* with what is prepended; any word with its letters lowered */
    size_t first_word_capacity;
    struct zest_aligned raw; /* fast_bert.c: a word on the plain path's stages */
    struct zest_pieces whole, pieces;
    struct zest_tokens tokens;
};

/*
 * Appends the tokens of the word text[start, end) that is not in the first line of the table. `is_piece`: it is all of
 * a piece, not cut from it. Not inlined: one word in twelve comes here.
 */
void zest_fast_miss(struct zest_fast_job *job, uint32_t start, uint32_t end, bool is_piece);

#endif
