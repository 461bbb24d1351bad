/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protobuf_reader.h - the wire format of protocol buffers, as far as a SentencePiece model needs it. Borrows the bytes.
 */
#ifndef ZEST_PROTOBUF_READER_H
#define ZEST_PROTOBUF_READER_H

#include <zest/core.h>

struct zest_protobuf {
    const unsigned char *at, *end;
    bool damaged; /* ended inside a field, or a wire type that is not in use */
};

/* A field: `number` holds a varint or 32 or 64 fixed bits, `bytes` a text, bytes or message. */
struct zest_protobuf_field {
    uint32_t field, wire_type; /* 0 varint, 1 64 bits, 2 bytes, 5 32 bits */
    uint64_t number;
    struct zest_text bytes;
};

static inline struct zest_protobuf zest_protobuf_open(struct zest_text message)
{
    const unsigned char *data = (const unsigned char *)message.data;
    return (struct zest_protobuf){data, data + message.size, false};
}

/* The next field; false at the end and where the message is damaged. */
bool zest_protobuf_next(struct zest_protobuf *reader, struct zest_protobuf_field *ret_field);

static inline float zest_protobuf_float(const struct zest_protobuf_field *field)
{
    uint32_t bits = (uint32_t)field->number;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
