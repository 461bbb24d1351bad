/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat_template.c - runs a chat template on messages, as transformers' apply_chat_template does.
 *
 * Bounded whatever the template: see `limits`. All memory of a rendering is an arena that ends with it.
 */
#include "chat_template.h"

#include "jinja.h"

#include <stdio.h>
#include <stdlib.h>

#define TEMPLATE_SIZE_MAX ((size_t)1 << 20)
#define TEMPLATE_MEMORY_MAX ((size_t)512 << 20)
#define MEMORY_MAX ((size_t)1 << 30)
/* 10,000 messages take a usual template some two million steps; a step takes some ten nanoseconds. */
static const struct jinja_limits limits = {.steps = 200000000, .depth = 1000, .output_size = (size_t)256 << 20};

struct zest_chat_template {
    struct zest_arena arena;
    const struct jinja_template *compiled;
};

/* ---- failures ---- */

static enum zest_status report(const struct jinja *j, struct zest_error *error)
{
    uint32_t line, column;
    if (j->is_raised)
        return zest_fail_param(error, j->status, "messages", "%s", j->message);
    if (!j->template)
        return zest_fail(error, j->status, "%s", j->message);
    zest_jinja_position(j->template, j->at, &line, &column);
    return zest_fail_param(error, j->status, "template", "template line %u, column %u: %s", line, column, j->message);
}

/* ---- compiling ---- */

static enum zest_status check(struct zest_text text, struct zest_error *error)
{
    size_t bad;
    if (text.size > TEMPLATE_SIZE_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "template", "the template has %zu bytes, %zu are possible",
                               text.size, TEMPLATE_SIZE_MAX);
    if (!zest_utf8_valid(text, &bad))
        return zest_fail_param(error, ZEST_INVALID_UTF8, "template", "the template is not UTF-8 at byte %zu", bad);
    return ZEST_OK;
}

static enum zest_status compile(struct zest_text text, struct zest_arena *arena,
                                const struct jinja_template **ret_template, struct zest_error *error)
{
    struct jinja j = {.arena = arena, .limits = limits};
    enum zest_status status = check(text, error);
    if (status != ZEST_OK)
        return status;
    *ret_template = zest_jinja_compile(&j, text);
    return *ret_template ? ZEST_OK : report(&j, error);
}

enum zest_status zest_chat_template_create(struct zest_text text, struct zest_chat_template **ret_template,
                                           struct zest_error *error)
{
    struct zest_chat_template *self = calloc(1, sizeof *self);
    if (!self)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a chat template");
    zest_arena_init(&self->arena, TEMPLATE_MEMORY_MAX);
    enum zest_status status = compile(text, &self->arena, &self->compiled, error);
    if (status == ZEST_OK)
        *ret_template = self;
    else
        zest_chat_template_destroy(self);
    return status;
}

void zest_chat_template_destroy(struct zest_chat_template *self)
{
    if (!self)
        return;
    zest_arena_finish(&self->arena);
    free(self);
}

/* ---- variables ---- */

static void set(struct jinja *j, struct jinja_value globals, const char *name, struct jinja_value value)
{
    if (!j->failed)
        zest_jinja_dict_set(j, globals.dict, zest_jinja_string(zest_text_of(name)), value);
}

static struct jinja_value json_or_none(struct jinja *j, struct zest_text json, const char *name)
{
    return json.size > 0 ? zest_jinja_from_json(j, json, name) : zest_jinja_none();
}

static struct jinja_value make_globals(struct jinja *j, const struct zest_chat *chat)
{
    struct jinja_value globals = zest_jinja_dict(j, 11); /* fewer than a dict begins to index */
    if (chat->messages.size > 0)
        set(j, globals, "messages", zest_jinja_from_json(j, chat->messages, "messages"));
    set(j, globals, "tools", json_or_none(j, chat->tools, "tools"));
    set(j, globals, "documents", zest_jinja_none());
    set(j, globals, "add_generation_prompt", zest_jinja_bool(chat->add_generation_prompt));
    set(j, globals, "bos_token", zest_jinja_string(chat->bos_token));
    set(j, globals, "eos_token", zest_jinja_string(chat->eos_token));
    struct jinja_value vars = json_or_none(j, chat->vars, "vars");
    if (vars.kind != JINJA_DICT && vars.kind != JINJA_NONE)
        zest_jinja_fail(j, "vars is not a JSON object");
    for (size_t i = 0; vars.kind == JINJA_DICT && i < vars.dict->count && !j->failed; i++)
        zest_jinja_dict_set(j, globals.dict, vars.dict->entries[i].key, vars.dict->entries[i].value);
    return globals;
}

