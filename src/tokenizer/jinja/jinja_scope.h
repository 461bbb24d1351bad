/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_scope.h - what the passes between parser and interpreter share.
 *
 * jinja_mention.c, jinja_symbol.c and jinja_analyze.c find out about names; jinja_scope.c walks a template's functions
 * as Jinja's compiler does and writes the findings into the tree.
 */
#ifndef ZEST_JINJA_SCOPE_H
#define ZEST_JINJA_SCOPE_H

#include "jinja_parser.h"

#define JINJA_SPECIAL_ALL 63
/* Beside enum jinja_special in jinja_node.stores: "loop" is set by a statement somewhere inside, and there is a scoped
 * block. */
#define JINJA_ASSIGNS_LOOP 64
#define JINJA_HAS_SCOPED_BLOCK 128

void zest_jinja_mention(struct jinja *j, struct jinja_node *body);
/* enum jinja_special: the names that a body, as a whole, reads first. */
uint8_t zest_jinja_first_read(const struct jinja_node *body);

/* ---- symbols ---- */

/* A function while it is looked at. */
struct jinja_function_state {
    struct jinja_code *code;
    struct jinja_function_state *outer;
    uint16_t depth; /* of functions in functions */
};

/* The slots that a name has had: one for each level of each function, as Jinja names Python's variables. */
struct jinja_numbered {
    const struct jinja_code *code;
    uint32_t level, slot;
    struct jinja_numbered *next;
};

/* A name in a scope. */
struct jinja_symbol {
    struct jinja_name *name;
    struct jinja_frame *frame;
    struct jinja_symbol *shadowed; /* what the name meant outside */
    struct jinja_symbol *next;     /* of the scope */
    struct jinja_load *load;
    uint32_t slot;
    bool is_stored;
};

/* A scope while it is looked at. */
struct jinja_frame {
    struct jinja *j;
    struct jinja_frame *outer; /* NULL for a template's and a block's own */
    struct jinja_function_state *function;
    struct jinja_scope *scope;
    struct jinja_load **load_end;
    struct jinja_symbol *symbols;
    struct jinja_template *jinja_template;
    uint32_t level;
    bool is_top;     /* what is set here, blocks see */
    bool is_soft;    /* in a condition: an unknown filter fails only when it is reached */
    bool in_loop;    /* break leaves a loop of this function */
    uint8_t escapes; /* enum jinja_escape */
    struct jinja_special_names special;
};

/* A scope in `outer`, in its function unless another one is given. NULL, and a failure, where memory is out. */
bool zest_jinja_open_frame(struct jinja_frame *self, struct jinja_frame *outer, struct jinja_function_state *function);
void zest_jinja_close_frame(struct jinja_frame *self);

void zest_jinja_declare(struct jinja_frame *frame, struct jinja_name *name); /* a parameter */
void zest_jinja_note_read(struct jinja_frame *frame, struct jinja_name *name);
void zest_jinja_note_store(struct jinja_frame *frame, struct jinja_name *name, bool is_conditional);
/* Where the name lies; a failure where no scope has it. */
struct jinja_place zest_jinja_place_of(const struct jinja_frame *frame, const struct jinja_name *name);

/* All names that a scope's own statements read and set, but for those of scopes inside. */
void zest_jinja_analyze(struct jinja_frame *frame, struct jinja_node *body);
void zest_jinja_analyze_expression(struct jinja_frame *frame, struct jinja_node *node);
/* Declares the names of a target as parameters. */
void zest_jinja_declare_target(struct jinja_frame *frame, struct jinja_node *target);

/* Folds an expression and gives its names their places. */
void zest_jinja_place_expression(struct jinja_frame *frame, struct jinja_node *node);
/* Likewise, of what is printed: constants become their text. */
void zest_jinja_place_printed(struct jinja_frame *frame, struct jinja_node *node);
void zest_jinja_place_target(struct jinja_frame *frame, struct jinja_node *target);

#endif
