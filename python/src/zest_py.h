/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zest_py.h - what the files of the extension zest._zest share.
 *
 * A call goes: py_method.c (finds the operation) -> py_request.c (arguments to the request struct) -> the service ->
 * py_result.c (the reply struct, wrapped) -> py_value.c (a field, when somebody reads it). Long calls pass through
 * py_job.c, streams through py_stream.c; py_envelope.c puts research mode's metadata round a result.
 *
 * Everything here runs with the GIL held unless its comment says otherwise. Types are static: the module is made for
 * one interpreter a process.
 */
#ifndef ZEST_PY_H
#define ZEST_PY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <zest/environment.h>
#include <zest/json.h>

enum {
    ZEST_PY_FIELDS_MAX = 64,         /* fields of a request or reply; checked at import */
    ZEST_PY_REQUEST_BYTES_MAX = 512, /* sizeof the largest request struct; checked at import */
    ZEST_PY_ARENA_KEPT_MAX = 65536,  /* bytes of an arena that may outlive its result, for the next one */
};

/* An operation with what Python needs of it, made once at import and never freed. */
struct zest_py_operation {
    const struct zest_operation *operation;
    enum zest_service_id service;
    PyObject *name, *service_name; /* interned */
    PyObject *metadata;            /* a dict: the template of its envelopes' metadata */
    PyObject **request_names;      /* interned, in contract order */
    PyObject **reply_names;
    uint64_t required;                  /* bit i: request field i must be given */
    void *defaults;                     /* a request struct at its defaults */
    bool takes_text;                    /* its first field is a text, and the only one required */
    const struct zest_field *main;      /* the reply's x-main field, NULL where it has none */
    const struct zest_field *reasoning; /* the reply's algorithm_reasoning, NULL where it has none */
    bool is_borrowed;                   /* the reply's arrays belong to the service and must be copied at once */
};

/* The keys of an envelope's metadata, in their order. */
enum zest_py_key {
    ZEST_PY_SERVICE,
    ZEST_PY_METHOD,
    ZEST_PY_MODE,
    ZEST_PY_IMPLEMENTATION,
    ZEST_PY_EXECUTION_TIME,
    ZEST_PY_REQUEST_ID,
    ZEST_PY_TIMESTAMP,
    ZEST_PY_ALGORITHM_REASONING,
    ZEST_PY_WARNINGS,
    ZEST_PY_KEYS
};

/* What the module holds; one for the process, filled at import. */
struct zest_py {
    struct zest_py_operation *operations[ZEST_SERVICE_COUNT];
    struct zest_arena arena; /* what the operations' tables point to */
    PyObject *make_error;    /* zest.errors.make */
    PyObject *json_loads, *json_dumps;
    PyObject *record; /* zest._record.Record */
    PyObject *get_running_loop;
    PyObject *string_call_soon_threadsafe, *string_create_future, *string_await, *string_throw, *string_done,
        *string_set_result, *string_data, *string_metadata;
    PyObject *wake;               /* the builtin that completes a future */
    PyObject *keys[ZEST_PY_KEYS]; /* interned */
    size_t reply_bytes_max;       /* of all operations */
    uint64_t calls;               /* numbers the request ids */
};
extern struct zest_py zest_py;

/* ---- the environment -------------------------------------------------------------------------------------------- */

/*
 * Owns the C environment. It is closed when close() was asked for, or no Python object refers to the core any more, and
 * nothing uses its memory: users are counted and hold no reference, since every result is one.
 */
struct zest_py_core {
    PyObject_HEAD struct zest_env *env;
    size_t users;   /* results, streams and running jobs that may point into the environment */
    bool is_closed; /* close() was called */
    bool is_orphan; /* the last reference is gone; its memory waits for the users */
};
extern PyTypeObject zest_py_core_type;
void zest_py_core_left(struct zest_py_core *core); /* the last user of a closed or orphaned core is gone */

static inline void zest_py_core_enter(struct zest_py_core *core)
{
    core->users++;
}

static inline void zest_py_core_leave(struct zest_py_core *core)
{
    if (--core->users == 0 && (core->is_closed || core->is_orphan))
        zest_py_core_left(core);
}

