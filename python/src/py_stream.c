/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_stream.c - streams of a service as iterators: `async for` on an event loop, plain `for` under env.sync.
 *
 * Items are pulled on the reader's own thread. Where there is none yet, the native stream wakes an eventfd that the
 * loop watches: the engine's thread never takes the GIL, and no thread waits. Ending or closing a stream closes the
 * native one, which cancels the work behind it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "zest_py.h"

struct zest_py_stream {
    PyObject_HEAD const struct zest_py_operation *operation;
    struct zest_py_service *service; /* strong */
    struct zest_py_core *core;       /* entered */
    struct zest_stream *stream;      /* owned; NULL when it has ended */
    struct zest_error *error;        /* why it could not be opened; raised at the first item */
    struct zest_arena arena;         /* of the opening call */
    PyObject *held;                  /* what its request points into */
    struct zest_py_pin *pins;
    PyObject *loop, *future; /* who waits; NULL: nobody */
    PyObject *relay;         /* a capsule that the loop's callback finds this stream by */
    int event;               /* eventfd, -1 before the first wait */
    bool is_blocked;         /* a thread waits in it without the GIL */
    bool is_closing;
    uint64_t opened, number;
};

static bool is_research(const struct zest_py_stream *self)
{
    return PyUnicode_CompareWithASCIIString(self->service->mode, "production") != 0;
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

static void unwatch(struct zest_py_stream *self)
{
    if (!self->loop)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = PyObject_CallMethod(self->loop, "remove_reader", "i", self->event);
    if (!done)
        PyErr_Clear(); /* the loop is closed */
    Py_XDECREF(done);
    Py_CLEAR(self->loop);
    PyErr_Restore(type, value, traceback);
}

static void wake_future(struct zest_py_stream *self)
{
    PyObject *future = self->future;
    self->future = NULL;
    if (!future)
        return;
    PyObject *done = PyObject_CallOneArg(zest_py.wake, future);
    if (!done)
        PyErr_Clear();
    Py_XDECREF(done);
    Py_DECREF(future);
}

static void end(struct zest_py_stream *self)
{
    if (self->is_blocked) {
        self->is_closing = true; /* the thread that waits does it */
        return;
    }
    if (self->stream) {
        struct zest_stream *stream = self->stream;
        self->stream = NULL;
        PyThreadState *state = PyEval_SaveThread();
        stream->ops->close(stream); /* from here on nothing wakes the eventfd */
        PyEval_RestoreThread(state);
    }
    unwatch(self);
    if (self->event >= 0)
        close(self->event);
    self->event = -1;
    wake_future(self);
}

static int stream_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct zest_py_stream *self = (struct zest_py_stream *)object;
    Py_VISIT(self->held);
    Py_VISIT(self->loop);
    Py_VISIT(self->future);
    return 0;
}

static int stream_clear(PyObject *object)
{
    struct zest_py_stream *self = (struct zest_py_stream *)object;
    end(self);
    Py_CLEAR(self->future);
    return 0;
}

static void stream_dealloc(PyObject *object)
{
    struct zest_py_stream *self = (struct zest_py_stream *)object;
    PyObject_GC_UnTrack(object);
    end(self);
    if (self->relay)
        PyCapsule_SetContext(self->relay, self); /* says: gone */
    Py_XDECREF(self->relay);
    Py_XDECREF(self->future);
    zest_py_release_pins(self->pins);
    Py_XDECREF(self->held);
    zest_arena_finish(&self->arena);
    free(self->error);
    Py_DECREF(self->service);
    zest_py_core_leave(self->core);
    PyObject_GC_Del(object);
}

/* ---- items ------------------------------------------------------------------------------------------------------ */

void zest_py_stream_detach(struct zest_py_result *result)
{
    PyObject *stream = (PyObject *)result->stream;
    result->stream = NULL;
    Py_DECREF(stream);
}

static void finish_item(struct zest_py_result *result, const struct zest_error *error)
{
    zest_py_result_fail(result, error);
    result->is_noticed = true;
}

static void take_item(struct zest_py_stream *self, struct zest_py_result *result)
{
    if (!self->stream) {
        PyErr_SetNone(PyExc_StopAsyncIteration);
        finish_item(result, NULL);
        return;
    }
    struct zest_call call = {.arena = &result->arena};
    enum zest_status status = self->stream->ops->next(self->stream, &call, result->reply);
    if (status == ZEST_AGAIN)
        return;
    if (status == ZEST_OK) {
        result->state = ZEST_PY_READY;
        result->start = self->opened;
        result->ticks = zest_ticks() - self->opened;
        result->number = self->number;
        result->implementation = NULL;
        return;
    }
    end(self);
    if (status == ZEST_END)
        PyErr_SetNone(PyExc_StopAsyncIteration);
    finish_item(result, &call.error);
}

