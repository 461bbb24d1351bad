/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.h - the contracts as data: what the generator writes about every service, operation and field.
 *
 * Front ends (HTTP, command, Python, remote calls, documentation) read these tables and so need no code per
 * operation. Everything here is constant and lives for ever.
 */
#ifndef ZEST_DESCRIBE_H
#define ZEST_DESCRIBE_H

#include <zest/core.h>

enum zest_field_type {
    ZEST_FIELD_BOOL,   /* bool */
    ZEST_FIELD_INT32,  /* int32_t */
    ZEST_FIELD_INT64,  /* int64_t */
    ZEST_FIELD_UINT64, /* uint64_t */
    ZEST_FIELD_FLOAT,  /* float */
    ZEST_FIELD_DOUBLE, /* double */
    ZEST_FIELD_STRING, /* struct zest_text, UTF-8 */
    ZEST_FIELD_BYTES,  /* struct zest_text, any bytes; base64 in JSON */
    ZEST_FIELD_ENUM,   /* int32_t-sized enum; a name in JSON */
    ZEST_FIELD_OBJECT, /* the struct itself */
    ZEST_FIELD_JSON,   /* struct zest_text holding one JSON value of the user's own shape */
    ZEST_FIELD_TENSOR, /* struct zest_tensor */
};

/*
 * One field of a struct. An array is a pointer at `offset` and a size_t at `count_offset`; items are values of
 * `type` (for objects: the structs themselves, one behind the other).
 */
struct zest_field {
    const char *name;
    enum zest_field_type type;
    bool is_array;
    bool is_required;
    size_t offset;
    size_t count_offset;                /* arrays only */
    const struct zest_object *object;   /* ZEST_FIELD_OBJECT only */
    const char *const *enum_names;      /* ZEST_FIELD_ENUM only: names by value */
    size_t enum_count;
    bool has_minimum, has_maximum;
    double minimum, maximum;            /* of numbers; inclusive */
    size_t size_max;                    /* most bytes of a text, most items of an array; 0: no limit of its own */
    size_t size_min;                    /* least bytes of a text */
    const char *default_json;           /* NULL where there is none; required fields have none */
    const char *unit;                   /* "" where it has none */
    const char *shape;                  /* of tensors: "[n, vocab]"; of free-form JSON: "any", "array" or "object" */
    const char *doc;
};

struct zest_object {
    const char *name;
    size_t size; /* sizeof the C struct */
    const struct zest_field *fields;
    size_t field_count;
    const char *main; /* the field that stands for the whole (x-main), "" where none does */
};

enum zest_operation_flag {
    ZEST_OPERATION_READ_ONLY = 1, /* changes nothing: GET works where the request has no required field */
    ZEST_OPERATION_OFFLOAD = 2,   /* may take long: not on an event loop's thread (from offload_from bytes on) */
    ZEST_OPERATION_HOT = 4,       /* C only: no route, no Python */
    ZEST_OPERATION_STREAM = 8,    /* answers a struct zest_stream of `item`s */
};

struct zest_service; /* any service's layer: first member is its ops table */

struct zest_operation {
    const char *service;
    const char *name;
    const char *summary; /* one line */
    const char *doc;     /* the whole description */
    unsigned flags;
    size_t offload_from; /* request bytes from which an `offload` operation leaves the caller's thread */
    size_t index;        /* place in its service */
    const struct zest_object *request, *reply; /* reply is `item`'s object for streams */
    const char *example_request;               /* JSON */
    const char *example_reply;                 /* JSON */
    enum zest_status (*invoke)(struct zest_service *layer, struct zest_call *call, const void *request, void *ret_reply);
};

struct zest_service_description {
    const char *name;
    const char *summary;
    const struct zest_operation *operations;
    size_t operation_count;
};

enum zest_service_id { ZEST_ENGINE, ZEST_TOKENIZER, ZEST_SCHEDULER, ZEST_MEMORY, ZEST_COMPUTATION, ZEST_SERVICE_COUNT };

/* The five, in the order of enum zest_service_id. */
extern const struct zest_service_description *const zest_services[ZEST_SERVICE_COUNT];

const struct zest_operation *zest_operation_find(struct zest_text service, struct zest_text name); /* NULL: none */

/* ---- streams --------------------------------------------------------------------------------------------------- */

/*
 * What a streaming operation answers: items are pulled. The reader owns the stream and closes it; closing one that
 * has not ended cancels the work behind it. One reader thread at a time.
 */
struct zest_stream {
    const struct zest_stream_ops *ops;
};

struct zest_stream_ops {
    /* ZEST_OK: *ret_item is filled, its pointers from call->arena. ZEST_AGAIN: none yet. ZEST_END: there are no more.
     * Anything else: the stream failed, call->error says why. Never blocks. */
    enum zest_status (*next)(struct zest_stream *self, struct zest_call *call, void *ret_item);
    /* Blocks until next() has an answer other than ZEST_AGAIN, at most `timeout_ns`: ZEST_OK or ZEST_TIMEOUT. */
    enum zest_status (*wait)(struct zest_stream *self, uint64_t timeout_ns);
    /* From now on `wake(user)` is called, from any thread, whenever next() may have something new; it must be quick
     * and must not call back into the stream. It is called once at once when something is there already. */
    void (*notify)(struct zest_stream *self, void (*wake)(void *user), void *user);
    void (*close)(struct zest_stream *self); /* frees the stream; takes no NULL */
};

#endif
