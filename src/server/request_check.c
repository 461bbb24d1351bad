/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_check.c - refuses what two programs could read in two ways (request smuggling) and what is too large.
 *
 * The library in front parses leniently in places; a proxy and zest must never disagree about where a request ends, so
 * anything that gives a body's length twice is refused and its connection closed (RFC 9112, sections 6.1 and 6.3).
 */
#include <strings.h>

#include "request_check.h"

static bool is_name(struct zest_text name, const char *wanted)
{
    return name.size == strlen(wanted) && strncasecmp(name.data, wanted, name.size) == 0;
}

static bool read_length(struct zest_text value, uint64_t *ret_length)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.size; i++) {
        unsigned digit = (unsigned char)value.data[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(length, 10, &length) || __builtin_add_overflow(length, digit, &length))
            return false;
    }
    *ret_length = length;
    return value.size > 0;
}

/* RFC 9110, section 5.6.2: a token. "Content-Length " with its blank would be another header to the library. */
static bool is_token(struct zest_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return name.size > 0;
}

/* Section 5.5: no control characters but the tab; the rest of a value is its reader's business. */
static bool is_value(struct zest_text value)
{
    for (size_t i = 0; i < value.size; i++)
        if (((unsigned char)value.data[i] < ' ' && value.data[i] != '\t') || value.data[i] == 0x7f)
            return false;
    return true;
}

void zest_request_check_header(struct zest_request_check *check, struct zest_text name, struct zest_text value)
{
    check->headers++;
    check->bad_name |= !is_token(name);
    check->bad_value |= !is_value(value);
    if (is_name(name, "host"))
        check->hosts++;
    if (is_name(name, "content-length")) {
        check->lengths++;
        check->bad_length |= !read_length(value, &check->body_bytes);
    }
    if (is_name(name, "transfer-encoding")) {
        check->encodings++;
        check->is_chunked = is_name(value, "chunked");
    }
}

static enum zest_status check_path(const char *path, struct zest_error *error)
{
    size_t size = strnlen(path, ZEST_REQUEST_PATH_MAX + 1);
    if (size > ZEST_REQUEST_PATH_MAX)
        return zest_fail(error, ZEST_TOO_LARGE, "the path is longer than %d bytes, the limit", ZEST_REQUEST_PATH_MAX);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)path[i] <= ' ' || (unsigned char)path[i] >= 0x7f)
            return zest_fail(error, ZEST_INVALID_ARGUMENT, "the path has byte 0x%02x at place %zu; write it as %%%02X",
                             (unsigned char)path[i], i, (unsigned char)path[i]);
    return ZEST_OK;
}

enum zest_status zest_request_check_end(const struct zest_request_check *check, const char *version, const char *path,
                                        size_t body_bytes_max, struct zest_error *error)
{
    if (check->headers > ZEST_REQUEST_HEADERS_MAX)
        return zest_fail(error, ZEST_TOO_LARGE, "the request has %u headers; the limit is %d", check->headers,
                         ZEST_REQUEST_HEADERS_MAX);
    if (check->bad_name || check->bad_value)
        return zest_fail(error, ZEST_INVALID_ARGUMENT,
                         "a header's %s has a byte that HTTP does not allow there, such as a blank before the colon or "
                         "a control character",
                         check->bad_name ? "name" : "value");
    if (check->encodings && strcmp(version, "HTTP/1.0") == 0)
        return zest_fail(error, ZEST_INVALID_ARGUMENT, "HTTP/1.0 has no Transfer-Encoding; send Content-Length");
    if (check->encodings && check->lengths)
        return zest_fail(error, ZEST_INVALID_ARGUMENT,
                         "the request has both Content-Length and Transfer-Encoding; one of them says where the body "
                         "ends, never both");
    if (check->lengths > 1 || check->bad_length)
        return zest_fail(
            error, ZEST_INVALID_ARGUMENT,
            "Content-Length is given %u times or is no whole number; it is given once, as in Content-Length: 42",
            check->lengths);
    if (check->encodings > 1 || (check->encodings && !check->is_chunked))
        return zest_fail(error, ZEST_INVALID_ARGUMENT,
                         "Transfer-Encoding is given %u times or is another than chunked, the only one that zest reads",
                         check->encodings);
    if (check->hosts > 1)
        return zest_fail(error, ZEST_INVALID_ARGUMENT, "the request has %u Host headers; HTTP allows one",
                         check->hosts);
    if (check->hosts == 0 && strcmp(version, "HTTP/1.0") != 0)
        return zest_fail(error, ZEST_INVALID_ARGUMENT, "the request has no Host header; HTTP/1.1 requires one");
    if (check->body_bytes > body_bytes_max)
        return zest_fail(error, ZEST_TOO_LARGE, "the body has %llu bytes; the limit is %zu",
                         (unsigned long long)check->body_bytes, body_bytes_max);
    return check_path(path, error);
}
