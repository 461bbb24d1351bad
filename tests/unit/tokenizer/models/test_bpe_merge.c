/* SPDX-License-Identifier: Apache-2.0 */
/* test_bpe_merge.c - the routes of byte-pair encoding against each other and against the reference's rule, written
 * plainly, over random vocabularies in which a token has many ways to come to be. */
#include "zest_test.h"

#include "bpe_compile.h"
#include "bpe_merge.h"
#include "model_scratch.h"
#include "stages.h"

#define TOKENS_MAX 220
#define MERGES_MAX 3000
#define WORD_MAX 300

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

/* ---- the reference, plainly ---- */

struct plain_symbol {
    uint32_t id, end;
    bool gone;
};

struct plain_entry {
    uint32_t rank, at;
};

static int64_t plain_rank(const struct zest_merge *merges, uint32_t merge_count, uint32_t left, uint32_t right)
{
    for (uint32_t i = merge_count; i-- > 0;) /* of a pair that is there twice the later place counts */
        if (merges[i].left == left && merges[i].right == right)
            return i;
    return -1;
}

static size_t plain_next(const struct plain_symbol *symbols, size_t count, size_t at)
{
    do
        at++;
    while (at < count && symbols[at].gone);
    return at;
}

static size_t plain_merge(const struct zest_merge *merges, uint32_t merge_count, uint32_t *ids, uint32_t *ends,
                          size_t count)
{
    static struct plain_entry queue[3 * WORD_MAX];
    static struct plain_symbol symbols[WORD_MAX];
    size_t queued = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        symbols[i] = (struct plain_symbol){ids[i], (uint32_t)i + 1, false};
    for (size_t i = 0; i + 1 < count; i++) {
        int64_t rank = plain_rank(merges, merge_count, ids[i], ids[i + 1]);
        if (rank >= 0)
            queue[queued++] = (struct plain_entry){(uint32_t)rank, (uint32_t)i};
    }
    while (queued > 0) {
        size_t best = 0;
        for (size_t i = 1; i < queued; i++)
            if (queue[i].rank < queue[best].rank || (queue[i].rank == queue[best].rank && queue[i].at < queue[best].at))
                best = i;
        struct plain_entry entry = queue[best];
        queue[best] = queue[--queued];
        size_t next = plain_next(symbols, count, entry.at);
        if (symbols[entry.at].gone || next >= count)
            continue;
        int64_t rank = plain_rank(merges, merge_count, symbols[entry.at].id, symbols[next].id);
        if (rank < 0 || merges[rank].product != merges[entry.rank].product)
            continue;
        symbols[entry.at].id = merges[rank].product;
        symbols[entry.at].end = symbols[next].end;
        symbols[next].gone = true;
        size_t before = entry.at;
        while (before-- > 0 && symbols[before].gone) {
        }
        if (before != SIZE_MAX) {
            rank = plain_rank(merges, merge_count, symbols[before].id, symbols[entry.at].id);
            if (rank >= 0)
                queue[queued++] = (struct plain_entry){(uint32_t)rank, (uint32_t)before};
        }
        next = plain_next(symbols, count, entry.at);
        if (next < count) {
            rank = plain_rank(merges, merge_count, symbols[entry.at].id, symbols[next].id);
            if (rank >= 0)
                queue[queued++] = (struct plain_entry){(uint32_t)rank, entry.at};
        }
    }
    for (size_t i = 0; i < count; i++)
        if (!symbols[i].gone) {
            ids[kept] = symbols[i].id;
            ends[kept++] = symbols[i].end;
        }
    return kept;
}

/* ---- random vocabularies ---- */

struct vocabulary {
    struct zest_tokenizer_definition definition;
    struct zest_text tokens[TOKENS_MAX];
    struct zest_merge merges[MERGES_MAX];
    char texts[TOKENS_MAX][40];
    uint32_t letters;
};

static uint32_t find(const struct vocabulary *vocabulary, const char *text, size_t size)
{
    for (uint32_t i = 0; i < vocabulary->definition.token_count; i++)
        if (zest_text_equal(vocabulary->tokens[i], (struct zest_text){text, size}))
            return i;
    return ZEST_NO_TOKEN;
}

static void add_token(struct vocabulary *vocabulary, const char *text, size_t size)
{
    uint32_t id = vocabulary->definition.token_count++;
    memcpy(vocabulary->texts[id], text, size);
    vocabulary->tokens[id] = (struct zest_text){vocabulary->texts[id], size};
}

