/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_encoding.c - a tokenized text in Python, in the shape that users of Hugging Face's library know.
 *
 * Ids cost nothing but their list; numpy.asarray(encoding) looks at them in place. Offsets, tokens, words and masks
 * want the whole pipeline, so the text is tokenized once more when one of them is asked for.
 */
#include "py_tokenizer.h"

PyObject *zest_py_id_list(const uint32_t *ids, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *id = PyLong_FromUnsignedLong(ids[i]);
        if (!id) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, id);
    }
    return list;
}

PyObject *zest_py_encoding_new(struct zest_py_tokenizer *tokenizer, PyObject *text, PyObject *pair, bool add_special,
                               struct zest_py_rows *rows, const uint32_t *ids, size_t count)
{
    struct zest_py_encoding *self =
        PyObject_NewVar(struct zest_py_encoding, &zest_py_encoding_type, rows ? 0 : (Py_ssize_t)count);
    if (!self)
        return NULL;
    self->tokenizer = (struct zest_py_tokenizer *)Py_NewRef((PyObject *)tokenizer);
    self->text = Py_NewRef(text);
    self->pair = Py_XNewRef(pair);
    self->rows = (struct zest_py_rows *)Py_XNewRef((PyObject *)rows);
    self->ids = rows ? ids : self->own;
    self->count = count;
    self->details = NULL;
    self->add_special = add_special;
    if (!rows && count > 0)
        memcpy(self->own, ids, count * sizeof *ids);
    return (PyObject *)self;
}

static void encoding_dealloc(PyObject *object)
{
    struct zest_py_encoding *self = (struct zest_py_encoding *)object;
    Py_XDECREF(self->tokenizer);
    Py_XDECREF(self->text);
    Py_XDECREF(self->pair);
    Py_XDECREF(self->rows);
    Py_XDECREF(self->details);
    PyObject_Free(self);
}

/* ---- details ---- */

static PyObject *list_of_numbers(const int32_t *numbers, size_t count, bool none_below_zero)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *number = none_below_zero && numbers[i] < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(numbers[i]);
        if (!number) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, number);
    }
    return list;
}

static PyObject *list_of_texts(const struct zest_text *texts, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *text = PyUnicode_DecodeUTF8(texts[i].data, (Py_ssize_t)texts[i].size, "replace");
        if (!text) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, text);
    }
    return list;
}

static PyObject *list_of_spans(const struct zest_tokenizer_span *spans, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *span = Py_BuildValue("(ii)", spans[i].start, spans[i].end);
        if (!span) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, span);
    }
    return list;
}

static bool put(PyObject *dict, const char *name, PyObject *value)
{
    bool done = value && PyDict_SetItemString(dict, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

static PyObject *list_of_parts(const struct zest_tokenizer_encode_reply *reply)
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < reply->overflow_count; i++) {
        const struct zest_tokenizer_part *part = &reply->overflow[i];
        PyObject *dict = PyDict_New();
        if (!dict || !put(dict, "ids", list_of_numbers(part->ids, part->ids_count, false)) ||
            !put(dict, "offsets", list_of_spans(part->offsets, part->offsets_count)) || PyList_Append(list, dict) != 0)
            Py_CLEAR(list);
        Py_XDECREF(dict);
    }
    return list;
}

static PyObject *details_of(const struct zest_tokenizer_encode_reply *reply)
{
    PyObject *dict = PyDict_New();
    if (dict && put(dict, "offsets", list_of_spans(reply->offsets, reply->offsets_count)) &&
        put(dict, "tokens", list_of_texts(reply->tokens, reply->tokens_count)) &&
        put(dict, "word_ids", list_of_numbers(reply->words, reply->words_count, true)) &&
        put(dict, "type_ids", list_of_numbers(reply->type_ids, reply->type_ids_count, false)) &&
        put(dict, "special_tokens_mask", list_of_numbers(reply->special, reply->special_count, false)) &&
        put(dict, "attention_mask", list_of_numbers(reply->attention, reply->attention_count, false)) &&
        put(dict, "overflowing", list_of_parts(reply)))
        return dict;
    Py_XDECREF(dict);
    return NULL;
}

