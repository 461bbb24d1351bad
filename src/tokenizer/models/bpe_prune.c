/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_prune.c - finds the merge that makes each token. Runs once per tokenizer.
 *
 * The ways of a product's parts must be known before its own: in the order of ranks they mostly are; what comes too
 * early is looked at again, shorter products first. A merge of A and B happens where both come
 * to be and nothing merges across their border before. That is read backwards: from the finished A and B, the later of
 * the two merges that made the symbols at the border is undone, and the pair that lies at the border then must not
 * merge before that one. (As is_valid_token_pair of rust-gems' bpe, by github/rust-gems; here with many ways.)
 *
 * Which merge is the later is told by ranks only where ranks rise inside both tokens; where not, the product's text is
 * encoded and the last merge is the way.
 */
#include "bpe_prune.h"

#include "bpe_merge.h"
#include "character.h"
#include "large_memory.h"
#include "model_scratch.h"

#include <assert.h>
#include <stdlib.h>

#define CODE_POINTS 0x110000u
#define AHEAD 16 /* merges whose parts are on their way into the cache */
#define TEXT_SIZE_SORTED 256u /* longer products are one class; what holds for them is found by encoding */

/* What is known of a token; 16 bytes. */
struct way {
    uint32_t rank;        /* of the merge that makes it, ZEST_BPE_NO_RANK where none is known */
    uint32_t left, right; /* the merge's parts; of no account where there is none */
    bool is_symbol;       /* a character of its own */
    bool is_rising;       /* ranks rise inside it; true of symbols */
    bool is_encoded;      /* by its text; the answer is final */
};

struct pruning {
    const struct zest_tokenizer_definition *definition;
    const struct zest_bpe_pairs *pairs;
    const struct zest_merge *merges;
    struct zest_model_scratch *scratch;
    uint32_t *characters; /* [CODE_POINTS] id + 1 of the token that is this character, 0: none */
    struct way *ways;     /* [token_count] */
    uint32_t *order;      /* [merge_count] merges that came before a part was made */
};

/* The code point of the character that lies in [at, end), or CODE_POINTS where none fits in. */
static uint32_t character_at(const char *at, size_t left, uint32_t *ret_size)
{
    const unsigned char *bytes = (const unsigned char *)at;
    *ret_size = zest_character_size(bytes[0]);
    if (*ret_size > left)
        return CODE_POINTS;
    uint32_t code_point = zest_utf8_decode(bytes, ret_size);
    return code_point < CODE_POINTS ? code_point : CODE_POINTS;
}

static void map_characters(struct pruning *pruning)
{
    for (uint32_t id = 0, size; id < pruning->definition->token_count; id++) {
        struct zest_text text = pruning->definition->tokens[id];
        pruning->ways[id] = (struct way){.rank = ZEST_BPE_NO_RANK};
        if (text.size == 0 || text.size > 4)
            continue;
        uint32_t code_point = character_at(text.data, text.size, &size);
        if (code_point == CODE_POINTS || size != text.size)
            continue;
        if (pruning->characters[code_point] > 0) /* of two ids with one text the last, as in the vocabulary */
            pruning->ways[pruning->characters[code_point] - 1] = (struct way){.rank = ZEST_BPE_NO_RANK};
        pruning->characters[code_point] = id + 1;
        pruning->ways[id] = (struct way){.rank = ZEST_BPE_NO_RANK, .is_symbol = true, .is_rising = true};
    }
}

/* The token's text as symbols in scratch->symbols, which has the room. 0 where a character is no token. */
static size_t symbols_of(struct pruning *pruning, struct zest_text text)
{
    size_t count = 0;
    for (uint32_t at = 0, size; at < text.size; at += size) {
        uint32_t code_point = character_at(text.data + at, text.size - at, &size);
        if (code_point == CODE_POINTS || pruning->characters[code_point] == 0)
            return 0;
        pruning->scratch->symbols[count++] =
            (struct zest_bpe_symbol){pruning->characters[code_point] - 1, at, at + size};
    }
    return count;
}

static void set_way(struct pruning *pruning, uint32_t product, uint32_t rank)
{
    struct way *way = &pruning->ways[product];
    way->rank = rank;
    way->left = pruning->merges[rank].left;
    way->right = pruning->merges[rank].right;
}

/* Finds the way of a product by its text. False where memory is out. */
static bool encode_product(struct pruning *pruning, uint32_t product)
{
    struct zest_text text = pruning->definition->tokens[product];
    struct way *way = &pruning->ways[product];
    if (way->is_encoded)
        return true;
    way->is_encoded = true;
    if (!zest_model_scratch_symbols(pruning->scratch, text.size))
        return false;
    struct zest_bpe_symbol *symbols = pruning->scratch->symbols;
    size_t count = symbols_of(pruning, text);
    if (count < 2)
        return true;
    count = zest_bpe_merge(pruning->pairs, pruning->scratch, symbols, count);
    if (count == 1 && symbols[0].id == product)
        set_way(pruning, product, pruning->scratch->last_rank);
    return count != SIZE_MAX;
}

/* Whether nothing merges across the border of two tokens in which ranks rise before both are whole. */
static bool border_holds(const struct pruning *pruning, uint32_t left, uint32_t right)
{
    for (;;) {
        const struct way *left_way = &pruning->ways[left], *right_way = &pruning->ways[right];
        uint32_t left_rank = left_way->rank, right_rank = right_way->rank;
        bool has_left = left_rank != ZEST_BPE_NO_RANK, has_right = right_rank != ZEST_BPE_NO_RANK;
        if (!has_left && !has_right)
            return true;
        /* Of two merges of one rank the left one is made first. */
        bool undo_left = has_left && (!has_right || left_rank > right_rank);
        if (undo_left)
            left = left_way->right;
        else
            right = right_way->left;
        uint32_t across = zest_bpe_pairs_find(pruning->pairs, left, right);
        if (across < (undo_left ? left_rank : right_rank + 1))
            return false;
    }
}

static bool is_made(const struct way *way)
{
    return way->is_symbol || way->rank != ZEST_BPE_NO_RANK;
}

static bool rises_to(const struct way *part, uint32_t rank)
{
    return part->is_rising && (part->is_symbol || part->rank < rank);
}

static bool consider(struct pruning *pruning, uint32_t rank)
{
    const struct zest_merge *merge = &pruning->merges[rank];
    struct way *way = &pruning->ways[merge->product];
    const struct way *left = &pruning->ways[merge->left], *right = &pruning->ways[merge->right];
    if (is_made(way) || !is_made(left) || !is_made(right))
        return true;
    if (!left->is_rising || !right->is_rising)
        return encode_product(pruning, merge->product);
    if (way->is_encoded)
        return true;
    /* The search tells whether the pair is listed again later, which would count instead. */
    if (border_holds(pruning, merge->left, merge->right) &&
        zest_bpe_pairs_find(pruning->pairs, merge->left, merge->right) == rank) {
        set_way(pruning, merge->product, rank);
        way->is_rising = rises_to(left, rank) && rises_to(right, rank);
    }
    return true;
}

static uint32_t size_class(const struct pruning *pruning, uint32_t rank)
{
    size_t size = pruning->definition->tokens[pruning->merges[rank].product].size;
    return size < TEXT_SIZE_SORTED ? (uint32_t)size : TEXT_SIZE_SORTED;
}

/* Puts order[0, count) in the order of the products' sizes, ranks of one size as they are. */
static void sort_by_size(struct pruning *pruning, uint32_t *sorted, uint32_t count)
{
    uint32_t starts[TEXT_SIZE_SORTED + 2] = {0};
    for (uint32_t i = 0; i < count; i++)
        starts[size_class(pruning, pruning->order[i]) + 1]++;
    for (uint32_t i = 0; i <= TEXT_SIZE_SORTED; i++)
        starts[i + 1] += starts[i];
    for (uint32_t i = 0; i < count; i++)
        sorted[starts[size_class(pruning, pruning->order[i])]++] = pruning->order[i];
}

/* Considers what has its parts when its rank comes, which is mostly all; lists the others. False where memory is out.
 */
static bool find_by_rank(struct pruning *pruning, uint32_t count, uint32_t *ret_left)
{
    uint32_t left = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        const struct zest_merge *merge = &pruning->merges[rank], *next = merge + (rank + AHEAD < count ? AHEAD : 0);
        __builtin_prefetch(&pruning->ways[next->left]);
        __builtin_prefetch(&pruning->ways[next->right]);
        __builtin_prefetch(&pruning->ways[next->product]);
        zest_bpe_pairs_prefetch(pruning->pairs, next->left, next->right);
        if (is_made(&pruning->ways[merge->product]))
            continue;
        if (!is_made(&pruning->ways[merge->left]) || !is_made(&pruning->ways[merge->right]))
            pruning->order[left++] = rank;
        else if (!consider(pruning, rank))
            return false;
    }
    *ret_left = left;
    return true;
}