/* One service in one mode. */
struct zest_py_service {
    PyObject_HEAD struct zest_py_core *core; /* strong */
    struct zest_service *layer;
    enum zest_service_id id;
    bool is_sync;
    PyObject *mode;
};
/* Every kind is a Python type of its own with C functions of its own, so that no call asks for its mode. */
enum zest_py_kind { ZEST_PY_PRODUCTION, ZEST_PY_RESEARCH, ZEST_PY_REMOTE, ZEST_PY_KINDS };
PyObject *zest_py_service_new(struct zest_py_core *core, enum zest_service_id id, bool is_sync);
bool zest_py_service_types_ready(PyObject *module);
PyObject *zest_py_service_measure(PyObject *self, PyObject *args);

/* ---- methods ---------------------------------------------------------------------------------------------------- */

extern PyTypeObject zest_py_method_type;
PyObject *zest_py_method_new(const struct zest_py_operation *operation, enum zest_py_kind kind, bool is_sync,
                             PyTypeObject *owner);

/* ---- arguments -------------------------------------------------------------------------------------------------- */

/* A buffer that a request points into, released when the call is over; lies in the call's arena. */
struct zest_py_pin {
    Py_buffer view;
    struct zest_py_pin *next;
};

struct zest_py_reader {
    struct zest_arena *arena;
    struct zest_error *error; /* filled in where an argument is refused */
    struct zest_py_pin *pins;
    bool copies_inner; /* the call leaves the GIL: texts inside containers are copied */
    size_t bytes;      /* of texts and arrays so far */
};

/*
 * Fills `request` from the arguments of a call. False: either reader->error is filled in or a Python exception is set.
 * Top-level texts and buffers are borrowed from the arguments, which must outlive the call.
 */
bool zest_py_read_arguments(struct zest_py_reader *reader, const struct zest_py_operation *operation,
                            PyObject *const *args, size_t count, PyObject *kwnames, void *request);
/* Small structs, word by word: a call of memcpy costs more than they do. Both have room up to a whole word. */
typedef uint64_t __attribute__((may_alias)) zest_py_word;

static inline void zest_py_copy_words(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < (size + 7) / 8; i++)
        ((zest_py_word *)to)[i] = ((const zest_py_word *)from)[i];
}

static inline void zest_py_clear_words(void *to, size_t size)
{
    for (size_t i = 0; i < (size + 7) / 8; i++)
        ((zest_py_word *)to)[i] = 0;
}

/*
 * The usual calls, f() and f("text") in ASCII, whose bytes are its UTF-8, as zest_py_read_arguments would do them.
 * False: it must do it.
 */
static inline bool zest_py_read_usual(struct zest_py_reader *reader, const struct zest_py_operation *operation,
                                      PyObject *const *args, size_t count, PyObject *kwnames, void *request)
{
    if (kwnames || count > 1)
        return false;
    zest_py_copy_words(request, operation->defaults, operation->operation->request->size);
    if (count == 0)
        return !operation->required;
    if (!operation->takes_text || !PyUnicode_CheckExact(args[0]) || !PyUnicode_IS_COMPACT_ASCII(args[0]))
        return false;
    const struct zest_field *field = operation->operation->request->fields;
    struct zest_text text = {PyUnicode_DATA(args[0]), (size_t)PyUnicode_GET_LENGTH(args[0])};
    if (text.size < field->size_min || (field->size_max && text.size > field->size_max))
        return false;
    reader->bytes = text.size;
    memcpy((char *)request + field->offset, &text, sizeof(text));
    return true;
}

void zest_py_release_pins(struct zest_py_pin *pins);
PyObject *zest_py_hold(PyObject *const *args, size_t count, PyObject *kwnames); /* a tuple of all arguments */

/* Where in the arguments a value lies, for error texts: "entries[2].block_ids". */
struct zest_py_place {
    const struct zest_py_place *outer;
    const char *name; /* of a field, or */
    Py_ssize_t index; /* of an item, where name is NULL */
};
bool zest_py_refuse(struct zest_py_reader *reader, const struct zest_py_place *place, enum zest_status code,
                    const char *format, ...) ZEST_PRINTF(4, 5);
static inline bool zest_py_refuse_memory(void)
{
    PyErr_NoMemory();
    return false;
}
bool zest_py_refuse_type(struct zest_py_reader *reader, const struct zest_py_place *place, PyObject *value,
                         const char *expected);
