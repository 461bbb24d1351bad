/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_arrays.c - list, tuple, range, numpy or any buffer, and earlier results, into an array of a request.
 *
 * Ids that already lie in memory as the contract wants them (an earlier result, a buffer of the same integers) are
 * borrowed and not copied; a borrowed buffer is pinned until the call is over.
 */
#include "zest_py.h"

static const size_t item_sizes[] = {
    [ZEST_FIELD_BOOL] = sizeof(bool),
    [ZEST_FIELD_INT32] = 4,
    [ZEST_FIELD_INT64] = 8,
    [ZEST_FIELD_UINT64] = 8,
    [ZEST_FIELD_FLOAT] = 4,
    [ZEST_FIELD_DOUBLE] = 8,
    [ZEST_FIELD_STRING] = sizeof(struct zest_text),
    [ZEST_FIELD_BYTES] = sizeof(struct zest_text),
    [ZEST_FIELD_ENUM] = sizeof(int),
    [ZEST_FIELD_JSON] = sizeof(struct zest_text),
    [ZEST_FIELD_TENSOR] = sizeof(struct zest_tensor),
};

size_t zest_py_item_size(const struct zest_field *field)
{
    return field->type == ZEST_FIELD_OBJECT ? field->object->size : item_sizes[field->type];
}

static bool set_array(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                      char *base, const void *data, size_t count)
{
    if (field->size_max && count > field->size_max)
        return zest_py_refuse(reader, place, ZEST_TOO_LARGE, "has %zu items; the limit is %zu", count, field->size_max);
    reader->bytes += count * zest_py_item_size(field);
    memcpy(base + field->offset, &data, sizeof(data));
    memcpy(base + field->count_offset, &count, sizeof(count));
    return true;
}

/* ---- sequences of Python objects -------------------------------------------------------------------------------- */

/* The usual item, a small int, without the general way's checks; false: take that way. */
static bool read_small_int(const struct zest_field *field, PyObject *item, char *dest)
{
    if (field->type != ZEST_FIELD_INT32 || field->has_minimum || field->has_maximum || !PyLong_CheckExact(item))
        return false;
    int overflow;
    long number = PyLong_AsLongAndOverflow(item, &overflow);
    if (overflow || number < INT32_MIN || number > INT32_MAX)
        return false;
    *(int32_t *)(void *)dest = (int32_t)number;
    return true;
}

static bool read_items(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                       PyObject *sequence, char *base)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    struct zest_field item = *field;
    item.is_array = false;
    item.is_required = true; /* so that None is no item */
    item.offset = 0;
    item.size_max = item.size_min = 0; /* those count items */
    size_t size = zest_py_item_size(field);
    if (field->size_max && (size_t)count > field->size_max)
        return set_array(reader, place, field, base, NULL, (size_t)count);
    char *items = zest_alloc_array(reader->arena, count ? (size_t)count : 1, size, _Alignof(max_align_t));
    if (!items)
        return zest_py_refuse_memory();
    for (Py_ssize_t i = 0; i < count && i < PySequence_Fast_GET_SIZE(sequence); i++) {
        PyObject *object = PySequence_Fast_GET_ITEM(sequence, i);
        if (read_small_int(field, object, items + (size_t)i * size))
            continue;
        struct zest_py_place at = {.outer = place, .index = i};
        memset(items + (size_t)i * size, 0, size);
        Py_INCREF(object); /* a conversion may run Python code that changes the list */
        bool is_good = zest_py_read_value(reader, &at, &item, object, items + (size_t)i * size);
        Py_DECREF(object);
        if (!is_good)
            return false;
    }
    if (count != PySequence_Fast_GET_SIZE(sequence))
        return zest_py_refuse(reader, place, ZEST_CONFLICT, "changed its length while it was read");
    return set_array(reader, place, field, base, items, (size_t)count);
}

static bool read_sequence(struct zest_py_reader *reader, const struct zest_py_place *place,
                          const struct zest_field *field, PyObject *value, char *base)
{
    bool is_odd = PyUnicode_Check(value) || PyBytes_Check(value) || PyByteArray_Check(value) || PyDict_Check(value) ||
                  PyAnySet_Check(value);
    PyObject *sequence = is_odd ? NULL : PySequence_Fast(value, "");
    if (!sequence)
        return zest_py_refuse_type(reader, place, value, "a list");
    bool copies = reader->copies_inner;
    if (sequence != value)
        reader->copies_inner = true; /* its items end with it */
    bool is_good = read_items(reader, place, field, sequence, base);
    reader->copies_inner = copies;
    Py_DECREF(sequence);
    return is_good;
}

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

