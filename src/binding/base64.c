/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - bytes in JSON texts: RFC 4648, section 4, padded; what is not canonical is refused. */
#include <zest/json.h>

#include <zest/json.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t zest_base64_encode(struct zest_text bytes, char *out)
{
    const unsigned char *in = (const unsigned char *)bytes.data;
    size_t size = 0, i = 0;
    for (; i + 3 <= bytes.size; i += 3) {
        uint32_t three = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            out[size++] = letters[three >> shift & 63];
    }
    size_t left = bytes.size - i;
    if (left) {
        uint32_t three = (uint32_t)in[i] << 16 | (left == 2 ? (uint32_t)in[i + 1] << 8 : 0);
        out[size++] = letters[three >> 18];
        out[size++] = letters[three >> 12 & 63];
        out[size++] = left == 2 ? letters[three >> 6 & 63] : '=';
        out[size++] = '=';
    }
    return size;
}

/* 0..63, or 64 for a character outside the alphabet. */
static uint32_t value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0' + 52);
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Four letters of which the last `pad` are '='; false where they are none, or carry bits that no byte has. */
static bool decode_four(const char *text, size_t pad, unsigned char *out)
{
    uint32_t four = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < 4 - pad ? value_of(text[i]) : 0;
        if (value == 64)
            return false;
        four = four << 6 | value;
    }
    if ((pad == 1 && (four & 0xFF)) || (pad == 2 && (four & 0xFFFF)))
        return false;
    for (size_t i = 0; i < 3 - pad; i++)
        out[i] = (unsigned char)(four >> (16 - 8 * i));
    return true;
}

size_t zest_base64_decode(struct zest_text text, unsigned char *out)
{
    size_t size = 0;
    if (text.size % 4)
        return SIZE_MAX;
    for (size_t i = 0; i < text.size; i += 4) {
        size_t pad = 0;
        if (i + 4 == text.size)
            pad = text.data[i + 3] != '=' ? 0 : text.data[i + 2] != '=' ? 1 : 2;
        if (!decode_four(text.data + i, pad, out + size))
            return SIZE_MAX;
        size += 3 - pad;
    }
    return size;
}
