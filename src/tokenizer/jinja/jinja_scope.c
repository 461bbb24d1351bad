/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_scope.c - walks a template as Jinja's compiler does: which statements are functions and which scopes of their
 * own, and so which variable each name is. Start at zest_jinja_find_scopes.
 */
#include "jinja_scope.h"

static void walk(struct jinja_frame *frame, struct jinja_node *body);

/* ---- functions ---- */

/* A function in the one that `frame` stands in. */
static bool open_function(struct jinja_frame *frame, struct jinja_function_state *self)
{
    *self = (struct jinja_function_state){zest_jinja_alloc(frame->j, 1, sizeof *self->code), frame->function,
                                          (uint16_t)(frame->function->depth + 1)};
    if (!self->code)
        return false;
    *self->code = (struct jinja_code){0};
    return true;
}

/* What a macro holds on to: the runs of all functions round it. */
static void capture(struct jinja_function_state *function)
{
    for (; function; function = function->outer)
        function->code->is_captured = true;
}

/* ---- macros ---- */

/* A caller that is a parameter needs a default, which a caller's absence leaves it. */
static void declare_caller(struct jinja_frame *frame, struct jinja_code *code, const struct jinja_node *parameters,
                           struct jinja_name *name)
{
    code->takes_caller = true;
    for (const struct jinja_node *one = parameters; one; one = one->next) {
        if (one->name != name)
            continue;
        if (!one->a)
            zest_jinja_fail(frame->j, "When defining macros or call blocks the special \"caller\" argument must be "
                                      "omitted or be given a default.");
        return;
    }
    zest_jinja_declare(frame, name);
    code->caller = zest_jinja_place_of(frame, name);
    code->caller.is_set = true;
}

static bool has_parameter(const struct jinja_node *parameters, const struct jinja_name *name)
{
    for (; parameters; parameters = parameters->next)
        if (parameters->name == name)
            return true;
    return false;
}

/* kwargs and varargs are parameters where the body asks for them. */
static struct jinja_place declare_special(struct jinja_frame *frame, const struct jinja_node *parameters,
                                          struct jinja_name *name, bool *ret_takes)
{
    struct jinja_place place = {0};
    *ret_takes = !has_parameter(parameters, name);
    if (!*ret_takes)
        return place;
    zest_jinja_declare(frame, name);
    return zest_jinja_place_of(frame, name);
}

static void declare_parameters(struct jinja_frame *frame, struct jinja_code *code, struct jinja_node *parameters)
{
    for (struct jinja_node *one = parameters; one; one = one->next, code->parameter_count++) {
        for (struct jinja_node *other = parameters; other != one; other = other->next)
            if (other->name == one->name) {
                frame->j->at = one->at;
                zest_jinja_fail(frame->j, "duplicate argument '%.*s' in function definition",
                                (int)(one->name->text.size & 127), one->name->text.data);
            }
        code->explicit_caller = code->explicit_caller || one->name->special == JINJA_SPECIAL_CALLER;
        zest_jinja_declare(frame, one->name);
        one->place = zest_jinja_place_of(frame, one->name);
    }
}

static struct jinja_code *walk_macro(struct jinja_frame *outer, struct jinja_node *parameters, struct jinja_node *body,
                                     struct zest_text name)
{
    struct jinja_function_state function;
    struct jinja_frame frame;
    capture(outer->function);
    if (!open_function(outer, &function) || !zest_jinja_open_frame(&frame, outer, &function))
        return NULL;
    struct jinja_code *code = function.code;
    struct jinja_special_names *names = &frame.special;
    uint8_t asks = zest_jinja_first_read(body);
    *code = (struct jinja_code){.scope = frame.scope, .body = body, .name = name, .parameters = parameters};
    declare_parameters(&frame, code, parameters);
    if (asks & JINJA_SPECIAL_CALLER)
        declare_caller(&frame, code, parameters, names->caller);
    if (asks & JINJA_SPECIAL_KWARGS)
        code->kwargs = declare_special(&frame, parameters, names->kwargs, &code->takes_kwargs);
    if (asks & JINJA_SPECIAL_VARARGS)
        code->varargs = declare_special(&frame, parameters, names->varargs, &code->takes_varargs);
    for (struct jinja_node *one = parameters; one; one = one->next)
        zest_jinja_analyze_expression(&frame, one->a);
    zest_jinja_analyze(&frame, body);
    for (struct jinja_node *one = parameters; one; one = one->next)
        zest_jinja_place_expression(&frame, one->a);
    walk(&frame, body);
    zest_jinja_close_frame(&frame);
    return code;
}

/* ---- loops ---- */

