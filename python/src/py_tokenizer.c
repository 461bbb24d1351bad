/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_tokenizer.c - the module zest._tokenizer: a tokenizer alone, at full speed. zest/tokenizer.py makes zest.Tokenizer
 * of it.
 *
 * Batches let go of the interpreter's lock; single texts are too short for that.
 */
#include "py_tokenizer.h"

#include <stdio.h>
#include <unistd.h>

#define STACK_TEXTS 32

PyObject *zest_py_tokenizer_raise(const struct zest_error *error, const char *operation)
{
    PyObject *errors = PyImport_ImportModule("zest.errors");
    PyObject *exception = errors ? PyObject_CallMethod(errors, "make", "sssss", zest_status_name(error->code),
                                                       error->message, error->param, "tokenizer", operation)
                                 : NULL;
    Py_XDECREF(errors);
    if (exception)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    return NULL;
}

/* ---- rows ---- */

static void rows_dealloc(PyObject *object)
{
    zest_id_rows_finish(&((struct zest_py_rows *)object)->rows);
    PyObject_Free(object);
}

static int rows_buffer(PyObject *object, Py_buffer *view, int flags)
{
    struct zest_py_rows *self = (struct zest_py_rows *)object;
    return PyBuffer_FillInfo(view, object, self->rows.ids, (Py_ssize_t)(self->rows.id_count * sizeof(uint32_t)), 0,
                             flags);
}

static PyObject *rows_starts(PyObject *object, void *unused)
{
    struct zest_py_rows *self = (struct zest_py_rows *)object;
    return PyBytes_FromStringAndSize((const char *)self->rows.starts,
                                     (Py_ssize_t)((self->rows.row_count + 1) * sizeof(uint64_t)));
}

static PyObject *rows_offsets(PyObject *object, void *unused)
{
    struct zest_py_rows *self = (struct zest_py_rows *)object;
    if (!self->rows.offsets)
        return Py_NewRef(Py_None);
    return PyMemoryView_FromMemory((char *)self->rows.offsets,
                                   (Py_ssize_t)(self->rows.id_count * sizeof *self->rows.offsets), PyBUF_READ);
}

static PyBufferProcs rows_as_buffer = {.bf_getbuffer = rows_buffer};
static PyGetSetDef rows_attributes[] = {
    {"starts", rows_starts, NULL, "uint64: where each row begins, and the end.", NULL},
    {"offsets", rows_offsets, NULL, "uint32 pairs, alive as long as the rows; None where they were not asked for.",
     NULL},
    {0},
};

PyTypeObject zest_py_rows_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest._tokenizer.Rows",
    .tp_basicsize = sizeof(struct zest_py_rows),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "The ids of a batch, one row after the other (uint32).",
    .tp_dealloc = rows_dealloc,
    .tp_as_buffer = &rows_as_buffer,
    .tp_getset = rows_attributes,
};

/* ---- texts in ---- */

static bool text_of(PyObject *object, struct zest_text *ret_text)
{
    Py_ssize_t size;
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "text is a str, not %.80s", Py_TYPE(object)->tp_name);
        return false;
    }
    ret_text->data = PyUnicode_AsUTF8AndSize(object, &size);
    ret_text->size = (size_t)size;
    return ret_text->data != NULL;
}

static unsigned flags_of(bool add_special)
{
    return ZEST_ENCODE_VALID | ZEST_ENCODE_LENGTHS | (add_special ? ZEST_ENCODE_SPECIAL : 0u);
}

