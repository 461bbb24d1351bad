/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_run.c - compiles and renders templates; runs their statements. Start at zest_jinja_render.
 */
#include "jinja_parser.h"
#include "jinja_text.h"

#include "unicode_class.h"

/* ---- assignments ---- */

static struct jinja_value *slot_of(const struct jinja *j, struct jinja_place place)
{
    struct jinja_activation *activation = j->activation;
    for (uint16_t hops = place.hops; hops > 0; hops--)
        activation = activation->outer;
    return &activation->slots[place.slot];
}

static void unpack_items(struct jinja *j, const struct jinja_node *targets, uint32_t count, struct jinja_value value)
{
    struct jinja_iterator iterator;
    struct jinja_value item;
    uint32_t got = 0;
    if (!zest_jinja_iterate(j, value, &iterator))
        return;
    while (got < count && zest_jinja_next(j, &iterator, &item)) {
        zest_jinja_assign(j, targets, item);
        targets = targets->next;
        got++;
    }
    if (got < count)
        zest_jinja_fail(j, "not enough values to unpack (expected %u, got %u)", count, got);
    else if (zest_jinja_next(j, &iterator, &item))
        zest_jinja_fail(j, "too many values to unpack (expected %u)", count);
}

static void assign_member(struct jinja *j, const struct jinja_node *target, struct jinja_value value)
{
    struct jinja_value owner = *slot_of(j, target->place);
    j->at = target->at;
    if (owner.kind != JINJA_NAMESPACE)
        zest_jinja_fail(j, "cannot assign attribute on non-namespace object");
    else
        zest_jinja_dict_set(j, owner.dict, zest_jinja_string(target->text), value);
}

void zest_jinja_assign(struct jinja *j, const struct jinja_node *target, struct jinja_value value)
{
    if (j->failed)
        return;
    if (target->kind == JINJA_NAME)
        *slot_of(j, target->place) = value;
    else if (target->kind == JINJA_TUPLE_OF)
        unpack_items(j, target->a, target->count, value);
    else
        assign_member(j, target, value);
}

/* What the top of a template sets, its blocks see by name. */
static void export(struct jinja *j, const struct jinja_node *target)
{
    if (target->kind == JINJA_NAME)
        zest_jinja_dict_set(j, j->exported, zest_jinja_string(target->name->text), *slot_of(j, target->place));
    for (const struct jinja_node *item = target->kind == JINJA_TUPLE_OF ? target->a : NULL; item; item = item->next)
        export(j, item);
}

void zest_jinja_set_variable(struct jinja *j, const struct jinja_node *node, struct jinja_value value)
{
    *slot_of(j, node->place) = value;
    if (node->is_exported)
        zest_jinja_dict_set(j, j->exported, zest_jinja_string(node->name->text), value);
}

static void run_set(struct jinja *j, const struct jinja_node *node)
{
    zest_jinja_assign(j, node->a, zest_jinja_eval(j, node->b));
    if (node->is_exported && !j->failed)
        export(j, node->a);
}

/* ---- blocks of text ---- */

/* Filters on a block's text: the innermost one has no left side in the tree. */
static struct jinja_value apply_filters(struct jinja *j, const struct jinja_node *filter, struct jinja_value text)
{
    struct jinja_collection c;
    struct jinja_value self = filter->a ? apply_filters(j, filter->a, text) : text;
    if (j->failed || !zest_jinja_collect_args(j, filter->b, &c))
        return self;
    j->at = filter->at;
    if (!filter->function)
        return zest_jinja_fail(j, "No filter named '%.*s' found.", (int)(filter->name->text.size & 127),
                               filter->name->text.data);
    return zest_jinja_apply(j, filter->function, self, &c.args);
}

