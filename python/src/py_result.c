/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_result.c - the life of a result: made at the call, awaited at no cost, given back to a free list with its arena.
 *
 * A result is its own awaitable: am_await gives itself and am_send ends at once, since the work ran at the call. A
 * pending one (long calls, items of streams) yields a future of the running loop first. A failure is kept and raised
 * when the result is awaited or read; one that nobody ever looked at is warned about. What a result looks like is in
 * py_result_data.c.
 */
#include <stddef.h>
#include <stdlib.h>

#include "zest_py.h"

enum { FREE_MAX = 64 };

static struct zest_py_result *free_list[FREE_MAX];
static size_t free_count;

/* ---- making ----------------------------------------------------------------------------------------------------- */

/* Apart, so that the usual way saves no registers for it. */
static __attribute__((noinline, cold)) struct zest_py_result *allocate(void)
{
    struct zest_py_result *result = PyObject_GC_New(struct zest_py_result, &zest_py_result_type);
    if (!result)
        return NULL;
    size_t fixed = offsetof(struct zest_py_result, operation);
    memset((char *)result + fixed, 0, offsetof(struct zest_py_result, arena) - fixed);
    zest_arena_init(&result->arena, ZEST_ARENA_UNLIMITED);
    return result;
}

/* In the free list every field but the arena is as allocate() leaves it: result_dealloc sees to that. */
struct zest_py_result *zest_py_result_new(const struct zest_py_operation *operation, struct zest_py_core *core)
{
    struct zest_py_result *result;
    if (__builtin_expect(free_count > 0, 1)) {
        result = free_list[--free_count];
        Py_SET_REFCNT((PyObject *)result, 1);
    } else if (!(result = allocate())) {
        return NULL;
    }
    zest_py_clear_words(result->reply, operation->operation->reply->size);
    result->operation = operation;
    result->core = core;
    zest_py_core_enter(core);
    return result;
}

void zest_py_result_fail(struct zest_py_result *result, const struct zest_error *error)
{
    result->state = ZEST_PY_FAILED;
    zest_py_result_track(result);
    if (PyErr_Occurred()) {
        PyObject *type, *traceback;
        PyErr_Fetch(&type, &result->exception, &traceback);
        PyErr_NormalizeException(&type, &result->exception, &traceback);
        if (traceback)
            PyException_SetTraceback(result->exception, traceback);
        Py_XDECREF(type);
        Py_XDECREF(traceback);
        return;
    }
    result->error = malloc(sizeof(*error));
    if (result->error)
        *result->error = *error;
}

static void raise_kept(struct zest_py_result *result)
{
    result->is_noticed = true;
    if (result->error) {
        zest_py_raise(result->error, result->operation);
    } else if (result->exception) {
        PyObject *exception = result->exception; /* given away: a kept one would be a cycle through its traceback */
        result->exception = NULL;
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
    } else {
        PyErr_SetString(PyExc_RuntimeError, "this call failed, and its error was raised before");
    }
}

bool zest_py_result_settle(struct zest_py_result *result)
{
    if (result->state == ZEST_PY_PENDING) {
        bool is_done = result->job ? zest_py_job_wait(result) : zest_py_stream_wait(result);
        if (!is_done)
            return false;
    }
    if (result->state == ZEST_PY_READY)
        return true;
    raise_kept(result);
    return false;
}

/* ---- awaiting --------------------------------------------------------------------------------------------------- */

/* Gets an iterator of a future that will be done when the result may be. */
static bool arm(struct zest_py_result *result)
{
    PyObject *future = result->job ? zest_py_job_future(result) : zest_py_stream_future(result);
    if (!future)
        return false;
    zest_py_result_track(result);
    result->waiter = PyObject_CallMethodNoArgs(future, zest_py.string_await);
    Py_DECREF(future);
    return result->waiter != NULL;
}

static PySendResult step_pending(struct zest_py_result *result, PyObject **ret_yielded)
{
    while (result->state == ZEST_PY_PENDING) {
        if (!result->waiter && !arm(result))
            return PYGEN_ERROR;
        PyObject *waiter = result->waiter, *given = NULL;
        Py_INCREF(waiter);
        PySendResult sent = PyIter_Send(waiter, Py_None, &given);
        Py_DECREF(waiter);
        if (sent == PYGEN_NEXT) {
            *ret_yielded = given;
            return PYGEN_NEXT;
        }
        Py_CLEAR(result->waiter);
        if (sent == PYGEN_ERROR)
            return PYGEN_ERROR;
        Py_DECREF(given);
        if (result->stream)
            zest_py_stream_poll(result);
    }
    Py_CLEAR(result->waiter);
    return PYGEN_RETURN;
}