static bool find_ways(struct pruning *pruning, uint32_t *sorted, uint32_t count)
{
    uint32_t left = 0;
    if (!find_by_rank(pruning, count, &left))
        return false;
    sort_by_size(pruning, sorted, left);
    for (uint32_t i = 0; i < left; i++) {
        uint32_t rank = sorted[i];
        bool is_long = size_class(pruning, rank) == TEXT_SIZE_SORTED;
        if (!(is_long ? encode_product(pruning, pruning->merges[rank].product) : consider(pruning, rank)))
            return false;
    }
    return true;
}

enum zest_status zest_bpe_prune(struct zest_arena *arena, const struct zest_tokenizer_definition *definition,
                                const struct zest_bpe_table *table, struct zest_merge *merges, uint32_t *count,
                                struct zest_error *error)
{
    assert(table->view.flags & ZEST_BPE_REGULAR);
    struct pruning pruning = {
        .definition = definition,
        .pairs = &table->view,
        .merges = merges,
        .scratch = zest_model_scratch_create(),
        .characters = calloc(CODE_POINTS, sizeof(uint32_t)), /* mostly untouched: pages that the system needn't give */
        .ways = ZEST_NEW_LARGE_ARRAY(arena, struct way, (size_t)definition->token_count + 1),
        .order = ZEST_NEW_LARGE_ARRAY(arena, uint32_t, (size_t)*count + 1),
    };
    uint32_t *sorted = ZEST_NEW_LARGE_ARRAY(arena, uint32_t, (size_t)*count + 1);
    bool done = pruning.scratch && pruning.characters && pruning.ways && pruning.order && sorted;
    if (done) {
        map_characters(&pruning);
        done = find_ways(&pruning, sorted, *count);
    }
    zest_model_scratch_destroy(pruning.scratch);
    free(pruning.characters);
    if (!done)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to compile %u merges", *count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (pruning.ways[merges[i].product].rank == i)
            merges[kept++] = merges[i];
    *count = kept;
    return ZEST_OK;
}
