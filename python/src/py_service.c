/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_service.c - the objects behind env.tokenizer and its fellows: one Python type for each service, mode and way of
 * calling.
 *
 * An object names one layer for its whole life. After a switch the environment hands out an object of another type;
 * one taken before keeps its mode, and its repr says so.
 */
#include <stddef.h>

#include "zest_py.h"

/* [service][kind][sync]; made at import, never freed. */
static PyTypeObject *types[ZEST_SERVICE_COUNT][ZEST_PY_KINDS][2];

static enum zest_py_kind kind_of(struct zest_text mode)
{
    if (zest_text_equal(mode, ZEST_TEXT("production")))
        return ZEST_PY_PRODUCTION;
    return zest_text_equal(mode, ZEST_TEXT("research")) ? ZEST_PY_RESEARCH : ZEST_PY_REMOTE;
}

PyObject *zest_py_service_new(struct zest_py_core *core, enum zest_service_id id, bool is_sync)
{
    struct zest_service *layer = zest_env_service(core->env, id);
    struct zest_text mode = zest_env_layer_mode(layer);
    struct zest_py_service *service = PyObject_New(struct zest_py_service, types[id][kind_of(mode)][is_sync]);
    if (!service)
        return NULL;
    service->core = (struct zest_py_core *)Py_NewRef((PyObject *)core);
    service->layer = layer;
    service->id = id;
    service->is_sync = is_sync;
    service->mode = PyUnicode_FromStringAndSize(mode.data, (Py_ssize_t)mode.size);
    if (!service->mode)
        Py_CLEAR(service);
    else
        PyUnicode_InternInPlace(&service->mode);
    return (PyObject *)service;
}

static void service_dealloc(PyObject *self)
{
    struct zest_py_service *service = (struct zest_py_service *)self;
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(service->mode);
    Py_DECREF(service->core);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *service_repr(PyObject *self)
{
    struct zest_py_service *service = (struct zest_py_service *)self;
    const char *name = zest_services[service->id]->name, *way = service->is_sync ? ", called plainly" : "";
    if (service->core->is_closed)
        return PyUnicode_FromFormat("<zest %s in %U mode%s, of a closed environment>", name, service->mode, way);
    if (zest_env_service(service->core->env, service->id) == service->layer)
        return PyUnicode_FromFormat("<zest %s in %U mode%s>", name, service->mode, way);
    struct zest_text now = zest_env_mode(service->core->env, service->id);
    PyObject *mode = PyUnicode_FromStringAndSize(now.data, (Py_ssize_t)now.size);
    PyObject *repr =
        mode ? PyUnicode_FromFormat("<zest %s in %U mode%s, taken before the environment's went to %U mode>", name,
                                    service->mode, way, mode)
             : NULL;
    Py_XDECREF(mode);
    return repr;
}

static PyObject *get_mode(PyObject *self, void *closure)
{
    return Py_NewRef(((struct zest_py_service *)self)->mode);
}

static PyObject *get_name(PyObject *self, void *closure)
{
    return PyUnicode_FromString(zest_services[((struct zest_py_service *)self)->id]->name);
}

static PyObject *get_operations(PyObject *self, void *closure)
{
    const struct zest_service_description *description = zest_services[((struct zest_py_service *)self)->id];
    PyObject *names = PyList_New(0);
    for (size_t i = 0; names && i < description->operation_count; i++) {
        if (description->operations[i].flags & ZEST_OPERATION_HOT)
            continue;
        if (PyList_Append(names, zest_py.operations[((struct zest_py_service *)self)->id][i].name) != 0)
            Py_CLEAR(names);
    }
    PyObject *tuple = names ? PyList_AsTuple(names) : NULL;
    Py_XDECREF(names);
    return tuple;
}

static PyObject *get_example_data(PyObject *self, PyObject *none)
{
    return zest_py_present("example_data", self);
}

static PyMethodDef methods[] = {
    {"get_example_data", get_example_data, METH_NOARGS,
     "A dict of things to try: example_* values, and each operation's example request and reply."},
    {"measure", zest_py_service_measure, METH_VARARGS,
     "measure(operation, arguments, count): seconds that one call costs in C, with nothing of Python."},
    {0},
};
static PyGetSetDef getset[] = {
    {"mode", get_mode, NULL, "production, research or the URL of a server.", NULL},
    {"name", get_name, NULL, "The service's name.", NULL},
    {"operations", get_operations, NULL, "The names of the operations.", NULL},
    {0},
};

/* ---- the types -------------------------------------------------------------------------------------------------- */

static const char *const kind_names[ZEST_PY_KINDS] = {"Production", "Research", "Remote"};

static char *name_of(enum zest_service_id id, enum zest_py_kind kind, bool is_sync)
{
    const char *service = zest_services[id]->name;
    struct zest_text name = zest_text_format(&zest_py.arena, "zest.%s%s%c%s", is_sync ? "Sync" : "", kind_names[kind],
                                             service[0] - 'a' + 'A', service + 1);
    return (char *)name.data;
}

static PyTypeObject *make_type(PyObject *module, enum zest_service_id id, enum zest_py_kind kind, bool is_sync)
{
    PyType_Slot slots[] = {{Py_tp_dealloc, service_dealloc},
                           {Py_tp_repr, service_repr},
                           {Py_tp_methods, methods},
                           {Py_tp_getset, getset},
                           {Py_tp_doc, (void *)zest_services[id]->summary},
                           {0}};
    PyType_Spec spec = {.name = name_of(id, kind, is_sync),
                        .basicsize = sizeof(struct zest_py_service),
                        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        .slots = slots};
    PyTypeObject *type = spec.name ? (PyTypeObject *)PyType_FromSpec(&spec) : NULL;
    for (size_t i = 0; type && i < zest_services[id]->operation_count; i++) {
        const struct zest_py_operation *operation = &zest_py.operations[id][i];
        if (operation->operation->flags & ZEST_OPERATION_HOT)
            continue;
        PyObject *method = zest_py_method_new(operation, kind, is_sync, type);
        if (!method || PyDict_SetItem(type->tp_dict, operation->name, method) != 0)
            Py_CLEAR(type);
        Py_XDECREF(method);
    }
    if (type)
        PyType_Modified(type);
    return type;
}

bool zest_py_service_types_ready(PyObject *module)
{
    for (int id = 0; id < ZEST_SERVICE_COUNT; id++)
        for (int kind = 0; kind < ZEST_PY_KINDS; kind++)
            for (int is_sync = 0; is_sync < 2; is_sync++) {
                PyTypeObject *type = make_type(module, (enum zest_service_id)id, (enum zest_py_kind)kind, is_sync != 0);
                types[id][kind][is_sync] = type;
                if (!type || PyModule_AddObjectRef(module, strrchr(type->tp_name, '.') + 1, (PyObject *)type) != 0)
                    return false;
            }
    return true;
}
