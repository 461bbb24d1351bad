/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenizer.h - cuts text into words before merging.
 *
 * A pre-tokenizer is a function and a name: one file each kind, listed in pretokenizer.c. Stateless: any thread.
 */
#ifndef ZEST_PRETOKENIZER_H
#define ZEST_PRETOKENIZER_H

#include <zest/core.h>

/*
 * Cuts valid UTF-8 text[from, size) into words: writes where each ends, at most `end_count` (> 0) of them, and answers
 * how many. Words leave no gap. `from` is 0 or the end of a word; text[size] may not be read.
 */
typedef size_t zest_pretokenizer_cut(const unsigned char *text, size_t size, size_t from, size_t *ends,
                                     size_t end_count);

struct zest_pretokenizer {
    const char *name; /* as in tokenizer.ggml.pre */
    zest_pretokenizer_cut *cut;
    bool whole_words; /* models that use it take a word that is a token as it is ("ignore_merges") */
    bool adds_bos;    /* what add_bos_token is where the file does not say */
};

/* By the name in tokenizer.ggml.pre; NULL where it is not known. */
const struct zest_pretokenizer *zest_pretokenizer_find(struct zest_text name);
/* "gpt-2, smollm, …" */
void zest_pretokenizer_names(struct zest_buffer *ret_names);

zest_pretokenizer_cut zest_cut_gpt2, zest_cut_smollm, zest_cut_llama3;

#endif
