/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_request.c - the arguments of a call into the request struct that the contract describes.
 *
 * No JSON between: each argument is converted straight into its field, by the field's description. Texts of the call's
 * own arguments are borrowed (a str keeps its UTF-8); what is inside containers is copied where the call will leave
 * the GIL. Start at zest_py_read_arguments; arrays are in py_arrays.c.
 */
#include <float.h>
#include <math.h>

#include "zest_py.h"

/* ---- refusing --------------------------------------------------------------------------------------------------- */

static size_t write_place(const struct zest_py_place *place, char *text, size_t capacity)
{
    size_t size = place->outer ? write_place(place->outer, text, capacity) : 0;
    int more = place->name ? snprintf(text + size, capacity - size, size ? ".%s" : "%s", place->name)
                           : snprintf(text + size, capacity - size, "[%zd]", place->index);
    size += more > 0 ? (size_t)more : 0;
    return size < capacity ? size : capacity - 1;
}

bool zest_py_refuse(struct zest_py_reader *reader, const struct zest_py_place *place, enum zest_status code,
                    const char *format, ...)
{
    char where[64] = "", sentence[400];
    if (place)
        write_place(place, where, sizeof(where));
    va_list list;
    va_start(list, format);
    vsnprintf(sentence, sizeof(sentence), format, list);
    va_end(list);
    zest_fail_param(reader->error, code, where, "%s%s%s", where, where[0] ? " " : "", sentence);
    return false;
}

bool zest_py_refuse_type(struct zest_py_reader *reader, const struct zest_py_place *place, PyObject *value,
                         const char *expected)
{
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError))
        return false;
    PyErr_Clear();
    PyObject *text = PyObject_Repr(value);
    const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
    if (!utf8)
        PyErr_Clear();
    zest_py_refuse(reader, place, ZEST_WRONG_TYPE, "is %.60s%s, of type %.60s; it must be %s",
                   utf8 ? utf8 : "an object", utf8 && strlen(utf8) > 60 ? "…" : "", Py_TYPE(value)->tp_name, expected);
    Py_XDECREF(text);
    return false;
}

/* ---- scalars ---------------------------------------------------------------------------------------------------- */

static bool check_bounds(struct zest_py_reader *reader, const struct zest_py_place *place,
                         const struct zest_field *field, double number)
{
    bool is_low = field->has_minimum && !(number >= field->minimum);
    bool is_high = field->has_maximum && !(number <= field->maximum);
    if (!is_low && !is_high)
        return true;
    if (field->has_minimum && field->has_maximum)
        return zest_py_refuse(reader, place, ZEST_OUT_OF_RANGE, "is %.12g; it must lie between %.12g and %.12g", number,
                              field->minimum, field->maximum);
    return zest_py_refuse(reader, place, ZEST_OUT_OF_RANGE, "is %.12g; it must be %s %.12g", number,
                          is_low ? "at least" : "at most", is_low ? field->minimum : field->maximum);
}

static bool read_bool(struct zest_py_reader *reader, const struct zest_py_place *place, PyObject *value, bool *ret_bool)
{
    if (value == Py_True || value == Py_False) {
        *ret_bool = value == Py_True;
        return true;
    }
    if (strncmp(Py_TYPE(value)->tp_name, "numpy.bool", 10) != 0)
        return zest_py_refuse_type(reader, place, value, "True or False");
    int truth = PyObject_IsTrue(value);
    *ret_bool = truth == 1;
    return truth >= 0;
}

static bool read_uint64(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *number, uint64_t *ret_number)
{
    unsigned long long wide = PyLong_AsUnsignedLongLong(number);
    if (wide == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return zest_py_refuse(reader, place, ZEST_OUT_OF_RANGE, "does not fit in 64 bits without a sign");
    }
    *ret_number = wide;
    return check_bounds(reader, place, field, (double)wide);
}

static bool read_integer(struct zest_py_reader *reader, const struct zest_py_place *place,
                         const struct zest_field *field, PyObject *value, void *dest)
{
    if (PyBool_Check(value) || !PyIndex_Check(value))
        return zest_py_refuse_type(reader, place, value, "an integer");
    PyObject *number = PyNumber_Index(value);
    if (!number)
        return false;
    int overflow = 0;
    long long wide = 0;
    bool is_good = false;
    if (field->type == ZEST_FIELD_UINT64) {
        is_good = read_uint64(reader, place, field, number, dest);
        Py_DECREF(number);
        return is_good;
    }
    wide = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    bool is_small = field->type == ZEST_FIELD_INT32;
    if (overflow || (is_small && (wide < INT32_MIN || wide > INT32_MAX)))
        return zest_py_refuse(reader, place, ZEST_OUT_OF_RANGE, "does not fit in %d bits", is_small ? 32 : 64);
    if (!check_bounds(reader, place, field, (double)wide))
        return false;
    if (is_small)
        *(int32_t *)dest = (int32_t)wide;
    else
        *(int64_t *)dest = wide;
    return true;
}

