/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_module.c - the module zest._zest: reads the contracts' tables once, makes the types, holds what all files share.
 *
 * The module is made once for a process (single-phase, one interpreter): its state is the one struct below.
 */
#include "zest_py.h"

struct zest_py zest_py;

/* ---- the operations --------------------------------------------------------------------------------------------- */

static PyObject **intern_names(const struct zest_object *object)
{
    PyObject **names = ZEST_NEW_ARRAY(&zest_py.arena, PyObject *, object->field_count + 1);
    for (size_t i = 0; names && i < object->field_count; i++) {
        names[i] = PyUnicode_InternFromString(object->fields[i].name);
        if (!names[i])
            return NULL;
    }
    return names;
}

static const struct zest_field *find_field(const struct zest_object *object, const char *name)
{
    for (size_t i = 0; i < object->field_count; i++)
        if (strcmp(object->fields[i].name, name) == 0)
            return &object->fields[i];
    return NULL;
}

/* Replies whose arrays the service takes back: api/computation.yaml and api/memory.yaml say so of these. */
static bool is_borrowed(const struct zest_operation *operation)
{
    return strcmp(operation->name, "execute") == 0 || strcmp(operation->name, "commit_step") == 0;
}

static bool check_sizes(const struct zest_operation *operation)
{
    if (operation->request->size <= ZEST_PY_REQUEST_BYTES_MAX &&
        operation->request->field_count <= ZEST_PY_FIELDS_MAX && operation->reply->field_count <= ZEST_PY_FIELDS_MAX)
        return true;
    PyErr_Format(PyExc_ImportError, "%s.%s is larger than zest_py.h allows for", operation->service, operation->name);
    return false;
}

static bool read_defaults(struct zest_py_operation *made)
{
    const struct zest_object *request = made->operation->request;
    struct zest_error error = {0};
    made->defaults = zest_alloc_zero(&zest_py.arena, request->size + 7, _Alignof(max_align_t));
    if (made->defaults && zest_json_defaults(request, &zest_py.arena, made->defaults, &error) == ZEST_OK)
        return true;
    PyErr_Format(PyExc_ImportError, "the defaults of %s.%s: %s", made->operation->service, made->operation->name,
                 error.message);
    return false;
}

static bool read_operation(struct zest_py_operation *made, enum zest_service_id id,
                           const struct zest_operation *operation)
{
    made->operation = operation;
    made->service = id;
    made->name = PyUnicode_InternFromString(operation->name);
    made->service_name = PyUnicode_InternFromString(operation->service);
    made->request_names = intern_names(operation->request);
    made->reply_names = intern_names(operation->reply);
    made->main = find_field(operation->reply, operation->reply->main);
    made->reasoning = find_field(operation->reply, "algorithm_reasoning");
    made->is_borrowed = is_borrowed(operation);
    for (size_t i = 0; i < operation->request->field_count; i++)
        if (operation->request->fields[i].is_required)
            made->required |= (uint64_t)1 << i;
    const struct zest_field *first = operation->request->fields;
    made->takes_text = operation->request->field_count && first->type == ZEST_FIELD_STRING && !first->is_array &&
                       !(made->required & ~(uint64_t)1);
    if (zest_py.reply_bytes_max < operation->reply->size)
        zest_py.reply_bytes_max = operation->reply->size;
    return made->name && made->service_name && made->request_names && made->reply_names && check_sizes(operation) &&
           read_defaults(made) && (made->metadata = zest_py_metadata_template(made));
}

static bool read_operations(void)
{
    for (int id = 0; id < ZEST_SERVICE_COUNT; id++) {
        const struct zest_service_description *service = zest_services[id];
        struct zest_py_operation *made =
            zest_alloc_zero(&zest_py.arena, service->operation_count * sizeof(*made), _Alignof(max_align_t));
        zest_py.operations[id] = made;
        for (size_t i = 0; made && i < service->operation_count; i++)
            if (!read_operation(&made[i], (enum zest_service_id)id, &service->operations[i]))
                return false;
    }
    return true;
}

/* ---- functions of the module ------------------------------------------------------------------------------------ */

static PyObject *wake(PyObject *module, PyObject *future)
{
    PyObject *done = PyObject_CallMethodNoArgs(future, zest_py.string_done);
    int is_done = done ? PyObject_IsTrue(done) : -1;
    Py_XDECREF(done);
    if (is_done)
        return is_done < 0 ? NULL : Py_NewRef(Py_None);
    return PyObject_CallMethodOneArg(future, zest_py.string_set_result, Py_None);
}

static PyObject *describe_field(const struct zest_field *field)
{
    static const char *const types[] = {"bool",   "int32", "int64", "uint64", "float", "double",
                                        "string", "bytes", "enum",  "object", "json",  "tensor"};
    return Py_BuildValue("{sssssOsOszssssss}", "name", field->name, "type", types[field->type], "is_array",
                         field->is_array ? Py_True : Py_False, "is_required", field->is_required ? Py_True : Py_False,
                         "default", field->default_json, "unit", field->unit, "shape", field->shape, "doc", field->doc);
}