PySendResult zest_py_result_step_slowly(struct zest_py_result *result, PyObject **ret_yielded)
{
    if (result->state == ZEST_PY_PENDING) {
        PySendResult sent = step_pending(result, ret_yielded);
        if (sent != PYGEN_RETURN)
            return sent;
    }
    if (result->state == ZEST_PY_READY)
        return PYGEN_RETURN;
    raise_kept(result);
    return PYGEN_ERROR;
}

void zest_py_result_abandon(struct zest_py_result *result)
{
    Py_CLEAR(result->waiter);
    result->is_noticed = true;
    if (result->state == ZEST_PY_PENDING && result->job)
        zest_py_job_cancel(result);
}

static PyObject *set_thrown(PyObject *const *args, Py_ssize_t count)
{
    PyObject *type = args[0], *value = count > 1 ? args[1] : NULL;
    if (PyExceptionInstance_Check(type))
        PyErr_SetObject((PyObject *)Py_TYPE(type), type);
    else if (PyExceptionClass_Check(type))
        PyErr_SetObject(type, value == Py_None ? NULL : value);
    else
        PyErr_SetString(PyExc_TypeError, "throw() takes an exception");
    return NULL;
}

PyObject *zest_py_result_throw(struct zest_py_result *result, PyObject *const *args, Py_ssize_t count)
{
    if (count < 1 || count > 3) {
        PyErr_SetString(PyExc_TypeError, "throw() takes an exception");
        return NULL;
    }
    if (result->waiter) {
        PyObject *waiter = result->waiter;
        result->waiter = NULL;
        PyObject *given = PyObject_VectorcallMethod(
            zest_py.string_throw,
            (PyObject *[]){waiter, args[0], count > 1 ? args[1] : Py_None, count > 2 ? args[2] : Py_None},
            (count > 1 ? (size_t)count : 1) + 1, NULL);
        Py_DECREF(waiter);
        Py_XDECREF(given);
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    zest_py_result_abandon(result);
    PyErr_Restore(type, value, traceback);
    return PyErr_Occurred() ? NULL : set_thrown(args, count);
}

static PyObject *result_await(PyObject *self)
{
    if (__builtin_expect(((struct zest_py_result *)self)->waiter != NULL, 0)) {
        PyErr_SetString(PyExc_RuntimeError, "this call is being awaited already");
        return NULL;
    }
    return Py_NewRef(self);
}

static PySendResult result_am_send(PyObject *self, PyObject *value, PyObject **ret_result)
{
    PySendResult sent = zest_py_result_step((struct zest_py_result *)self, ret_result);
    if (sent == PYGEN_RETURN)
        *ret_result = Py_NewRef(self);
    return sent;
}

static PyObject *result_next(PyObject *self)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    PyObject *yielded = NULL;
    PySendResult sent = zest_py_result_step(result, &yielded);
    if (sent != PYGEN_RETURN)
        return yielded;
    return zest_py_result_is_light(result) ? zest_py_stop(self) : zest_py_stop_once(self);
}

/* Python code sees this StopIteration: it gets one of its own. */
PyObject *zest_py_result_send(PyObject *self, PyObject *value)
{
    PyObject *yielded = NULL;
    PySendResult sent = zest_py_result_step((struct zest_py_result *)self, &yielded);
    return sent == PYGEN_RETURN ? zest_py_stop_once(self) : yielded;
}

PyObject *zest_py_result_throw_method(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return zest_py_result_throw((struct zest_py_result *)self, args, count);
}

PyObject *zest_py_result_close(PyObject *self, PyObject *none)
{
    zest_py_result_abandon((struct zest_py_result *)self);
    Py_RETURN_NONE;
}

/* ---- ending ----------------------------------------------------------------------------------------------------- */

static int result_traverse(PyObject *self, visitproc visit, void *arg)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    Py_VISIT(result->exception);
    Py_VISIT(result->stream);
    Py_VISIT(result->waiter);
    for (size_t i = 0; result->values && i < result->operation->operation->reply->field_count; i++)
        Py_VISIT(result->values[i]);
    return 0;
}

static int result_clear(PyObject *self)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    Py_CLEAR(result->exception);
    Py_CLEAR(result->waiter);
    if (result->stream)
        zest_py_stream_detach(result);
    if (result->values) {
        PyObject **values = result->values;
        result->values = NULL;
        for (size_t i = 0; i < result->operation->operation->reply->field_count; i++)
            Py_XDECREF(values[i]);
        free(values);
    }
    return 0;
}

/* An error that nobody awaited would be lost without a word. */
static void warn_unnoticed(struct zest_py_result *result)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const struct zest_operation *operation = result->operation->operation;
    if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "the call of %s.%s failed and was never awaited: %s",
                         operation->service, operation->name,
                         result->error ? result->error->message : "its error was a Python exception") != 0)
        PyErr_WriteUnraisable(NULL);
    PyErr_Restore(type, value, traceback);
}

