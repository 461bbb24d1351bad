/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_value.c - fields of C structs as Python values: made when somebody reads them.
 *
 * Objects of the contract become Records (dicts whose fields are attributes too). A tensor becomes a numpy array that
 * shows the reply's own memory and keeps its owner; without numpy it stays a zest tensor, a buffer with a shape.
 */
#include "zest_py.h"

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

struct tensor {
    PyObject_HEAD PyObject *owner;
    struct zest_tensor tensor;
    Py_ssize_t shape[ZEST_TENSOR_RANK_MAX], strides[ZEST_TENSOR_RANK_MAX];
};

static void tensor_dealloc(PyObject *self)
{
    Py_XDECREF(((struct tensor *)self)->owner);
    PyObject_Free(self);
}

static int tensor_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    struct tensor *tensor = (struct tensor *)self;
    Py_ssize_t count = 1;
    for (uint32_t i = 0; i < tensor->tensor.rank; i++)
        count *= tensor->shape[i];
    *view = (Py_buffer){
        .buf = (void *)tensor->tensor.data,
        .obj = Py_NewRef(self),
        .len = count * 4,
        .itemsize = 4,
        .ndim = (int)tensor->tensor.rank,
        .format = flags & PyBUF_FORMAT ? (tensor->tensor.dtype == ZEST_DTYPE_F32 ? (char *)"f" : (char *)"i") : NULL,
        .shape = flags & PyBUF_ND ? tensor->shape : NULL,
        .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? tensor->strides : NULL,
    };
    return 0;
}

static PyObject *tensor_shape(PyObject *self, void *closure)
{
    struct tensor *tensor = (struct tensor *)self;
    PyObject *shape = PyTuple_New((Py_ssize_t)tensor->tensor.rank);
    for (uint32_t i = 0; shape && i < tensor->tensor.rank; i++)
        PyTuple_SET_ITEM(shape, i, PyLong_FromSsize_t(tensor->shape[i]));
    return shape;
}

static PyObject *tensor_tolist(PyObject *self, PyObject *none)
{
    PyObject *view = PyMemoryView_FromObject(self);
    PyObject *list = view ? PyObject_CallMethod(view, "tolist", NULL) : NULL;
    Py_XDECREF(view);
    return list;
}

static PyBufferProcs tensor_as_buffer = {.bf_getbuffer = tensor_getbuffer};
static PyGetSetDef tensor_getset[] = {{"shape", tensor_shape, NULL, "Sizes of the dimensions.", NULL}, {0}};
static PyMethodDef tensor_methods[] = {{"tolist", tensor_tolist, METH_NOARGS, "Nested lists of the numbers."}, {0}};

PyTypeObject zest_py_tensor_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Tensor",
    .tp_basicsize = sizeof(struct tensor),
    .tp_dealloc = tensor_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Numbers with a shape, in the reply's own memory; numpy.asarray(tensor) copies nothing.",
    .tp_as_buffer = &tensor_as_buffer,
    .tp_getset = tensor_getset,
    .tp_methods = tensor_methods,
};

static PyObject *asarray(void)
{
    PyObject *numpy = PyImport_ImportModule("numpy"); /* sys.modules' after the first time */
    PyObject *function = numpy ? PyObject_GetAttrString(numpy, "asarray") : NULL;
    Py_XDECREF(numpy);
    return function;
}

static PyObject *tensor_value(const struct zest_tensor *tensor, PyObject *owner)
{
    struct tensor *made = PyObject_New(struct tensor, &zest_py_tensor_type);
    if (!made)
        return NULL;
    made->owner = Py_NewRef(owner);
    made->tensor = *tensor;
    Py_ssize_t stride = 4;
    for (uint32_t i = tensor->rank; i-- > 0; stride *= made->shape[i]) {
        made->shape[i] = (Py_ssize_t)tensor->shape[i];
        made->strides[i] = stride;
    }
    PyObject *function = asarray();
    if (!function) {
        if (!PyErr_ExceptionMatches(PyExc_ImportError)) {
            Py_DECREF(made);
            return NULL;
        }
        PyErr_Clear();
        return (PyObject *)made;
    }
    PyObject *array = PyObject_CallOneArg(function, (PyObject *)made);
    Py_DECREF(function);
    Py_DECREF(made);
    return array;
}

/* ---- everything else -------------------------------------------------------------------------------------------- */

static PyObject *text_value(const struct zest_text *text)
{
    return PyUnicode_DecodeUTF8(text->size ? text->data : "", (Py_ssize_t)text->size, "replace");
}

static PyObject *json_value(const struct zest_text *text)
{
    if (!text->size)
        Py_RETURN_NONE;
    PyObject *json = text_value(text);
    PyObject *value = json ? PyObject_CallOneArg(zest_py.json_loads, json) : NULL;
    Py_XDECREF(json);
    return value;
}

static PyObject *object_value(const struct zest_object *object, const char *base, PyObject *owner)
{
    PyObject *record = PyObject_CallNoArgs(zest_py.record);
    for (size_t i = 0; record && i < object->field_count; i++) {
        PyObject *value = zest_py_value(&object->fields[i], base, owner);
        if (!value || PyDict_SetItemString(record, object->fields[i].name, value) != 0)
            Py_CLEAR(record);
        Py_XDECREF(value);
    }
    return record;
}

static PyObject *enum_value(const struct zest_field *field, int value)
{
    bool is_known = value >= 0 && (size_t)value < field->enum_count;
    return PyUnicode_InternFromString(is_known ? field->enum_names[value] : "?");
}

static PyObject *item_value(const struct zest_field *field, const char *at, PyObject *owner)
{
    const void *item = at;
    switch (field->type) {
    case ZEST_FIELD_BOOL:
        return PyBool_FromLong(*(const bool *)item);
    case ZEST_FIELD_INT32:
        return PyLong_FromLong(*(const int32_t *)item);
    case ZEST_FIELD_INT64:
        return PyLong_FromLongLong(*(const int64_t *)item);
    case ZEST_FIELD_UINT64:
        return PyLong_FromUnsignedLongLong(*(const uint64_t *)item);
    case ZEST_FIELD_FLOAT:
        return PyFloat_FromDouble((double)*(const float *)item);
    case ZEST_FIELD_DOUBLE:
        return PyFloat_FromDouble(*(const double *)item);
    case ZEST_FIELD_STRING:
        return text_value(item);
    case ZEST_FIELD_BYTES:
        return PyBytes_FromStringAndSize(((const struct zest_text *)item)->data,
                                         (Py_ssize_t)((const struct zest_text *)item)->size);
    case ZEST_FIELD_ENUM:
        return enum_value(field, *(const int *)item);
    case ZEST_FIELD_OBJECT:
        return object_value(field->object, at, owner);
    case ZEST_FIELD_JSON:
        return json_value(item);
    case ZEST_FIELD_TENSOR:
        return tensor_value(item, owner);
    }
    Py_UNREACHABLE();
}

PyObject *zest_py_value(const struct zest_field *field, const void *base, PyObject *owner)
{
    const char *at = (const char *)base + field->offset;
    if (!field->is_array)
        return item_value(field, at, owner);
    const char *items;
    size_t count, size = zest_py_item_size(field);
    memcpy(&items, at, sizeof(items));
    memcpy(&count, (const char *)base + field->count_offset, sizeof(count));
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *item = item_value(field, items + i * size, owner);
        if (item)
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
        else
            Py_CLEAR(list);
    }
    return list;
}
