/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_symbol.c - which variable a name means in a scope, by the rules of Jinja's idtracking.
 *
 * A name that a scope sets has a variable there; it begins as a copy of the one outside, or as what the context has if
 * it is read first or set only on some condition, or as nothing. A name that is only read means the variable outside;
 * where there is none, what the context has when the scope begins.
 */
#include "jinja_scope.h"

bool zest_jinja_open_frame(struct jinja_frame *self, struct jinja_frame *outer, struct jinja_function_state *function)
{
    *self = *outer;
    self->outer = outer;
    self->level = outer->level + 1;
    self->symbols = NULL;
    self->is_top = self->is_soft = false;
    if (function) {
        self->function = function;
        self->in_loop = false;
    }
    self->scope = zest_jinja_alloc(self->j, 1, sizeof *self->scope);
    if (!self->scope)
        return false;
    *self->scope = (struct jinja_scope){NULL};
    self->load_end = &self->scope->loads;
    return zest_jinja_enter(self->j);
}

void zest_jinja_close_frame(struct jinja_frame *self)
{
    for (struct jinja_symbol *symbol = self->symbols; symbol; symbol = symbol->next)
        symbol->name->symbol = symbol->shadowed;
    zest_jinja_leave(self->j);
}

static uint32_t slot_for(const struct jinja_frame *frame, struct jinja_name *name)
{
    struct jinja_code *code = frame->function->code;
    for (const struct jinja_numbered *one = name->slots; one; one = one->next)
        if (one->code == code && one->level == frame->level)
            return one->slot;
    struct jinja_numbered *one = zest_jinja_alloc(frame->j, 1, sizeof *one);
    if (!one)
        return 0;
    *one = (struct jinja_numbered){code, frame->level, code->slot_count++, name->slots};
    name->slots = one;
    return one->slot;
}

static struct jinja_place place_from(const struct jinja_frame *frame, const struct jinja_symbol *symbol)
{
    return (struct jinja_place){symbol->slot, (uint16_t)(frame->function->depth - symbol->frame->function->depth),
                                false};
}

static struct jinja_symbol *define(struct jinja_frame *frame, struct jinja_name *name, enum jinja_load_action action)
{
    struct jinja_symbol *symbol = zest_jinja_alloc(frame->j, 1, sizeof *symbol);
    struct jinja_load *load = zest_jinja_alloc(frame->j, 1, sizeof *load);
    if (!symbol || !load)
        return NULL;
    *symbol = (struct jinja_symbol){.name = name,
                                    .frame = frame,
                                    .shadowed = name->symbol,
                                    .next = frame->symbols,
                                    .load = load,
                                    .slot = slot_for(frame, name)};
    *load = (struct jinja_load){.action = action, .slot = symbol->slot, .name = name->text};
    if (action == JINJA_LOAD_ALIAS)
        load->from = place_from(frame, name->symbol);
    *frame->load_end = load;
    frame->load_end = &load->next;
    frame->symbols = name->symbol = symbol;
    return symbol;
}

static struct jinja_symbol *own_symbol(const struct jinja_frame *frame, const struct jinja_name *name)
{
    return name->symbol && name->symbol->frame == frame ? name->symbol : NULL;
}

void zest_jinja_declare(struct jinja_frame *frame, struct jinja_name *name)
{
    struct jinja_symbol *symbol = own_symbol(frame, name);
    if (!symbol)
        symbol = define(frame, name, JINJA_LOAD_PARAMETER);
    if (!symbol)
        return;
    symbol->load->action = JINJA_LOAD_PARAMETER;
    symbol->is_stored = true;
}

void zest_jinja_note_read(struct jinja_frame *frame, struct jinja_name *name)
{
    if (!name->symbol)
        define(frame, name, JINJA_LOAD_RESOLVE);
}

void zest_jinja_note_store(struct jinja_frame *frame, struct jinja_name *name, bool is_conditional)
{
    struct jinja_symbol *symbol = own_symbol(frame, name);
    if (!symbol)
        symbol = define(frame, name,
                        name->symbol     ? JINJA_LOAD_ALIAS
                        : is_conditional ? JINJA_LOAD_RESOLVE
                                         : JINJA_LOAD_NOTHING);
    if (symbol)
        symbol->is_stored = true;
}

struct jinja_place zest_jinja_place_of(const struct jinja_frame *frame, const struct jinja_name *name)
{
    if (name->symbol)
        return place_from(frame, name->symbol);
    zest_jinja_fail(frame->j, "Tried to resolve a name to a reference that was unknown to the frame ('%.*s')",
                    (int)(name->text.size < 100 ? name->text.size : 100), name->text.data);
    return (struct jinja_place){0, 0, false};
}
