/* SPDX-License-Identifier: Apache-2.0 */
/*
 * component_words.h - components in the words of tokenizer.json, for formats that say the same in other words.
 *
 * Each returns a new reference, NULL where memory is out or a text is not UTF-8 (json_t's functions take NULL and give
 * it on, so that a caller looks once at the end).
 */
#ifndef ZEST_COMPONENT_WORDS_H
#define ZEST_COMPONENT_WORDS_H

#include "definition.h"

/* Owns its references: "normalizer" and so on; NULL members stand for null. */
struct zest_components {
    json_t *normalizer, *pre_tokenizer, *model, *post_processor, *decoder;
};

/* Makes definition->components of them; takes the references, also where it fails. */
enum zest_status zest_components_finish(struct zest_components *components,
                                        struct zest_tokenizer_definition *definition,
                                        struct zest_error *error) ZEST_MUST_CHECK;

/* What a template puts round a text; ids -1: nothing. */
struct zest_template {
    struct zest_text before, after; /* texts of the tokens */
    int32_t before_id, after_id;
    bool before_second; /* the second text of a pair has the token before it as well */
    bool doubles_after; /* between the texts of a pair the token after stands twice */
    bool one_type;      /* all of a pair has the type 0 */
};

/* TemplateProcessing, or null where there is nothing to add. */
json_t *zest_template_words(const struct zest_template *template);
/* Metaspace as a pre-tokenizer or decoder. */
json_t *zest_metaspace_words(bool prepend);
/* The BPE model, normalizer and decoder that stand for SentencePiece's BPE with byte fallback. */
json_t *zest_sentencepiece_bpe_words(struct zest_text unk_token, bool byte_fallback);
json_t *zest_escape_normalizer_words(bool prepend);
/* Gemma's: cuts at spaces, of which its normalizer leaves none. */
json_t *zest_gemma_pretokenizer_words(void);
json_t *zest_escape_decoder_words(bool prepend, bool byte_fallback);
/* BERT's normalizer, decoder, model. `strip_accents` < 0: as lowercase. */
json_t *zest_bert_normalizer_words(bool lowercase, int strip_accents, bool chinese);
json_t *zest_wordpiece_words(struct zest_text unk_token);
json_t *zest_byte_level_decoder_words(void);
/* {"type": "Sequence", `list_name`: [items]}; takes the references of items, leaves out NULL ones. */
json_t *zest_sequence_words(const char *list_name, json_t *const items[], size_t count);
/* {"type": "Precompiled", "precompiled_charsmap": base64} */
json_t *zest_precompiled_words(struct zest_text charsmap);

#endif
