/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_metadata.c - an envelope's metadata, made when somebody reads it.
 *
 * The dict is a copy of a template with all keys in order, whose values are then put in: a copy of a small dict costs
 * less than growing one. Times are ticks until here.
 */
#include <time.h>

#include "zest_py.h"

/* Days since 1970-01-01 to a date; Gregorian, years counted from March so that the leap day comes last. */
static void date_of_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

static char *put_digits(char *at, int64_t number, int digits)
{
    for (int i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

/* RFC 3339, UTC, microseconds. */
static PyObject *timestamp_of(uint64_t start)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age_us = (int64_t)(zest_ticks_seconds(zest_ticks() - start) * 1e6);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - age_us;
    int64_t seconds = us / 1000000, day_seconds = seconds % 86400;
    int year, month, day;
    date_of_days(seconds / 86400, &year, &month, &day);
    char text[] = "0000-00-00T00:00:00.000000Z";
    put_digits(text, year, 4);
    put_digits(text + 5, month, 2);
    put_digits(text + 8, day, 2);
    put_digits(text + 11, day_seconds / 3600, 2);
    put_digits(text + 14, day_seconds / 60 % 60, 2);
    put_digits(text + 17, day_seconds % 60, 2);
    put_digits(text + 20, us % 1000000, 6);
    return PyUnicode_FromStringAndSize(text, sizeof(text) - 1);
}

static PyObject *request_id_of(uint64_t number)
{
    char text[24] = "py-", digits[21];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    for (int i = 0; i < count; i++)
        text[3 + i] = digits[count - 1 - i];
    return PyUnicode_FromStringAndSize(text, 3 + count);
}

static bool put(PyObject *dict, const char *key, PyObject *value)
{
    bool is_good = value && PyDict_SetItemString(dict, key, value) == 0;
    Py_XDECREF(value);
    return is_good;
}

static PyObject *implementation_of(const struct zest_py_result *result, const struct zest_py_service *service)
{
    return PyUnicode_FromString(result->implementation ? result->implementation : "native");
}

static bool put_reasoning(PyObject *dict, const struct zest_py_result *result)
{
    const struct zest_field *field = result->operation->reasoning;
    return !field || put(dict, "algorithm_reasoning", zest_py_value(field, result->reply, NULL));
}

PyObject *zest_py_metadata(const struct zest_py_result *result, const struct zest_py_service *service)
{
    PyObject *dict = PyDict_Copy(zest_py.metadata_template);
    if (!dict)
        return NULL;
    if (put(dict, "service", Py_NewRef(result->operation->service_name)) &&
        put(dict, "method", Py_NewRef(result->operation->name)) && put(dict, "mode", Py_NewRef(service->mode)) &&
        put(dict, "implementation", implementation_of(result, service)) &&
        put(dict, "execution_time", PyFloat_FromDouble(zest_ticks_seconds(result->ticks))) &&
        put(dict, "request_id", request_id_of(result->number)) && put(dict, "timestamp", timestamp_of(result->start)) &&
        put_reasoning(dict, result) && put(dict, "warnings", PyList_New(0)))
        return dict;
    Py_DECREF(dict);
    return NULL;
}