bool zest_py_stream_poll(struct zest_py_result *result)
{
    struct zest_py_stream *self = result->stream;
    if (self->is_blocked) {
        PyErr_SetString(PyExc_RuntimeError, "this stream is being read by another thread");
        finish_item(result, NULL);
    } else if (self->error) {
        finish_item(result, self->error);
        free(self->error);
        self->error = NULL;
    } else {
        take_item(self, result);
    }
    if (result->state == ZEST_PY_PENDING)
        return false;
    zest_py_stream_detach(result);
    return true;
}

static PyObject *next_item(struct zest_py_stream *self, bool waits)
{
    struct zest_py_result *result = zest_py_result_new(self->operation, self->core);
    if (!result)
        return NULL;
    result->state = ZEST_PY_PENDING;
    result->stream = (struct zest_py_stream *)Py_NewRef((PyObject *)self);
    zest_py_result_track(result);
    zest_py_stream_poll(result);
    if (waits && !zest_py_result_settle(result)) {
        Py_DECREF(result);
        return NULL;
    }
    return is_research(self) ? zest_py_envelope_new(result, self->service) : (PyObject *)result;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

bool zest_py_stream_wait(struct zest_py_result *result)
{
    enum { SLICE_NS = 100000000 };
    while (!zest_py_stream_poll(result)) {
        struct zest_py_stream *self = result->stream;
        self->is_blocked = true;
        PyThreadState *state = PyEval_SaveThread();
        enum zest_status status = self->stream->ops->wait(self->stream, SLICE_NS);
        PyEval_RestoreThread(state);
        (void)status; /* after a slice signals are looked at, whatever came */
        self->is_blocked = false;
        if (self->is_closing)
            end(self);
        if (PyErr_CheckSignals() != 0)
            return false;
    }
    return true;
}

/* The native stream's wake: any thread, no GIL. */
static void wake_event(void *user)
{
    uint64_t one = 1;
    ssize_t written = write((int)(intptr_t)user, &one, sizeof(one));
    (void)written; /* EAGAIN: it is awake already */
}

static PyObject *on_event(PyObject *relay, PyObject *none)
{
    if (PyCapsule_GetContext(relay))
        Py_RETURN_NONE;
    struct zest_py_stream *self = PyCapsule_GetPointer(relay, NULL);
    uint64_t count;
    if (self->event >= 0 && read(self->event, &count, sizeof(count)) < 0 && errno != EAGAIN)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_INCREF(self);
    wake_future(self);
    Py_DECREF(self);
    Py_RETURN_NONE;
}

static PyMethodDef on_event_def = {"zest_stream_event", on_event, METH_NOARGS, NULL};

static bool open_event(struct zest_py_stream *self)
{
    if (self->event >= 0)
        return true;
    self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    self->relay = PyCapsule_New(self, NULL, NULL);
    if (self->event < 0 || !self->relay) {
        PyErr_SetFromErrno(PyExc_OSError);
        return false;
    }
    self->stream->ops->notify(self->stream, wake_event, (void *)(intptr_t)self->event);
    return true;
}

static bool watch(struct zest_py_stream *self, PyObject *loop)
{
    if (self->loop == loop)
        return true;
    unwatch(self);
    PyObject *callback = PyCFunction_New(&on_event_def, self->relay);
    PyObject *done = callback ? PyObject_CallMethod(loop, "add_reader", "iO", self->event, callback) : NULL;
    Py_XDECREF(callback);
    if (!done)
        return false;
    Py_DECREF(done);
    self->loop = Py_NewRef(loop);
    return true;
}

PyObject *zest_py_stream_future(struct zest_py_result *result)
{
    struct zest_py_stream *self = result->stream;
    PyObject *loop = PyObject_CallNoArgs(zest_py.get_running_loop);
    PyObject *future = NULL;
    if (loop && self->stream && open_event(self) && watch(self, loop))
        future = PyObject_CallMethodNoArgs(loop, zest_py.string_create_future);
    else if (loop && !self->stream && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "this stream was closed while it was awaited");
    Py_XDECREF(loop);
    if (future)
        Py_XSETREF(self->future, Py_NewRef(future));
    return future;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static void keep_error(struct zest_py_stream *self, const struct zest_error *error)
{
    self->error = malloc(sizeof(*error));
    if (self->error)
        *self->error = *error;
}

static enum zest_status open_native(struct zest_py_stream *self, struct zest_call *call, const void *request)
{
    struct zest_service *layer = self->service->layer;
    PyThreadState *state = PyEval_SaveThread();
    enum zest_status status = self->operation->operation->invoke(layer, call, request, &self->stream);
    PyEval_RestoreThread(state);
    return status;
}

static struct zest_py_stream *make(const struct zest_py_operation *operation, struct zest_py_service *service,
                                   bool is_sync)
{
    PyTypeObject *type = is_sync ? &zest_py_sync_stream_type : &zest_py_stream_type;
    struct zest_py_stream *self = PyObject_GC_New(struct zest_py_stream, type);
    if (!self)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof(*self) - sizeof(PyObject));
    self->operation = operation;
    self->service = (struct zest_py_service *)Py_NewRef((PyObject *)service);
    self->core = service->core;
    zest_py_core_enter(self->core);
    zest_arena_init(&self->arena, ZEST_ARENA_UNLIMITED);
    self->event = -1;
    self->opened = zest_ticks();
    self->number = ++zest_py.calls;
    PyObject_GC_Track(self);
    return self;
}

PyObject *zest_py_stream_open(const struct zest_py_operation *operation, struct zest_py_service *service, bool is_sync,
                              PyObject *const *args, size_t count, PyObject *kwnames)
{
    _Alignas(max_align_t) char request[ZEST_PY_REQUEST_BYTES_MAX];
    struct zest_py_stream *self = make(operation, service, is_sync);
    if (!self)
        return NULL;
    struct zest_call call = {.arena = &self->arena};
    struct zest_py_reader reader = {.arena = &self->arena, .error = &call.error, .copies_inner = true};
    enum zest_status status = ZEST_INVALID_ARGUMENT;
    self->held = zest_py_hold(args, count, kwnames);
    if (service->core->is_closed)
        status = zest_fail(&call.error, ZEST_CONFLICT, "this environment is closed; open a new zest.Environment");
    else if (self->held && zest_py_read_arguments(&reader, operation, args, count, kwnames, request))
        status = open_native(self, &call, request);
    self->pins = reader.pins;
    if (PyErr_Occurred() || (is_sync && status != ZEST_OK)) {
        if (!PyErr_Occurred())
            zest_py_raise(&call.error, operation);
        Py_DECREF(self);
        return NULL;
    }
    if (status != ZEST_OK)
        keep_error(self, &call.error);
    return (PyObject *)self;
}

/* ---- the types -------------------------------------------------------------------------------------------------- */

static PyObject *stream_anext(PyObject *self)
{
    return next_item((struct zest_py_stream *)self, false);
}

static PyObject *stream_next(PyObject *self)
{
    PyObject *item = next_item((struct zest_py_stream *)self, true);
    if (!item && PyErr_ExceptionMatches(PyExc_StopAsyncIteration))
        PyErr_Clear(); /* a plain iterator ends without an exception */
    return item;
}

static PyObject *stream_close(PyObject *self, PyObject *none)
{
    end((struct zest_py_stream *)self);
    Py_RETURN_NONE;
}

static PyObject *stream_aclose(PyObject *self, PyObject *none)
{
    end((struct zest_py_stream *)self);
    return zest_py_given_new(Py_None);
}

static PyObject *stream_aexit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    end((struct zest_py_stream *)self);
    return zest_py_given_new(Py_None);
}