/* Everything but the arena back to what allocate() made. */
static void strip(struct zest_py_result *result)
{
    PyObject_GC_UnTrack(result);
    result->is_tracked = false;
    if (result->state == ZEST_PY_FAILED && !result->is_noticed)
        warn_unnoticed(result);
    free(result->error);
    result->error = NULL;
    result->state = ZEST_PY_READY;
    result->is_noticed = false;
    result_clear((PyObject *)result);
}

static void result_dealloc(PyObject *self)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    if (__builtin_expect(result->is_tracked, 0))
        strip(result);
    zest_py_core_leave(result->core);
    if (__builtin_expect(free_count < FREE_MAX, 1)) {
        if (result->arena.total <= ZEST_PY_ARENA_KEPT_MAX)
            zest_arena_reset(&result->arena);
        else
            zest_arena_finish(&result->arena);
        free_list[free_count++] = result;
        return;
    }
    zest_arena_finish(&result->arena);
    PyObject_GC_Del(self);
}

/* ---- arrays that are only lent ---------------------------------------------------------------------------------- */

static bool own_array(struct zest_arena *arena, const struct zest_field *field, char *base);

static bool own_object(struct zest_arena *arena, const struct zest_object *object, char *base)
{
    for (size_t i = 0; i < object->field_count; i++)
        if (!own_array(arena, &object->fields[i], base))
            return false;
    return true;
}

static bool own_tensor(struct zest_arena *arena, struct zest_tensor *tensor)
{
    size_t count = 1;
    for (uint32_t i = 0; i < tensor->rank; i++)
        count *= tensor->shape[i];
    void *copy = zest_alloc_array(arena, count ? count : 1, 4, 64);
    if (!copy)
        return false;
    if (count)
        memcpy(copy, tensor->data, count * 4);
    tensor->data = copy;
    return true;
}

static bool own_array(struct zest_arena *arena, const struct zest_field *field, char *base)
{
    void *at = base + field->offset;
    if (field->type == ZEST_FIELD_TENSOR)
        return own_tensor(arena, at);
    if (!field->is_array)
        return field->type != ZEST_FIELD_OBJECT || own_object(arena, field->object, at);
    size_t count, size = zest_py_item_size(field);
    const char *items;
    memcpy(&items, at, sizeof(items));
    memcpy(&count, base + field->count_offset, sizeof(count));
    char *copy = zest_alloc_array(arena, count ? count : 1, size, _Alignof(max_align_t));
    if (!copy)
        return false;
    if (count)
        memcpy(copy, items, count * size);
    for (size_t i = 0; field->type == ZEST_FIELD_OBJECT && i < count; i++)
        if (!own_object(arena, field->object, copy + i * size))
            return false;
    memcpy(at, &copy, sizeof(copy));
    return true;
}

bool zest_py_result_own(struct zest_py_result *result)
{
    return own_object(&result->arena, result->operation->operation->reply, result->reply);
}

/* ---- the type --------------------------------------------------------------------------------------------------- */

static PyObject *result_getattro(PyObject *self, PyObject *name)
{
    struct zest_py_result *result = (struct zest_py_result *)self;
    Py_ssize_t index = zest_py_result_find(result->operation, name);
    if (index < 0)
        return PyObject_GenericGetAttr(self, name);
    return zest_py_result_settle(result) ? zest_py_result_field(result, (size_t)index) : NULL;
}

/* By identity, as coroutines have it: gather() keeps awaitables in a dict. */
static Py_hash_t result_hash(PyObject *self)
{
    return (Py_hash_t)((uintptr_t)self >> 4);
}

static PyAsyncMethods result_as_async = {.am_await = result_await, .am_send = result_am_send};

PyTypeObject zest_py_result_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Result",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc =
        "What a service answered: fields by result[\"name\"] and result.name; iterates, indexes and compares as its "
        "main field. Awaiting it gives itself.",
    .tp_dealloc = result_dealloc,
    .tp_traverse = result_traverse,
    .tp_clear = result_clear,
    .tp_getattro = result_getattro,
    .tp_hash = result_hash,
    .tp_richcompare = zest_py_result_compare,
    .tp_iter = zest_py_result_iter,
    .tp_iternext = result_next,
    .tp_repr = zest_py_result_repr,
    .tp_str = zest_py_result_str,
    .tp_as_async = &result_as_async,
    .tp_as_sequence = &zest_py_result_as_sequence,
    .tp_as_mapping = &zest_py_result_as_mapping,
    .tp_as_buffer = &zest_py_result_as_buffer,
    .tp_methods = zest_py_result_methods,
};

bool zest_py_result_type_ready(void)
{
    zest_py_result_type.tp_basicsize = (Py_ssize_t)(sizeof(struct zest_py_result) + zest_py.reply_bytes_max + 7);
    return PyType_Ready(&zest_py_result_type) == 0;
}