static struct jinja_node *copy_target(struct jinja *j, const struct jinja_node *target)
{
    struct jinja_node *copy = zest_jinja_alloc(j, 1, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *target;
    if (copy->kind != JINJA_TUPLE_OF)
        return copy;
    struct jinja_node **end = &copy->a;
    for (const struct jinja_node *item = target->a; item && !j->failed; item = item->next) {
        *end = copy_target(j, item);
        end = j->failed ? end : &(*end)->next;
    }
    return copy;
}

/* The condition of a loop is a function that goes over the items, with a target of its own. */
static const struct jinja_code *walk_filter(struct jinja_frame *outer, const struct jinja_node *node)
{
    struct jinja_function_state function;
    struct jinja_frame frame;
    struct jinja_node *target = copy_target(outer->j, node->a);
    if (!target || !open_function(outer, &function) || !zest_jinja_open_frame(&frame, outer, &function))
        return NULL;
    zest_jinja_declare_target(&frame, target);
    zest_jinja_analyze_expression(&frame, node->e);
    zest_jinja_place_target(&frame, target);
    zest_jinja_place_expression(&frame, node->e);
    function.code->scope = frame.scope;
    function.code->parameters = target;
    function.code->body = node->e;
    zest_jinja_close_frame(&frame);
    return function.code;
}

static void walk_loop_body(struct jinja_frame *outer, struct jinja_node *node, struct jinja_function_state *function)
{
    struct jinja_frame frame;
    struct jinja_loop_code *loop = node->loop;
    if (!zest_jinja_open_frame(&frame, outer, function))
        return;
    frame.in_loop = true;
    loop->scope = frame.scope;
    if (loop->is_extended) {
        zest_jinja_declare(&frame, frame.special.loop);
        loop->loop = zest_jinja_place_of(&frame, frame.special.loop);
    }
    zest_jinja_declare_target(&frame, node->a);
    zest_jinja_analyze(&frame, node->c);
    zest_jinja_place_target(&frame, node->a);
    walk(&frame, node->c);
    zest_jinja_close_frame(&frame);
}

static void walk_loop_else(struct jinja_frame *outer, struct jinja_node *node, struct jinja_function_state *function)
{
    struct jinja_frame frame;
    if (!zest_jinja_open_frame(&frame, outer, function))
        return;
    node->loop->else_scope = frame.scope;
    zest_jinja_analyze(&frame, node->d);
    walk(&frame, node->d);
    zest_jinja_close_frame(&frame);
}

static void walk_for(struct jinja_frame *frame, struct jinja_node *node)
{
    struct jinja_function_state function;
    struct jinja_loop_code *loop = zest_jinja_alloc(frame->j, 1, sizeof *loop);
    bool is_recursive = node->flag;
    if (!loop || (is_recursive && !open_function(frame, &function)))
        return;
    if (is_recursive || node->e) /* a `loop` may outlive its loop, and goes on where it stood */
        capture(frame->function);
    uint8_t reads = zest_jinja_first_read(node->c);
    *loop = (struct jinja_loop_code){.is_extended = is_recursive || (reads & JINJA_SPECIAL_LOOP) ||
                                                    (node->stores & JINJA_HAS_SCOPED_BLOCK)};
    node->loop = loop;
    if (node->stores & JINJA_ASSIGNS_LOOP)
        zest_jinja_fail(frame->j, "Can't assign to special loop variable in for-loop target");
    zest_jinja_place_expression(frame, node->b);
    if (node->e)
        loop->filter = walk_filter(frame, node);
    walk_loop_body(frame, node, is_recursive ? &function : NULL);
    if (node->d)
        walk_loop_else(frame, node, is_recursive ? &function : NULL);
    if (is_recursive)
        loop->recursive = function.code;
}

/* ---- other scopes ---- */

static void walk_scope(struct jinja_frame *outer, struct jinja_node *node)
{
    struct jinja_frame frame;
    if (node->kind == JINJA_SET_BODY)
        zest_jinja_place_target(outer, node->a);
    if (!zest_jinja_open_frame(&frame, outer, NULL))
        return;
    node->scope = frame.scope;
    node->op = outer->escapes;
    if (node->kind == JINJA_SET_BODY) {
        zest_jinja_analyze(&frame, node->c);
        walk(&frame, node->c);
        zest_jinja_place_expression(&frame, node->b);
    } else if (node->kind == JINJA_FILTER_OF) {
        zest_jinja_analyze(&frame, node->b);
        zest_jinja_analyze_expression(&frame, node->a);
        walk(&frame, node->b);
        zest_jinja_place_expression(&frame, node->a);
    } else { /* autoescape */
        zest_jinja_analyze_expression(&frame, node->a);
        zest_jinja_analyze(&frame, node->b);
        zest_jinja_place_expression(&frame, node->a);
        frame.escapes = node->a->kind != JINJA_CONST                ? JINJA_ESCAPES_PERHAPS
                        : zest_jinja_truth(frame.j, node->a->value) ? JINJA_ESCAPES
                                                                    : JINJA_ESCAPES_NOT;
        walk(&frame, node->b);
    }
    zest_jinja_close_frame(&frame);
}

static void walk_with(struct jinja_frame *outer, struct jinja_node *node)
{
    struct jinja_frame frame;
    for (struct jinja_node *set = node->a; set; set = set->next)
        zest_jinja_place_expression(outer, set->b);
    if (!zest_jinja_open_frame(&frame, outer, NULL))
        return;
    node->scope = frame.scope;
    for (struct jinja_node *set = node->a; set; set = set->next)
        zest_jinja_declare_target(&frame, set->a);
    zest_jinja_analyze(&frame, node->b);
    for (struct jinja_node *set = node->a; set; set = set->next)
        zest_jinja_place_target(&frame, set->a);
    walk(&frame, node->b);
    zest_jinja_close_frame(&frame);
}

/* A chain of elifs is walked, not nested: they may be many. */
static void walk_if(struct jinja_frame *frame, struct jinja_node *node)
{
    bool was_soft = frame->is_soft;
    frame->is_soft = true;
    for (; node && !frame->j->failed; node = node->flag ? node->c : NULL) {
        zest_jinja_place_expression(frame, node->a);
        walk(frame, node->b);
        if (!node->flag)
            walk(frame, node->c);
    }
    frame->is_soft = was_soft;
}

/* ---- blocks ---- */

/* What a scoped block sees: all that is set round it, from inside out. */
static struct jinja_seen *seen_from(const struct jinja_frame *frame)
{
    struct jinja_seen *first = NULL, **end = &first;
    for (const struct jinja_frame *one = frame; one; one = one->outer)
        for (const struct jinja_symbol *symbol = one->symbols; symbol; symbol = symbol->next) {
            struct jinja_seen *seen = symbol->is_stored ? zest_jinja_alloc(frame->j, 1, sizeof *seen) : NULL;
            if (!seen)
                continue;
            *seen = (struct jinja_seen){symbol->name->text, zest_jinja_place_of(frame, symbol->name), NULL};
            *end = seen;
            end = &seen->next;
        }
    return first;
}

static void walk_block_use(struct jinja_frame *frame, struct jinja_node *node)
{
    for (struct jinja_block_code *block = frame->jinja_template->blocks; block; block = block->next)
        if (block->node == node) {
            block->seen = node->flag ? seen_from(frame) : NULL;
            node->block = block;
        }
}

/* Notes every block of the tree, wherever it stands. */
static void collect_blocks(struct jinja *j, struct jinja_template *jinja_template, struct jinja_node *body)
{
    struct jinja_block_code **end = &jinja_template->blocks;
    if (!zest_jinja_enter(j))
        return;
    for (struct jinja_node *node = body; node && !j->failed; node = node->next) {
        if (node->kind < JINJA_DATA)
            continue;
        for (struct jinja_node *part = node; part; part = part->kind == JINJA_IF && part->flag ? part->c : NULL) {
            collect_blocks(j, jinja_template, part->b);
            collect_blocks(j, jinja_template, part->kind == JINJA_IF && part->flag ? NULL : part->c);
            collect_blocks(j, jinja_template, part->kind == JINJA_FOR ? part->d : NULL);
        }
        if (node->kind != JINJA_BLOCK_OF)
            continue;
        for (end = &jinja_template->blocks; *end; end = &(*end)->next)
            if (zest_text_equal((*end)->name, node->name->text)) {
                j->at = node->at;
                zest_jinja_fail(j, "block '%.*s' defined twice", (int)(node->name->text.size & 127),
                                node->name->text.data);
            }
        struct jinja_block_code *block = zest_jinja_alloc(j, 1, sizeof *block);
        if (!block)
            break;
        *block = (struct jinja_block_code){.name = node->name->text, .node = node};
        *end = block;
    }
    zest_jinja_leave(j);
}

/* ---- functions of their own: the template's and the blocks' ---- */

/* self and super are parameters where the body asks for them. */
static struct jinja_place declare_if(struct jinja_frame *frame, bool is_asked, struct jinja_name *name)
{
    if (!is_asked)
        return (struct jinja_place){0};
    zest_jinja_declare(frame, name);
    struct jinja_place place = zest_jinja_place_of(frame, name);
    place.is_set = true;
    return place;
}

static struct jinja_code *walk_root(struct jinja_frame *base, struct jinja_node *body, bool is_block,
                                    struct jinja_place *ret_self, struct jinja_place *ret_super)
{
    struct jinja_function_state function = {zest_jinja_alloc(base->j, 1, sizeof *function.code), NULL, 0};
    struct jinja_frame frame;
    if (!function.code || !zest_jinja_open_frame(&frame, base, &function))
        return NULL;
    frame.outer = NULL;
    frame.is_top = !is_block;
    *function.code = (struct jinja_code){.scope = frame.scope, .body = body};
    uint8_t asks = zest_jinja_first_read(body);
    *ret_self = declare_if(&frame, asks & JINJA_SPECIAL_SELF, frame.special.self);
    *ret_super = declare_if(&frame, is_block && (asks & JINJA_SPECIAL_SUPER), frame.special.super);
    zest_jinja_analyze(&frame, body);
    walk(&frame, body);
    zest_jinja_close_frame(&frame);
    return function.code;
}

void zest_jinja_find_scopes(struct jinja *j, struct jinja_parser *p, struct jinja_node *body,
                            struct jinja_template *ret_template)
{
    struct jinja_frame base = {.j = j, .jinja_template = ret_template};
    base.special = (struct jinja_special_names){
        .self = zest_jinja_intern(p, ZEST_TEXT("self")),
        .super = zest_jinja_intern(p, ZEST_TEXT("super")),
        .loop = zest_jinja_intern(p, ZEST_TEXT("loop")),
        .caller = zest_jinja_intern(p, ZEST_TEXT("caller")),
        .kwargs = zest_jinja_intern(p, ZEST_TEXT("kwargs")),
        .varargs = zest_jinja_intern(p, ZEST_TEXT("varargs")),
    };
    struct jinja_place none;
    zest_jinja_mention(j, body);
    collect_blocks(j, ret_template, body);
    if (!j->failed)
        ret_template->code = walk_root(&base, body, false, &ret_template->self, &none);
    for (struct jinja_block_code *block = ret_template->blocks; block && !j->failed; block = block->next)
        block->code = walk_root(&base, block->node->b, true, &block->self, &block->super);
}

/* ---- statements ---- */

static void walk_set(struct jinja_frame *frame, struct jinja_node *node)
{
    zest_jinja_place_target(frame, node->a);
    zest_jinja_place_expression(frame, node->b);
}

static void walk_import(struct jinja_frame *frame, struct jinja_node *node)
{
    zest_jinja_place_expression(frame, node->a);
    for (struct jinja_node *name = node->b; name; name = name->next)
        zest_jinja_place_target(frame, name);
}

static void walk_call(struct jinja_frame *frame, struct jinja_node *node)
{
    node->code = walk_macro(frame, node->c, node->b, (struct zest_text){NULL, 0});
    if (!node->a)
        return;
    node->a->flag = true; /* it is given a caller */
    zest_jinja_place_expression(frame, node->a);
}

static void walk_statement(struct jinja_frame *frame, struct jinja_node *node)
{
    node->is_exported = frame->is_top && frame->jinja_template->blocks;
    switch (node->kind) {
    case JINJA_PRINT:
        node->op = frame->escapes;
        zest_jinja_place_printed(frame, node->a);
        break;
    case JINJA_DATA:
        break;
    case JINJA_IF:
        walk_if(frame, node);
        break;
    case JINJA_FOR:
        walk_for(frame, node);
        break;
    case JINJA_SET:
        walk_set(frame, node);
        break;
    case JINJA_MACRO_OF:
        node->place = zest_jinja_place_of(frame, node->name);
        node->code = walk_macro(frame, node->a, node->b, node->name->text);
        break;
    case JINJA_CALL_OF:
        walk_call(frame, node);
        break;
    case JINJA_SET_BODY:
    case JINJA_FILTER_OF:
    case JINJA_AUTOESCAPE:
        walk_scope(frame, node);
        break;
    case JINJA_WITH:
        walk_with(frame, node);
        break;
    case JINJA_BLOCK_OF:
        walk_block_use(frame, node);
        break;
    case JINJA_BREAK:
    case JINJA_CONTINUE:
        if (!frame->in_loop)
            zest_jinja_fail(frame->j, "'%s' outside loop", node->kind == JINJA_BREAK ? "break" : "continue");
        break;
    case JINJA_EXTENDS:
        if (!frame->is_top)
            zest_jinja_fail(frame->j, "cannot use extend from a non top-level scope");
        zest_jinja_place_expression(frame, node->a);
        break;
    case JINJA_IMPORT:
        walk_import(frame, node);
        break;
    default: /* include */
        zest_jinja_place_expression(frame, node->a);
    }
}

static void walk(struct jinja_frame *frame, struct jinja_node *body)
{
    if (!zest_jinja_enter(frame->j))
        return;
    for (; body && !frame->j->failed; body = body->next) {
        frame->j->at = body->at;
        walk_statement(frame, body);
    }
    zest_jinja_leave(frame->j);
}