bool zest_py_read_value(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, void *dest);
bool zest_py_read_array(struct zest_py_reader *reader, const struct zest_py_place *place,
                        const struct zest_field *field, PyObject *value, char *base);
bool zest_py_read_mapping(struct zest_py_reader *reader, const struct zest_py_place *outer,
                          const struct zest_object *object, PyObject *mapping, char *base);
size_t zest_py_item_size(const struct zest_field *field);

/* ---- results ---------------------------------------------------------------------------------------------------- */

enum zest_py_state { ZEST_PY_READY, ZEST_PY_FAILED, ZEST_PY_PENDING };

struct zest_py_job;
struct zest_py_stream;

/* A reply and the arena that it lives in; its own awaitable. */
struct zest_py_result {
    PyObject_HEAD const struct zest_py_operation *operation;
    struct zest_py_core *core; /* entered */
    enum zest_py_state state;
    bool is_noticed;               /* somebody awaited or read it */
    bool is_tracked;               /* by the garbage collector: as soon as it holds Python objects */
    struct zest_error *error;      /* FAILED: malloc'd, or NULL where */
    PyObject *exception;           /* a Python exception was kept instead */
    PyObject **values;             /* calloc'd, one for each reply field, made when first read */
    struct zest_py_job *job;       /* PENDING on a job */
    struct zest_py_stream *stream; /* PENDING on a stream, strong */
    PyObject *waiter;              /* the future's iterator that an await is in */
    uint64_t start, ticks;         /* research: when the call began, how long it took */
    uint64_t number;               /* research: of the call */
    const char *implementation;    /* research: who did the work; NULL where the layer did not say */
    struct zest_arena arena;
    _Alignas(max_align_t) char reply[]; /* zest_py.reply_bytes_max bytes */
};
extern PyTypeObject zest_py_result_type;
bool zest_py_result_type_ready(void);
struct zest_py_result *zest_py_result_new(const struct zest_py_operation *operation, struct zest_py_core *core);
/* Makes the result a failed one: from `error`, or from the Python exception that is set. */
void zest_py_result_fail(struct zest_py_result *result, const struct zest_error *error);
/* True where the reply may be read; waits for it where it is pending. False: a Python exception is set. */
bool zest_py_result_settle(struct zest_py_result *result);
/* One step of an await: RETURN (ready; *ret_yielded stays as it is), NEXT (*ret_yielded goes to the loop) or ERROR. */
PySendResult zest_py_result_step_slowly(struct zest_py_result *result, PyObject **ret_yielded);
static inline PySendResult zest_py_result_step(struct zest_py_result *result, PyObject **ret_yielded)
{
    if (__builtin_expect(result->state == ZEST_PY_READY, 1))
        return PYGEN_RETURN;
    return zest_py_result_step_slowly(result, ret_yielded);
}
PyObject *zest_py_result_throw(struct zest_py_result *result, PyObject *const *args, Py_ssize_t count);
void zest_py_result_abandon(struct zest_py_result *result); /* nobody waits any more: cancels what runs */
bool zest_py_result_own(struct zest_py_result *result);     /* copies arrays that the service only lends */

/* Most results hold nothing but numbers and are gone soon; the collector hears of the others only. */
static inline void zest_py_result_track(struct zest_py_result *result)
{
    if (!result->is_tracked) {
        result->is_tracked = true;
        PyObject_GC_Track(result);
    }
}

/* Holds no more than a dead result in the free list does. */
static inline bool zest_py_result_is_light(const struct zest_py_result *result)
{
    return !result->is_tracked && result->arena.total <= ZEST_PY_ARENA_KEPT_MAX;
}

static inline bool zest_py_is_result(PyObject *object)
{
    return Py_TYPE(object) == &zest_py_result_type;
}

/* The result that `object` is or envelops, NULL where it is neither (no exception). */
struct zest_py_result *zest_py_result_of(PyObject *object);

