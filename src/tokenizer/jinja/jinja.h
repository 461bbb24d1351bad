/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja.h - the interpreter of chat templates: values, one rendering, and what its files share.
 *
 *   text ─ lexer ─► tokens ─ parser ─► tree ─ scopes, folding ─► struct jinja_template ─ run, eval ─► text
 *
 * The language is that of Jinja 3.1 as transformers runs chat templates: sandboxed, trim_blocks, lstrip_blocks, loop
 * controls, generation blocks, immutable lists and dicts, on Python 3.11's values. Where Jinja's meaning follows from
 * how it compiles to Python (which variable a name means, what a generator has used up), so does ours.
 *
 * A template is immutable once compiled: any number of threads may render it. A struct jinja is one rendering: it
 * belongs to one thread and ends with its arena. Values are immutable but for namespaces, cyclers, joiners and
 * iterators. The first failure sticks: from then on evaluation answers undefined values and every loop stops.
 */
#ifndef ZEST_JINJA_H
#define ZEST_JINJA_H

#include <time.h>
#include <zest/core.h>

/* ---- values ---- */

enum jinja_kind {
    JINJA_UNDEFINED, /* reason and what belongs to it, for the error when it is used */
    JINJA_NONE,
    JINJA_BOOL,
    JINJA_INT,
    JINJA_BIG, /* text: an integer beyond 64 bits, as it prints. It is read and written, never computed with */
    JINJA_FLOAT,
    JINJA_STRING, /* text: UTF-8 */
    JINJA_LIST,
    JINJA_TUPLE,
    JINJA_DICT,
    JINJA_RANGE,
    JINJA_VIEW,      /* of a dict: keys(), values(), items() */
    JINJA_ITERATOR,  /* what Python has as a generator: goes by once */
    JINJA_NAMESPACE, /* a dict that `set` may change */
    JINJA_MACRO,
    JINJA_LOOP,
    JINJA_FUNCTION,
    JINJA_METHOD,
    JINJA_CYCLER,
    JINJA_JOINER,
    JINJA_SELF,    /* the template, whose attributes are its blocks */
    JINJA_BLOCK,   /* a block to call */
    JINJA_MISSING, /* no value: a variable not set, an argument not given; templates never see it */
};

/* Why a value is undefined. */
enum jinja_reason {
    JINJA_NO_NAME,      /* text: the variable */
    JINJA_NO_ATTRIBUTE, /* text: the attribute; owner: the kind of what lacks it */
    JINJA_NO_ELEMENT,   /* text: the key as it prints; owner */
    JINJA_UNSAFE,       /* text: the attribute; owner */
    JINJA_NO_ARGUMENT,  /* text: the parameter */
    JINJA_BECAUSE,      /* text: a sentence */
};

enum jinja_flag {
    JINJA_MARKUP = 1, /* of a text: HTML already, which escape leaves as it is */
    JINJA_ASCII = 2,  /* of a text: known to be ASCII, so that characters are bytes */
};

enum jinja_view { JINJA_KEYS, JINJA_VALUES, JINJA_ITEMS };

struct jinja_value {
    uint8_t kind;   /* enum jinja_kind */
    uint8_t flags;  /* enum jinja_flag */
    uint8_t reason; /* of undefined: enum jinja_reason */
    uint8_t owner;  /* of undefined: enum jinja_kind */
    uint32_t view;  /* of JINJA_VIEW: enum jinja_view */
    union {
        bool truth;
        int64_t integer;
        double real;
        struct zest_text text;
        struct jinja_list *list;
        struct jinja_dict *dict;
        struct jinja_range *range;
        struct jinja_iterator *iterator;
        struct jinja_macro *macro;
        struct jinja_loop *loop;
        const struct jinja_function *function;
        struct jinja_method *method;
        struct jinja_counter *counter;
        struct jinja_block *block;
        const struct jinja_context *context; /* of JINJA_SELF: what its blocks see */
        const void *object;                  /* whatever it is: for "the same one" */
    };
};

/* The items may lie inside those of another list: a slice, or the list that this one was made from by "+". */
struct jinja_list {
    struct jinja_value *items;
    size_t count;
    const char *const *names; /* of a tuple's items, as attributes; NULL where they have none */
};

struct jinja_entry {
    struct jinja_value key, value;
};

struct jinja_dict {
    struct jinja_entry *entries; /* in order of insertion */
    uint32_t *index;             /* of more than a few entries: hash to entry + 1; see jinja_dict.c */
    size_t count, capacity, index_size;
};

