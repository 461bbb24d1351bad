/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_tree.h - a compiled template: its nodes, and the functions, scopes and variables that jinja_scope.c finds.
 *
 * One struct serves every node; which members a kind uses stands beside it. Lists of nodes hang together by `next`.
 *
 * Jinja compiles a template to Python functions: one for the template, each block, macro, call block, loop filter and
 * recursive loop. A struct jinja_code is such a function; a struct jinja_activation is one run of it, with a slot for
 * each of its variables. Inner functions see the slots of the outer ones as they are when they look, as Python's do.
 */
#ifndef ZEST_JINJA_TREE_H
#define ZEST_JINJA_TREE_H

#include "jinja.h"

enum jinja_node_kind {
    /* expressions */
    JINJA_CONST,        /* value */
    JINJA_NAME,         /* name; place */
    JINJA_ATTRIBUTE,    /* a.name; function: the method of texts with this name; flag: others may have one, too */
    JINJA_ITEM,         /* a[b] */
    JINJA_SLICE,        /* b:c:d, each may be NULL; b of a JINJA_ITEM */
    JINJA_CALL,         /* a(arguments in b) */
    JINJA_KEYWORD,      /* name=a, an argument */
    JINJA_UNPACK,       /* *a, an argument */
    JINJA_UNPACK_NAMES, /* **a */
    JINJA_FILTER,       /* a|name(arguments in b); function; a is NULL for the text of a block */
    JINJA_TEST,         /* a is name(arguments in b); function */
    JINJA_NOT,          /* a */
    JINJA_NEGATIVE,     /* a */
    JINJA_POSITIVE,     /* a */
    JINJA_AND,          /* a and b */
    JINJA_OR,
    JINJA_BINARY,  /* a op b */
    JINJA_CONCAT,  /* operands in a; op: enum jinja_escape */
    JINJA_COMPARE, /* a, then operands in b: each a JINJA_OPERAND */
    JINJA_OPERAND, /* op a: enum jinja_sign */
    JINJA_IF_ELSE, /* b if a else c (may be NULL) */
    JINJA_LIST_OF, /* items in a; count */
    JINJA_TUPLE_OF,
    JINJA_DICT_OF,      /* key, value, key, value … in a; count of both */
    JINJA_NAMESPACE_OF, /* name.text, what may be assigned to; place */
    /* statements */
    JINJA_DATA,       /* text */
    JINJA_PRINT,      /* a; op: enum jinja_escape */
    JINJA_FOR,        /* target a, over b, body c, else d, only where e; loop */
    JINJA_IF,         /* condition a, body b, else c: another JINJA_IF where flag */
    JINJA_SET,        /* target a = b */
    JINJA_SET_BODY,   /* target a = body c, through the filters b; scope; op */
    JINJA_MACRO_OF,   /* name, parameters in a (each a JINJA_PARAMETER), body b; place; code */
    JINJA_PARAMETER,  /* name; default a or NULL; place */
    JINJA_CALL_OF,    /* {% call(parameters c) a %}body b: a is a JINJA_CALL; code */
    JINJA_FILTER_OF,  /* filters a over body b; scope; op */
    JINJA_WITH,       /* assignments in a (each a JINJA_SET), body b; scope */
    JINJA_AUTOESCAPE, /* a, body b; scope */
    JINJA_BLOCK_OF,   /* name, body b; flag: scoped, flag2: required; block */
    JINJA_BREAK,
    JINJA_CONTINUE,
    JINJA_INCLUDE, /* a: there is no loader; it fails when it is reached */
    JINJA_EXTENDS, /* a */
    JINJA_IMPORT,  /* a; names in b: each a JINJA_NAME */
};

enum jinja_sign {
    JINJA_SIGN_EQUAL,
    JINJA_SIGN_NOT_EQUAL,
    JINJA_SIGN_LESS,
    JINJA_SIGN_LESS_EQUAL,
    JINJA_SIGN_GREATER,
    JINJA_SIGN_GREATER_EQUAL,
    JINJA_SIGN_IN,
    JINJA_SIGN_NOT_IN,
};

