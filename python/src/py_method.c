/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_method.c - a service's methods: from a Python call to the C function behind the service's layer and back.
 *
 * A method is a callable of its own type, marked as a method descriptor: the interpreter then hands it `self` without a
 * bound object between. Which C function runs was chosen when the method was made (production, research or remote;
 * awaited or plain), so a call asks for nothing but its arguments. Start at perform().
 */
#include <stddef.h>

#include "zest_py.h"

struct method {
    PyObject_HEAD vectorcallfunc vectorcall;
    const struct zest_py_operation *operation;
    PyTypeObject *owner; /* borrowed: it holds the method */
    bool may_leave;      /* long calls leave the thread: offloaded operations, and every remote one */
    size_t leave_from;   /* bytes of the request from which it does */
};

/* ---- the work --------------------------------------------------------------------------------------------------- */

static inline void call_init(struct zest_call *call, struct zest_arena *arena)
{
    call->arena = arena;
    call->error.code = ZEST_OK;
    call->error.param[0] = call->error.message[0] = '\0';
    call->request_id = (struct zest_text){0};
    call->ticks = 0;
    call->implementation = NULL;
}

static void leave(const struct method *method, struct zest_service *layer, struct zest_py_result *result,
                  const void *request, PyObject *held, struct zest_py_pin *pins)
{
    size_t size = method->operation->operation->request->size;
    void *kept = zest_alloc(&result->arena, size, _Alignof(max_align_t));
    if (kept && held) {
        memcpy(kept, request, size);
        zest_py_job_start(result, layer, kept, held, pins);
        return;
    }
    zest_py_release_pins(pins);
    Py_XDECREF(held);
    if (!PyErr_Occurred())
        PyErr_NoMemory();
    zest_py_result_fail(result, NULL);
}

static void closed(struct zest_py_result *result)
{
    struct zest_error error;
    zest_fail(&error, ZEST_CONFLICT, "this environment is closed; open a new zest.Environment");
    zest_py_result_fail(result, &error);
}

/* The whole call. NULL only where memory is out; every other failure is kept in the result. */
static inline __attribute__((always_inline)) struct zest_py_result *perform(const struct method *method, PyObject *self,
                                                                            PyObject *const *args, size_t count,
                                                                            PyObject *kwnames, const bool is_research)
{
    _Alignas(max_align_t) char request[ZEST_PY_REQUEST_BYTES_MAX];
    const struct zest_py_operation *operation = method->operation;
    struct zest_py_service *service = (struct zest_py_service *)self;
    struct zest_py_result *result = zest_py_result_new(operation, service->core);
    if (!result)
        return NULL;
    if (__builtin_expect(service->core->is_closed, 0)) {
        closed(result);
        return result;
    }
    struct zest_call call;
    call_init(&call, &result->arena);
    struct zest_py_reader reader = {.arena = &result->arena, .error = &call.error, .copies_inner = method->may_leave};
    enum zest_status status = ZEST_INVALID_ARGUMENT;
    if (is_research)
        result->number = ++zest_py.calls;
    if (zest_py_read_usual(&reader, operation, args, count, kwnames, request) ||
        zest_py_read_arguments(&reader, operation, args, count, kwnames, request)) {
        if (method->may_leave && reader.bytes >= method->leave_from) {
            leave(method, service->layer, result, request, zest_py_hold(args, count, kwnames), reader.pins);
            return result;
        }
        if (is_research)
            result->start = zest_ticks();
        status = operation->operation->invoke(service->layer, &call, request, result->reply);
        if (is_research) {
            result->ticks = call.ticks ? call.ticks : zest_ticks() - result->start;
            result->implementation = call.implementation;
        }
        if (operation->is_borrowed && status == ZEST_OK && !zest_py_result_own(result))
            status = zest_fail(&call.error, ZEST_OUT_OF_MEMORY, "no memory to copy the answer");
    }
    if (__builtin_expect(status != ZEST_OK, 0))
        zest_py_result_fail(result, &call.error);
    if (__builtin_expect(reader.pins != NULL, 0))
        zest_py_release_pins(reader.pins);
    return result;
}

/* ---- the C functions behind the methods ------------------------------------------------------------------------- */

static bool check_self(const struct method *method, PyObject *const *args, size_t count)
{
    if (__builtin_expect(count > 0 && Py_TYPE(args[0]) == method->owner, 1))
        return true;
    PyErr_Format(PyExc_TypeError, "%s.%s is a method of %s", method->operation->operation->service,
                 method->operation->operation->name, method->owner->tp_name);
    return false;
}

static PyObject *call_production(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    const struct method *method = (const struct method *)callable;
    size_t count = (size_t)PyVectorcall_NARGS(nargsf);
    if (!check_self(method, args, count))
        return NULL;
    return (PyObject *)perform(method, args[0], args + 1, count - 1, kwnames, false);
}

