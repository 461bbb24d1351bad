/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_compile.c - makes the sections of a plan: its parameters, the words whose tokens are known, where words may be
 * cut. Runs once, when a tokenizer is compiled.
 *
 * A token is a known word where merging its bytes gives it; with ignore_merges each token is one as a whole piece.
 */
#include "fast_recognize.h"

#include "bpe_compile.h"
#include "byte_alphabet.h"
#include "token_table.h"

#include <assert.h>
#include <stdlib.h>

/* What is gathered before it is written; all on the heap. */
struct compiling {
    const struct zest_tokenizer_definition *definition;
    struct zest_fast_header header;
    struct zest_token_table tokens;
    struct zest_bpe_pairs pairs;
    struct zest_model_scratch *model;
    struct zest_bpe_symbol *symbols; /* [longest token] */
    unsigned char *bytes;            /* of all tokens, one after the other */
    struct zest_fast_word *words;
    size_t word_count;
    uint8_t *lengths;
    bool *is_product; /* by id: some word is known to merge to this token, and so this token's own text does */
    struct zest_fast_cut_builder *cuts;
};

static bool is_characters(const struct compiling *c)
{
    return c->header.family == ZEST_FAST_SPACES;
}

static bool is_bert(const struct compiling *c)
{
    return c->header.family == ZEST_FAST_BERT;
}

static bool allocate(struct compiling *c)
{
    size_t total = 0, longest = 0, count = c->definition->token_count;
    for (size_t i = 0; i < count; i++) {
        size_t size = c->definition->tokens[i].size;
        total += size;
        longest = size > longest ? size : longest;
    }
    c->bytes = malloc(total + 1);
    c->symbols = malloc((longest + 1) * sizeof *c->symbols);
    c->words = malloc((count + 1) * sizeof *c->words);
    c->lengths = calloc(count + 1, 1);
    c->is_product = calloc(count + 1, sizeof *c->is_product);
    c->cuts = calloc(1, sizeof *c->cuts);
    c->model = zest_model_scratch_create();
    return c->bytes && c->symbols && c->words && c->lengths && c->is_product && c->cuts && c->model;
}

static void release(struct compiling *c)
{
    free(c->bytes);
    free(c->symbols);
    free(c->words);
    free(c->lengths);
    free(c->is_product);
    free(c->cuts);
    zest_model_scratch_destroy(c->model);
}

/* For BERT: what is white space, what is a word alone. */
static uint8_t bert_class_of(uint32_t mask)
{
    if (mask & ZEST_CLASS_BERT_CONTROL)
        return 0;
    if (mask & ZEST_CLASS_BERT_SPACE)
        return ZEST_FAST_SPACE;
    return mask & (ZEST_CLASS_BERT_CJK | ZEST_CLASS_PUNCTUATION8) ? ZEST_FAST_NUMBER : 0;
}

/* The classes of enum zest_fast_class that a group of characters has. */
static uint8_t class_of(uint32_t mask, const struct zest_fast_kind *kind)
{
    uint8_t class = 0;
    if (kind->family == ZEST_FAST_BERT)
        return bert_class_of(mask);
    class |= mask & ZEST_CLASS_LETTER ? ZEST_FAST_LETTER : 0;
    class |=
        mask & (kind->family == ZEST_FAST_DIGITS ? ZEST_CLASS_NUMERIC17 : ZEST_CLASS_NUMBER) ? ZEST_FAST_NUMBER : 0;
    class |= mask & ZEST_CLASS_SPACE ? ZEST_FAST_SPACE : 0;
    if (kind->family == ZEST_FAST_DEEPSEEK) {
        class |= mask & (ZEST_CLASS_PUNCTUATION | ZEST_CLASS_SYMBOL) ? ZEST_FAST_SIGN : 0;
    } else {
        class |= mask & ZEST_CLASS_UPPER ? ZEST_FAST_UPPER : 0;
        class |= mask & ZEST_CLASS_LOWER ? ZEST_FAST_LOWER : 0;
    }
    class |= mask & ZEST_CLASS_MARK ? ZEST_FAST_MARK : 0;
    class |= mask & kind->unsafe ? ZEST_FAST_DIRTY : 0;
    return class;
}

static void fill_header(struct compiling *c, const struct zest_fast_kind *kind)
{
    c->header = (struct zest_fast_header){
        .family = kind->family,
        .token_count = c->definition->token_count,
        .ignore_merges = kind->ignore_merges,
        .prepend = kind->prepend,
        .lowers = kind->lowers,
    };
    c->header.classes.han = kind->family == ZEST_FAST_DEEPSEEK;
    memset(c->header.byte_ids, 0xFF, sizeof c->header.byte_ids);
    for (uint32_t group = 0; group < ZEST_COUNT(c->header.classes.by_group); group++)
        c->header.classes.by_group[group] = class_of(zest_unicode_masks[group], kind);
}

