/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_envelope.c - research mode's answer: {"data": …, "metadata": …} round a result.
 *
 * The metadata's dict is made when somebody reads it (py_metadata.c). In every other respect an envelope stands for its
 * data: it iterates, indexes, compares and awaits as the result inside, so that one script runs in every mode.
 */
#include "zest_py.h"

struct envelope {
    PyObject_HEAD struct zest_py_result *result; /* strong */
    PyObject *mode;                              /* strong; not the service, which would keep the model open */
    PyObject *metadata;                          /* NULL until read */
    bool is_tracked;                             /* by the garbage collector: as soon as somebody looks into it */
};

enum { FREE_MAX = 64 };
static struct envelope *free_list[FREE_MAX];
static size_t free_count;

PyObject *zest_py_envelope_new(struct zest_py_result *result, const struct zest_py_service *service)
{
    struct envelope *envelope;
    if (!result)
        return NULL;
    if (free_count > 0) {
        envelope = free_list[--free_count];
        Py_SET_REFCNT((PyObject *)envelope, 1);
    } else {
        envelope = PyObject_GC_New(struct envelope, &zest_py_envelope_type);
        if (!envelope) {
            Py_DECREF(result);
            return NULL;
        }
    }
    envelope->result = result;
    envelope->mode = Py_NewRef(service->mode);
    envelope->metadata = NULL;
    envelope->is_tracked = false;
    return (PyObject *)envelope;
}

/* The result inside, for a reader who may make it part of a cycle. */
static struct zest_py_result *open_envelope(PyObject *self)
{
    struct envelope *envelope = (struct envelope *)self;
    if (!envelope->is_tracked) {
        envelope->is_tracked = true;
        PyObject_GC_Track(self);
    }
    return envelope->result;
}

struct zest_py_result *zest_py_envelope_result(PyObject *envelope)
{
    return ((struct envelope *)envelope)->result;
}

struct zest_py_result *zest_py_result_of(PyObject *object)
{
    if (zest_py_is_result(object))
        return (struct zest_py_result *)object;
    return Py_TYPE(object) == &zest_py_envelope_type ? ((struct envelope *)object)->result : NULL;
}

static int envelope_traverse(PyObject *self, visitproc visit, void *arg)
{
    struct envelope *envelope = (struct envelope *)self;
    Py_VISIT(envelope->result);
    Py_VISIT(envelope->metadata);
    return 0;
}

/* The result stays: methods rely on it, and it clears itself; so does the dict. */
static int envelope_clear(PyObject *self)
{
    return 0;
}

static void envelope_dealloc(PyObject *self)
{
    struct envelope *envelope = (struct envelope *)self;
    if (envelope->is_tracked)
        PyObject_GC_UnTrack(self);
    Py_XDECREF(envelope->metadata);
    Py_DECREF(envelope->result);
    Py_DECREF(envelope->mode);
    if (free_count < FREE_MAX)
        free_list[free_count++] = envelope;
    else
        PyObject_GC_Del(self);
}

/* ---- data and metadata ------------------------------------------------------------------------------------------ */

static PyObject *get_data(PyObject *self, void *closure)
{
    struct zest_py_result *result = open_envelope(self);
    return zest_py_result_settle(result) ? Py_NewRef((PyObject *)result) : NULL;
}

static PyObject *get_metadata(PyObject *self, void *closure)
{
    struct envelope *envelope = (struct envelope *)self;
    if (!zest_py_result_settle(envelope->result))
        return NULL;
    if (!envelope->metadata) {
        open_envelope(self);
        envelope->metadata = zest_py_metadata(envelope->result, envelope->mode);
    }
    return Py_XNewRef(envelope->metadata);
}

static PyObject *envelope_subscript(PyObject *self, PyObject *key)
{
    if (key == zest_py.string_data)
        return get_data(self, NULL);
    if (key == zest_py.string_metadata)
        return get_metadata(self, NULL);
    if (PyUnicode_Check(key) && PyUnicode_Compare(key, zest_py.string_data) == 0)
        return get_data(self, NULL);
    if (PyUnicode_Check(key) && PyUnicode_Compare(key, zest_py.string_metadata) == 0)
        return get_metadata(self, NULL);
    return zest_py_result_subscript((PyObject *)open_envelope(self), key);
}