static PyObject *call_research(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    const struct method *method = (const struct method *)callable;
    size_t count = (size_t)PyVectorcall_NARGS(nargsf);
    if (!check_self(method, args, count))
        return NULL;
    struct zest_py_result *result = perform(method, args[0], args + 1, count - 1, kwnames, true);
    return zest_py_envelope_new(result, (struct zest_py_service *)args[0]);
}

/* Plain calls: what the awaited ones do, waited for, and a failure raised at once. */
static PyObject *call_sync_production(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct zest_py_result *result = (struct zest_py_result *)call_production(callable, args, nargsf, kwnames);
    if (result && !zest_py_result_settle(result))
        Py_CLEAR(result);
    return (PyObject *)result;
}

static PyObject *call_sync_research(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *envelope = call_research(callable, args, nargsf, kwnames);
    if (envelope && !zest_py_result_settle(zest_py_envelope_result(envelope)))
        Py_CLEAR(envelope);
    return envelope;
}

static PyObject *open_stream(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames, bool is_sync)
{
    const struct method *method = (const struct method *)callable;
    size_t count = (size_t)PyVectorcall_NARGS(nargsf);
    if (!check_self(method, args, count))
        return NULL;
    return zest_py_stream_open(method->operation, (struct zest_py_service *)args[0], is_sync, args + 1, count - 1,
                               kwnames);
}

static PyObject *call_stream(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return open_stream(callable, args, nargsf, kwnames, false);
}

static PyObject *call_sync_stream(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return open_stream(callable, args, nargsf, kwnames, true);
}

static vectorcallfunc function_of(const struct zest_operation *operation, enum zest_py_kind kind, bool is_sync)
{
    if (operation->flags & ZEST_OPERATION_STREAM)
        return is_sync ? call_sync_stream : call_stream;
    if (kind == ZEST_PY_PRODUCTION)
        return is_sync ? call_sync_production : call_production;
    return is_sync ? call_sync_research : call_research;
}

/* ---- the type --------------------------------------------------------------------------------------------------- */

PyObject *zest_py_method_new(const struct zest_py_operation *operation, enum zest_py_kind kind, bool is_sync,
                             PyTypeObject *owner)
{
    struct method *method = PyObject_New(struct method, &zest_py_method_type);
    if (!method)
        return NULL;
    bool is_offload = operation->operation->flags & ZEST_OPERATION_OFFLOAD;
    method->vectorcall = function_of(operation->operation, kind, is_sync);
    method->operation = operation;
    method->owner = owner;
    method->may_leave = is_offload || kind == ZEST_PY_REMOTE;
    method->leave_from = is_offload && kind != ZEST_PY_REMOTE ? operation->operation->offload_from : 0;
    return (PyObject *)method;
}

static PyObject *method_get(PyObject *self, PyObject *object, PyObject *type)
{
    return object ? PyMethod_New(self, object) : Py_NewRef(self);
}

static PyObject *method_name(PyObject *self, void *closure)
{
    return Py_NewRef(((struct method *)self)->operation->name);
}

static PyObject *method_qualname(PyObject *self, void *closure)
{
    const struct method *method = (const struct method *)self;
    return PyUnicode_FromFormat("%s.%U", strrchr(method->owner->tp_name, '.') + 1, method->operation->name);
}

static PyObject *method_doc(PyObject *self, void *closure)
{
    return PyObject_CallMethod(PyImport_AddModule("zest._present"), "write_doc", "ss",
                               ((struct method *)self)->operation->operation->service,
                               ((struct method *)self)->operation->operation->name);
}

static PyObject *method_signature(PyObject *self, void *closure)
{
    return PyObject_CallMethod(PyImport_AddModule("zest._present"), "write_signature", "ss",
                               ((struct method *)self)->operation->operation->service,
                               ((struct method *)self)->operation->operation->name);
}

static PyObject *method_repr(PyObject *self)
{
    const struct method *method = (const struct method *)self;
    return PyUnicode_FromFormat("<zest operation %U.%U>", method->operation->service_name, method->operation->name);
}

static PyGetSetDef getset[] = {
    {"__name__", method_name, NULL, NULL, NULL},
    {"__qualname__", method_qualname, NULL, NULL, NULL},
    {"__doc__", method_doc, NULL, NULL, NULL},
    {"__text_signature__", method_signature, NULL, NULL, NULL},
    {0},
};

PyTypeObject zest_py_method_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Operation",
    .tp_basicsize = sizeof(struct method),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_vectorcall_offset = offsetof(struct method, vectorcall),
    .tp_call = PyVectorcall_Call,
    .tp_descr_get = method_get,
    .tp_repr = method_repr,
    .tp_getset = getset,
};