static PyObject *stream_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    end((struct zest_py_stream *)self);
    Py_RETURN_NONE;
}

static PyObject *stream_enter(PyObject *self, PyObject *none)
{
    return Py_NewRef(self);
}

static PyObject *stream_aenter(PyObject *self, PyObject *none)
{
    return zest_py_given_new(self);
}

static PyObject *stream_repr(PyObject *object)
{
    struct zest_py_stream *self = (struct zest_py_stream *)object;
    return PyUnicode_FromFormat("<stream of %U.%U in %U mode, %s>", self->operation->service_name,
                                self->operation->name, self->service->mode, self->stream ? "open" : "ended");
}

static PyMethodDef methods[] = {
    {"aclose", stream_aclose, METH_NOARGS, "Ends the stream and cancels the work behind it; awaitable."},
    {"close", stream_close, METH_NOARGS, "Ends the stream and cancels the work behind it."},
    {"__aenter__", stream_aenter, METH_NOARGS, NULL},
    {"__aexit__", (PyCFunction)(void (*)(void))stream_aexit, METH_FASTCALL, NULL},
    {0},
};
static PyMethodDef sync_methods[] = {
    {"close", stream_close, METH_NOARGS, "Ends the stream and cancels the work behind it."},
    {"__enter__", stream_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))stream_exit, METH_FASTCALL, NULL},
    {0},
};
static PyAsyncMethods as_async = {.am_aiter = PyObject_SelfIter, .am_anext = stream_anext};

PyTypeObject zest_py_stream_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Stream",
    .tp_basicsize = sizeof(struct zest_py_stream),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Items of a streaming operation, for `async for`; closing it cancels the work behind it.",
    .tp_dealloc = stream_dealloc,
    .tp_traverse = stream_traverse,
    .tp_clear = stream_clear,
    .tp_repr = stream_repr,
    .tp_as_async = &as_async,
    .tp_methods = methods,
};

PyTypeObject zest_py_sync_stream_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.SyncStream",
    .tp_basicsize = sizeof(struct zest_py_stream),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Items of a streaming operation, for `for`; closing it cancels the work behind it.",
    .tp_dealloc = stream_dealloc,
    .tp_traverse = stream_traverse,
    .tp_clear = stream_clear,
    .tp_repr = stream_repr,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = stream_next,
    .tp_methods = sync_methods,
};