static bool read_now(struct zest_text text, struct tm *ret_now)
{
    char copy[32];
    int end = 0;
    struct tm now = {.tm_isdst = -1};
    if (text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = 0;
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d%n", &now.tm_year, &now.tm_mon, &now.tm_mday, &now.tm_hour, &now.tm_min,
               &now.tm_sec, &end) != 6 ||
        (size_t)end != text.size)
        return false;
    if (now.tm_mon < 1 || now.tm_mon > 12 || now.tm_mday < 1 || now.tm_mday > 31 || now.tm_hour < 0 ||
        now.tm_hour > 23 || now.tm_min < 0 || now.tm_min > 59 || now.tm_sec < 0 || now.tm_sec > 60 || now.tm_year < 1)
        return false;
    now.tm_year -= 1900;
    now.tm_mon -= 1;
    struct tm utc = now; /* a calendar calculation alone: the day of the week and of the year */
    timegm(&utc);
    now.tm_wday = utc.tm_wday;
    now.tm_yday = utc.tm_yday;
    now.tm_isdst = 0;
    *ret_now = now;
    return true;
}

static enum zest_status set_now(struct jinja *j, struct zest_text now, struct zest_error *error)
{
    if (now.size == 0) {
        time_t seconds = time(NULL);
        localtime_r(&seconds, &j->now);
        return ZEST_OK;
    }
    if (read_now(now, &j->now))
        return ZEST_OK;
    return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "now",
                           "now is \"%.*s\", which is not a YYYY-MM-DDTHH:MM:SS time",
                           (int)(now.size < 60 ? now.size : 60), now.data);
}

/* ---- rendering ---- */

static enum zest_status render(const struct jinja_template *compiled, const struct zest_chat *chat,
                               struct zest_arena *scratch, struct zest_arena *arena, struct zest_text *ret_text,
                               struct zest_error *error)
{
    struct jinja j = {.arena = scratch, .limits = limits};
    enum zest_status status = set_now(&j, chat->now, error);
    if (status != ZEST_OK)
        return status;
    struct jinja_value globals = make_globals(&j, chat);
    struct zest_text text = j.failed ? ZEST_TEXT("") : zest_jinja_render(&j, compiled, globals);
    if (j.failed)
        return report(&j, error);
    struct zest_text copy = zest_text_copy(arena, text);
    if (!copy.data)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a prompt of %zu bytes", text.size);
    *ret_text = copy;
    return ZEST_OK;
}

enum zest_status zest_chat_template_render(const struct zest_chat_template *self, const struct zest_chat *chat,
                                           struct zest_arena *arena, struct zest_text *ret_text,
                                           struct zest_error *error)
{
    struct zest_arena scratch;
    zest_arena_init(&scratch, MEMORY_MAX);
    enum zest_status status = render(self->compiled, chat, &scratch, arena, ret_text, error);
    zest_arena_finish(&scratch);
    return status;
}

enum zest_status zest_chat_render(const struct zest_chat *chat, struct zest_arena *arena, struct zest_text *ret_text,
                                  struct zest_error *error)
{
    struct zest_arena scratch;
    const struct jinja_template *compiled;
    zest_arena_init(&scratch, MEMORY_MAX);
    enum zest_status status = compile(chat->chat_template, &scratch, &compiled, error);
    if (status == ZEST_OK)
        status = render(compiled, chat, &scratch, arena, ret_text, error);
    zest_arena_finish(&scratch);
    return status;
}
