/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_result_data.c - what a result looks like from Python: a mapping of its fields, and a sequence of its main field.
 *
 * `result["ids"]` and `result.ids` are fields; `len(result)`, `for x in result`, `result[0]`, `numpy.asarray(result)`
 * and `result == [1, 2]` mean the field that the contract names as main. Values are made once, when first read.
 */
#include <stdlib.h>

#include "zest_py.h"

/* ---- fields ----------------------------------------------------------------------------------------------------- */

Py_ssize_t zest_py_result_find(const struct zest_py_operation *operation, PyObject *name)
{
    size_t count = operation->operation->reply->field_count;
    for (size_t i = 0; i < count; i++)
        if (operation->reply_names[i] == name)
            return (Py_ssize_t)i;
    if (!PyUnicode_CheckExact(name) || PyUnicode_CHECK_INTERNED(name))
        return -1; /* an interned name would have been found */
    for (size_t i = 0; i < count; i++)
        if (PyUnicode_Compare(operation->reply_names[i], name) == 0)
            return (Py_ssize_t)i;
    return -1;
}

PyObject *zest_py_result_field(struct zest_py_result *result, size_t index)
{
    const struct zest_object *reply = result->operation->operation->reply;
    if (reply->fields[index].type == ZEST_FIELD_TENSOR) /* it keeps the result, so the result must not keep it */
        return zest_py_value(&reply->fields[index], result->reply, (PyObject *)result);
    if (!result->values) {
        result->values = calloc(reply->field_count, sizeof(*result->values));
        if (!result->values)
            return PyErr_NoMemory();
        zest_py_result_track(result);
    }
    if (!result->values[index])
        result->values[index] = zest_py_value(&reply->fields[index], result->reply, (PyObject *)result);
    return Py_XNewRef(result->values[index]);
}

PyObject *zest_py_result_main(struct zest_py_result *result)
{
    const struct zest_operation *operation = result->operation->operation;
    if (result->operation->main)
        return zest_py_result_field(result, (size_t)(result->operation->main - operation->reply->fields));
    PyErr_Format(PyExc_TypeError, "the answer of %s.%s has no field that stands for the whole; name one of its fields",
                 operation->service, operation->name);
    return NULL;
}

PyObject *zest_py_result_names(struct zest_py_result *result)
{
    size_t count = result->operation->operation->reply->field_count;
    PyObject *names = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; names && i < count; i++)
        PyList_SET_ITEM(names, (Py_ssize_t)i, Py_NewRef(result->operation->reply_names[i]));
    return names;
}