/* The token's text with U+0020 for ▁; SIZE_MAX where it has a U+0020 itself, which no text keeps. */
static size_t decode_bars(struct zest_text text, unsigned char *out)
{
    size_t size = 0;
    for (size_t at = 0; at < text.size; at++) {
        bool is_bar = text.size - at >= 3 && memcmp(text.data + at, "▁", 3) == 0;
        if (text.data[at] == ' ')
            return SIZE_MAX;
        out[size++] = is_bar ? ' ' : (unsigned char)text.data[at];
        at += is_bar ? 2 : 0;
    }
    return size;
}

/*
 * A token that is a word as it stands, and no other word becomes: letters and digits of ASCII (no upper-case ones where
 * these are lowered), or one sign or Chinese character that the normalizer leaves alone.
 */
static bool is_bert_word(const struct compiling *c, struct zest_text token)
{
    const unsigned char *bytes = (const unsigned char *)token.data;
    uint32_t length;
    if (token.size == 0)
        return false;
    uint32_t mask = zest_unicode_class(zest_utf8_decode(bytes, &length));
    bool alone = mask & (ZEST_CLASS_BERT_CJK | ZEST_CLASS_PUNCTUATION8);
    if (length == token.size && alone)
        return !(mask & (ZEST_CLASS_NFD_UNSAFE | ZEST_CLASS_LOWERS | ZEST_CLASS_BERT_CONTROL));
    for (size_t i = 0; i < token.size; i++)
        if (!((bytes[i] >= 'a' && bytes[i] <= 'z') || (bytes[i] >= '0' && bytes[i] <= '9') ||
              (bytes[i] >= 'A' && bytes[i] <= 'Z' && !c->header.lowers)))
            return false;
    return token.size <= ZEST_FAST_SHORT_MAX;
}

/* Of a WordPiece vocabulary; `prefix` is what goes on in a word. */
static void choose_bert_words(struct compiling *c)
{
    const json_t *model = json_object_get(c->definition->components, "model");
    struct zest_text prefix = zest_text_of(json_string_value(json_object_get(model, "continuing_subword_prefix")));
    for (uint32_t id = 0; id < c->definition->token_count; id++) {
        struct zest_text text = c->definition->tokens[id];
        if (!text.data)
            continue;
        bool goes_on = prefix.size > 0 && text.size > prefix.size && memcmp(text.data, prefix.data, prefix.size) == 0;
        size_t size = text.size - (goes_on ? prefix.size : 0);
        c->lengths[id] = size < 255 ? (uint8_t)size : 255;
        if (is_bert_word(c, text))
            c->words[c->word_count++] =
                (struct zest_fast_word){(const unsigned char *)text.data, (uint32_t)text.size, id};
    }
}

/* The bytes of all tokens into c->words, all of them for now, and c->header.byte_ids. */
static void decode_tokens(struct compiling *c)
{
    unsigned char *next = c->bytes;
    for (uint32_t id = 0; id < c->definition->token_count; id++) {
        struct zest_text text = c->definition->tokens[id];
        size_t size = !text.data         ? SIZE_MAX
                      : is_characters(c) ? decode_bars(text, next)
                                         : zest_byte_alphabet_decode(text, (char *)next);
        if (size == SIZE_MAX || size == 0)
            continue; /* no merge makes it, no piece is it */
        c->words[c->word_count++] = (struct zest_fast_word){next, (uint32_t)size, id};
        c->lengths[id] = size < 255 ? (uint8_t)size : 255;
        if (is_characters(c) && zest_byte_token_value(text) >= 0) {
            c->header.byte_ids[zest_byte_token_value(text)] = id;
            c->lengths[id] = 1;
        } else if (!is_characters(c) && size == 1) {
            c->header.byte_ids[next[0]] = id;
        }
        next += size;
    }
}

/* The word's symbols, 0 where some character or byte has none. */
static size_t symbols_of(struct compiling *c, struct zest_fast_word word)
{
    size_t count = 0;
    for (uint32_t at = 0, length = 1; at < word.size; at += length) {
        const unsigned char *bytes = word.bytes + at;
        uint32_t id = c->header.byte_ids[bytes[0]];
        if (is_characters(c)) {
            zest_utf8_decode(bytes, &length);
            id = bytes[0] == ' ' ? zest_token_find(&c->tokens, "▁", 3) : zest_token_find(&c->tokens, bytes, length);
        }
        if (id == ZEST_NO_TOKEN)
            return 0;
        c->symbols[count++] = (struct zest_bpe_symbol){id, at, at + length};
    }
    return count;
}

/*
 * Does merging the word's symbols give its id alone? A pruned table has a merge for just those tokens that come to be
 * when their own text is merged; else the word is merged to see.
 */
