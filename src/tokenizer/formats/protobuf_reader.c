/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf_reader.c - varints, fixed numbers and counted bytes. Little-endian hosts. Stateless. */
#include "protobuf_reader.h"

enum { VARINT = 0, FIXED_64 = 1, COUNTED = 2, FIXED_32 = 5 };

static bool take_varint(struct zest_protobuf *reader, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 70 && reader->at < reader->end; shift += 7) {
        unsigned char byte = *reader->at++;
        if (shift < 64)
            number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

static bool take_fixed(struct zest_protobuf *reader, size_t size, uint64_t *ret_number)
{
    if ((size_t)(reader->end - reader->at) < size)
        return false;
    *ret_number = 0;
    memcpy(ret_number, reader->at, size);
    reader->at += size;
    return true;
}

static bool take_counted(struct zest_protobuf *reader, struct zest_text *ret_bytes)
{
    uint64_t size;
    if (!take_varint(reader, &size) || size > (uint64_t)(reader->end - reader->at))
        return false;
    *ret_bytes = (struct zest_text){(const char *)reader->at, size};
    reader->at += size;
    return true;
}

static bool take_value(struct zest_protobuf *reader, struct zest_protobuf_field *field)
{
    switch (field->wire_type) {
    case VARINT:
        return take_varint(reader, &field->number);
    case FIXED_64:
        return take_fixed(reader, 8, &field->number);
    case FIXED_32:
        return take_fixed(reader, 4, &field->number);
    case COUNTED:
        return take_counted(reader, &field->bytes);
    default:
        return false;
    }
}

bool zest_protobuf_next(struct zest_protobuf *reader, struct zest_protobuf_field *ret_field)
{
    uint64_t tag;
    struct zest_protobuf_field field = {0};
    if (reader->damaged || reader->at == reader->end)
        return false;
    reader->damaged = !take_varint(reader, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX;
    if (!reader->damaged) {
        field.field = (uint32_t)(tag >> 3);
        field.wire_type = tag & 7;
        reader->damaged = !take_value(reader, &field);
    }
    *ret_field = field;
    return !reader->damaged;
}