/* A body's text (markup where it was escaped) through filters; false where break or continue have left it. */
static bool capture_filtered(struct jinja *j, const struct jinja_node *body, const struct jinja_node *filters,
                             uint8_t escapes, struct jinja_value *ret_value)
{
    struct jinja_output capture, *output = zest_jinja_begin_capture(j, &capture);
    zest_jinja_run(j, body);
    *ret_value = zest_jinja_string(zest_jinja_end_capture(j, output));
    if (escapes == JINJA_ESCAPES || (escapes == JINJA_ESCAPES_PERHAPS && j->autoescape))
        ret_value->flags = JINJA_MARKUP;
    if (filters && j->flow == JINJA_GOES_ON && !j->failed)
        *ret_value = apply_filters(j, filters, *ret_value);
    return j->flow == JINJA_GOES_ON && !j->failed;
}

static void run_set_body(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value;
    zest_jinja_enter_scope(j, node->scope);
    if (!capture_filtered(j, node->c, node->b, node->op, &value))
        return;
    if (j->autoescape)
        value = zest_jinja_markup(zest_jinja_text(j, value));
    zest_jinja_assign(j, node->a, value);
    if (node->is_exported && !j->failed)
        export(j, node->a);
    zest_jinja_leave_scope(j, node->scope);
}

static void run_filter_block(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value;
    zest_jinja_enter_scope(j, node->scope);
    if (!capture_filtered(j, node->b, node->a, node->op, &value))
        return;
    if (value.kind != JINJA_STRING)
        zest_jinja_fail(j, "a filter block needs a text, not %s", zest_jinja_type(value));
    zest_jinja_write_value(j, j->output, value);
    zest_jinja_leave_scope(j, node->scope);
}

/* ---- scopes ---- */

static void run_with(struct jinja *j, const struct jinja_node *node)
{
    zest_jinja_enter_scope(j, node->scope);
    for (const struct jinja_node *set = node->a; set && !j->failed; set = set->next)
        zest_jinja_assign(j, set->a, zest_jinja_eval(j, set->b));
    zest_jinja_run(j, node->b);
    zest_jinja_leave_scope(j, node->scope);
}

/* What leaves it by break leaves escaping as it is, as Jinja's Python does. */
static void run_autoescape(struct jinja *j, const struct jinja_node *node)
{
    bool autoescape = j->autoescape;
    zest_jinja_enter_scope(j, node->scope);
    j->autoescape = zest_jinja_truth(j, zest_jinja_eval(j, node->a));
    zest_jinja_run(j, node->b);
    if (j->flow == JINJA_GOES_ON)
        j->autoescape = autoescape;
    zest_jinja_leave_scope(j, node->scope);
}

static void run_block(struct jinja *j, const struct jinja_node *node)
{
    const struct jinja_context *context = j->activation->context;
    if (node->flag2) {
        zest_jinja_fail(j, "Required block '%.*s' not found", (int)(node->name->text.size & 127),
                        node->name->text.data);
        return;
    }
    if (node->flag) { /* scoped: it sees what is set round it */
        struct jinja_context *derived = zest_jinja_alloc(j, 1, sizeof *derived);
        struct jinja_value seen = zest_jinja_dict(j, 4);
        for (const struct jinja_seen *one = node->block->seen; one && !j->failed; one = one->next) {
            struct jinja_value value = *slot_of(j, one->place);
            if (value.kind != JINJA_MISSING && !zest_jinja_dict_get(j, seen.dict, one->name))
                zest_jinja_dict_set(j, seen.dict, zest_jinja_string(one->name), value);
        }
        if (j->failed)
            return;
        *derived = (struct jinja_context){seen.dict, context};
        context = derived;
    }
    zest_jinja_run_block(j, node->block, context);
}

/* ---- statements ---- */

static void run_if(struct jinja *j, const struct jinja_node *node)
{
    for (; node; node = node->c) {
        j->at = node->at;
        bool holds = zest_jinja_truth(j, zest_jinja_eval(j, node->a));
        if (j->failed)
            return;
        if (holds || !node->flag) {
            zest_jinja_run(j, holds ? node->b : node->c);
            return;
        }
    }
}

static void run_print(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value = zest_jinja_eval(j, node->a);
    if (node->op == JINJA_ESCAPES || (node->op == JINJA_ESCAPES_PERHAPS && j->autoescape))
        value = zest_jinja_escape(j, value);
    zest_jinja_write_value(j, j->output, value);
}