/* Every way (or some) in which each token splits into two; in the order of the tokens, or shuffled. */
static void add_merges(struct vocabulary *vocabulary, bool all_ways, bool shuffled)
{
    uint32_t count = 0;
    for (uint32_t id = 0; id < vocabulary->definition.token_count; id++) {
        struct zest_text text = vocabulary->tokens[id];
        for (size_t cut = 1; cut < text.size; cut++) {
            uint32_t left = find(vocabulary, text.data, cut);
            uint32_t right = find(vocabulary, text.data + cut, text.size - cut);
            if (left != ZEST_NO_TOKEN && right != ZEST_NO_TOKEN && (all_ways || below(3) > 0) && count < MERGES_MAX)
                vocabulary->merges[count++] = (struct zest_merge){left, right, id};
        }
    }
    for (uint32_t i = 0; shuffled && i < count; i++) {
        uint32_t other = below(count);
        struct zest_merge moved = vocabulary->merges[i];
        vocabulary->merges[i] = vocabulary->merges[other];
        vocabulary->merges[other] = moved;
    }
    vocabulary->definition.merge_count = count;
}

static void make_vocabulary(struct vocabulary *vocabulary, bool all_ways, bool shuffled)
{
    memset(vocabulary, 0, sizeof *vocabulary);
    vocabulary->definition.tokens = vocabulary->tokens;
    vocabulary->definition.merges = vocabulary->merges;
    vocabulary->letters = 1 + below(4);
    for (uint32_t i = 0; i < vocabulary->letters; i++)
        add_token(vocabulary, (char[]){(char)('a' + i)}, 1);
    uint32_t wanted = vocabulary->letters + below(TOKENS_MAX - 4 - vocabulary->letters);
    for (uint32_t tries = 0; vocabulary->definition.token_count < wanted && tries < 2000; tries++) {
        char text[80];
        struct zest_text a = vocabulary->tokens[below(vocabulary->definition.token_count)];
        struct zest_text b = vocabulary->tokens[below(vocabulary->definition.token_count)];
        if (a.size + b.size > 12)
            continue;
        memcpy(text, a.data, a.size);
        memcpy(text + a.size, b.data, b.size);
        if (find(vocabulary, text, a.size + b.size) == ZEST_NO_TOKEN)
            add_token(vocabulary, text, a.size + b.size);
    }
    add_merges(vocabulary, all_ways, shuffled);
}

typedef size_t route(const struct zest_bpe_pairs *, struct zest_model_scratch *, struct zest_bpe_symbol *, size_t);

static void check_route(const char *name, route *merge, const struct zest_bpe_pairs *pairs,
                        struct zest_model_scratch *scratch, const uint32_t *word, size_t count, const uint32_t *ids,
                        const uint32_t *ends, size_t wanted)
{
    struct zest_bpe_symbol symbols[WORD_MAX];
    for (size_t i = 0; i < count; i++)
        symbols[i] = (struct zest_bpe_symbol){word[i], (uint32_t)i, (uint32_t)i + 1};
    size_t got = merge(pairs, scratch, symbols, count);
    bool same = got == wanted;
    for (size_t i = 0; same && i < wanted; i++)
        same = symbols[i].id == ids[i] && symbols[i].end == ends[i] && symbols[i].start == (i ? ends[i - 1] : 0);
    if (!same)
        ZEST_FAILED("%s: a word of %zu symbols becomes %zu, not %zu", name, count, got, wanted);
}

static int falls, rises;

/* Where ranks fall the route says so, and must still leave its scratch as it should be. */
static size_t merge_ranks(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                          struct zest_bpe_symbol *symbols, size_t count)
{
    struct zest_bpe_symbol kept[WORD_MAX];
    memcpy(kept, symbols, count * sizeof *kept);
    size_t left = zest_bpe_merge_ranks(pairs, scratch, symbols, count);
    rises += left != ZEST_BPE_FELL;
    falls += left == ZEST_BPE_FELL;
    if (left != ZEST_BPE_FELL)
        return left;
    memcpy(symbols, kept, count * sizeof *kept);
    return zest_bpe_merge_heap(pairs, scratch, symbols, count);
}

static size_t merge_windows(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                            struct zest_bpe_symbol *symbols, size_t count)
{
    return zest_bpe_merge_windows(pairs, scratch, symbols, count, 2 + below(60));
}

