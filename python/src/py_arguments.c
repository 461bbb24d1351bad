/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_arguments.c - which argument of a call is which field of its request.
 *
 * Positional arguments are the fields in contract order. One mapping alone (a dict, zest.MemoryAllocation) stands for
 * all fields. Keyword names are interned at import, so that the usual look-up is a comparison of pointers.
 */
#include "zest_py.h"

static bool refuse_call(struct zest_py_reader *reader, const struct zest_py_operation *operation, enum zest_status code,
                        const char *param, const char *what)
{
    const struct zest_operation *described = operation->operation;
    char names[300] = "";
    size_t size = 0;
    for (size_t i = 0; i < described->request->field_count && size < sizeof(names); i++)
        size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s", i ? ", " : "",
                                 described->request->fields[i].name);
    zest_fail_param(reader->error, code, param, "%s.%s %s; it takes %s", described->service, described->name, what,
                    size ? names : "no arguments");
    return false;
}

static bool refuse_keyword(struct zest_py_reader *reader, const struct zest_py_operation *operation, PyObject *key,
                           bool is_twice)
{
    const char *name = PyUnicode_AsUTF8(key);
    char what[128];
    if (!name) {
        PyErr_Clear();
        name = "?";
    }
    snprintf(what, sizeof(what), is_twice ? "got %.60s twice" : "has no field \"%.60s\"", name);
    return refuse_call(reader, operation, is_twice ? ZEST_INVALID_ARGUMENT : ZEST_UNKNOWN_FIELD, name, what);
}

static bool refuse_missing(struct zest_py_reader *reader, const struct zest_py_operation *operation, uint64_t missing)
{
    const char *name = operation->operation->request->fields[__builtin_ctzll(missing)].name;
    char what[128];
    snprintf(what, sizeof(what), "needs %.60s", name);
    return refuse_call(reader, operation, ZEST_MISSING_FIELD, name, what);
}

static bool refuse_count(struct zest_py_reader *reader, const struct zest_py_operation *operation, size_t count)
{
    char what[128];
    snprintf(what, sizeof(what), "got %zu arguments", count);
    return refuse_call(reader, operation, ZEST_INVALID_ARGUMENT, "", what);
}

static Py_ssize_t find_name(PyObject **names, size_t count, PyObject *key)
{
    for (size_t i = 0; i < count; i++)
        if (names[i] == key)
            return (Py_ssize_t)i;
    for (size_t i = 0; i < count; i++)
        if (PyUnicode_Compare(names[i], key) == 0)
            return (Py_ssize_t)i;
    PyErr_Clear();
    return -1;
}

/* True where a sole argument is meant as the whole request: a mapping whose keys are all fields. */
static bool stands_for_all(const struct zest_py_operation *operation, PyObject *value)
{
    const struct zest_object *request = operation->operation->request;
    if (PyList_Check(value) || PyTuple_Check(value) || PyLong_Check(value) || zest_py_result_of(value) ||
        !PyMapping_Check(value) || !PyObject_HasAttrString(value, "keys"))
        return false;
    enum zest_field_type first = request->field_count ? request->fields[0].type : ZEST_FIELD_STRING;
    if (first != ZEST_FIELD_OBJECT && first != ZEST_FIELD_JSON)
        return true;
    PyObject *keys = PyMapping_Keys(value);
    bool are_fields = keys != NULL;
    for (Py_ssize_t i = 0; are_fields && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        are_fields = PyUnicode_Check(key) && find_name(operation->request_names, request->field_count, key) >= 0;
    }
    Py_XDECREF(keys);
    PyErr_Clear();
    return are_fields;
}

/* generate(ids): ids where a text is meant go to the field of the same name with _ids, where there is one. */
static size_t redirect_ids(const struct zest_object *request, size_t index, PyObject *value)
{
    const struct zest_field *field = &request->fields[index];
    if (field->type != ZEST_FIELD_STRING || field->is_array || PyUnicode_Check(value) || value == Py_None)
        return index;
    struct zest_py_result *result = zest_py_result_of(value);
    if (result ? !result->operation->main || !result->operation->main->is_array
               : !PyList_Check(value) && !PyTuple_Check(value) && !PyRange_Check(value) && !PyObject_CheckBuffer(value))
        return index;
    size_t size = strlen(field->name);
    for (size_t i = 0; i < request->field_count; i++)
        if (strncmp(request->fields[i].name, field->name, size) == 0 &&
            strcmp(request->fields[i].name + size, "_ids") == 0)
            return i;
    return index;
}

static bool read_argument(struct zest_py_reader *reader, const struct zest_object *request, size_t index,
                          PyObject *value, void *base)
{
    const struct zest_field *field = &request->fields[index];
    struct zest_py_place place = {.name = field->name};
    return zest_py_read_value(reader, &place, field, value, (char *)base + field->offset);
}

static bool read_keywords(struct zest_py_reader *reader, const struct zest_py_operation *operation,
                          PyObject *const *values, PyObject *kwnames, uint64_t *seen, void *base)
{
    const struct zest_object *request = operation->operation->request;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *key = PyTuple_GET_ITEM(kwnames, i);
        Py_ssize_t index = find_name(operation->request_names, request->field_count, key);
        if (index < 0)
            return refuse_keyword(reader, operation, key, false);
        if (*seen >> index & 1)
            return refuse_keyword(reader, operation, key, true);
        *seen |= (uint64_t)1 << index;
        if (!read_argument(reader, request, (size_t)index, values[i], base))
            return false;
    }
    return true;
}

bool zest_py_read_arguments(struct zest_py_reader *reader, const struct zest_py_operation *operation,
                            PyObject *const *args, size_t count, PyObject *kwnames, void *request)
{
    const struct zest_object *described = operation->operation->request;
    zest_py_copy_words(request, operation->defaults, described->size);
    if (count > described->field_count)
        return refuse_count(reader, operation, count);
    if (count == 1 && !kwnames && !PyUnicode_Check(args[0]) && stands_for_all(operation, args[0]))
        return zest_py_read_mapping(reader, NULL, described, args[0], request);
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        size_t index = redirect_ids(described, i, args[i]);
        seen |= (uint64_t)1 << index;
        if (!read_argument(reader, described, index, args[i], request))
            return false;
    }
    if (kwnames && !read_keywords(reader, operation, args + count, kwnames, &seen, request))
        return false;
    uint64_t missing = operation->required & ~seen;
    return !missing || refuse_missing(reader, operation, missing);
}

PyObject *zest_py_hold(PyObject *const *args, size_t count, PyObject *kwnames)
{
    size_t all = count + (kwnames ? (size_t)PyTuple_GET_SIZE(kwnames) : 0);
    PyObject *held = PyTuple_New((Py_ssize_t)all);
    for (size_t i = 0; held && i < all; i++)
        PyTuple_SET_ITEM(held, (Py_ssize_t)i, Py_NewRef(args[i]));
    return held;
}