static bool text_of(PyObject *object, struct zest_text *ret_text)
{
    Py_ssize_t size;
    ret_text->data = PyUnicode_AsUTF8AndSize(object, &size);
    ret_text->size = (size_t)size;
    return ret_text->data != NULL;
}

static PyObject *make_details(struct zest_py_encoding *self)
{
    struct zest_tokenizer_encode_request request;
    struct zest_tokenizer_encode_reply reply;
    struct zest_arena arena;
    zest_tokenizer_encode_request_init(&request);
    if (!text_of(self->text, &request.text) || (self->pair && !text_of(self->pair, &request.pair)))
        return NULL;
    request.has_pair = self->pair != NULL;
    request.add_special = self->add_special;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    enum zest_status status = zest_tokenizer_encode(self->tokenizer->tokenizer, &call, &request, &reply);
    PyObject *details = status == ZEST_OK ? details_of(&reply) : zest_py_tokenizer_raise(&call.error, "encode");
    zest_arena_finish(&arena);
    return details;
}

static PyObject *get_detail(PyObject *object, void *name)
{
    struct zest_py_encoding *self = (struct zest_py_encoding *)object;
    if (!self->details && !(self->details = make_details(self)))
        return NULL;
    return Py_XNewRef(PyDict_GetItemString(self->details, name));
}

static PyObject *get_ids(PyObject *object, void *unused)
{
    struct zest_py_encoding *self = (struct zest_py_encoding *)object;
    return zest_py_id_list(self->ids, self->count);
}

/* ---- the type ---- */

static Py_ssize_t length(PyObject *object)
{
    return (Py_ssize_t)((struct zest_py_encoding *)object)->count;
}

static PyObject *represent(PyObject *object)
{
    struct zest_py_encoding *self = (struct zest_py_encoding *)object;
    return PyUnicode_FromFormat("Encoding(num_tokens=%zd, attributes=[ids, type_ids, tokens, offsets, word_ids, "
                                "attention_mask, special_tokens_mask, overflowing])",
                                (Py_ssize_t)self->count);
}

static int get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    struct zest_py_encoding *self = (struct zest_py_encoding *)object;
    self->shape = (Py_ssize_t)self->count;
    if (PyBuffer_FillInfo(view, object, (void *)self->ids, self->shape * 4, 1, flags) != 0)
        return -1;
    view->itemsize = 4;
    view->format = flags & PyBUF_FORMAT ? "I" : NULL;
    view->shape = flags & PyBUF_ND ? &self->shape : NULL;
    view->strides = flags & PyBUF_STRIDES ? &view->itemsize : NULL;
    return 0;
}

static PyGetSetDef attributes[] = {
    {"ids", get_ids, NULL, "Token ids, a list; numpy.asarray(encoding) looks at them without a copy.", NULL},
    {"offsets", get_detail, NULL, "(start, end) of each token in the text, in characters.", "offsets"},
    {"tokens", get_detail, NULL, "Each token as the vocabulary writes it.", "tokens"},
    {"word_ids", get_detail, NULL, "Of which word each token is; None: of none.", "word_ids"},
    {"type_ids", get_detail, NULL, "The segment of each token.", "type_ids"},
    {"special_tokens_mask", get_detail, NULL, "1 where a token is not of the text.", "special_tokens_mask"},
    {"attention_mask", get_detail, NULL, "0 where a token is padding.", "attention_mask"},
    {"overflowing", get_detail, NULL, "What truncation cut off: dicts with ids and offsets.", "overflowing"},
    {0},
};

static PySequenceMethods sequence = {.sq_length = length};
static PyBufferProcs buffer = {.bf_getbuffer = get_buffer};

PyTypeObject zest_py_encoding_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "zest.Encoding",
    .tp_basicsize = sizeof(struct zest_py_encoding),
    .tp_itemsize = sizeof(uint32_t),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "One tokenized text.",
    .tp_dealloc = encoding_dealloc,
    .tp_repr = represent,
    .tp_as_sequence = &sequence,
    .tp_as_buffer = &buffer,
    .tp_getset = attributes,
};
