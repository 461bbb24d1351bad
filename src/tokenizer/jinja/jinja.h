/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja.h - the interpreter of chat templates: what its files share.
 *
 * A struct jinja is one rendering: it belongs to one thread and ends with its arena. Values are immutable but for
 * namespaces, cyclers and joiners. The first failure sticks: from then on evaluation answers undefined values and
 * every loop stops.
 *
 *   text ─ jinja_lexer ─► tokens ─ jinja_parser, jinja_expression ─► tree ─ jinja_statements, jinja_eval ─► text
 *
 * The language is that of Jinja 3.1 (template designer documentation) as chat templates are run: sandboxed, with
 * trim_blocks, lstrip_blocks, loop controls, generation blocks and immutable lists and dicts.
 */
#ifndef ZEST_JINJA_H
#define ZEST_JINJA_H

#include <time.h>
#include <zest/core.h>

/* ---- values ---- */

enum jinja_kind {
    JINJA_UNDEFINED, /* text: why, for the error when it is used */
    JINJA_NONE,
    JINJA_BOOL,
    JINJA_INT,
    JINJA_FLOAT,
    JINJA_STRING,
    JINJA_LIST,
    JINJA_TUPLE,
    JINJA_DICT,
    JINJA_NAMESPACE, /* a dict that `set` may change */
    JINJA_MACRO,
    JINJA_LOOP,
    JINJA_FUNCTION,
    JINJA_METHOD,
    JINJA_CYCLER,
    JINJA_JOINER,
};

struct jinja_value {
    enum jinja_kind kind;
    bool is_markup; /* of a text: HTML already, which escape leaves as it is */
    union {
        bool truth;
        int64_t integer;
        double real;
        struct zest_text text; /* UTF-8 */
        struct jinja_list *list;
        struct jinja_dict *dict;
        struct jinja_macro *macro;
        struct jinja_loop *loop;
        const struct jinja_function *function;
        struct jinja_method *method;
        struct jinja_counter *counter;
    };
};

struct jinja_list {
    struct jinja_value *items;
    size_t count;
    const char *view; /* how it prints: NULL as a list, "dict_items" and so on as that, "range(…" as it stands */
    const char *const *names; /* of a tuple's items, as attributes; NULL where they have none */
};

struct jinja_entry {
    struct jinja_value key, value;
};

struct jinja_dict {
    struct jinja_entry *entries; /* in order of insertion */
    size_t count, capacity;
};

struct jinja_method {
    struct jinja_value self;
    const struct jinja_function *function;
};

/* A cycler's or joiner's state. */
struct jinja_counter {
    struct jinja_list items; /* of a joiner: its separator */
    size_t position;
};

struct jinja_named {
    struct zest_text name;
    struct jinja_value value;
};

struct jinja_args {
    struct jinja_value *values;
    size_t count;
    struct jinja_named *named;
    size_t named_count;
};

struct jinja;

/* A filter, test, method or global. `self` is what stands left of it; undefined for globals. */
struct jinja_function {
    const char *name;
    struct jinja_value (*call)(struct jinja *j, struct jinja_value self, const struct jinja_args *args);
};

/* ---- the interpreter ---- */

struct jinja_limits {
    uint64_t steps;     /* nodes evaluated and items looked at */
    uint32_t depth;     /* nesting of evaluation, and of the template's text */
    size_t output_size; /* bytes of any text that is made */
};

struct jinja_variable {
    struct zest_text name;
    struct jinja_value value;
    struct jinja_variable *next;
};

/* Variables of one scope; lives as long as the arena, since macros and loops may hold on to it. */
struct jinja_frame {
    struct jinja_variable *variables;
    struct jinja_frame *parent;
};

enum jinja_flow { JINJA_GOES_ON, JINJA_BREAKS, JINJA_CONTINUES };

struct jinja_output {
    char *data;
    size_t size, capacity;
};

struct jinja {
    struct zest_arena *arena;
    struct jinja_limits limits;
    uint64_t steps;
    uint32_t depth;
    struct tm now; /* what strftime_now formats */
    struct jinja_frame *frame;
    struct jinja_output *output;
    enum jinja_flow flow;
    uint32_t line; /* of what is parsed or evaluated, from 1 */
    bool failed;
    bool is_raised; /* the message is the template's own (raise_exception) */
    enum zest_status status;
    char message[400];
};

/* Notes the first failure; answers an undefined value, so that callers can return it. */
struct jinja_value zest_jinja_fail(struct jinja *j, const char *format, ...) ZEST_PRINTF(2, 3);
/* Counts work; false, and a failure, at the limit. */
bool zest_jinja_spend(struct jinja *j, uint64_t steps);
bool zest_jinja_enter(struct jinja *j); /* one level deeper; false at the limit */
void zest_jinja_leave(struct jinja *j);
/* Memory of the arena; NULL, and a failure, where it is out. */
void *zest_jinja_alloc(struct jinja *j, size_t count, size_t size);

/* Parses and runs a template with the variables of `globals` (a dict, or undefined). */
struct zest_text zest_jinja_render(struct jinja *j, struct zest_text source, struct jinja_value globals);