static PyObject *describe_fields(const struct zest_object *object)
{
    PyObject *fields = PyList_New((Py_ssize_t)object->field_count);
    for (size_t i = 0; fields && i < object->field_count; i++) {
        PyObject *field = describe_field(&object->fields[i]);
        if (!field)
            Py_CLEAR(fields);
        else
            PyList_SET_ITEM(fields, (Py_ssize_t)i, field);
    }
    return fields;
}

static PyObject *describe_operation(const struct zest_operation *operation)
{
    return Py_BuildValue("{sssssssisssssNsNss}", "name", operation->name, "summary", operation->summary, "doc",
                         operation->doc, "flags", (int)operation->flags, "example_request", operation->example_request,
                         "example_reply", operation->example_reply, "request", describe_fields(operation->request),
                         "reply", describe_fields(operation->reply), "main", operation->reply->main);
}

static PyObject *describe(PyObject *module, PyObject *name)
{
    enum zest_service_id id;
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    if (!text || !zest_service_find(zest_text_of(text), &id))
        return PyErr_Format(PyExc_LookupError, "there is no service %R", name);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < zest_services[id]->operation_count; i++) {
        PyObject *operation = describe_operation(&zest_services[id]->operations[i]);
        if (!operation || PyList_Append(list, operation) != 0)
            Py_CLEAR(list);
        Py_XDECREF(operation);
    }
    return list;
}

static PyObject *finish_jobs(PyObject *module, PyObject *none)
{
    zest_py_jobs_finish(NULL);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef functions[] = {
    {"wake", wake, METH_O, "Completes a future that is not done."},
    {"describe", describe, METH_O, "describe(service): its operations, as the contract has them."},
    {"finish_jobs", finish_jobs, METH_NOARGS, "Cancels all long calls and waits for them; at exit."},
    {0},
};

/* ---- import ----------------------------------------------------------------------------------------------------- */

static PyObject *import_from(const char *module_name, const char *name)
{
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *object = module ? PyObject_GetAttrString(module, name) : NULL;
    Py_XDECREF(module);
    return object;
}

static bool import_names(PyObject *module)
{
    return (zest_py.make_error = import_from("zest.errors", "make")) &&
           (zest_py.json_loads = import_from("json", "loads")) &&
           (zest_py.json_dumps = import_from("zest._present", "dumps")) &&
           (zest_py.record = import_from("zest._record", "Record")) &&
           (zest_py.get_running_loop = import_from("asyncio", "get_running_loop")) &&
           (zest_py.wake = PyObject_GetAttrString(module, "wake"));
}

static bool intern_strings(void)
{
    const struct {
        PyObject **string;
        const char *text;
    } all[] = {{&zest_py.string_call_soon_threadsafe, "call_soon_threadsafe"},
               {&zest_py.string_create_future, "create_future"},
               {&zest_py.string_await, "__await__"},
               {&zest_py.string_throw, "throw"},
               {&zest_py.string_done, "done"},
               {&zest_py.string_set_result, "set_result"},
               {&zest_py.string_data, "data"},
               {&zest_py.string_metadata, "metadata"}};
    for (size_t i = 0; i < ZEST_COUNT(all); i++)
        if (!(*all[i].string = PyUnicode_InternFromString(all[i].text)))
            return false;
    return true;
}

static bool intern_keys(void)
{
    static const char *const names[ZEST_PY_KEYS] = {"service",        "method",     "mode",      "implementation",
                                                    "execution_time", "request_id", "timestamp", "algorithm_reasoning",
                                                    "warnings"};
    for (int i = 0; i < ZEST_PY_KEYS; i++)
        if (!(zest_py.keys[i] = PyUnicode_InternFromString(names[i])))
            return false;
    return true;
}

static bool ready_types(PyObject *module)
{
    PyTypeObject *plain[] = {&zest_py_core_type,   &zest_py_method_type,      &zest_py_tensor_type,
                             &zest_py_stream_type, &zest_py_sync_stream_type, &zest_py_given_type};
    for (size_t i = 0; i < ZEST_COUNT(plain); i++)
        if (PyType_Ready(plain[i]) != 0)
            return false;
    return zest_py_result_type_ready() && zest_py_envelope_ready() && zest_py_service_types_ready(module) &&
           PyModule_AddObjectRef(module, "Core", (PyObject *)&zest_py_core_type) == 0 &&
           PyModule_AddObjectRef(module, "Result", (PyObject *)&zest_py_result_type) == 0 &&
           PyModule_AddObjectRef(module, "Envelope", (PyObject *)&zest_py_envelope_type) == 0 &&
           PyModule_AddObjectRef(module, "Stream", (PyObject *)&zest_py_stream_type) == 0 &&
           PyModule_AddObjectRef(module, "SyncStream", (PyObject *)&zest_py_sync_stream_type) == 0 &&
           PyModule_AddObjectRef(module, "Tensor", (PyObject *)&zest_py_tensor_type) == 0;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zest._zest", .m_doc = "The C side of zest.", .m_size = -1, .m_methods = functions,
};

PyMODINIT_FUNC PyInit__zest(void);

PyMODINIT_FUNC PyInit__zest(void)
{
    PyObject *module = PyModule_Create(&definition);
    zest_arena_init(&zest_py.arena, ZEST_ARENA_UNLIMITED);
    if (module &&
        !(intern_strings() && intern_keys() && read_operations() && import_names(module) && ready_types(module)))
        Py_CLEAR(module);
    return module;
}