/* The names with a meaning of their own, as bits. */
enum jinja_special {
    JINJA_SPECIAL_LOOP = 1,
    JINJA_SPECIAL_CALLER = 2,
    JINJA_SPECIAL_KWARGS = 4,
    JINJA_SPECIAL_VARARGS = 8,
    JINJA_SPECIAL_SELF = 16,
    JINJA_SPECIAL_SUPER = 32,
};

/* One word of a template. */
struct jinja_name {
    struct zest_text text;
    uint32_t hash;
    uint8_t special;              /* enum jinja_special, 0 for others */
    struct jinja_name *next;      /* in the table of words */
    struct jinja_symbol *symbol;  /* while scopes are looked for: what the name means just now */
    struct jinja_numbered *slots; /* likewise: the slots that it has had; see jinja_scope.c */
};

/* Whether what is printed there is escaped: the third where {% autoescape %} has no constant. */
enum jinja_escape { JINJA_ESCAPES_NOT, JINJA_ESCAPES, JINJA_ESCAPES_PERHAPS };

/* A variable: the slot of the function `hops` outwards. */
struct jinja_place {
    uint32_t slot;
    uint16_t hops;
    bool is_set; /* never missing: a parameter */
};

struct jinja_node {
    uint8_t kind; /* enum jinja_node_kind */
    uint8_t op;   /* enum jinja_operator or jinja_sign */
    bool flag, flag2;
    bool is_exported;      /* of what assigns: the template's top, where blocks see it */
    uint8_t loads, stores; /* enum jinja_special: first met being read, or being set */
    uint32_t at;           /* byte of the template's text */
    uint32_t count;
    struct jinja_place place;
    struct jinja_name *name;
    union {
        struct zest_text text;
        struct jinja_value value;
        const struct jinja_function *function;
        struct jinja_scope *scope;
        struct jinja_loop_code *loop;
        struct jinja_code *code;
        struct jinja_block_code *block;
    };
    struct jinja_node *a, *b, *c, *d, *e, *next;
};

/* ---- what runs ---- */

enum jinja_load_action {
    JINJA_LOAD_PARAMETER, /* somebody else sets it */
    JINJA_LOAD_RESOLVE,   /* from the context */
    JINJA_LOAD_ALIAS,     /* from a variable outside */
    JINJA_LOAD_NOTHING,   /* missing, until it is set */
};

struct jinja_load {
    enum jinja_load_action action;
    uint32_t slot;
    struct jinja_place from;
    struct zest_text name;
    struct jinja_load *next;
};

/* A part of a function: what happens to its variables where it begins. Where it ends they are missing again. */
struct jinja_scope {
    struct jinja_load *loads;
};

/* A function of the template. */
struct jinja_code {
    struct jinja_scope *scope;
    const struct jinja_node *body;
    uint32_t slot_count;
    bool is_captured; /* macros in it may outlive its run */
    /* macros and callers */
    struct zest_text name; /* data NULL: a caller */
    const struct jinja_node *parameters;
    uint32_t parameter_count;
    bool takes_caller, explicit_caller, takes_kwargs, takes_varargs;
    struct jinja_place caller, kwargs, varargs;
};

struct jinja_loop_code {
    struct jinja_scope *scope, *else_scope;
    const struct jinja_code *filter;    /* NULL: every item */
    const struct jinja_code *recursive; /* NULL: runs in the function that it stands in */
    bool is_extended;                   /* has a `loop` */
    struct jinja_place loop;
};

/* A block. What a scoped one sees of the variables round it: */
struct jinja_seen {
    struct zest_text name;
    struct jinja_place place;
    struct jinja_seen *next;
};

struct jinja_block_code {
    struct zest_text name;
    struct jinja_code *code;
    struct jinja_place self, super; /* is_set where the block asks for them */
    struct jinja_seen *seen;
    const struct jinja_node *node;
    struct jinja_block_code *next;
};