static void run_statement(struct jinja *j, const struct jinja_node *node)
{
    switch (node->kind) {
    case JINJA_DATA:
        zest_jinja_write_text(j, j->output, node->text);
        break;
    case JINJA_PRINT:
        run_print(j, node);
        break;
    case JINJA_FOR:
        zest_jinja_run_for(j, node);
        break;
    case JINJA_IF:
        run_if(j, node);
        break;
    case JINJA_SET:
        run_set(j, node);
        break;
    case JINJA_SET_BODY:
        run_set_body(j, node);
        break;
    case JINJA_MACRO_OF:
        zest_jinja_define_macro(j, node);
        break;
    case JINJA_CALL_OF:
        zest_jinja_run_call(j, node);
        break;
    case JINJA_FILTER_OF:
        run_filter_block(j, node);
        break;
    case JINJA_WITH:
        run_with(j, node);
        break;
    case JINJA_AUTOESCAPE:
        run_autoescape(j, node);
        break;
    case JINJA_BLOCK_OF:
        run_block(j, node);
        break;
    case JINJA_BREAK:
    case JINJA_CONTINUE:
        j->flow = node->kind == JINJA_BREAK ? JINJA_BREAKS : JINJA_CONTINUES;
        break;
    default:
        zest_jinja_fail(j, "no loader for this environment specified");
    }
}

void zest_jinja_run(struct jinja *j, const struct jinja_node *body)
{
    if (!zest_jinja_enter(j))
        return;
    for (const struct jinja_node *node = body; node && j->flow == JINJA_GOES_ON && zest_jinja_spend(j, 1);
         node = node->next) {
        j->at = node->at;
        run_statement(j, node);
    }
    zest_jinja_leave(j);
}

/* ---- templates ---- */

const struct jinja_template *zest_jinja_compile(struct jinja *j, struct zest_text source)
{
    struct jinja_template *jinja_template = zest_jinja_alloc(j, 1, sizeof *jinja_template);
    struct jinja_parser parser;
    struct jinja_tokens tokens;
    if (!jinja_template)
        return NULL;
    zest_jinja_lex(j, source, &tokens);
    *jinja_template = (struct jinja_template){.source = tokens.source};
    j->template = jinja_template;
    struct jinja_node *body = zest_jinja_parse(j, &parser, &tokens);
    if (!j->failed)
        zest_jinja_find_scopes(j, &parser, body, jinja_template);
    return j->failed ? NULL : jinja_template;
}

struct zest_text zest_jinja_render(struct jinja *j, const struct jinja_template *jinja_template,
                                   struct jinja_value globals)
{
    struct jinja_output output = {0};
    struct jinja_context given = {globals.kind == JINJA_DICT ? globals.dict : NULL, NULL}, context = {NULL, &given};
    struct jinja_activation *activation = zest_jinja_activate(j, jinja_template->code, NULL);
    if (jinja_template->blocks)
        j->exported = context.variables = zest_jinja_dict(j, 8).dict;
    if (j->failed)
        return ZEST_TEXT("");
    activation->context = &context;
    j->template = jinja_template;
    j->activation = activation;
    j->output = &output;
    zest_jinja_enter_scope(j, jinja_template->code->scope);
    if (jinja_template->self.is_set)
        activation->slots[jinja_template->self.slot] = (struct jinja_value){.kind = JINJA_SELF, .context = &context};
    zest_jinja_run(j, jinja_template->code->body);
    return zest_jinja_output_text(&output);
}

void zest_jinja_position(const struct jinja_template *jinja_template, uint32_t at, uint32_t *ret_line,
                         uint32_t *ret_column)
{
    const struct zest_text source = jinja_template->source;
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < source.size; i++) {
        if (source.data[i] == '\n') {
            line++;
            column = 1;
        } else {
            column += !zest_utf8_continues((unsigned char)source.data[i]);
        }
    }
    *ret_line = line;
    *ret_column = column;
}
