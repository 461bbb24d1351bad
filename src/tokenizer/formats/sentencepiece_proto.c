/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentencepiece_proto.c - the fields of a SentencePiece model that encoding depends on.
 *
 * Source    sentencepiece_model.proto of google/sentencepiece: numbers and defaults of the fields.
 */
#include "sentencepiece_proto.h"

#include "definition.h"
#include "protobuf_reader.h"

#include <stdlib.h>

enum { MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3 };
enum { PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3 };
enum {
    TRAINER_TYPE = 3,
    TRAINER_SUFFIX = 24,
    TRAINER_BYTES = 35,
    TRAINER_UNK = 40,
    TRAINER_BOS = 41,
    TRAINER_EOS = 42
};
enum { NORMALIZER_MAP = 2, NORMALIZER_PREFIX = 3, NORMALIZER_SHRINK = 4, NORMALIZER_ESCAPE = 5 };

bool zest_is_sentencepiece(struct zest_text file)
{
    struct zest_protobuf model = zest_protobuf_open(file), piece;
    struct zest_protobuf_field field;
    if (!zest_protobuf_next(&model, &field) || field.field != MODEL_PIECES || field.wire_type != 2)
        return false;
    piece = zest_protobuf_open(field.bytes);
    return zest_protobuf_next(&piece, &field) && field.field == PIECE_TEXT && field.wire_type == 2;
}

static bool read_piece(struct zest_text message, struct zest_sentencepiece_piece *ret_piece)
{
    struct zest_protobuf reader = zest_protobuf_open(message);
    struct zest_protobuf_field field;
    *ret_piece = (struct zest_sentencepiece_piece){.text = {"", 0}, .type = ZEST_PIECE_NORMAL};
    while (zest_protobuf_next(&reader, &field)) {
        if (field.field == PIECE_TEXT && field.wire_type == 2)
            ret_piece->text = field.bytes;
        else if (field.field == PIECE_SCORE && field.wire_type == 5)
            ret_piece->score = zest_protobuf_float(&field);
        else if (field.field == PIECE_TYPE && field.wire_type == 0)
            ret_piece->type = (uint32_t)field.number;
    }
    return !reader.damaged;
}

static bool add_piece(struct zest_sentencepiece_proto *proto, size_t *capacity, struct zest_text message)
{
    if (proto->piece_count == *capacity) {
        size_t larger = *capacity > 0 ? 2 * *capacity : 1024;
        void *pieces = realloc(proto->pieces, larger * sizeof *proto->pieces);
        if (!pieces)
            return false;
        proto->pieces = pieces;
        *capacity = larger;
    }
    return read_piece(message, &proto->pieces[proto->piece_count++]);
}

static bool read_trainer(struct zest_sentencepiece_proto *proto, struct zest_text message)
{
    struct zest_protobuf reader = zest_protobuf_open(message);
    struct zest_protobuf_field field;
    while (zest_protobuf_next(&reader, &field)) {
        if (field.wire_type != 0)
            continue;
        if (field.field == TRAINER_TYPE)
            proto->model_type = (uint32_t)field.number;
        else if (field.field == TRAINER_SUFFIX)
            proto->whitespace_as_suffix = field.number != 0;
        else if (field.field == TRAINER_BYTES)
            proto->byte_fallback = field.number != 0;
        else if (field.field == TRAINER_UNK)
            proto->unk_id = (int32_t)field.number;
        else if (field.field == TRAINER_BOS)
            proto->bos_id = (int32_t)field.number;
        else if (field.field == TRAINER_EOS)
            proto->eos_id = (int32_t)field.number;
    }
    return !reader.damaged;
}

static bool read_normalizer(struct zest_sentencepiece_proto *proto, struct zest_text message)
{
    struct zest_protobuf reader = zest_protobuf_open(message);
    struct zest_protobuf_field field;
    while (zest_protobuf_next(&reader, &field)) {
        if (field.field == NORMALIZER_MAP && field.wire_type == 2)
            proto->charsmap = field.bytes;
        else if (field.field == NORMALIZER_PREFIX && field.wire_type == 0)
            proto->add_dummy_prefix = field.number != 0;
        else if (field.field == NORMALIZER_SHRINK && field.wire_type == 0)
            proto->remove_extra_whitespaces = field.number != 0;
        else if (field.field == NORMALIZER_ESCAPE && field.wire_type == 0)
            proto->escape_whitespaces = field.number != 0;
    }
    return !reader.damaged;
}

/* An id that is in the vocabulary, or -1. */
static int32_t checked_id(const struct zest_sentencepiece_proto *proto, int32_t id)
{
    return id >= 0 && (uint32_t)id < proto->piece_count ? id : -1;
}

static enum zest_status check_pieces(const char *name, const struct zest_sentencepiece_proto *proto,
                                     struct zest_error *error)
{
    for (uint32_t id = 0; id < proto->piece_count; id++) {
        const struct zest_sentencepiece_piece *piece = &proto->pieces[id];
        if (!zest_utf8_valid(piece->text, NULL))
            return zest_fail(error, ZEST_MODEL_DAMAGED, "%s: piece %u is not UTF-8", name, id);
        if (!__builtin_isfinite(piece->score))
            return zest_fail(error, ZEST_MODEL_DAMAGED, "%s: the score of piece %u is no number", name, id);
        if (piece->type < ZEST_PIECE_NORMAL || piece->type > ZEST_PIECE_BYTE)
            return zest_fail(error, ZEST_MODEL_DAMAGED, "%s: piece %u has the type %u, %d is the last", name, id,
                             piece->type, ZEST_PIECE_BYTE);
    }
    return ZEST_OK;
}

enum zest_status zest_sentencepiece_proto_read(const char *name, struct zest_text file,
                                               struct zest_sentencepiece_proto *ret_proto, struct zest_error *error)
{
    struct zest_sentencepiece_proto *proto = ret_proto;
    struct zest_protobuf reader = zest_protobuf_open(file);
    struct zest_protobuf_field field;
    size_t capacity = 0;
    bool good = true;
    *proto = (struct zest_sentencepiece_proto){.model_type = ZEST_SENTENCEPIECE_UNIGRAM,
                                               .add_dummy_prefix = true,
                                               .remove_extra_whitespaces = true,
                                               .escape_whitespaces = true,
                                               .bos_id = 1,
                                               .eos_id = 2};
    while (good && zest_protobuf_next(&reader, &field)) {
        if (field.wire_type != 2)
            continue;
        if (field.field == MODEL_PIECES)
            good = proto->piece_count < ZEST_VOCABULARY_MAX && add_piece(proto, &capacity, field.bytes);
        else if (field.field == MODEL_TRAINER)
            good = read_trainer(proto, field.bytes);
        else if (field.field == MODEL_NORMALIZER)
            good = read_normalizer(proto, field.bytes);
    }
    if (!good || reader.damaged || proto->piece_count == 0)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "%s is damaged as a SentencePiece model (after %u pieces)", name,
                         proto->piece_count);
    proto->unk_id = checked_id(proto, proto->unk_id);
    proto->bos_id = checked_id(proto, proto->bos_id);
    proto->eos_id = checked_id(proto, proto->eos_id);
    return check_pieces(name, proto, error);
}

void zest_sentencepiece_proto_finish(struct zest_sentencepiece_proto *proto)
{
    free(proto->pieces);
    *proto = (struct zest_sentencepiece_proto){0};
}
