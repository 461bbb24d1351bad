/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_split_bert.h - words by BertNormalizer and BertPreTokenizer: runs of what is neither white space nor isolated;
 * punctuation and Chinese characters are each a word.
 *
 * Where a word begins and ends does not depend on what the normalizer makes of it. Words of ASCII are looked up with
 * their letters lowered; words with other characters are normalized alone (fast_bert.c): nothing composes or moves over
 * a bound of words, as what bounds them is no mark.
 *
 * Controls of ASCII are dropped by the normalizer, so that words meet: those texts go to the plain path.
 */
#ifndef ZEST_FAST_SPLIT_BERT_H
#define ZEST_FAST_SPLIT_BERT_H

#include "fast_masks.h"

struct zest_fast_bert_carry {
    uint64_t word, isolated;
};

/* In this family ZEST_FAST_NUMBER outside ASCII means: is a word alone. Answers false where there are controls. */
static inline bool zest_fast_split_bert(const struct zest_fast_masks *m, struct zest_fast_bert_carry *carry,
                                        uint64_t *ret_begins, uint64_t *ret_ends)
{
    uint64_t ascii = m->valid & ~m->high, alphanumeric = (m->letter | m->number) & ascii;
    uint64_t isolated = (m->printable & ~alphanumeric) | (m->number & m->high);
    uint64_t word = alphanumeric | (m->high & ~(isolated | m->space));
    uint64_t after_word = zest_fast_after(word, carry->word);
    uint64_t after_isolated = zest_fast_after(isolated, carry->isolated);
    *ret_begins = ((word & ~after_word) | isolated) & ~m->inside;
    *ret_ends = (after_word & ~word) | (after_isolated & ~m->inside);
    *carry = (struct zest_fast_bert_carry){word >> 63, isolated >> 63};
    return (ascii & ~(m->printable | (m->space & ~m->feed))) == 0;
}

#endif
