/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_metadata.c - an envelope's metadata, made when somebody reads it.
 *
 * The dict is a copy of its operation's template, into which the values of this call are put: a copy of a small dict
 * costs less than growing one. Times are ticks until here.
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

static PyObject *ascii_of(const char *text, Py_ssize_t size)
{
    PyObject *string = PyUnicode_New(size, 127);
    if (string)
        memcpy(PyUnicode_DATA(string), text, (size_t)size);
    return string;
}

/* Measured once: a process does not outlive the accuracy that an envelope needs. */
static double seconds_of(uint64_t ticks)
{
    static double seconds_per_tick;
    if (seconds_per_tick == 0)
        seconds_per_tick = zest_ticks_seconds((uint64_t)1 << 40) / (double)((uint64_t)1 << 40);
    return (double)ticks * seconds_per_tick;
}

/* RFC 3339, UTC, microseconds; the date is worked out once a day. */
static PyObject *timestamp_of(uint64_t start)
{
    static char text[] = "0000-00-00T00:00:00.000000Z";
    static int64_t last_day = -1;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age_us = (int64_t)(seconds_of(zest_ticks() - start) * 1e6);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - age_us;
    int64_t seconds = us / 1000000, day = seconds / 86400;
    int of_day = (int)(seconds - day * 86400);
    if (day != last_day) {
        int year, month, of_month;
        date_of_days(day, &year, &month, &of_month);
        put_digits(text, year, 4);
        put_digits(text + 5, month, 2);
        put_digits(text + 8, of_month, 2);
        last_day = day;
    }
    put_digits(text + 11, of_day / 3600, 2);
    put_digits(text + 14, of_day / 60 % 60, 2);
    put_digits(text + 17, of_day % 60, 2);
    put_digits(text + 20, us - seconds * 1000000, 6);
    return ascii_of(text, sizeof(text) - 1);
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
    return ascii_of(text, 3 + count);
}

/* Takes `value`, which may be NULL after a failure. */
static bool put(PyObject *dict, enum zest_py_key key, PyObject *value)
{
    bool is_good = value && PyDict_SetItem(dict, zest_py.keys[key], value) == 0;
    Py_XDECREF(value);
    return is_good;
}

/* The template says "native" already. */
static bool put_implementation(PyObject *dict, const struct zest_py_result *result)
{
    const char *name = result->implementation;
    return !name || strcmp(name, "native") == 0 || put(dict, ZEST_PY_IMPLEMENTATION, PyUnicode_FromString(name));
}

static bool put_reasoning(PyObject *dict, const struct zest_py_result *result)
{
    const struct zest_field *field = result->operation->reasoning;
    return !field || put(dict, ZEST_PY_ALGORITHM_REASONING, zest_py_value(field, result->reply, NULL));
}

PyObject *zest_py_metadata(const struct zest_py_result *result, PyObject *mode)
{
    PyObject *dict = PyDict_Copy(result->operation->metadata);
    if (!dict)
        return NULL;
    if (put(dict, ZEST_PY_MODE, Py_NewRef(mode)) && put_implementation(dict, result) &&
        put(dict, ZEST_PY_EXECUTION_TIME, PyFloat_FromDouble(seconds_of(result->ticks))) &&
        put(dict, ZEST_PY_REQUEST_ID, request_id_of(result->number)) &&
        put(dict, ZEST_PY_TIMESTAMP, timestamp_of(result->start)) && put_reasoning(dict, result) &&
        put(dict, ZEST_PY_WARNINGS, PyList_New(0)))
        return dict;
    Py_DECREF(dict);
    return NULL;
}

/* All that is the same for every call of an operation, and a place for the rest. */
PyObject *zest_py_metadata_template(const struct zest_py_operation *operation)
{
    PyObject *dict = PyDict_New(), *native = PyUnicode_InternFromString("native");
    PyObject *values[ZEST_PY_KEYS] = {[ZEST_PY_SERVICE] = operation->service_name,
                                      [ZEST_PY_METHOD] = operation->name,
                                      [ZEST_PY_IMPLEMENTATION] = native};
    for (int key = 0; dict && native && key < ZEST_PY_KEYS; key++)
        if (key != ZEST_PY_ALGORITHM_REASONING || operation->reasoning)
            if (PyDict_SetItem(dict, zest_py.keys[key], values[key] ? values[key] : Py_None) != 0)
                Py_CLEAR(dict);
    Py_XDECREF(native);
    return dict;
}