static unsigned thread_count(int wanted)
{
    long count = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

/* The batch as rows; the texts' strs stay in `sequence`. */
static struct zest_py_rows *encode_rows(struct zest_py_tokenizer *self, PyObject *sequence, unsigned flags, int threads)
{
    struct zest_text stack[STACK_TEXTS];
    size_t count = (size_t)PySequence_Fast_GET_SIZE(sequence);
    struct zest_text *texts = count <= STACK_TEXTS ? stack : PyMem_New(struct zest_text, count);
    struct zest_py_rows *rows = texts ? PyObject_New(struct zest_py_rows, &zest_py_rows_type) : NULL;
    struct zest_error error = {0};
    bool good = rows != NULL;
    if (rows)
        rows->rows = (struct zest_id_rows){0};
    for (size_t i = 0; good && i < count; i++)
        good = text_of(PySequence_Fast_GET_ITEM(sequence, (Py_ssize_t)i), &texts[i]);
    if (good) {
        enum zest_status status;
        Py_BEGIN_ALLOW_THREADS;
        status = zest_tokenizer_encode_rows(self->tokenizer, texts, count, flags, thread_count(threads), &rows->rows,
                                            &error);
        Py_END_ALLOW_THREADS;
        good = status == ZEST_OK;
        if (!good)
            zest_py_tokenizer_raise(&error, "tokenize");
    }
    if (texts != stack)
        PyMem_Free(texts);
    if (!good) {
        Py_XDECREF(rows);
        return rows && !PyErr_Occurred() ? (struct zest_py_rows *)PyErr_NoMemory() : NULL;
    }
    return rows;
}

/* A list or tuple that nobody else changes while it is read. */
static PyObject *fixed_sequence(PyObject *texts)
{
    if (PyUnicode_Check(texts)) {
        PyErr_SetString(PyExc_TypeError, "texts is a list of str, not one str; encode() takes one");
        return NULL;
    }
    return PySequence_Tuple(texts);
}

static PyObject *method_encode_rows(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"texts", "add_special_tokens", "threads", "offsets", NULL};
    PyObject *texts;
    int add_special = 1, threads = 1, offsets = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|pip", names, &texts, &add_special, &threads, &offsets) ||
        !(texts = fixed_sequence(texts)))
        return NULL;
    unsigned flags = flags_of(add_special) | (offsets ? ZEST_ENCODE_OFFSETS : 0u);
    PyObject *rows = (PyObject *)encode_rows((struct zest_py_tokenizer *)object, texts, flags, threads);
    Py_DECREF(texts);
    return rows;
}

static PyObject *method_encode_batch(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"texts", "add_special_tokens", "threads", NULL};
    struct zest_py_tokenizer *self = (struct zest_py_tokenizer *)object;
    PyObject *texts;
    int add_special = 1, threads = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|pi", names, &texts, &add_special, &threads) ||
        !(texts = fixed_sequence(texts)))
        return NULL;
    struct zest_py_rows *rows = encode_rows(self, texts, flags_of(add_special), threads);
    PyObject *list = rows ? PyList_New((Py_ssize_t)rows->rows.row_count) : NULL;
    for (size_t i = 0; list && i < rows->rows.row_count; i++) {
        uint64_t start = rows->rows.starts[i];
        PyObject *encoding = zest_py_encoding_new(self, PyTuple_GET_ITEM(texts, (Py_ssize_t)i), NULL, add_special, rows,
                                                  rows->rows.ids + start, (size_t)(rows->rows.starts[i + 1] - start));
        if (!encoding)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, encoding);
    }
    Py_XDECREF(rows);
    Py_DECREF(texts);
    return list;
}

/* ---- one text ---- */

struct new_encoding {
    struct zest_py_tokenizer *tokenizer;
    PyObject *text, *made;
    bool add_special;
};

static void make_encoding(void *user, const uint32_t *ids, size_t count)
{
    struct new_encoding *new = user;
    new->made = zest_py_encoding_new(new->tokenizer, new->text, NULL, new->add_special, NULL, ids, count);
}

static PyObject *encode_one(struct zest_py_tokenizer *self, PyObject *text, bool add_special)
{
    struct zest_text bytes;
    struct zest_error error = {0};
    struct new_encoding new = {self, text, NULL, add_special};
    if (!text_of(text, &bytes))
        return NULL;
    enum zest_status status =
        zest_tokenizer_take_ids(self->tokenizer, bytes, flags_of(add_special), make_encoding, &new, &error);
    return status == ZEST_OK ? new.made : zest_py_tokenizer_raise(&error, "tokenize");
}

static PyObject *encode_pair(struct zest_py_tokenizer *self, PyObject *text, PyObject *pair, bool add_special)
{
    struct zest_tokenizer_encode_request request;
    struct zest_tokenizer_encode_reply reply;
    struct zest_arena arena;
    zest_tokenizer_encode_request_init(&request);
    if (!text_of(text, &request.text) || !text_of(pair, &request.pair))
        return NULL;
    request.has_pair = true;
    request.add_special = add_special;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    enum zest_status status = zest_tokenizer_encode(self->tokenizer, &call, &request, &reply);
    PyObject *encoding = status == ZEST_OK ? zest_py_encoding_new(self, text, pair, add_special, NULL,
                                                                  (const uint32_t *)reply.ids, reply.ids_count)
                                           : zest_py_tokenizer_raise(&call.error, "encode");
    zest_arena_finish(&arena);
    return encoding;
}