struct jinja_range {
    int64_t start, stop, step;
    size_t count;
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

/* A block that can be called, and the variables that it sees. */
struct jinja_block {
    const struct jinja_block_code *code;
    const struct jinja_context *context;
};

/* ---- functions ---- */

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

typedef struct jinja_value jinja_call(struct jinja *j, struct jinja_value self, const struct jinja_args *args);

#define JINJA_ANY_COUNT 255

/*
 * A filter, test, method or global. `self` is what stands left of it, undefined for globals. Arguments come bound to
 * parameters, values[0] to values[most - 1], JINJA_MISSING where not given; a function of any number of them gets them
 * as they were written.
 */
struct jinja_function {
    const char *name;
    jinja_call *call;
    uint8_t least, most;
    const char *parameters; /* names with blanks between them; NULL: by position only */
    const char *print;      /* what {{ it }} prints, NULL: as an object */
};

bool zest_jinja_bind(struct jinja *j, const struct jinja_function *function, const struct jinja_args *args,
                     struct jinja_value bound[8], struct jinja_args *ret_args);
/* Binds and calls. */
struct jinja_value zest_jinja_apply(struct jinja *j, const struct jinja_function *function, struct jinja_value self,
                                    const struct jinja_args *args);

/* Readers of bound arguments. They fail on a wrong type; none is a wrong type, too. */
bool zest_jinja_given(const struct jinja_args *args, size_t index);
bool zest_jinja_given_some(const struct jinja_args *args, size_t index); /* given, and not none */
bool zest_jinja_arg_truth(struct jinja *j, const struct jinja_args *args, size_t index, bool otherwise);
int64_t zest_jinja_arg_int(struct jinja *j, const struct jinja_args *args, size_t index, int64_t otherwise);
struct zest_text zest_jinja_arg_text(struct jinja *j, const struct jinja_args *args, size_t index,
                                     const char *otherwise);

/* ---- one rendering ---- */

struct jinja_limits {
    uint64_t steps;     /* nodes evaluated and items looked at */
    uint32_t depth;     /* nesting of evaluation, and of the template's text */
    size_t output_size; /* bytes of any text that is made */
};

/* What a name means that no scope knows: variables of the template's top, then what it was given. */
struct jinja_context {
    struct jinja_dict *variables;
    const struct jinja_context *outer;
};

enum jinja_flow { JINJA_GOES_ON, JINJA_BREAKS, JINJA_CONTINUES };

struct jinja_output {
    char *data;
    size_t size, capacity;
};

/* Where texts and lists were made last that "+" can make longer in place; see jinja_join.c. */
#define JINJA_TAIL_COUNT 4
struct jinja_tail {
    char *end;   /* of what is in use */
    size_t room; /* bytes behind it */
};

#define JINJA_FREE_COUNT 8

/* The namespaces that are being printed, from inside out: one inside itself prints as {...}. */
struct jinja_printing {
    const struct jinja_dict *dict;
    const struct jinja_printing *outer;
};

struct jinja {
    struct zest_arena *arena;
    const struct jinja_template *template;
    struct jinja_limits limits;
    uint64_t steps;
    uint32_t depth;
    uint32_t at;   /* byte of the template's text that is parsed or run */
    struct tm now; /* what strftime_now formats */
    struct jinja_activation *activation;
    struct jinja_dict *exported; /* what the template's top has set, where it has blocks */
    struct jinja_activation *free_activations[JINJA_FREE_COUNT]; /* by size */
    struct jinja_output *output;
    const struct jinja_printing *printing;
    struct jinja_tail tails[JINJA_TAIL_COUNT];
    unsigned tail_next;
    enum jinja_flow flow;
    bool autoescape;
    bool is_folding;    /* a trial of jinja_fold.c */
    bool is_unhashable; /* what failed was a key that is none */
    bool failed;
    bool is_raised; /* the message is the template's own (raise_exception) */
    enum zest_status status;
    char message[400];
};

/* Notes the first failure; answers an undefined value, so that callers can return it. */
struct jinja_value zest_jinja_fail(struct jinja *j, const char *format, ...) ZEST_PRINTF(2, 3);
struct jinja_value zest_jinja_fail_undefined(struct jinja *j, struct jinja_value value);
struct jinja_value zest_jinja_fail_big(struct jinja *j); /* a number that zest does not compute with */
/* Counts work; false, and a failure, at the limit. */
bool zest_jinja_spend(struct jinja *j, uint64_t steps);
bool zest_jinja_enter(struct jinja *j); /* one level deeper; false at the limit */
void zest_jinja_leave(struct jinja *j);
/* Memory of the arena; NULL, and a failure, where it is out. */
void *zest_jinja_alloc(struct jinja *j, size_t count, size_t size);

/*
 * Compiles a template into j->arena, where it lives; NULL, and a failure in `j`, where it is wrong. Of `j`, arena and
 * limits count.
 */
const struct jinja_template *zest_jinja_compile(struct jinja *j, struct zest_text source);
/* Renders with the variables of `globals` (a dict, or undefined). */
struct zest_text zest_jinja_render(struct jinja *j, const struct jinja_template *jinja_template,
                                   struct jinja_value globals);
/* Line and column, from 1, of a byte of the template; columns are characters. */
void zest_jinja_position(const struct jinja_template *jinja_template, uint32_t at, uint32_t *ret_line,
                         uint32_t *ret_column);

/* ---- making and reading values: jinja_value.c ---- */

struct jinja_value zest_jinja_undefined(enum jinja_reason reason, struct zest_text text, enum jinja_kind owner);
struct jinja_value zest_jinja_because(const char *sentence); /* undefined */
struct jinja_value zest_jinja_none(void);
struct jinja_value zest_jinja_bool(bool truth);
struct jinja_value zest_jinja_int(int64_t integer);
struct jinja_value zest_jinja_float(double real);
struct jinja_value zest_jinja_string(struct zest_text text);
struct jinja_value zest_jinja_string_like(struct jinja_value like, struct zest_text text); /* markup where `like` is */
struct jinja_value zest_jinja_markup(struct zest_text text);
struct jinja_value zest_jinja_missing(void);
struct jinja_value zest_jinja_list(struct jinja *j, size_t capacity); /* empty, room for `capacity` items */
struct jinja_value zest_jinja_list_of(struct jinja *j, const struct jinja_value *items, size_t count);
struct jinja_value zest_jinja_tuple_of(struct jinja *j, const struct jinja_value *items, size_t count);
void zest_jinja_append(struct jinja *j, struct jinja_list *list, size_t *capacity, struct jinja_value item);

bool zest_jinja_truth(struct jinja *j, struct jinja_value value);
bool zest_jinja_is_number(struct jinja_value value);                        /* int, float or bool, of 64 bits */
bool zest_jinja_is_integer(struct jinja_value value, int64_t *ret_integer); /* int or bool */
double zest_jinja_real(struct jinja_value value);                           /* of a number */
bool zest_jinja_is_sequence(struct jinja_value value);                      /* list or tuple */
const char *zest_jinja_type(struct jinja_value value);                      /* Python's name of the type */
const char *zest_jinja_owner(enum jinja_kind kind);                         /* "list object", "None" */
bool zest_jinja_has_length(struct jinja_value value);
size_t zest_jinja_length(struct jinja *j, struct jinja_value value);      /* fails where there is none */
int64_t zest_jinja_loop_length(struct jinja *j, struct jinja_loop *loop); /* jinja_loop.c */
size_t zest_jinja_characters(struct jinja_value text);                    /* code points */
size_t zest_jinja_code_points(struct zest_text text);
bool zest_jinja_is_ascii(struct zest_text text);

/* ---- dicts: jinja_dict.c ---- */

struct jinja_value zest_jinja_dict(struct jinja *j, size_t capacity);
void zest_jinja_dict_set(struct jinja *j, struct jinja_dict *dict, struct jinja_value key, struct jinja_value value);
/* NULL where the key is absent; fails where it can be no key. */
struct jinja_value *zest_jinja_dict_find(struct jinja *j, const struct jinja_dict *dict, struct jinja_value key);
struct jinja_value *zest_jinja_dict_get(struct jinja *j, const struct jinja_dict *dict, struct zest_text key);
/* Fails where Python can't hash the value. */
bool zest_jinja_is_hashable(struct jinja *j, struct jinja_value value);

/* ---- comparing: jinja_compare.c ---- */

bool zest_jinja_same(struct jinja_value a, struct jinja_value b); /* Python's "is" */
bool zest_jinja_equal(struct jinja *j, struct jinja_value a, struct jinja_value b);
enum jinja_order { JINJA_LESS = 1, JINJA_EQUAL = 2, JINJA_GREATER = 4, JINJA_UNORDERED = 8 };
/* Fails where Python can't order the two. `sign` is for the message. */
enum jinja_order zest_jinja_compare(struct jinja *j, struct jinja_value a, struct jinja_value b, const char *sign);
bool zest_jinja_contains(struct jinja *j, struct jinja_value container, struct jinja_value item);

/* ---- going over values: jinja_iterate.c ---- */

struct jinja_iterator {
    /* The next item; false at the end, and on a failure. */
    bool (*next)(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item);
    struct jinja_value over;
    size_t position;
    struct jinja_iterator *source;
    struct jinja_value held; /* what has been taken too early */
    void *state;
};

/* Makes *self go over a value; fails where there is nothing to iterate. */
bool zest_jinja_iterate(struct jinja *j, struct jinja_value value, struct jinja_iterator *self);
bool zest_jinja_next(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item);
bool zest_jinja_is_iterable(struct jinja_value value);
/* All items as a list: the value's own one where it is a list or tuple. NULL, and a failure, where it can't be. */
const struct jinja_list *zest_jinja_items(struct jinja *j, struct jinja_value value);
/* A generator over `value`, which it starts to iterate when it is asked first. */
struct jinja_value zest_jinja_generator(struct jinja *j, struct jinja_value value, void *state,
                                        bool (*next)(struct jinja *, struct jinja_iterator *, struct jinja_value *));
/* The generator's own source; false at its end. */
bool zest_jinja_source_next(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item);
/* Backwards, as Python's reversed(); missing, without a failure, where that can't be. */
struct jinja_value zest_jinja_reversed(struct jinja *j, struct jinja_value value);

/* ---- text: jinja_print.c, jinja_join.c ---- */

void zest_jinja_write(struct jinja *j, struct jinja_output *output, const char *data, size_t size);
void zest_jinja_write_text(struct jinja *j, struct jinja_output *output, struct zest_text text);
void zest_jinja_write_value(struct jinja *j, struct jinja_output *output, struct jinja_value value); /* as str() */
void zest_jinja_write_repr(struct jinja *j, struct jinja_output *output, struct jinja_value value);
struct zest_text zest_jinja_text(struct jinja *j, struct jinja_value value);   /* str(value) */
struct jinja_value zest_jinja_soft(struct jinja *j, struct jinja_value value); /* str(value), markup stays markup */
struct zest_text zest_jinja_output_text(const struct jinja_output *output);
size_t zest_jinja_format_real(double real, char out[32]);
/* a + b, in time that does not grow with `a` when it is what was made last. */
struct zest_text zest_jinja_join_texts(struct jinja *j, struct zest_text a, struct zest_text b);
struct jinja_value zest_jinja_join_lists(struct jinja *j, struct jinja_value a, struct jinja_value b);

/* ---- JSON: jinja_json_read.c, jinja_json_write.c ---- */

/* A JSON text as a value, as Python's json.loads reads it; fails with ZEST_INVALID_JSON. `what` is for the message. */
struct jinja_value zest_jinja_from_json(struct jinja *j, struct zest_text json, const char *what);
struct jinja_value zest_jinja_tojson(struct jinja *j, struct jinja_value self, const struct jinja_args *args);

/* ---- operators and calls ---- */

enum jinja_operator {
    JINJA_ADD,
    JINJA_SUBTRACT,
    JINJA_MULTIPLY,
    JINJA_DIVIDE,
    JINJA_FLOOR_DIVIDE,
    JINJA_MODULO,
    JINJA_POWER,
};

struct jinja_value zest_jinja_binary(struct jinja *j, enum jinja_operator op, struct jinja_value a,
                                     struct jinja_value b);
struct jinja_value zest_jinja_number_binary(struct jinja *j, enum jinja_operator op, struct jinja_value a,
                                            struct jinja_value b);
struct jinja_value zest_jinja_negate(struct jinja *j, struct jinja_value value, bool is_minus);
struct jinja_value zest_jinja_call(struct jinja *j, struct jinja_value callee, const struct jinja_args *args);
/* value.name and value[key], as the sandbox looks them up. */
struct jinja_value zest_jinja_attribute(struct jinja *j, struct jinja_value value, struct zest_text name);
struct jinja_value zest_jinja_item(struct jinja *j, struct jinja_value value, struct jinja_value key);
/* Methods that would change a value: Jinja hides them. */
bool zest_jinja_is_unsafe(enum jinja_kind kind, struct zest_text name);
/* What Python's getattr finds, JINJA_MISSING where it finds nothing. */
struct jinja_value zest_jinja_own_attribute(struct jinja *j, struct jinja_value value, struct zest_text name);
struct jinja_value zest_jinja_slice(struct jinja *j, struct jinja_value value, struct jinja_value start,
                                    struct jinja_value stop, struct jinja_value step);
/* `text % value`, as Python formats. */
struct jinja_value zest_jinja_percent(struct jinja *j, struct jinja_value text, struct jinja_value value);

const struct jinja_function *zest_jinja_find_filter(struct zest_text name);
const struct jinja_function *zest_jinja_find_test(struct zest_text name);
const struct jinja_function *zest_jinja_find_global(struct zest_text name);
const struct jinja_function *zest_jinja_find_method(enum jinja_kind kind, struct zest_text name);
const struct jinja_function *zest_jinja_find_in(const struct jinja_function *table, size_t count,
                                                struct zest_text name);

#endif
