/* SPDX-License-Identifier: Apache-2.0 */
/* py_tokenizer.h - what the files of the module zest._tokenizer share: a tokenizer alone, without an environment. */
#ifndef ZEST_PY_TOKENIZER_H
#define ZEST_PY_TOKENIZER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <zest/tokenizer.h>

struct zest_py_tokenizer {
    PyObject_HEAD struct zest_tokenizer *tokenizer;
};

/* The ids of a batch, kept as long as an encoding or an array looks at them. Exports a buffer of uint32. */
struct zest_py_rows {
    PyObject_HEAD struct zest_id_rows rows;
};

/* One tokenized text. Ids are there at once; everything else is made when it is asked for. Exports a buffer of uint32.
 */
struct zest_py_encoding {
    PyObject_VAR_HEAD struct zest_py_tokenizer *tokenizer;
    PyObject *text, *pair;     /* str; pair may be NULL */
    struct zest_py_rows *rows; /* holds the ids of a batch; NULL: they are `own` */
    const uint32_t *ids;
    size_t count;
    PyObject *details; /* dict of lists, NULL until asked for */
    Py_ssize_t shape;  /* for the buffer */
    bool add_special;
    uint32_t own[];
};

extern PyTypeObject zest_py_tokenizer_type, zest_py_rows_type, zest_py_encoding_type;

/* Raises zest.ZestError; answers NULL. */
PyObject *zest_py_tokenizer_raise(const struct zest_error *error, const char *operation);

/* New references. `ids` are copied where `rows` is NULL, else they lie in rows. */
PyObject *zest_py_encoding_new(struct zest_py_tokenizer *tokenizer, PyObject *text, PyObject *pair, bool add_special,
                               struct zest_py_rows *rows, const uint32_t *ids, size_t count);
PyObject *zest_py_id_list(const uint32_t *ids, size_t count);

#endif