static PyObject *method_encode(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"text", "pair", "add_special_tokens", NULL};
    struct zest_py_tokenizer *self = (struct zest_py_tokenizer *)object;
    PyObject *text, *pair = Py_None;
    int add_special = 1;
    if (!keywords && PyTuple_GET_SIZE(args) == 1)
        return encode_one(self, PyTuple_GET_ITEM(args, 0), true);
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|Op", names, &text, &pair, &add_special))
        return NULL;
    return pair == Py_None ? encode_one(self, text, add_special) : encode_pair(self, text, pair, add_special);
}

/* ---- decoding ---- */

/* ids from a list, a tuple or a buffer of 32-bit integers; to be freed by PyMem_Free. */
static uint32_t *ids_of(PyObject *object, size_t *ret_count)
{
    Py_buffer view;
    if (PyObject_CheckBuffer(object)) {
        if (PyObject_GetBuffer(object, &view, PyBUF_FORMAT | PyBUF_ND | PyBUF_C_CONTIGUOUS) != 0)
            return NULL;
        bool fits = view.itemsize == 4 && view.format && strchr("iIlL", view.format[0]);
        uint32_t *ids = fits ? PyMem_Malloc((size_t)view.len + 4) : NULL;
        if (ids)
            memcpy(ids, view.buf, (size_t)view.len);
        else if (!fits)
            PyErr_SetString(PyExc_TypeError, "ids is a list of int or an array of 32-bit integers");
        *ret_count = (size_t)view.len / 4;
        PyBuffer_Release(&view);
        return ids;
    }
    PyObject *list = PySequence_Fast(object, "ids is a list of int or an array of 32-bit integers");
    if (!list)
        return NULL;
    size_t count = (size_t)PySequence_Fast_GET_SIZE(list);
    uint32_t *ids = PyMem_New(uint32_t, count + 1);
    for (size_t i = 0; ids && i < count; i++) {
        unsigned long id = PyLong_AsUnsignedLong(PySequence_Fast_GET_ITEM(list, (Py_ssize_t)i));
        if (PyErr_Occurred()) {
            PyMem_Free(ids);
            ids = NULL;
        } else {
            ids[i] = id > UINT32_MAX ? UINT32_MAX : (uint32_t)id;
        }
    }
    Py_DECREF(list);
    *ret_count = count;
    return ids;
}

static PyObject *decode_one(struct zest_py_tokenizer *self, PyObject *object, bool skip_special)
{
    struct zest_buffer out;
    struct zest_error error = {0};
    size_t count;
    uint32_t *ids = ids_of(object, &count);
    if (!ids)
        return NULL;
    zest_buffer_init(&out, (size_t)1 << 32);
    enum zest_status status = zest_tokenizer_decode_to(self->tokenizer, ids, count, skip_special, &out, &error);
    PyObject *text = status == ZEST_OK ? PyUnicode_DecodeUTF8(out.data ? out.data : "", (Py_ssize_t)out.size, "replace")
                                       : zest_py_tokenizer_raise(&error, "detokenize");
    zest_buffer_finish(&out);
    PyMem_Free(ids);
    return text;
}

static PyObject *method_decode(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"ids", "skip_special_tokens", NULL};
    PyObject *ids;
    int skip_special = 1;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|p", names, &ids, &skip_special))
        return NULL;
    return decode_one((struct zest_py_tokenizer *)object, ids, skip_special);
}

static PyObject *method_decode_batch(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"batch", "skip_special_tokens", NULL};
    PyObject *batch;
    int skip_special = 1;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|p", names, &batch, &skip_special) ||
        !(batch = PySequence_Tuple(batch)))
        return NULL;
    PyObject *list = PyList_New(PyTuple_GET_SIZE(batch));
    for (Py_ssize_t i = 0; list && i < PyTuple_GET_SIZE(batch); i++) {
        PyObject *text = decode_one((struct zest_py_tokenizer *)object, PyTuple_GET_ITEM(batch, i), skip_special);
        if (!text)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, text);
    }
    Py_DECREF(batch);
    return list;
}

/* ---- the vocabulary ---- */

static PyObject *method_token_to_id(PyObject *object, PyObject *token)
{
    struct zest_text text;
    if (!text_of(token, &text))
        return NULL;
    uint32_t id = zest_tokenizer_id(((struct zest_py_tokenizer *)object)->tokenizer, text);
    return id == UINT32_MAX ? Py_NewRef(Py_None) : PyLong_FromUnsignedLong(id);
}

