/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_pretokenizers.h - what "tokenizer.ggml.pre" of a GGUF file stands for, in the words of tokenizer.json.
 *
 * A GGUF file does not say how text is cut; it names the family of its pre-tokenizer. This table gives what the
 * family's own tokenizer.json says, so that both files of one model meet in the same components. Read-only: any thread.
 */
#ifndef ZEST_GGUF_PRETOKENIZERS_H
#define ZEST_GGUF_PRETOKENIZERS_H

#include <zest/core.h>

struct zest_gguf_pretokenizer {
    const char *name;               /* "llama-bpe" */
    const char *pre_tokenizer_json; /* never NULL */
    const char *normalizer_json;    /* NULL: none */
    bool ignore_merges;
    bool adds_bos; /* where the file has no "tokenizer.ggml.add_bos_token" */
};

/* NULL where the name is unknown. */
const struct zest_gguf_pretokenizer *zest_gguf_pretokenizer_find(struct zest_text name);
/* Appends all names, "a, b, c", for an error that tells which there are. */
void zest_gguf_pretokenizer_names(struct zest_buffer *buffer);

#endif
