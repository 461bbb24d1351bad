/* SPDX-License-Identifier: Apache-2.0 */
/* py_error.c - C errors as Python exceptions (the classes are in zest.errors), and waking futures. */
#include "zest_py.h"

PyObject *zest_py_raise(const struct zest_error *error, const struct zest_py_operation *operation)
{
    const char *service = operation ? operation->operation->service : "",
               *name = operation ? operation->operation->name : "";
    PyObject *message = PyUnicode_DecodeUTF8(error->message, (Py_ssize_t)strlen(error->message), "replace");
    PyObject *param = message ? PyUnicode_DecodeUTF8(error->param, (Py_ssize_t)strlen(error->param), "replace") : NULL;
    PyObject *exception = param ? PyObject_CallFunction(zest_py.make_error, "sOOss", zest_status_name(error->code),
                                                        message, param, service, name)
                                : NULL;
    Py_XDECREF(message);
    Py_XDECREF(param);
    if (exception) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
    }
    return NULL;
}

void zest_py_wake(PyObject *loop, PyObject *future)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = PyObject_CallMethodObjArgs(loop, zest_py.string_call_soon_threadsafe, zest_py.wake, future, NULL);
    if (!done)
        PyErr_Clear(); /* the loop is closed: nobody waits */
    Py_XDECREF(done);
    PyErr_Restore(type, value, traceback);
}
