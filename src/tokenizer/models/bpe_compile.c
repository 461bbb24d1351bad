/* SPDX-License-Identifier: Apache-2.0 */
/* bpe_compile.c - see bpe_compile.h. Runs once per tokenizer. */
#include "bpe_compile.h"

#include "bpe_prune.h"
#include "large_memory.h"

#define LONGEST_MAX (1u << 16) /* windows need not be longer than a few of these */

static int hex_value(char digit)
{
    return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

int zest_byte_token_value(struct zest_text text)
{
    if (text.size != 6 || memcmp(text.data, "<0x", 3) != 0 || text.data[5] != '>')
        return -1;
    int high = hex_value(text.data[3]), low = hex_value(text.data[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* What the checks below ask of a token, [token_count]: texts lie all over the file, this in a small table. */
struct token_facts {
    uint32_t size;
    bool is_special; /* the unknown token, or a byte token where those stand for bytes */
};

static void gather_facts(const struct zest_tokenizer_definition *definition, const struct zest_bpe_marks *marks,
                         struct token_facts *facts)
{
    for (uint32_t id = 0; id < definition->token_count; id++) {
        struct zest_text text = definition->tokens[id];
        facts[id].size = (uint32_t)text.size;
        facts[id].is_special = (marks->byte_fallback && zest_byte_token_value(text) >= 0) ||
                               (marks->unknown.size > 0 && zest_text_equal(text, marks->unknown));
    }
}

/* Products are longer than their parts: see bpe_merge.c. */
static bool is_regular(const struct zest_tokenizer_definition *definition, const struct token_facts *facts,
                       size_t prefix_size)
{
    for (uint32_t i = 0; i < definition->merge_count; i++) {
        const struct zest_merge *merge = &definition->merges[i];
        size_t left = facts[merge->left].size, right = facts[merge->right].size;
        if (right <= prefix_size || facts[merge->product].size != left + right - prefix_size)
            return false;
    }
    return true;
}

/* The symbols of a product are told by its text: see bpe_prune.h. */
static bool is_prunable(const struct zest_tokenizer_definition *definition, const struct token_facts *facts,
                        const struct zest_bpe_marks *marks)
{
    if (marks->prefix.size > 0 || marks->suffix.size > 0)
        return false;
    for (uint32_t i = 0; i < definition->merge_count; i++)
        if (facts[definition->merges[i].left].is_special || facts[definition->merges[i].right].is_special)
            return false;
    return true;
}

static uint32_t longest_product(const struct zest_tokenizer_definition *definition, const struct token_facts *facts)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < definition->merge_count; i++)
        if (facts[definition->merges[i].product].size > longest)
            longest = facts[definition->merges[i].product].size;
    return longest < LONGEST_MAX ? (uint32_t)longest : LONGEST_MAX;
}

static enum zest_status check_ids(const struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    for (uint32_t i = 0; i < definition->merge_count; i++) {
        const struct zest_merge *merge = &definition->merges[i];
        if (merge->left >= definition->token_count || merge->right >= definition->token_count ||
            merge->product >= definition->token_count)
            return zest_fail(error, ZEST_MODEL_DAMAGED, "merge %u names a token outside the vocabulary of %u", i,
                             definition->token_count);
    }
    return ZEST_OK;
}

enum zest_status zest_bpe_compile_pairs(struct zest_arena *arena, const struct zest_tokenizer_definition *definition,
                                        const struct zest_bpe_marks *marks, struct zest_bpe_table *ret_table,
                                        struct zest_error *error)
{
    uint32_t count = definition->merge_count, tokens = definition->token_count, flags = 0;
    struct zest_merge *merges = ZEST_NEW_LARGE_ARRAY(arena, struct zest_merge, (size_t)count + 1);
    struct token_facts *facts = ZEST_NEW_ARRAY(arena, struct token_facts, (size_t)tokens + 1);
    if (!merges || !facts)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %u merges", count);
    enum zest_status status = check_ids(definition, error);
    if (status != ZEST_OK)
        return status;
    gather_facts(definition, marks, facts);
    uint32_t longest = longest_product(definition, facts);
    if (count > 0)
        memcpy(merges, definition->merges, count * sizeof *merges);
    if (is_regular(definition, facts, marks->prefix.size))
        flags |= ZEST_BPE_REGULAR;
    if ((flags & ZEST_BPE_REGULAR) && is_prunable(definition, facts, marks)) {
        status = zest_bpe_table_build(arena, merges, count, tokens, flags, longest, ret_table, error);
        if (status == ZEST_OK)
            status = zest_bpe_prune(arena, definition, ret_table, merges, &count, error);
        if (status != ZEST_OK)
            return status;
        flags |= ZEST_BPE_PRUNED;
        if (count == definition->merge_count) { /* all of them happen: the table is right */
            ret_table->header->flags = ret_table->view.flags = flags;
            return ZEST_OK;
        }
    }
    return zest_bpe_table_build(arena, merges, count, tokens, flags, longest, ret_table, error);
}