struct jinja_template {
    struct zest_text source; /* normalized */
    const struct jinja_code *code;
    struct jinja_place self; /* is_set where the template asks for it */
    struct jinja_block_code *blocks;
};

struct jinja_activation {
    struct jinja_activation *outer; /* where its function was made */
    struct jinja_activation *next_free;
    const struct jinja_context *context; /* where names mean something that no scope knows */
    uint32_t slot_count;
    struct jinja_value slots[];
};

struct jinja_macro {
    const struct jinja_code *code;
    struct jinja_activation *outer;
};

/* ---- running: jinja_run.c, jinja_loop.c, jinja_macro.c, jinja_eval.c ---- */

void zest_jinja_run(struct jinja *j, const struct jinja_node *body);
void zest_jinja_run_for(struct jinja *j, const struct jinja_node *node);
void zest_jinja_run_call(struct jinja *j, const struct jinja_node *node);
void zest_jinja_define_macro(struct jinja *j, const struct jinja_node *node);
struct jinja_value zest_jinja_eval(struct jinja *j, const struct jinja_node *node);
void zest_jinja_assign(struct jinja *j, const struct jinja_node *target, struct jinja_value value);
void zest_jinja_set_variable(struct jinja *j, const struct jinja_node *node, struct jinja_value value);

/* Starts a function; its variables are missing. NULL, and a failure, where memory is out. */
struct jinja_activation *zest_jinja_activate(struct jinja *j, const struct jinja_code *code,
                                             struct jinja_activation *outer);
void zest_jinja_deactivate(struct jinja *j, const struct jinja_code *code, struct jinja_activation *activation);
void zest_jinja_enter_scope(struct jinja *j, const struct jinja_scope *scope);
void zest_jinja_leave_scope(struct jinja *j, const struct jinja_scope *scope);
struct jinja_value zest_jinja_resolve(struct jinja *j, struct zest_text name);

/* Output into a text of its own. */
struct jinja_output *zest_jinja_begin_capture(struct jinja *j, struct jinja_output *capture);
struct zest_text zest_jinja_end_capture(struct jinja *j, struct jinja_output *outer);

/* The arguments of a call while they are collected. Those of most calls lie in the struct itself. */
#define JINJA_ARGS_HERE 6
struct jinja_collection {
    struct jinja_args args;
    size_t value_room, named_room;
    struct jinja_value values[JINJA_ARGS_HERE];
};
bool zest_jinja_collect_args(struct jinja *j, const struct jinja_node *arguments, struct jinja_collection *c);
bool zest_jinja_add_named(struct jinja *j, struct jinja_collection *c, struct zest_text name, struct jinja_value value);
/* A copy in the arena, for what outlives the call. */
struct jinja_args *zest_jinja_keep_args(struct jinja *j, const struct jinja_args *args);

struct jinja_value zest_jinja_call_macro(struct jinja *j, const struct jinja_macro *macro,
                                         const struct jinja_args *args);
struct jinja_value zest_jinja_call_loop(struct jinja *j, struct jinja_loop *loop, struct jinja_value over);
bool zest_jinja_loop_next(struct jinja *j, struct jinja_loop *loop, struct jinja_value *ret_item);

int64_t zest_jinja_loop_index(const struct jinja_loop *loop);
struct jinja_value zest_jinja_loop_attribute(struct jinja *j, struct jinja_value loop, struct zest_text name);
struct jinja_value zest_jinja_macro_attribute(struct jinja *j, const struct jinja_macro *macro, struct zest_text name);
void zest_jinja_run_block(struct jinja *j, const struct jinja_block_code *block, const struct jinja_context *context);
/* The block of this name, with what the template `self` sees; JINJA_MISSING where there is none. */
struct jinja_value zest_jinja_find_block(struct jinja *j, struct jinja_value self, struct zest_text name);

#endif
