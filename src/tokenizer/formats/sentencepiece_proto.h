/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentencepiece_proto.h - a SentencePiece model as its file says it (sentencepiece_model.proto), for the converter.
 */
#ifndef ZEST_SENTENCEPIECE_PROTO_H
#define ZEST_SENTENCEPIECE_PROTO_H

#include <zest/core.h>

enum zest_piece_type {
    ZEST_PIECE_NORMAL = 1,
    ZEST_PIECE_UNKNOWN,
    ZEST_PIECE_CONTROL,
    ZEST_PIECE_USER_DEFINED,
    ZEST_PIECE_UNUSED,
    ZEST_PIECE_BYTE,
};

enum zest_sentencepiece_type { ZEST_SENTENCEPIECE_UNIGRAM = 1, ZEST_SENTENCEPIECE_BPE = 2 };

struct zest_sentencepiece_piece {
    struct zest_text text; /* borrowed from the file */
    float score;
    uint32_t type; /* enum zest_piece_type */
};

struct zest_sentencepiece_proto {
    struct zest_sentencepiece_piece *pieces; /* malloc's */
    uint32_t piece_count;
    uint32_t model_type; /* enum zest_sentencepiece_type */
    bool whitespace_as_suffix, byte_fallback, add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces;
    int32_t unk_id, bos_id, eos_id;
    struct zest_text charsmap; /* empty: none */
};

/* True where the file may be such a model: it begins with a piece. */
bool zest_is_sentencepiece(struct zest_text file);
/* `name` is the file's, for errors. The caller finishes the result, failed or not. */
enum zest_status zest_sentencepiece_proto_read(const char *name, struct zest_text file,
                                               struct zest_sentencepiece_proto *ret_proto,
                                               struct zest_error *error) ZEST_MUST_CHECK;
void zest_sentencepiece_proto_finish(struct zest_sentencepiece_proto *proto); /* takes a zeroed one too */

#endif