static char format_of(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "B";
    if (*format == '@' || *format == '=' || (*format == '<' && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__))
        format++;
    return format[0] && !format[1] ? format[0] : '\0';
}

static bool is_signed_of(const Py_buffer *view, Py_ssize_t size)
{
    char format = format_of(view);
    return view->itemsize == size && format && strchr("bhilqn", format) != NULL;
}

static bool pin(struct zest_py_reader *reader, const Py_buffer *view)
{
    struct zest_py_pin *made = ZEST_NEW(reader->arena, struct zest_py_pin);
    if (!made)
        return zest_py_refuse_memory();
    made->view = *view;
    made->next = reader->pins;
    reader->pins = made;
    return true;
}

void zest_py_release_pins(struct zest_py_pin *pins)
{
    for (; pins; pins = pins->next)
        PyBuffer_Release(&pins->view);
}

static bool narrow_int64(struct zest_py_reader *reader, const struct zest_py_place *place,
                         const struct zest_field *field, const Py_buffer *view, char *base)
{
    size_t count = (size_t)view->len / 8;
    const int64_t *wide = view->buf;
    int32_t *ids = ZEST_NEW_ARRAY(reader->arena, int32_t, count ? count : 1);
    if (!ids)
        return zest_py_refuse_memory();
    for (size_t i = 0; i < count; i++) {
        struct zest_py_place at = {.outer = place, .index = (Py_ssize_t)i};
        if (wide[i] < INT32_MIN || wide[i] > INT32_MAX)
            return zest_py_refuse(reader, &at, ZEST_OUT_OF_RANGE, "is %lld; it does not fit in 32 bits",
                                  (long long)wide[i]);
        ids[i] = (int32_t)wide[i];
    }
    return set_array(reader, place, field, base, ids, count);
}

/* 1: taken. 0: refused. -1: no buffer that is understood here; the sequence way may do. */
static int read_buffer(struct zest_py_reader *reader, const struct zest_py_place *place, const struct zest_field *field,
                       PyObject *value, char *base)
{
    Py_buffer view;
    bool is_small = field->type == ZEST_FIELD_INT32;
    if ((!is_small && field->type != ZEST_FIELD_INT64) || field->has_minimum || field->has_maximum)
        return -1;
    if (PyObject_GetBuffer(value, &view, PyBUF_FORMAT | PyBUF_ND | PyBUF_C_CONTIGUOUS) != 0) {
        PyErr_Clear();
        return -1;
    }
    int taken = -1;
    if (view.ndim > 1) {
        taken = zest_py_refuse(reader, place, ZEST_WRONG_TYPE, "has %d dimensions; it must have one", view.ndim);
    } else if (is_signed_of(&view, is_small ? 4 : 8)) {
        size_t count = (size_t)(view.len / view.itemsize);
        if (set_array(reader, place, field, base, view.buf, count) && pin(reader, &view))
            return 1; /* the pin owns the view */
        taken = 0;
    } else if (is_small && is_signed_of(&view, 8)) {
        taken = narrow_int64(reader, place, field, &view, base);
    }
    PyBuffer_Release(&view);
    return taken;
}

/* An earlier result's own array, where it has the same type and nothing can free it during the call. */
static bool borrow_result(struct zest_py_reader *reader, const struct zest_py_place *place,
                          const struct zest_field *field, struct zest_py_result *result, char *base, bool *ret_is_good)
{
    const struct zest_field *main = result->operation->main;
    if (!main || !main->is_array || main->type != field->type || field->type > ZEST_FIELD_DOUBLE || place->outer ||
        field->has_minimum || field->has_maximum)
        return false;
    const void *data;
    size_t count;
    memcpy(&data, result->reply + main->offset, sizeof(data));
    memcpy(&count, result->reply + main->count_offset, sizeof(count));
    *ret_is_good = set_array(reader, place, field, base, data, count);
    return true;
}

bool zest_py_read_array(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, char *base)
{
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value))
        return read_items(reader, place, field, value, base);
    struct zest_py_result *result = zest_py_result_of(value);
    if (result) {
        bool is_good = false;
        if (!zest_py_result_settle(result))
            return false;
        if (borrow_result(reader, place, field, result, base, &is_good))
            return is_good;
        PyObject *main = zest_py_result_main(result);
        is_good = main && read_sequence(reader, place, field, main, base);
        Py_XDECREF(main);
        return is_good;
    }
    if (PyObject_CheckBuffer(value) && !PyBytes_Check(value) && !PyByteArray_Check(value)) {
        int taken = read_buffer(reader, place, field, value, base);
        if (taken >= 0)
            return taken == 1;
    }
    return read_sequence(reader, place, field, value, base);
}
