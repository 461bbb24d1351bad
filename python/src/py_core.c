/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_core.c - the C environment as a Python object: opening with progress, switching modes, closing.
 *
 * zest.Environment (Python) holds one core and hands out its services. Results may point into the environment's memory
 * (a model's name, a token's text), so closing waits for the running calls and frees the environment when the last
 * result is gone; nothing can be called meanwhile.
 */
#include "zest_py.h"

/* ---- closing ---------------------------------------------------------------------------------------------------- */

static void free_env(struct zest_py_core *core)
{
    struct zest_env *env = core->env;
    core->env = NULL;
    if (!env)
        return;
    PyThreadState *state = PyEval_SaveThread();
    zest_env_close(env);
    PyEval_RestoreThread(state);
}

void zest_py_core_left(struct zest_py_core *core)
{
    free_env(core);
    if (core->is_orphan)
        Py_TYPE(core)->tp_free(core);
}

static PyObject *core_close(PyObject *object, PyObject *none)
{
    struct zest_py_core *core = (struct zest_py_core *)object;
    if (core->is_closed)
        Py_RETURN_NONE;
    core->is_closed = true;
    zest_py_core_enter(core); /* so that the end of the last job does not free it under our feet */
    zest_py_jobs_finish(core);
    zest_py_stop_forget(); /* it may be one of our results that it holds */
    zest_py_core_leave(core);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static void core_dealloc(PyObject *object)
{
    struct zest_py_core *core = (struct zest_py_core *)object;
    zest_py_stop_forget();
    core->is_orphan = true;
    if (core->users == 0)
        zest_py_core_left(core);
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

struct progress {
    PyObject *callback;
    bool has_failed;
};

/* From any thread, without the GIL. An exception of the callback is raised when the opening is over. */
static void on_progress(void *user, const char *what, double fraction)
{
    struct progress *progress = user;
    PyGILState_STATE gil = PyGILState_Ensure();
    if (!progress->has_failed) {
        PyObject *done = PyObject_CallFunction(progress->callback, "sd", what, fraction);
        progress->has_failed = !done;
        if (!done)
            PyErr_WriteUnraisable(progress->callback);
        Py_XDECREF(done);
    }
    PyGILState_Release(gil);
}

static enum zest_status open_env(const struct zest_env_options *options, struct zest_env **ret_env,
                                 struct zest_error *error)
{
    PyThreadState *state = PyEval_SaveThread();
    enum zest_status status = zest_env_open(options, ret_env, error);
    PyEval_RestoreThread(state);
    return status;
}

static PyObject *core_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"model_path",     "model_name",      "threads",       "cpu",       "activations", "policy",
                            "kv_cache_bytes", "step_tokens_max", "sequences_max", "queue_max", "progress",    NULL};
    struct zest_env_options options = {0};
    struct progress progress = {0};
    long long kv_cache_bytes = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "s|zizzzLiiiO", names, &options.model_path, &options.model_name,
                                     &options.threads, &options.cpu, &options.activations, &options.policy,
                                     &kv_cache_bytes, &options.step_tokens_max, &options.sequences_max,
                                     &options.queue_max, &progress.callback))
        return NULL;
    options.kv_cache_bytes = kv_cache_bytes;
    if (progress.callback && progress.callback != Py_None) {
        options.progress = on_progress;
        options.progress_user = &progress;
    }
    struct zest_error error = {0};
    struct zest_py_core *core = (struct zest_py_core *)type->tp_alloc(type, 0);
    if (core && open_env(&options, &core->env, &error) != ZEST_OK) {
        core->env = NULL;
        Py_CLEAR(core);
        zest_py_raise(&error, NULL);
    }
    return (PyObject *)core;
}

/* ---- modes and services ----------------------------------------------------------------------------------------- */

static bool find_service(struct zest_py_core *core, PyObject *name, enum zest_service_id *ret_id)
{
    struct zest_error error;
    Py_ssize_t size;
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    if (core->is_closed)
        zest_fail(&error, ZEST_CONFLICT, "this environment is closed; open a new zest.Environment");
    else if (text && zest_service_find((struct zest_text){text, (size_t)size}, ret_id))
        return true;
    else
        zest_fail_param(
            &error, ZEST_NOT_FOUND, "service",
            "there is no service \"%.60s\"; there are engine (or model), tokenizer, scheduler, memory and computation",
            text ? text : "?");
    PyErr_Clear();
    zest_py_raise(&error, NULL);
    return false;
}

static PyObject *core_service(PyObject *object, PyObject *args)
{
    struct zest_py_core *core = (struct zest_py_core *)object;
    PyObject *name;
    int is_sync = 0;
    enum zest_service_id id;
    if (!PyArg_ParseTuple(args, "O|p", &name, &is_sync) || !find_service(core, name, &id))
        return NULL;
    return zest_py_service_new(core, id, is_sync);
}

static PyObject *core_mode(PyObject *object, PyObject *name)
{
    struct zest_py_core *core = (struct zest_py_core *)object;
    enum zest_service_id id;
    if (!find_service(core, name, &id))
        return NULL;
    struct zest_text mode = zest_env_mode(core->env, id);
    return PyUnicode_FromStringAndSize(mode.data, (Py_ssize_t)mode.size);
}

static PyObject *core_set_mode(PyObject *object, PyObject *args)
{
    struct zest_py_core *core = (struct zest_py_core *)object;
    PyObject *name;
    const char *mode;
    Py_ssize_t size;
    enum zest_service_id id;
    if (!PyArg_ParseTuple(args, "Os#", &name, &mode, &size) || !find_service(core, name, &id))
        return NULL;
    struct zest_error error = {0};
    zest_py_core_enter(core);
    PyThreadState *state = PyEval_SaveThread(); /* a remote one is tried with a call */
    enum zest_status status = zest_env_set_mode(core->env, id, (struct zest_text){mode, (size_t)size}, &error);
    PyEval_RestoreThread(state);
    zest_py_core_leave(core);
    if (status != ZEST_OK)
        return zest_py_raise(&error, NULL);
    Py_RETURN_NONE;
}

static PyObject *core_is_closed(PyObject *object, void *closure)
{
    return PyBool_FromLong(((struct zest_py_core *)object)->is_closed);
}

static PyMethodDef methods[] = {
    {"service", core_service, METH_VARARGS, "service(name, sync=False): the service in its present mode."},
    {"mode", core_mode, METH_O, "mode(name): the service's present mode."},
    {"set_mode", core_set_mode, METH_VARARGS, "set_mode(name, mode): production, research or a URL."},
    {"close", core_close, METH_NOARGS, "Cancels what runs, waits for it and frees the model."},
    {0},
};
static PyGetSetDef getset[] = {{"is_closed", core_is_closed, NULL, NULL, NULL}, {0}};

PyTypeObject zest_py_core_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest._zest.Core",
    .tp_basicsize = sizeof(struct zest_py_core),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "A model with its five services; zest.Environment is the way to it.",
    .tp_new = core_new,
    .tp_dealloc = core_dealloc,
    .tp_methods = methods,
    .tp_getset = getset,
};