static bool read_number(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, void *dest)
{
    bool is_number = PyFloat_Check(value) || PyIndex_Check(value) ||
                     (Py_TYPE(value)->tp_as_number && Py_TYPE(value)->tp_as_number->nb_float);
    if (PyBool_Check(value) || !is_number || PyComplex_Check(value))
        return zest_py_refuse_type(reader, place, value, "a number");
    double number = PyFloat_AsDouble(value);
    if (number == -1 && PyErr_Occurred())
        return zest_py_refuse_type(reader, place, value, "a number");
    if (!isfinite(number))
        return zest_py_refuse(reader, place, ZEST_OUT_OF_RANGE, "is %g; it must be a finite number", number);
    if (!check_bounds(reader, place, field, number))
        return false;
    if (field->type == ZEST_FIELD_DOUBLE) {
        *(double *)dest = number;
        return true;
    }
    if (fabs(number) > FLT_MAX)
        return zest_py_refuse(reader, place, ZEST_OUT_OF_RANGE, "is %g; it does not fit in 32 bits", number);
    *(float *)dest = (float)number;
    return true;
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

static bool keep_text(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                      struct zest_text text, bool is_inner, struct zest_text *ret_text)
{
    if (field->size_max && text.size > field->size_max)
        return zest_py_refuse(reader, place, ZEST_TOO_LARGE, "has %zu bytes; the limit is %zu", text.size,
                              field->size_max);
    if (text.size < field->size_min)
        return zest_py_refuse(reader, place, ZEST_INVALID_ARGUMENT, "has %zu bytes; it must have at least %zu",
                              text.size, field->size_min);
    reader->bytes += text.size;
    if (is_inner && reader->copies_inner) {
        text = zest_text_copy(reader->arena, text);
        if (!text.data)
            return zest_py_refuse_memory();
    }
    *ret_text = text;
    return true;
}

static bool read_string(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, struct zest_text *ret_text)
{
    if (!PyUnicode_Check(value))
        return zest_py_refuse_type(reader, place, value, "a str");
    Py_ssize_t size;
    const char *data = PyUnicode_AsUTF8AndSize(value, &size);
    if (!data) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeError))
            return false;
        PyErr_Clear();
        return zest_py_refuse(reader, place, ZEST_INVALID_UTF8, "holds a lone surrogate, which UTF-8 does not have");
    }
    return keep_text(reader, place, field, (struct zest_text){data, (size_t)size}, place->outer != NULL, ret_text);
}

static bool read_bytes(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                       PyObject *value, struct zest_text *ret_text)
{
    if (PyBytes_Check(value)) {
        struct zest_text text = {PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value)};
        return keep_text(reader, place, field, text, place->outer != NULL, ret_text);
    }
    Py_buffer view;
    if (PyUnicode_Check(value) || !PyObject_CheckBuffer(value))
        return zest_py_refuse_type(reader, place, value, "bytes");
    if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) != 0)
        return zest_py_refuse_type(reader, place, value, "bytes");
    struct zest_text copy = zest_text_copy(reader->arena, (struct zest_text){view.buf, (size_t)view.len});
    PyBuffer_Release(&view);
    if (!copy.data)
        return zest_py_refuse_memory();
    return keep_text(reader, place, field, copy, false, ret_text);
}

static bool read_json(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                      PyObject *value, struct zest_text *ret_text)
{
    PyObject *json = PyObject_CallOneArg(zest_py.json_dumps, value);
    if (!json) {
        bool is_shape = PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError);
        if (!is_shape)
            return false;
        PyErr_Clear();
        return zest_py_refuse_type(reader, place, value, "made of dict, list, str, finite numbers, bool and None");
    }
    Py_ssize_t size;
    const char *data = PyUnicode_AsUTF8AndSize(json, &size);
    struct zest_text copy = {0};
    if (data)
        copy = zest_text_copy(reader->arena, (struct zest_text){data, (size_t)size});
    Py_DECREF(json);
    if (!data)
        return false;
    if (!copy.data)
        return zest_py_refuse_memory();
    return keep_text(reader, place, field, copy, false, ret_text);
}

static bool read_enum(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                      PyObject *value, int *ret_value)
{
    char names[200] = "";
    size_t size = 0;
    const char *text = PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    for (size_t i = 0; i < field->enum_count; i++) {
        if (text && strcmp(text, field->enum_names[i]) == 0) {
            *ret_value = (int)i;
            return true;
        }
        if (size < sizeof(names))
            size +=
                (size_t)snprintf(names + size, sizeof(names) - size, "%s\"%s\"", i ? " or " : "", field->enum_names[i]);
    }
    return text ? zest_py_refuse(reader, place, ZEST_INVALID_ARGUMENT, "is \"%.60s\"; it must be %s", text, names)
                : zest_py_refuse_type(reader, place, value, names);
}