static PyObject *envelope_getattro(PyObject *self, PyObject *name)
{
    struct zest_py_result *result = ((struct envelope *)self)->result;
    Py_ssize_t index = zest_py_result_find(result->operation, name);
    if (index < 0)
        return PyObject_GenericGetAttr(self, name);
    open_envelope(self);
    return zest_py_result_settle(result) ? zest_py_result_field(result, (size_t)index) : NULL;
}

static Py_ssize_t envelope_length(PyObject *self)
{
    return zest_py_result_as_mapping.mp_length((PyObject *)((struct envelope *)self)->result);
}

static int envelope_contains(PyObject *self, PyObject *item)
{
    if (PyUnicode_Check(item) &&
        (PyUnicode_Compare(item, zest_py.string_data) == 0 || PyUnicode_Compare(item, zest_py.string_metadata) == 0))
        return 1;
    return zest_py_result_as_sequence.sq_contains((PyObject *)((struct envelope *)self)->result, item);
}

static PyObject *envelope_iter(PyObject *self)
{
    return zest_py_result_iter((PyObject *)open_envelope(self));
}

static int envelope_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    view->obj = NULL;
    return PyObject_GetBuffer((PyObject *)((struct envelope *)self)->result, view, flags);
}

static PyObject *envelope_keys(PyObject *self, PyObject *none)
{
    return Py_BuildValue("[OO]", zest_py.string_data, zest_py.string_metadata);
}

static PyObject *envelope_values(PyObject *self, PyObject *none)
{
    PyObject *data = get_data(self, NULL), *metadata = data ? get_metadata(self, NULL) : NULL;
    PyObject *values = metadata ? PyList_New(2) : NULL;
    if (!values) {
        Py_XDECREF(data);
        Py_XDECREF(metadata);
        return NULL;
    }
    PyList_SET_ITEM(values, 0, data);
    PyList_SET_ITEM(values, 1, metadata);
    return values;
}

static PyObject *envelope_to_dict(PyObject *self, PyObject *none)
{
    struct zest_py_result *result = ((struct envelope *)self)->result;
    PyObject *metadata = get_metadata(self, NULL);
    PyObject *data = metadata ? zest_py_result_dict(result) : NULL;
    PyObject *dict =
        data ? Py_BuildValue("{OOOO}", zest_py.string_data, data, zest_py.string_metadata, metadata) : NULL;
    Py_XDECREF(metadata);
    Py_XDECREF(data);
    return dict;
}

static PyObject *envelope_items(PyObject *self, PyObject *none)
{
    PyObject *values = envelope_values(self, NULL);
    PyObject *items = values ? Py_BuildValue("[(OO)(OO)]", zest_py.string_data, PyList_GET_ITEM(values, 0),
                                             zest_py.string_metadata, PyList_GET_ITEM(values, 1))
                             : NULL;
    Py_XDECREF(values);
    return items;
}

static PyObject *envelope_get(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count < 1 || count > 2)
        return PyErr_Format(PyExc_TypeError, "get() takes a field's name and a default");
    PyObject *value = envelope_subscript(self, args[0]);
    if (value || !PyErr_ExceptionMatches(PyExc_KeyError))
        return value;
    PyErr_Clear();
    return Py_NewRef(count > 1 ? args[1] : Py_None);
}

static PyObject *envelope_dir(PyObject *self, PyObject *none)
{
    PyObject *names = PyObject_Dir((PyObject *)Py_TYPE(self));
    PyObject *fields = names ? zest_py_result_names(((struct envelope *)self)->result) : NULL;
    PyObject *all = fields ? PySequence_Concat(names, fields) : NULL;
    Py_XDECREF(names);
    Py_XDECREF(fields);
    return all;
}

static PyObject *envelope_repr(PyObject *self)
{
    struct zest_py_result *result = ((struct envelope *)self)->result;
    if (result->state != ZEST_PY_READY)
        return zest_py_result_repr((PyObject *)result);
    return zest_py_present("show_envelope", self);
}

/* ---- awaiting --------------------------------------------------------------------------------------------------- */

