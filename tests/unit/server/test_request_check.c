/* SPDX-License-Identifier: Apache-2.0 */
/* test_request_check.c - what is refused from a request's headers alone. */
#include "request_check.h"
#include "zest_test.h"

struct pair {
    const char *name, *value;
};

static enum zest_status check_as(const char *version, const char *path, const struct pair *headers)
{
    struct zest_request_check check = {0};
    struct zest_error error = {0};
    for (; headers->name; headers++)
        zest_request_check_header(&check, zest_text_of(headers->name), zest_text_of(headers->value));
    enum zest_status status = zest_request_check_end(&check, version, path, 1000, &error);
    ZEST_CHECK((status == ZEST_OK) == (error.message[0] == '\0'));
    return status;
}

#define CHECK(...) check_as("HTTP/1.1", "/health", (const struct pair[]){__VA_ARGS__, {0}})

ZEST_TEST(ordinary_requests_pass)
{
    ZEST_CHECK_INT(CHECK({"Host", "x"}), ZEST_OK);
    ZEST_CHECK_INT(CHECK({"host", "x"}, {"content-length", "1000"}, {"X-Any", "tab\tand \xc3\xa9"}), ZEST_OK);
    ZEST_CHECK_INT(CHECK({"HOST", "x"}, {"Transfer-Encoding", "Chunked"}), ZEST_OK);
    ZEST_CHECK_INT(check_as("HTTP/1.0", "/", (const struct pair[]){{0}}), ZEST_OK);
}

ZEST_TEST(a_body_has_one_length)
{
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}),
                   ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Content-Length", "3"}, {"Content-Length", "3"}), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}),
                   ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Transfer-Encoding", "gzip, chunked"}), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(check_as("HTTP/1.0", "/", (const struct pair[]){{"Transfer-Encoding", "chunked"}, {0}}),
                   ZEST_INVALID_ARGUMENT);
}

ZEST_TEST(a_length_is_a_plain_number)
{
    static const char *const wrong[] = {
        "", "+1", "-1", " 1", "1 ", "0x1", "1,1", "one", "18446744073709551616", "99999999999999999999999"};
    for (size_t i = 0; i < ZEST_COUNT(wrong); i++)
        ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Content-Length", wrong[i]}), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Content-Length", "1001"}), ZEST_TOO_LARGE);
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Content-Length", "18446744073709551615"}), ZEST_TOO_LARGE);
}

ZEST_TEST(a_host_is_given_once)
{
    ZEST_CHECK_INT(CHECK({"Content-Length", "0"}), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(CHECK({"Host", "x"}, {"Host", "x"}), ZEST_INVALID_ARGUMENT);
}

ZEST_TEST(names_are_tokens_and_values_have_no_controls)
{
    static const char *const names[] = {"", "Content-Length ", " X", "X\tY", "X:Y", "X\x7f", "X\xc3\xa9", "X(Y)"};
    static const char *const values[] = {"a\rContent-Length: 5", "a\nb", "\x01", "\x7f"};
    for (size_t i = 0; i < ZEST_COUNT(names); i++)
        ZEST_CHECK_INT(CHECK({"Host", "x"}, {names[i], "1"}), ZEST_INVALID_ARGUMENT);
    for (size_t i = 0; i < ZEST_COUNT(values); i++)
        ZEST_CHECK_INT(CHECK({"Host", "x"}, {"X", values[i]}), ZEST_INVALID_ARGUMENT);
}

ZEST_TEST(there_are_not_too_many_headers)
{
    struct zest_request_check check = {0};
    zest_request_check_header(&check, ZEST_TEXT("Host"), ZEST_TEXT("x"));
    for (int i = 1; i < ZEST_REQUEST_HEADERS_MAX; i++)
        zest_request_check_header(&check, ZEST_TEXT("X"), ZEST_TEXT("1"));
    ZEST_CHECK_INT(zest_request_check_end(&check, "HTTP/1.1", "/", 1, NULL), ZEST_OK);
    zest_request_check_header(&check, ZEST_TEXT("X"), ZEST_TEXT("1"));
    ZEST_CHECK_INT(zest_request_check_end(&check, "HTTP/1.1", "/", 1, NULL), ZEST_TOO_LARGE);
}

ZEST_TEST(paths_are_short_and_visible)
{
    static char path[ZEST_REQUEST_PATH_MAX + 2] = "/";
    const struct pair host[] = {{"Host", "x"}, {0}};
    memset(path + 1, 'a', ZEST_REQUEST_PATH_MAX - 1);
    ZEST_CHECK_INT(check_as("HTTP/1.1", path, host), ZEST_OK);
    path[ZEST_REQUEST_PATH_MAX] = 'a';
    ZEST_CHECK_INT(check_as("HTTP/1.1", path, host), ZEST_TOO_LARGE);
    ZEST_CHECK_INT(check_as("HTTP/1.1", "/a b", host), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(check_as("HTTP/1.1", "/\xc3\xa9", host), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(check_as("HTTP/1.1", "/%c3%a9", host), ZEST_OK);
}
