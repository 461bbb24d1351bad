/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_measure.c - what an operation costs in C alone: for benches that tell what Python adds.
 *
 * The arguments are read once; then the operation is called so often as asked for, each time into a reset arena, with
 * nothing of Python between.
 */
#include "zest_py.h"

static const struct zest_py_operation *find(enum zest_service_id id, const char *name)
{
    for (size_t i = 0; i < zest_services[id]->operation_count; i++)
        if (strcmp(zest_services[id]->operations[i].name, name) == 0)
            return &zest_py.operations[id][i];
    return NULL;
}

static enum zest_status repeat(const struct zest_py_operation *operation, struct zest_service *layer,
                               struct zest_call *call, const void *request, void *reply, long count)
{
    enum zest_status status = ZEST_OK;
    for (long i = 0; i < count && status == ZEST_OK; i++) {
        zest_arena_reset(call->arena);
        memset(reply, 0, operation->operation->reply->size);
        status = operation->operation->invoke(layer, call, request, reply);
    }
    return status;
}

static PyObject *measure(const struct zest_py_operation *operation, struct zest_py_service *service, PyObject *args,
                         long count)
{
    _Alignas(max_align_t) char request[ZEST_PY_REQUEST_BYTES_MAX], reply[ZEST_PY_REQUEST_BYTES_MAX];
    struct zest_arena inputs, arena;
    zest_arena_init(&inputs, ZEST_ARENA_UNLIMITED);
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_py_reader reader = {.arena = &inputs, .error = &call.error};
    double seconds = 0;
    bool is_good = zest_py_read_arguments(&reader, operation, &PyTuple_GET_ITEM(args, 0),
                                          (size_t)PyTuple_GET_SIZE(args), NULL, request);
    if (is_good) {
        uint64_t start = zest_now_ns();
        is_good = repeat(operation, service->layer, &call, request, reply, count) == ZEST_OK;
        seconds = (double)(zest_now_ns() - start) / 1e9 / (double)count;
    }
    zest_py_release_pins(reader.pins);
    zest_arena_finish(&inputs);
    zest_arena_finish(&arena);
    if (!is_good && !PyErr_Occurred())
        return zest_py_raise(&call.error, operation);
    return is_good ? PyFloat_FromDouble(seconds) : NULL;
}

PyObject *zest_py_service_measure(PyObject *self, PyObject *args)
{
    struct zest_py_service *service = (struct zest_py_service *)self;
    const char *name;
    PyObject *arguments;
    long count;
    if (!PyArg_ParseTuple(args, "sO!l", &name, &PyTuple_Type, &arguments, &count))
        return NULL;
    const struct zest_py_operation *operation = find(service->id, name);
    if (!operation || operation->operation->flags & (ZEST_OPERATION_HOT | ZEST_OPERATION_STREAM) || count < 1 ||
        service->core->is_closed || operation->operation->reply->size > ZEST_PY_REQUEST_BYTES_MAX)
        return PyErr_Format(PyExc_ValueError,
                            "measure() takes an operation that answers once, its arguments and how often to call it");
    return measure(operation, service, arguments, count);
}