static void check_word(const struct vocabulary *vocabulary, const struct zest_bpe_pairs *full,
                       const struct zest_bpe_pairs *pruned, struct zest_model_scratch *scratch)
{
    uint32_t word[WORD_MAX], ids[WORD_MAX], ends[WORD_MAX];
    size_t count = 1 + below(below(4) ? ZEST_BPE_SHORT_MAX : WORD_MAX);
    size_t period = below(3) ? count : 1 + below(12); /* a window may have the symbols of the last one */
    for (size_t i = 0; i < count; i++)
        ids[i] = word[i] = i < period ? below(vocabulary->letters) : word[i - period];
    size_t wanted = plain_merge(vocabulary->merges, vocabulary->definition.merge_count, ids, ends, count);
    check_route("heap", zest_bpe_merge_heap, full, scratch, word, count, ids, ends, wanted);
    check_route("heap, pruned", zest_bpe_merge_heap, pruned, scratch, word, count, ids, ends, wanted);
    check_route("windows", merge_windows, full, scratch, word, count, ids, ends, wanted);
    check_route("windows, pruned", merge_windows, pruned, scratch, word, count, ids, ends, wanted);
    check_route("any, pruned", zest_bpe_merge, pruned, scratch, word, count, ids, ends, wanted);
    check_route("ranks, pruned", merge_ranks, pruned, scratch, word, count, ids, ends, wanted);
    if (count <= ZEST_BPE_SHORT_MAX) {
        check_route("short", zest_bpe_merge_short, full, scratch, word, count, ids, ends, wanted);
        check_route("short, pruned", zest_bpe_merge_short, pruned, scratch, word, count, ids, ends, wanted);
    }
}

ZEST_TEST(routes_agree_with_the_reference)
{
    static struct vocabulary vocabulary;
    struct zest_model_scratch *scratch = zest_model_scratch_create();
    struct zest_bpe_marks marks = {{NULL, 0}};
    for (int round = 0; round < 300 && zest_test_failures == 0; round++) {
        struct zest_arena arena;
        struct zest_error error = {0};
        struct zest_bpe_table full, pruned;
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        make_vocabulary(&vocabulary, round % 2, round % 3 == 0);
        struct zest_tokenizer_definition *definition = &vocabulary.definition;
        ZEST_CHECK_OK(zest_bpe_table_build(&arena, vocabulary.merges, definition->merge_count, definition->token_count,
                                           ZEST_BPE_REGULAR, 12, &full, &error),
                      &error);
        ZEST_CHECK_OK(zest_bpe_compile_pairs(&arena, definition, &marks, &pruned, &error), &error);
        ZEST_CHECK(pruned.view.flags & ZEST_BPE_REGULAR && pruned.view.flags & ZEST_BPE_PRUNED);
        ZEST_CHECK(pruned.view.merge_count <= definition->token_count);
        for (int i = 0; i < 60 && zest_test_failures == 0; i++)
            check_word(&vocabulary, &full.view, &pruned.view, scratch);
        zest_arena_finish(&arena);
    }
    ZEST_CHECK(rises > 1000 && falls > 1000);
    zest_model_scratch_destroy(scratch);
}

/* Merges whose products are any token: nothing that texts promise holds, the heap alone may be used. */
ZEST_TEST(irregular_tables_follow_the_reference)
{
    struct zest_model_scratch *scratch = zest_model_scratch_create();
    for (int round = 0; round < 300 && zest_test_failures == 0; round++) {
        struct zest_merge merges[200];
        struct zest_arena arena;
        struct zest_error error = {0};
        struct zest_bpe_table table;
        uint32_t tokens = 2 + below(12), count = below(200);
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        for (uint32_t i = 0; i < count; i++)
            merges[i] = (struct zest_merge){below(tokens), below(tokens), below(tokens)};
        ZEST_CHECK_OK(zest_bpe_table_build(&arena, merges, count, tokens, 0, 0, &table, &error), &error);
        for (int i = 0; i < 60 && zest_test_failures == 0; i++) {
            uint32_t word[WORD_MAX], ids[WORD_MAX], ends[WORD_MAX];
            size_t length = 1 + below(40);
            for (size_t j = 0; j < length; j++)
                ids[j] = word[j] = below(tokens);
            size_t wanted = plain_merge(merges, count, ids, ends, length);
            check_route("heap", zest_bpe_merge_heap, &table.view, scratch, word, length, ids, ends, wanted);
            check_route("any", zest_bpe_merge, &table.view, scratch, word, length, ids, ends, wanted);
        }
        zest_arena_finish(&arena);
    }
    zest_model_scratch_destroy(scratch);
}

/* ---- the table ---- */

static int has_later(const struct zest_merge *merges, uint32_t count, uint32_t at)
{
    for (uint32_t i = at + 1; i < count; i++)
        if (merges[i].left == merges[at].left && merges[i].right == merges[at].right)
            return 1;
    return 0;
}