static bool merges_to_itself(struct compiling *c, struct zest_fast_word word)
{
    if (c->is_product[word.id])
        return true;
    bool is_short = word.size <= 4; /* bytes of the longest character */
    if ((c->pairs.flags & ZEST_BPE_PRUNED) && !is_short)
        return false;
    size_t count = symbols_of(c, word);
    count = count > 0 ? zest_bpe_merge(&c->pairs, c->model, c->symbols, count) : 0;
    return count == 1 && c->symbols[0].id == word.id;
}

static void mark_products(struct compiling *c)
{
    for (uint32_t rank = 0; rank < c->pairs.merge_count && (c->pairs.flags & ZEST_BPE_PRUNED); rank++)
        c->is_product[c->pairs.products[rank]] = true;
}

/* Leaves the known words in c->words, and gathers the pairs of all that merging makes. */
static void choose_words(struct compiling *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->word_count; i++) {
        struct zest_fast_word word = c->words[i];
        bool is_product = merges_to_itself(c, word);
        /* What merging can't make from its own bytes it makes nowhere: a token's symbols merge as if alone. */
        zest_fast_cuts_add(c->cuts, word.bytes, word.size);
        if (is_product || c->header.ignore_merges) {
            word.id |= is_product ? 0 : ZEST_FAST_WHOLE;
            c->words[kept++] = word;
        }
    }
    c->word_count = kept;
    for (size_t byte = 0; byte < ZEST_COUNT(c->header.byte_ids) && !is_characters(c); byte++)
        if (c->header.byte_ids[byte] == ZEST_NO_TOKEN)
            zest_fast_cuts_join(c->cuts, (unsigned char)byte);
}

/* How pairs of ASCII characters merge, where each byte is a token: words are merged together then (fast_together.h). */
static void fill_ranks(struct compiling *c)
{
    const uint32_t *byte_ids = c->header.byte_ids;
    c->header.together = (c->pairs.flags & ZEST_BPE_REGULAR) != 0;
    for (uint32_t byte = 0; byte < ZEST_COUNT(c->header.byte_ids); byte++)
        c->header.together &= byte_ids[byte] != ZEST_NO_TOKEN;
    for (uint32_t left = 0; left < 128 && c->header.together; left++)
        for (uint32_t right = 0; right < 128; right++)
            c->header.ascii_ranks[left][right] = zest_bpe_pairs_find(&c->pairs, byte_ids[left], byte_ids[right]);
}

static void add_sections(struct compiling *c, struct zest_image_builder *builder)
{
    size_t count = c->definition->token_count;
    unsigned char *section = zest_image_add_space(builder, ZEST_SECTION_FAST, sizeof c->header + count);
    if (section) {
        memcpy(section, &c->header, sizeof c->header);
        memcpy(section + sizeof c->header, c->lengths, count);
    }
    section = zest_image_add_space(builder, ZEST_SECTION_FAST_WORDS, zest_fast_words_size(c->words, c->word_count));
    if (section)
        zest_fast_words_write(section, c->words, c->word_count);
    if (!is_bert(c))
        zest_image_add(builder, ZEST_SECTION_FAST_CUTS, c->cuts, sizeof *c->cuts);
}

/* Characters that are no token become bytes, if all bytes are tokens; else it is the plain path that knows. */
static bool has_all_bytes(const struct compiling *c)
{
    for (size_t i = 0; i < ZEST_COUNT(c->header.byte_ids) && is_characters(c); i++)
        if (c->header.byte_ids[i] == ZEST_NO_TOKEN)
            return false;
    return true;
}

enum zest_status zest_fast_compile(const struct zest_tokenizer_definition *definition,
                                   struct zest_image_builder *builder, struct zest_error *error)
{
    struct zest_fast_kind kind;
    struct compiling c = {.definition = definition};
    struct zest_image so_far;
    if (builder->failed || !zest_fast_recognize(definition->components, &kind))
        return ZEST_OK;
    zest_image_builder_view(builder, &so_far);
    enum zest_status status = ZEST_OK;
    if (kind.family != ZEST_FAST_BERT)
        status = zest_bpe_pairs_open(&so_far, &c.pairs, error);
    if (status == ZEST_OK)
        status = zest_token_table_open(&so_far, &c.tokens, error);
    if (status == ZEST_OK && !allocate(&c))
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the words of %u tokens", definition->token_count);
    if (status == ZEST_OK) {
        fill_header(&c, &kind);
        if (is_bert(&c)) {
            choose_bert_words(&c);
        } else {
            decode_tokens(&c);
            mark_products(&c);
            choose_words(&c);
            if (!is_characters(&c))
                fill_ranks(&c);
        }
        if (has_all_bytes(&c))
            add_sections(&c, builder);
    }
    release(&c);
    return status;
}