/* ---- making and reading values: jinja_value.c ---- */

struct jinja_value zest_jinja_undefined(struct jinja *j, const char *format, ...) ZEST_PRINTF(2, 3);
struct jinja_value zest_jinja_none(void);
struct jinja_value zest_jinja_bool(bool truth);
struct jinja_value zest_jinja_int(int64_t integer);
struct jinja_value zest_jinja_float(double real);
struct jinja_value zest_jinja_string(struct zest_text text);
struct jinja_value zest_jinja_list(struct jinja *j, size_t capacity); /* empty, room for `capacity` items */
struct jinja_value zest_jinja_tuple(struct jinja *j, struct jinja_value first, struct jinja_value second);
struct jinja_value zest_jinja_dict(struct jinja *j, size_t capacity);
void zest_jinja_dict_set(struct jinja *j, struct jinja_dict *dict, struct jinja_value key, struct jinja_value value);
/* NULL where the key is absent. */
struct jinja_value *zest_jinja_dict_find(struct jinja *j, const struct jinja_dict *dict, struct jinja_value key);
struct jinja_value *zest_jinja_dict_get(struct jinja *j, const struct jinja_dict *dict, struct zest_text key);

bool zest_jinja_truth(struct jinja_value value);
bool zest_jinja_equal(struct jinja *j, struct jinja_value a, struct jinja_value b);
/* <0, 0, >0; fails where Python can't order the two. `sign` is for the message. */
int zest_jinja_compare(struct jinja *j, struct jinja_value a, struct jinja_value b, const char *sign);
bool zest_jinja_is_number(struct jinja_value value);   /* int, float or bool */
double zest_jinja_real(struct jinja_value value);      /* of a number */
bool zest_jinja_is_sequence(struct jinja_value value); /* list or tuple */
const char *zest_jinja_type(struct jinja_value value); /* Python's name of the type */
size_t zest_jinja_length(struct jinja *j, struct jinja_value value);
/* What `for` goes over: characters, items, keys. Fails where there is nothing to iterate. */
struct jinja_list *zest_jinja_iterate(struct jinja *j, struct jinja_value value);
size_t zest_jinja_characters(struct zest_text text); /* code points */

/* ---- text: jinja_print.c ---- */

void zest_jinja_write(struct jinja *j, struct jinja_output *output, const char *data, size_t size);
void zest_jinja_write_text(struct jinja *j, struct jinja_output *output, struct zest_text text);
void zest_jinja_write_value(struct jinja *j, struct jinja_output *output, struct jinja_value value); /* as str() */
void zest_jinja_write_repr(struct jinja *j, struct jinja_output *output, struct jinja_value value);
struct zest_text zest_jinja_text(struct jinja *j, struct jinja_value value); /* str(value) */
struct zest_text zest_jinja_output_text(const struct jinja_output *output);
size_t zest_jinja_format_real(double real, char out[32]);

/* ---- JSON: jinja_json.c ---- */

/* A JSON text as a value; fails with ZEST_INVALID_JSON. `what` names it in the message. */
struct jinja_value zest_jinja_from_json(struct jinja *j, struct zest_text json, const char *what);
struct jinja_value zest_jinja_tojson(struct jinja *j, struct jinja_value self, const struct jinja_args *args);

/* ---- calls ---- */

/* The argument at `index` or called `name`; NULL where it is not given. */
const struct jinja_value *zest_jinja_arg(const struct jinja_args *args, size_t index, const char *name);
bool zest_jinja_arg_bool(const struct jinja_args *args, size_t index, const char *name, bool otherwise);
int64_t zest_jinja_arg_int(struct jinja *j, const struct jinja_args *args, size_t index, const char *name,
                           int64_t otherwise);
struct zest_text zest_jinja_arg_text(struct jinja *j, const struct jinja_args *args, size_t index, const char *name,
                                     const char *otherwise);

struct jinja_value zest_jinja_call(struct jinja *j, struct jinja_value callee, const struct jinja_args *args);
struct jinja_value zest_jinja_attribute(struct jinja *j, struct jinja_value value, struct zest_text name);
struct jinja_value zest_jinja_item(struct jinja *j, struct jinja_value value, struct jinja_value key);
struct jinja_value zest_jinja_binary(struct jinja *j, const char *operator, struct jinja_value a, struct jinja_value b);
bool zest_jinja_contains(struct jinja *j, struct jinja_value container, struct jinja_value item);
/* `text % value`, as Python formats. */
struct jinja_value zest_jinja_percent(struct jinja *j, struct zest_text text, struct jinja_value value);

const struct jinja_function *zest_jinja_find_filter(struct zest_text name);
const struct jinja_function *zest_jinja_find_test(struct zest_text name);
const struct jinja_function *zest_jinja_find_global(struct zest_text name);
const struct jinja_function *zest_jinja_find_method(enum jinja_kind kind, struct zest_text name);
const struct jinja_function *zest_jinja_find_in(const struct jinja_function *table, size_t count,
                                                struct zest_text name);

#endif
