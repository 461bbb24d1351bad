/* SPDX-License-Identifier: Apache-2.0 */
/* request_check.h - what is refused from a request's headers alone, before its body is read. */
#ifndef ZEST_REQUEST_CHECK_H
#define ZEST_REQUEST_CHECK_H

#include <zest/core.h>

enum { ZEST_REQUEST_HEADERS_MAX = 100, ZEST_REQUEST_PATH_MAX = 4096 };

struct zest_request_check { /* zeroed at first, then fed every header */
    unsigned headers, hosts, lengths, encodings;
    bool is_chunked;
    uint64_t body_bytes; /* announced by Content-Length */
    bool bad_length;
    bool bad_name, bad_value; /* a byte that HTTP does not allow there */
};

void zest_request_check_header(struct zest_request_check *check, struct zest_text name, struct zest_text value);
enum zest_status zest_request_check_end(const struct zest_request_check *check, const char *version, const char *path,
                                        size_t body_bytes_max, struct zest_error *error);

#endif