ZEST_TEST(table_finds_its_pairs_and_no_others)
{
    static struct zest_merge merges[3000];
    const uint32_t token_counts[] = {1, 2, 3, 257, 50000, 1u << 18, ZEST_VOCABULARY_MAX};
    for (size_t t = 0; t < ZEST_COUNT(token_counts); t++) {
        struct zest_arena arena;
        struct zest_error error = {0};
        struct zest_bpe_table table;
        uint32_t tokens = token_counts[t], count = t % 2 ? 3000 : 1 + below(2999);
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        for (uint32_t i = 0; i < count; i++)
            merges[i] = (struct zest_merge){below(tokens), below(tokens), below(tokens)};
        merges[0] = (struct zest_merge){tokens - 1, tokens - 1, 0};
        ZEST_CHECK_OK(zest_bpe_table_build(&arena, merges, tokens < 3 ? 1 : count, tokens, 0, 0, &table, &error),
                      &error);
        uint32_t kept = table.view.merge_count;
        for (uint32_t i = 0; i < kept; i++)
            if (!has_later(merges, kept, i))
                ZEST_CHECK_INT(zest_bpe_pairs_find(&table.view, merges[i].left, merges[i].right), i);
        for (uint32_t i = 0; i < 3000; i++) {
            uint32_t left = below(tokens), right = below(tokens);
            ZEST_CHECK_INT(zest_bpe_pairs_find(&table.view, left, right) == ZEST_BPE_NO_RANK,
                           plain_rank(merges, kept, left, right) < 0);
        }
        zest_arena_finish(&arena);
    }
}

ZEST_TEST(table_of_nothing_finds_nothing)
{
    struct zest_arena arena;
    struct zest_error error = {0};
    struct zest_bpe_table table;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    ZEST_CHECK_OK(zest_bpe_table_build(&arena, NULL, 0, 16, 0, 0, &table, &error), &error);
    for (uint32_t i = 0; i < 16; i++)
        for (uint32_t j = 0; j < 16; j++)
            ZEST_CHECK_INT(zest_bpe_pairs_find(&table.view, i, j), ZEST_BPE_NO_RANK);
    zest_arena_finish(&arena);
}

ZEST_TEST(too_many_merges_are_refused)
{
    struct zest_arena arena;
    struct zest_error error = {0};
    struct zest_bpe_table table;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    ZEST_CHECK_INT(zest_bpe_table_build(&arena, NULL, 1u << 20, ZEST_VOCABULARY_MAX, 0, 0, &table, &error),
                   ZEST_TOO_LARGE);
    ZEST_CHECK(strstr(error.message, "1048575") != NULL);
    zest_arena_finish(&arena);
}

/* ---- long words ---- */

static struct zest_bpe_symbol *letters(size_t count, uint32_t kinds)
{
    struct zest_bpe_symbol *symbols = malloc(count * sizeof *symbols);
    for (uint32_t i = 0; i < count; i++)
        symbols[i] = (struct zest_bpe_symbol){kinds == 1 ? 0 : below(kinds), i, i + 1};
    return symbols;
}

/* Runs of one letter as long as the longest tokens, and others between: windows grow and shrink all the time. */
static void mix_runs(struct zest_bpe_symbol *symbols, size_t count)
{
    for (size_t at = 0; at < count;) {
        size_t run = at + 1 + below(100);
        for (; at < run && at < count; at++)
            symbols[at].id = 0;
        if (at < count)
            symbols[at++].id = 1;
    }
}

/* Steps a symbol must not grow with the word; the heap's grow with its height. */
ZEST_TEST(long_words_are_linear)
{
    static struct vocabulary vocabulary;
    struct zest_arena arena;
    struct zest_error error = {0};
    struct zest_bpe_table table;
    struct zest_bpe_marks marks = {{NULL, 0}};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    memset(&vocabulary, 0, sizeof vocabulary);
    vocabulary.definition.tokens = vocabulary.tokens;
    vocabulary.definition.merges = vocabulary.merges;
    const char *const texts[] = {"a",
                                 "b",
                                 "aa",
                                 "ab",
                                 "aaaa",
                                 "aab",
                                 "aaaaaaaa",
                                 "abab",
                                 "aaaaaaaaaaaaaaaa",
                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}; /* a window has to grow */
    for (size_t i = 0; i < ZEST_COUNT(texts); i++)
        add_token(&vocabulary, texts[i], strlen(texts[i]));
    add_merges(&vocabulary, true, false);
    ZEST_CHECK_OK(zest_bpe_compile_pairs(&arena, &vocabulary.definition, &marks, &table, &error), &error);
    for (uint32_t kinds = 1; kinds <= 3; kinds++)
        for (size_t count = 1000; count <= 1000000; count *= 1000) {
            struct zest_model_scratch *scratch = zest_model_scratch_create();
            struct zest_bpe_symbol *symbols = letters(count, kinds);
            if (kinds == 3)
                mix_runs(symbols, count);
            size_t left = zest_bpe_merge(&table.view, scratch, symbols, count);
            ZEST_CHECK(left < count && symbols[left - 1].end == count);
            ZEST_CHECK(scratch->work < 8 * count);
            if (kinds == 1)
                ZEST_CHECK_INT(left, count / 32 + (count % 32 > 0)); /* 8 are left of 1000 */
            free(symbols);
            zest_model_scratch_destroy(scratch);
        }
    zest_arena_finish(&arena);
}
