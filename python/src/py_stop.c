/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_stop.c - the StopIteration that ends an await.
 *
 * From 3.12 on the interpreter no longer asks an awaitable's am_send but calls its tp_iternext and takes the value out
 * of a StopIteration. Making one the usual way costs five times what the await does, so there is a subclass whose dead
 * instances go to a free list: taking one, giving it its value and letting it die again costs little.
 */
#include "zest_py.h"

#if PY_VERSION_HEX >= 0x030C0000

enum { FREE_MAX = 8 };
static PyStopIterationObject *free_list[FREE_MAX];
static size_t free_count;
static PyObject *no_args;

/* Clears what the interpreter may have put in (traceback, context), then keeps or frees the memory. */
static void stop_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TYPE(self)->tp_base->tp_clear(self);
    if (free_count < FREE_MAX)
        free_list[free_count++] = (PyStopIterationObject *)self;
    else
        PyObject_GC_Del(self);
}

static PyTypeObject stop_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.StopIteration",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = stop_dealloc,
};

bool zest_py_stop_ready(void)
{
    PyTypeObject *base = (PyTypeObject *)PyExc_StopIteration;
    stop_type.tp_base = base;
    stop_type.tp_basicsize = base->tp_basicsize;
    stop_type.tp_dictoffset = base->tp_dictoffset;
    stop_type.tp_traverse = base->tp_traverse;
    stop_type.tp_clear = base->tp_clear;
    no_args = PyTuple_New(0);
    return no_args && PyType_Ready(&stop_type) == 0;
}

PyObject *zest_py_stop(PyObject *value)
{
    PyStopIterationObject *stop;
    if (free_count > 0) {
        stop = free_list[--free_count];
        Py_SET_REFCNT((PyObject *)stop, 1);
        stop->args = Py_NewRef(no_args);
        stop->suppress_context = 0;
        PyObject_GC_Track(stop);
    } else {
        stop = (PyStopIterationObject *)stop_type.tp_base->tp_new(&stop_type, no_args, NULL);
        if (!stop)
            return NULL;
    }
    Py_XSETREF(stop->value, Py_NewRef(value));
    PyErr_SetRaisedException((PyObject *)stop);
    return NULL;
}

#else

bool zest_py_stop_ready(void)
{
    return true;
}

PyObject *zest_py_stop(PyObject *value)
{
    PyObject *stop = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (stop) {
        PyErr_SetObject(PyExc_StopIteration, stop);
        Py_DECREF(stop);
    }
    return NULL;
}

#endif
