/* SPDX-License-Identifier: Apache-2.0 */
/* py_given.c - an awaitable whose value is there already: what aclose() and `async with` give. */
#include "zest_py.h"

struct given {
    PyObject_HEAD PyObject *value;
};

PyObject *zest_py_given_new(PyObject *value)
{
    struct given *given = PyObject_New(struct given, &zest_py_given_type);
    if (given)
        given->value = Py_NewRef(value);
    return (PyObject *)given;
}

static void given_dealloc(PyObject *self)
{
    Py_DECREF(((struct given *)self)->value);
    PyObject_Free(self);
}

static PySendResult given_am_send(PyObject *self, PyObject *value, PyObject **ret_value)
{
    *ret_value = Py_NewRef(((struct given *)self)->value);
    return PYGEN_RETURN;
}

static PyObject *given_next(PyObject *self)
{
    return zest_py_stop_once(((struct given *)self)->value);
}

static PyAsyncMethods as_async = {.am_await = PyObject_SelfIter, .am_send = given_am_send};

PyTypeObject zest_py_given_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Given",
    .tp_basicsize = sizeof(struct given),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = given_dealloc,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = given_next,
    .tp_as_async = &as_async,
};
