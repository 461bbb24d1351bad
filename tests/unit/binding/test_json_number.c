/* SPDX-License-Identifier: Apache-2.0 */
/* test_json_number.c - numbers read and written: exact both ways, short, and independent of the locale. */
#include <locale.h>
#include <math.h>

#include "json_scan.h"
#include "zest_test.h"

static struct zest_json_number read_number(const char *text)
{
    struct zest_json_number number = {0};
    struct zest_error error;
    struct zest_json_scan s = {.start = text, .at = text, .end = text + strlen(text), .error = &error};
    ZEST_CHECK_OK(zest_json_number(&s, &number), &error);
    ZEST_CHECK(s.at == s.end);
    return number;
}

static const char *written(double value)
{
    static char text[ZEST_JSON_NUMBER_MAX + 1];
    text[zest_json_format_double(value, text)] = '\0';
    return text;
}

static const char *written_float(float value)
{
    static char text[ZEST_JSON_NUMBER_MAX + 1];
    text[zest_json_format_float(value, text)] = '\0';
    return text;
}

ZEST_TEST(doubles_read_like_the_library)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "0.1",
                                        "1e22",
                                        "1e23",
                                        "123456789012345678",
                                        "9007199254740993",
                                        "1.7976931348623157e308",
                                        "4.9e-324",
                                        "2.2250738585072011e-308",
                                        "1e-400",
                                        "0.000001",
                                        "3.141592653589793238462643383279",
                                        "1E+5",
                                        "1e-5",
                                        "5e-1",
                                        "179769313486231580793728971405301e276",
                                        "72057594037927945",
                                        "0.30000000000000004"};
    for (size_t i = 0; i < ZEST_COUNT(texts); i++)
        if (read_number(texts[i]).value != strtod(texts[i], NULL))
            ZEST_FAILED("%s reads as %.17g", texts[i], read_number(texts[i]).value);
    ZEST_CHECK(signbit(read_number("-0").value));
    ZEST_CHECK(isinf(read_number("1e400").value));
}

/* Texts halfway between two floats: reading by way of a double would round twice. */
ZEST_TEST(floats_round_once)
{
    static const char *const texts[] = {"1.00000017881393432617187499",
                                        "1.00000017881393432617187500",
                                        "1.00000017881393432617187501",
                                        "0.1",
                                        "16777217",
                                        "3.4028234e38",
                                        "1e-45",
                                        "1.1754943e-38",
                                        "7.0064923216240854e-46",
                                        "7.0064923216240853e-46"};
    for (size_t i = 0; i < ZEST_COUNT(texts); i++) {
        struct zest_json_number number = read_number(texts[i]);
        if (zest_json_to_float(&number) != strtof(texts[i], NULL))
            ZEST_FAILED("%s reads as %.9g, not %.9g", texts[i], (double)zest_json_to_float(&number),
                        (double)strtof(texts[i], NULL));
    }
}

ZEST_TEST(numbers_are_written_short)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0.0"},
                {-0.0, "-0.0"},
                {1, "1.0"},
                {-5, "-5.0"},
                {0.1, "0.1"},
                {0.5, "0.5"},
                {1234.5, "1234.5"},
                {0.00001, "0.00001"},
                {1e15, "1e+15"},
                {123456789012345, "123456789012345.0"},
                {1.0 / 3, "0.3333333333333333"},
                {1e300, "1e+300"},
                {1e-7, "1e-07"},
                {0.1 + 0.2, "0.30000000000000004"},
                {99.95, "99.95"},
                {1e14, "100000000000000.0"}};
    for (size_t i = 0; i < ZEST_COUNT(rows); i++)
        ZEST_CHECK_TEXT(zest_text_of(written(rows[i].value)), zest_text_of(rows[i].text));
    ZEST_CHECK_TEXT(zest_text_of(written_float(0.1f)), ZEST_TEXT("0.1"));
    ZEST_CHECK_TEXT(zest_text_of(written_float(16777216.0f)), ZEST_TEXT("16777216.0"));
    ZEST_CHECK_TEXT(zest_text_of(written_float(-1.5f)), ZEST_TEXT("-1.5"));
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

ZEST_TEST(random_doubles_go_round)
{
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&random);
        double value;
        memcpy(&value, &bits, 8);
        if (i % 4) /* of every size that is written without an exponent */
            value = (double)(int64_t)bits / 9.3e18 * (double[]){1e-4, 1, 1e15}[i % 4 - 1];
        if (!isfinite(value))
            continue;
        if (read_number(written(value)).value != value || strtod(written(value), NULL) != value)
            ZEST_FAILED("%.17g is written as %s", value, written(value));
    }
}

/* Where the neighbour below is nearer than the one above; and the neighbours themselves. */
ZEST_TEST(powers_of_two_and_ten_go_round)
{
    for (int e = -60; e < 52; e++)
        for (int step = -2; step <= 2; step++) {
            double two = ldexp(1, e), ten = pow(10, e / 4.0);
            for (int i = 0; i < (step < 0 ? -step : step); i++) {
                two = nextafter(two, step < 0 ? 0 : INFINITY);
                ten = nextafter(ten, step < 0 ? 0 : INFINITY);
            }
            if (strtod(written(two), NULL) != two || read_number(written(two)).value != two)
                ZEST_FAILED("%.17g is written as %s", two, written(two));
            if (strtod(written(ten), NULL) != ten)
                ZEST_FAILED("%.17g is written as %s", ten, written(ten));
        }
}

/* No shorter text of %g's gives the same number. */
ZEST_TEST(doubles_are_as_short_as_can_be)
{
    uint64_t random = 777;
    for (int i = 0; i < 5000; i++) {
        double value = (double)(int64_t)next_random(&random) / 9.3e18 * pow(10, i % 15);
        char shorter[400];
        int digits = 0;
        for (const char *c = written(value); *c; c++)
            digits += *c >= '0' && *c <= '9' && (digits || *c != '0');
        snprintf(shorter, sizeof(shorter), "%.*g", digits > 1 ? digits - 1 : 1, value);
        if (fabs(value) > 1e-5 && fabs(value) < 1e15 && strtod(shorter, NULL) == value &&
            strchr(written(value), 'e') == NULL && value != floor(value))
            ZEST_FAILED("%s would do for %s", shorter, written(value));
    }
}

ZEST_TEST(random_floats_go_round)
{
    uint64_t random = 1234567890123456789u;
    for (int i = 0; i < 100000; i++) {
        uint32_t bits = (uint32_t)next_random(&random);
        float value;
        memcpy(&value, &bits, 4);
        if (i % 2)
            value = (float)(int32_t)bits / 1e8f;
        if (!isfinite(value))
            continue;
        struct zest_json_number number = read_number(written_float(value));
        if (zest_json_to_float(&number) != value || strtof(written_float(value), NULL) != value)
            ZEST_FAILED("%.9g is written as %s", (double)value, written_float(value));
    }
}

ZEST_TEST(the_locale_does_not_matter)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8"};
    bool found = false;
    for (size_t i = 0; i < ZEST_COUNT(names) && !found; i++)
        found = setlocale(LC_NUMERIC, names[i]) != NULL;
    if (!found)
        ZEST_SKIP("no locale with a decimal comma is installed");
    ZEST_CHECK(read_number("0.30000000000000004").value == 0.1 + 0.2);
    ZEST_CHECK_TEXT(zest_text_of(written(0.1 + 0.2)), ZEST_TEXT("0.30000000000000004"));
    setlocale(LC_NUMERIC, "C");
}
