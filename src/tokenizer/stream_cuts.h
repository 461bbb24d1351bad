/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_cuts.h - where a long text may be cut so that its parts have the ids of the whole.
 *
 * A cut lies behind a line end, between a visible character before it and a letter behind it:
 *
 *     … visible \n | letter …          U = … \n      V = letter …
 *
 * For the tokenizers that zest_stream_cuts_of accepts, ids(U V) = ids(U) + rest(V), where rest(V) does not depend on U.
 * What rest(V) is can be had by any other U: rest(V) is ids(C V) without the ids of C = "a\n" in front of it. That
 * takes care of what is put in front of a text or a segment (Prepend, Metaspace, add_prefix_space). Why it holds:
 *
 * - Added tokens: none has white space before a letter in it, so none lies across a cut; one that begins with a letter
 *   does not strip what is before it; one that ends at a cut does not look behind itself (single_word) or, where the
 *   segments it leaves are not like the middle of a text, does not exist.
 * - Normalizers: those that work character by character, and the normal forms, which never join or move anything
 *   across a line end. Those that make a blank of it only in front of a pre-tokenizer that drops white space.
 * - Pre-tokenizers: one that ends a word at the line end whatever follows; a run of white space that is one line end
 *   reads the same at the end of a text (`\s+(?!\S)`) and before a letter. Before it only such as look at characters of
 *   other classes. Behind it words are on their own.
 * - Or nothing cuts words and the model is BPE: no token has a line end before a letter in it, and neither does the
 *   unknown token span the cut, so no merge happens across it; merges on its two sides don't bear on each other.
 */
#ifndef ZEST_STREAM_CUTS_H
#define ZEST_STREAM_CUTS_H

#include "tokenizer_model.h"

#define ZEST_STREAM_CONTEXT "a\n" /* C */

/* NULL where the tokenizer allows these cuts, else why not: the rest of a sentence that begins with "it". */
const char *zest_stream_cuts_refused(const struct zest_tokenizer_model *model);

/* The last cut in (from, size), 0 where there is none. bytes[0, size) need not end at a character's end. */
size_t zest_stream_cut_find(const unsigned char *bytes, size_t from, size_t size);

#endif