PyObject *zest_py_result_dict(struct zest_py_result *result)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < result->operation->operation->reply->field_count; i++) {
        PyObject *value = zest_py_result_field(result, i);
        if (!value || PyDict_SetItem(dict, result->operation->reply_names[i], value) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

static struct zest_py_result *settled(PyObject *self)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    return result->state == ZEST_PY_READY || zest_py_result_settle(result) ? result : NULL;
}

/* ---- as a sequence and a mapping -------------------------------------------------------------------------------- */

static PyObject *missing_field(struct zest_py_result *result, PyObject *key)
{
    PyObject *names = zest_py_result_names(result);
    if (names)
        PyErr_Format(PyExc_KeyError, "%U.%U has no field %R; it has %R", result->operation->service_name,
                     result->operation->name, key, names);
    Py_XDECREF(names);
    return NULL;
}

PyObject *zest_py_result_subscript(PyObject *self, PyObject *key)
{
    struct zest_py_result *result = settled(self);
    if (!result)
        return NULL;
    if (PyUnicode_Check(key)) {
        Py_ssize_t index = zest_py_result_find(result->operation, key);
        return index >= 0 ? zest_py_result_field(result, (size_t)index) : missing_field(result, key);
    }
    PyObject *main = zest_py_result_main(result);
    PyObject *item = main ? PyObject_GetItem(main, key) : NULL;
    Py_XDECREF(main);
    return item;
}

static Py_ssize_t result_length(PyObject *self)
{
    struct zest_py_result *result = settled(self);
    if (!result)
        return -1;
    if (!result->operation->main)
        return (Py_ssize_t)result->operation->operation->reply->field_count;
    if (result->operation->main->is_array) {
        size_t count;
        memcpy(&count, result->reply + result->operation->main->count_offset, sizeof(count));
        return (Py_ssize_t)count;
    }
    PyObject *main = zest_py_result_main(result);
    Py_ssize_t length = main ? PyObject_Length(main) : -1;
    Py_XDECREF(main);
    return length;
}

static int result_contains(PyObject *self, PyObject *item)
{
    struct zest_py_result *result = settled(self);
    if (!result)
        return -1;
    if (PyUnicode_Check(item) && zest_py_result_find(result->operation, item) >= 0)
        return 1;
    if (!result->operation->main)
        return 0;
    PyObject *main = zest_py_result_main(result);
    int contains = main ? PySequence_Contains(main, item) : -1;
    Py_XDECREF(main);
    return contains;
}

PyObject *zest_py_result_iter(PyObject *self)
{
    struct zest_py_result *result = settled(self);
    if (!result)
        return NULL;
    PyObject *items = result->operation->main ? zest_py_result_main(result) : zest_py_result_names(result);
    PyObject *iterator = items ? PyObject_GetIter(items) : NULL;
    Py_XDECREF(items);
    return iterator;
}

PySequenceMethods zest_py_result_as_sequence = {.sq_length = result_length, .sq_contains = result_contains};
PyMappingMethods zest_py_result_as_mapping = {.mp_length = result_length, .mp_subscript = zest_py_result_subscript};

/* ---- as a buffer ------------------------------------------------------------------------------------------------ */

static int numbers_getbuffer(struct zest_py_result *result, const struct zest_field *field, Py_buffer *view, int flags)
{
    static const char *const formats[] = {[ZEST_FIELD_INT32] = "i",
                                          [ZEST_FIELD_INT64] = "q",
                                          [ZEST_FIELD_UINT64] = "Q",
                                          [ZEST_FIELD_FLOAT] = "f",
                                          [ZEST_FIELD_DOUBLE] = "d"};
    size_t count, size = zest_py_item_size(field);
    void *items;
    memcpy(&items, result->reply + field->offset, sizeof(items));
    memcpy(&count, result->reply + field->count_offset, sizeof(count));
    if (PyBuffer_FillInfo(view, (PyObject *)result, items ? items : result->reply, (Py_ssize_t)(count * size), 0,
                          flags) != 0)
        return -1;
    view->itemsize = (Py_ssize_t)size;
    if (flags & PyBUF_FORMAT)
        view->format = (char *)formats[field->type];
    if (flags & PyBUF_ND) {
        view->internal = PyMem_Malloc(sizeof(Py_ssize_t));
        if (!view->internal) {
            PyBuffer_Release(view);
            PyErr_NoMemory();
            return -1;
        }
        *(Py_ssize_t *)view->internal = (Py_ssize_t)count;
        view->shape = view->internal;
    }
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
        view->strides = &view->itemsize;
    return 0;
}

static int result_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    struct zest_py_result *result = settled(self);
    view->obj = NULL;
    if (!result)
        return -1;
    const struct zest_field *main = result->operation->main;
    if (main && main->is_array && main->type >= ZEST_FIELD_INT32 && main->type <= ZEST_FIELD_DOUBLE)
        return numbers_getbuffer(result, main, view, flags);
    if (main && main->type == ZEST_FIELD_TENSOR) {
        PyObject *tensor = zest_py_result_main(result);
        int status = tensor ? PyObject_GetBuffer(tensor, view, flags) : -1;
        Py_XDECREF(tensor);
        return status;
    }
    PyErr_Format(PyExc_BufferError, "the answer of %U.%U holds no array of numbers", result->operation->service_name,
                 result->operation->name);
    return -1;
}

static void result_releasebuffer(PyObject *self, Py_buffer *view)
{
    PyMem_Free(view->internal);
}

PyBufferProcs zest_py_result_as_buffer = {.bf_getbuffer = result_getbuffer, .bf_releasebuffer = result_releasebuffer};

/* ---- comparing and showing -------------------------------------------------------------------------------------- */

/* What a result compares as: beside a mapping its fields, beside anything else its main field. */
static PyObject *comparable(PyObject *object, bool wants_dict)
{
    struct zest_py_result *result = zest_py_result_of(object);
    if (!result)
        return Py_NewRef(object);
    if (!zest_py_result_settle(result))
        return NULL;
    return wants_dict || !result->operation->main ? zest_py_result_dict(result) : zest_py_result_main(result);
}