/* Data of a settled result. New references. */
PyObject *zest_py_result_field(struct zest_py_result *result, size_t index);
Py_ssize_t zest_py_result_find(const struct zest_py_operation *operation, PyObject *name); /* -1: no such field */
PyObject *zest_py_result_main(struct zest_py_result *result); /* the main field; raises TypeError where none is */
PyObject *zest_py_result_dict(struct zest_py_result *result);
PyObject *zest_py_result_names(struct zest_py_result *result); /* a list */
PyObject *zest_py_result_subscript(PyObject *self, PyObject *key);
extern PySequenceMethods zest_py_result_as_sequence;
extern PyMappingMethods zest_py_result_as_mapping;
extern PyBufferProcs zest_py_result_as_buffer;
extern PyMethodDef zest_py_result_methods[];
PyObject *zest_py_result_send(PyObject *self, PyObject *value);
PyObject *zest_py_result_throw_method(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *zest_py_result_close(PyObject *self, PyObject *none);
PyObject *zest_py_result_iter(PyObject *self);
PyObject *zest_py_result_compare(PyObject *self, PyObject *other, int op);
PyObject *zest_py_result_repr(PyObject *self);
PyObject *zest_py_result_str(PyObject *self);
PyObject *zest_py_present(const char *function, PyObject *object); /* zest._present.FUNCTION(object) */

/* A field of a C struct as a Python value. `owner` is kept by arrays that show its memory. */
PyObject *zest_py_value(const struct zest_field *field, const void *base, PyObject *owner);
extern PyTypeObject zest_py_tensor_type;

/* ---- envelopes -------------------------------------------------------------------------------------------------- */

extern PyTypeObject zest_py_envelope_type;
bool zest_py_envelope_ready(void);
PyObject *zest_py_envelope_new(struct zest_py_result *result, const struct zest_py_service *service); /* takes result */
struct zest_py_result *zest_py_envelope_result(PyObject *envelope);                                   /* borrowed */
PyObject *zest_py_metadata_template(const struct zest_py_operation *operation);
PyObject *zest_py_metadata(const struct zest_py_result *result, PyObject *mode);

/* ---- long calls ------------------------------------------------------------------------------------------------- */

/*
 * Starts the call on a worker thread; the result is pending until it ends. `request` lies in the result's arena; takes
 * `held`, a tuple of what the request points into, and the pins. Where it can't start the result has failed.
 */
void zest_py_job_start(struct zest_py_result *result, struct zest_service *layer, void *request, PyObject *held,
                       struct zest_py_pin *pins);
bool zest_py_job_wait(struct zest_py_result *result); /* blocks without the GIL; false: an exception (such as Ctrl-C) */
PyObject *zest_py_job_future(struct zest_py_result *result); /* a future of the running loop, completed at the end */
void zest_py_job_cancel(struct zest_py_result *result);
void zest_py_jobs_finish(struct zest_py_core *core); /* cancels the core's jobs (NULL: all) and waits for them */

/* ---- streams ---------------------------------------------------------------------------------------------------- */

extern PyTypeObject zest_py_stream_type, zest_py_sync_stream_type;
extern PyTypeObject zest_py_given_type; /* an awaitable of a value that is there */
PyObject *zest_py_given_new(PyObject *value);
PyObject *zest_py_stream_open(const struct zest_py_operation *operation, struct zest_py_service *service, bool is_sync,
                              PyObject *const *args, size_t count, PyObject *kwnames);
/* Fills a pending result from its stream: true where it is settled now. */
bool zest_py_stream_poll(struct zest_py_result *result);
PyObject *zest_py_stream_future(struct zest_py_result *result);
bool zest_py_stream_wait(struct zest_py_result *result);
void zest_py_stream_detach(struct zest_py_result *result);

/* ---- errors ----------------------------------------------------------------------------------------------------- */

/* Sets the zest exception that `error` stands for, with the example of `operation` (may be NULL). Returns NULL. */
PyObject *zest_py_raise(const struct zest_error *error, const struct zest_py_operation *operation);

/* Raises StopIteration(value): NULL. The first is the cheap one, and may hold a light value until the next await. */
PyObject *zest_py_stop(PyObject *value);
PyObject *zest_py_stop_once(PyObject *value);
void zest_py_stop_forget(void); /* lets go of that value */

/* Completes `future` from any thread that holds the GIL, through its loop. */
void zest_py_wake(PyObject *loop, PyObject *future);

#endif