static PyObject *envelope_await(PyObject *self)
{
    if (__builtin_expect(((struct envelope *)self)->result->waiter != NULL, 0)) {
        PyErr_SetString(PyExc_RuntimeError, "this call is being awaited already");
        return NULL;
    }
    return Py_NewRef(self);
}

static PySendResult envelope_am_send(PyObject *self, PyObject *value, PyObject **ret_result)
{
    PySendResult sent = zest_py_result_step(((struct envelope *)self)->result, ret_result);
    if (sent == PYGEN_RETURN)
        *ret_result = Py_NewRef(self);
    return sent;
}

static PyObject *envelope_next(PyObject *self)
{
    const struct envelope *envelope = (struct envelope *)self;
    PyObject *yielded = NULL;
    PySendResult sent = zest_py_result_step(envelope->result, &yielded);
    if (sent != PYGEN_RETURN)
        return yielded;
    bool is_light = !envelope->is_tracked && zest_py_result_is_light(envelope->result);
    return is_light ? zest_py_stop(self) : zest_py_stop_once(self);
}

static PyObject *envelope_send(PyObject *self, PyObject *value)
{
    PyObject *yielded = NULL;
    PySendResult sent = zest_py_result_step(((struct envelope *)self)->result, &yielded);
    return sent == PYGEN_RETURN ? zest_py_stop_once(self) : yielded;
}

static PyObject *envelope_throw(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return zest_py_result_throw(((struct envelope *)self)->result, args, count);
}

static PyObject *envelope_close(PyObject *self, PyObject *none)
{
    zest_py_result_abandon(((struct envelope *)self)->result);
    Py_RETURN_NONE;
}

static Py_hash_t envelope_hash(PyObject *self)
{
    return (Py_hash_t)((uintptr_t)self >> 4);
}

static PyMethodDef methods[] = {
    {"keys", envelope_keys, METH_NOARGS, "data and metadata."},
    {"values", envelope_values, METH_NOARGS, "The data and the metadata."},
    {"items", envelope_items, METH_NOARGS, "Pairs of name and value."},
    {"get", (PyCFunction)(void (*)(void))envelope_get, METH_FASTCALL,
     "get(name, default=None): data, metadata or a field."},
    {"to_dict", envelope_to_dict, METH_NOARGS, "Data and metadata as plain dicts."},
    {"send", envelope_send, METH_O, "One step of awaiting; for event loops."},
    {"throw", (PyCFunction)(void (*)(void))envelope_throw, METH_FASTCALL, "Raises into the await; for event loops."},
    {"close", envelope_close, METH_NOARGS, "Stops waiting."},
    {"__dir__", envelope_dir, METH_NOARGS, NULL},
    {0},
};
static PyGetSetDef getset[] = {
    {"data", get_data, NULL, "What the service answered.", NULL},
    {"metadata", get_metadata, NULL, "Who answered, in which mode, in what time and why.", NULL},
    {0},
};
static PyAsyncMethods as_async = {.am_await = envelope_await, .am_send = envelope_am_send};
static PySequenceMethods as_sequence = {.sq_length = envelope_length, .sq_contains = envelope_contains};
static PyMappingMethods as_mapping = {.mp_length = envelope_length, .mp_subscript = envelope_subscript};
static PyBufferProcs as_buffer = {.bf_getbuffer = envelope_getbuffer};

PyTypeObject zest_py_envelope_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Envelope",
    .tp_basicsize = sizeof(struct envelope),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc =
        "Research mode's answer: envelope[\"data\"] and envelope[\"metadata\"]; stands for its data everywhere else.",
    .tp_dealloc = envelope_dealloc,
    .tp_traverse = envelope_traverse,
    .tp_clear = envelope_clear,
    .tp_getattro = envelope_getattro,
    .tp_hash = envelope_hash,
    .tp_richcompare = zest_py_result_compare,
    .tp_iter = envelope_iter,
    .tp_iternext = envelope_next,
    .tp_repr = envelope_repr,
    .tp_str = zest_py_result_str,
    .tp_as_async = &as_async,
    .tp_as_sequence = &as_sequence,
    .tp_as_mapping = &as_mapping,
    .tp_as_buffer = &as_buffer,
    .tp_methods = methods,
    .tp_getset = getset,
};

bool zest_py_envelope_ready(void)
{
    return PyType_Ready(&zest_py_envelope_type) == 0;
}