PyObject *zest_py_result_compare(PyObject *self, PyObject *other, int op)
{
    if (op != Py_EQ && op != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (self == other)
        return PyBool_FromLong(op == Py_EQ);
    bool wants_dict = PyDict_Check(other);
    PyObject *left = comparable(self, wants_dict), *right = left ? comparable(other, wants_dict) : NULL;
    PyObject *answer = right ? PyObject_RichCompare(left, right, op) : NULL;
    Py_XDECREF(left);
    Py_XDECREF(right);
    return answer;
}

PyObject *zest_py_present(const char *function, PyObject *object)
{
    PyObject *module = PyImport_ImportModule("zest._present");
    PyObject *text = module ? PyObject_CallMethod(module, function, "O", object) : NULL;
    Py_XDECREF(module);
    return text;
}

PyObject *zest_py_result_repr(PyObject *self)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    if (result->state == ZEST_PY_PENDING)
        return PyUnicode_FromFormat("<%U.%U, not awaited yet>", result->operation->service_name,
                                    result->operation->name);
    if (result->state == ZEST_PY_FAILED)
        return PyUnicode_FromFormat("<%U.%U failed: %s>", result->operation->service_name, result->operation->name,
                                    result->error ? result->error->message : "await it for its error");
    return zest_py_present("show_result", self);
}

PyObject *zest_py_result_str(PyObject *self)
{
    struct zest_py_result *result = zest_py_result_of(self);
    const struct zest_field *main = result->operation->main;
    if (result->state == ZEST_PY_READY && main && main->type == ZEST_FIELD_STRING && !main->is_array)
        return zest_py_result_main(result);
    return PyObject_Repr(self);
}

/* ---- methods ---------------------------------------------------------------------------------------------------- */

static PyObject *result_keys(PyObject *self, PyObject *none)
{
    struct zest_py_result *result = settled(self);
    return result ? zest_py_result_names(result) : NULL;
}

static PyObject *result_to_dict(PyObject *self, PyObject *none)
{
    struct zest_py_result *result = settled(self);
    return result ? zest_py_result_dict(result) : NULL;
}

static PyObject *result_items(PyObject *self, PyObject *none)
{
    PyObject *dict = result_to_dict(self, NULL);
    PyObject *items = dict ? PyDict_Items(dict) : NULL;
    Py_XDECREF(dict);
    return items;
}

static PyObject *result_values(PyObject *self, PyObject *none)
{
    PyObject *dict = result_to_dict(self, NULL);
    PyObject *values = dict ? PyDict_Values(dict) : NULL;
    Py_XDECREF(dict);
    return values;
}

static PyObject *result_get(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    struct zest_py_result *result = settled(self);
    if (!result)
        return NULL;
    if (count < 1 || count > 2)
        return PyErr_Format(PyExc_TypeError, "get() takes a field's name and a default");
    Py_ssize_t index = zest_py_result_find(result->operation, args[0]);
    return index >= 0 ? zest_py_result_field(result, (size_t)index) : Py_NewRef(count > 1 ? args[1] : Py_None);
}

static PyObject *result_dir(PyObject *self, PyObject *none)
{
    PyObject *names = PyObject_Dir((PyObject *)Py_TYPE(self));
    PyObject *fields = names ? zest_py_result_names(zest_py_result_of(self)) : NULL;
    PyObject *all = fields ? PySequence_Concat(names, fields) : NULL;
    Py_XDECREF(names);
    Py_XDECREF(fields);
    return all;
}

PyMethodDef zest_py_result_methods[] = {
    {"keys", result_keys, METH_NOARGS, "The names of the fields."},
    {"values", result_values, METH_NOARGS, "The values of the fields."},
    {"items", result_items, METH_NOARGS, "Pairs of name and value."},
    {"get", (PyCFunction)(void (*)(void))result_get, METH_FASTCALL, "get(name, default=None): a field."},
    {"to_dict", result_to_dict, METH_NOARGS, "The fields as a dict."},
    {"send", zest_py_result_send, METH_O, "One step of awaiting; for event loops."},
    {"throw", (PyCFunction)(void (*)(void))zest_py_result_throw_method, METH_FASTCALL,
     "Raises into the await; for event loops."},
    {"close", zest_py_result_close, METH_NOARGS, "Stops waiting."},
    {"__dir__", result_dir, METH_NOARGS, NULL},
    {0},
};