/* ---- objects ---------------------------------------------------------------------------------------------------- */

static bool read_object(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, void *dest)
{
    if (!PyMapping_Check(value) || !PyObject_HasAttrString(value, "keys"))
        return zest_py_refuse_type(reader, place, value, "a dict");
    enum zest_status status = zest_json_defaults(field->object, reader->arena, dest, reader->error);
    return status == ZEST_OK && zest_py_read_mapping(reader, place, field->object, value, dest);
}

static bool read_member(struct zest_py_reader *reader, const struct zest_py_place *outer,
                        const struct zest_object *object, PyObject *key, PyObject *value, char *base, uint64_t *seen)
{
    const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
    for (size_t i = 0; name && i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (strcmp(field->name, name) != 0)
            continue;
        struct zest_py_place place = {.outer = outer, .name = field->name};
        *seen |= (uint64_t)1 << i;
        return zest_py_read_value(reader, &place, field, value, base + field->offset);
    }
    PyErr_Clear();
    char names[300] = "";
    size_t size = 0;
    for (size_t i = 0; i < object->field_count && size < sizeof(names); i++)
        size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s", i ? ", " : "", object->fields[i].name);
    return zest_py_refuse(reader, outer, ZEST_UNKNOWN_FIELD, "has no field \"%.60s\"; it has %s",
                          name ? name : "(no str)", object->field_count ? names : "none");
}

bool zest_py_read_mapping(struct zest_py_reader *reader, const struct zest_py_place *outer,
                          const struct zest_object *object, PyObject *mapping, char *base)
{
    PyObject *items = PyMapping_Items(mapping);
    if (!items)
        return false;
    uint64_t seen = 0;
    bool is_good = true;
    for (Py_ssize_t i = 0; is_good && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        is_good = PyTuple_Check(item) && PyTuple_GET_SIZE(item) == 2 &&
                  read_member(reader, outer, object, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1), base, &seen);
    }
    Py_DECREF(items);
    for (size_t i = 0; is_good && i < object->field_count; i++)
        if (object->fields[i].is_required && !(seen >> i & 1)) {
            struct zest_py_place place = {.outer = outer, .name = object->fields[i].name};
            is_good = zest_py_refuse(reader, &place, ZEST_MISSING_FIELD, "is missing");
        }
    return is_good;
}

/* An earlier result or an envelope stands for its main field. */
static bool read_result(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, struct zest_py_result *result, void *dest)
{
    PyObject *value = zest_py_result_main(result);
    if (!value)
        return false;
    struct zest_py_place inner = {.outer = place, .name = result->operation->main->name};
    bool copies = reader->copies_inner;
    reader->copies_inner = true; /* nobody else keeps `value` */
    bool is_good = zest_py_read_value(reader, &inner, field, value, dest);
    reader->copies_inner = copies;
    Py_DECREF(value);
    return is_good;
}

bool zest_py_read_value(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, void *dest)
{
    if (value == Py_None && !field->is_required && field->type != ZEST_FIELD_JSON)
        return true; /* its default stands */
    if (field->is_array)
        return zest_py_read_array(reader, place, field, value, (char *)dest - field->offset);
    if (field->type <= ZEST_FIELD_ENUM) {
        struct zest_py_result *result = zest_py_result_of(value);
        if (result && !zest_py_result_settle(result))
            return false;
        if (result && result->operation->main)
            return read_result(reader, place, field, result, dest);
    }
    switch (field->type) {
    case ZEST_FIELD_BOOL:
        return read_bool(reader, place, value, dest);
    case ZEST_FIELD_INT32:
    case ZEST_FIELD_INT64:
    case ZEST_FIELD_UINT64:
        return read_integer(reader, place, field, value, dest);
    case ZEST_FIELD_FLOAT:
    case ZEST_FIELD_DOUBLE:
        return read_number(reader, place, field, value, dest);
    case ZEST_FIELD_STRING:
        return read_string(reader, place, field, value, dest);
    case ZEST_FIELD_BYTES:
        return read_bytes(reader, place, field, value, dest);
    case ZEST_FIELD_ENUM:
        return read_enum(reader, place, field, value, dest);
    case ZEST_FIELD_OBJECT:
        return read_object(reader, place, field, value, dest);
    case ZEST_FIELD_JSON:
        return read_json(reader, place, field, value, dest);
    case ZEST_FIELD_TENSOR:
        break;
    }
    return zest_py_refuse(reader, place, ZEST_UNSUPPORTED, "is a tensor; requests have none");
}