static PyObject *method_id_to_token(PyObject *object, PyObject *number)
{
    unsigned long id = PyLong_AsUnsignedLong(number);
    if (PyErr_Occurred())
        return NULL;
    struct zest_text text = zest_tokenizer_token(((struct zest_py_tokenizer *)object)->tokenizer,
                                                 id > UINT32_MAX ? UINT32_MAX : (uint32_t)id);
    return text.size == 0 ? Py_NewRef(Py_None) : PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.size, "replace");
}

static PyObject *method_vocab_size(PyObject *object, PyObject *none)
{
    return PyLong_FromUnsignedLong(zest_tokenizer_id_count(((struct zest_py_tokenizer *)object)->tokenizer));
}

/* ---- the type ---- */

/* Opens here, not in __init__, so that there is no object without a tokenizer. */
static PyObject *tokenizer_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"path", "cache", "cpu", NULL};
    struct zest_tokenizer_options options = {0};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_error error = {0};
    PyObject *path;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O&|zz", names, PyUnicode_FSConverter, &path,
                                     &options.cache_folder, &options.cpu))
        return NULL;
    enum zest_status status;
    options.model_path = PyBytes_AS_STRING(path);
    Py_BEGIN_ALLOW_THREADS;
    status = zest_tokenizer_native_create(&options, &tokenizer, &error);
    Py_END_ALLOW_THREADS;
    Py_DECREF(path);
    if (status != ZEST_OK)
        return zest_py_tokenizer_raise(&error, "tokenize");
    PyObject *object = type->tp_alloc(type, 0);
    if (object)
        ((struct zest_py_tokenizer *)object)->tokenizer = tokenizer;
    else
        zest_tokenizer_native_destroy(tokenizer);
    return object;
}

/* The arguments are tokenizer_new's. */
static int tokenizer_init(PyObject *object, PyObject *args, PyObject *keywords)
{
    (void)object;
    (void)args;
    (void)keywords;
    return 0;
}

static void tokenizer_dealloc(PyObject *object)
{
    struct zest_py_tokenizer *self = (struct zest_py_tokenizer *)object;
    zest_tokenizer_native_destroy(self->tokenizer);
    Py_TYPE(object)->tp_free(object);
}

#define KEYWORDS(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"encode", KEYWORDS(method_encode), "encode(text, pair=None, add_special_tokens=True) -> Encoding"},
    {"encode_batch", KEYWORDS(method_encode_batch),
     "encode_batch(texts, add_special_tokens=True, threads=0) -> list of Encoding; 0 threads: one a processor"},
    {"_encode_rows", KEYWORDS(method_encode_rows),
     "_encode_rows(texts, add_special_tokens=True, threads=1, offsets=False) -> Rows"},
    {"decode", KEYWORDS(method_decode), "decode(ids, skip_special_tokens=True) -> str"},
    {"decode_batch", KEYWORDS(method_decode_batch), "decode_batch(batch, skip_special_tokens=True) -> list of str"},
    {"token_to_id", method_token_to_id, METH_O, "token_to_id(token) -> int, or None where there is no such token"},
    {"id_to_token", method_id_to_token, METH_O, "id_to_token(id) -> str, or None where there is no such id"},
    {"get_vocab_size", method_vocab_size, METH_NOARGS, "How many ids there are, added tokens included."},
    {0},
};

PyTypeObject zest_py_tokenizer_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest._tokenizer.Tokenizer",
    .tp_basicsize = sizeof(struct zest_py_tokenizer),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "Tokenizer(path, cache=None, cpu=None): a tokenizer alone.",
    .tp_new = tokenizer_new,
    .tp_init = tokenizer_init,
    .tp_dealloc = tokenizer_dealloc,
    .tp_methods = methods,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "zest._tokenizer", .m_size = -1};

PyMODINIT_FUNC PyInit__tokenizer(void);

PyMODINIT_FUNC PyInit__tokenizer(void)
{
    PyObject *made = PyModule_Create(&module);
    if (!made || PyModule_AddType(made, &zest_py_tokenizer_type) != 0 || PyType_Ready(&zest_py_rows_type) != 0 ||
        PyModule_AddType(made, &zest_py_encoding_type) != 0) {
        Py_XDECREF(made);
        return NULL;
    }
    return made;
}
