/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_stop.c - the StopIteration that ends an await.
 *
 * From 3.12 on the interpreter no longer asks an awaitable's am_send but calls its tp_iternext and takes the value out
 * of a StopIteration. Making one and letting it die costs more than the rest of an await, so one is kept and raised
 * again and again: the interpreter takes the value out and forgets it in the same bytecode. Its price is that it holds
 * the last value until the next await; it is meant for small ones (zest_py_result_is_light), and closing an environment
 * lets go of it. An exact StopIteration it is, because the interpreter looks for that type twice, along the bases.
 */
#include "zest_py.h"

PyObject *zest_py_stop_once(PyObject *value)
{
    PyObject *stop = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (stop) {
        PyErr_SetObject(PyExc_StopIteration, stop);
        Py_DECREF(stop);
    }
    return NULL;
}

#if PY_VERSION_HEX >= 0x030C0000

static PyStopIterationObject *kept;

/* Only next() by hand shows it to Python code, which may keep it, and leaves a traceback in it: then it is theirs. */
static inline bool is_ours(const PyStopIterationObject *stop)
{
    return stop && Py_REFCNT((PyObject *)stop) == 1 && !stop->traceback;
}

/* Apart, so that the usual way saves no registers for it. */
static __attribute__((noinline, cold)) PyObject *renew(PyObject *value)
{
    PyObject *made = PyObject_CallNoArgs(PyExc_StopIteration);
    if (!made)
        return NULL;
    Py_XSETREF(kept, (PyStopIterationObject *)made);
    return zest_py_stop(value);
}

PyObject *zest_py_stop(PyObject *value)
{
    PyStopIterationObject *stop = kept;
    if (__builtin_expect(!is_ours(stop), 0))
        return renew(value);
    PyObject *before = stop->value;
    stop->value = Py_NewRef(value);
    PyErr_SetRaisedException(Py_NewRef((PyObject *)stop));
    Py_XDECREF(before); /* last, because it may run anything; the exception is whole by now */
    return NULL;
}

void zest_py_stop_forget(void)
{
    if (is_ours(kept))
        Py_CLEAR(kept->value);
    else
        Py_CLEAR(kept);
}

#else

PyObject *zest_py_stop(PyObject *value)
{
    return zest_py_stop_once(value);
}

void zest_py_stop_forget(void)
{
}

#endif
