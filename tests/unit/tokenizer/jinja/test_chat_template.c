/* SPDX-License-Identifier: Apache-2.0 */
/* test_chat_template.c - the reference's templates, conversations and Jinja cases; and templates that mean harm. */
#include "zest_test.h"

#include "chat_template.h"
#include "jinja.h"
#include "tokenizer_fixture.h"

#define NOW "2025-03-14T15:09:26"

static struct zest_text json_text(struct zest_arena *arena, const json_t *value)
{
    char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    struct zest_text text = zest_text_copy(arena, zest_text_of(dumped));
    free(dumped);
    return text;
}

static struct zest_text template_named(struct zest_arena *arena, const char *name)
{
    char path[512];
    size_t size;
    snprintf(path, sizeof path, "chat/templates/%s.jinja", name);
    char *data = fixture_reference(path, &size);
    struct zest_text text = zest_text_copy(arena, (struct zest_text){data, data ? size : 0});
    free(data);
    return text;
}

/* Renders one case; the arena holds what it needs. */
static enum zest_status render_case(struct zest_arena *arena, const json_t *line, const json_t *conversations,
                                    struct zest_text *ret_text, struct zest_error *error)
{
    const json_t *conversation = json_object_get(conversations, json_string_value(json_object_get(line, "conv")));
    json_t *vars = json_object();
    json_object_update(vars, json_object_get(conversation, "kwargs"));
    if (json_object_get(conversation, "documents"))
        json_object_set(vars, "documents", json_object_get(conversation, "documents"));
    struct zest_chat chat = {
        .chat_template = template_named(arena, json_string_value(json_object_get(line, "template"))),
        .messages = json_text(arena, json_object_get(conversation, "messages")),
        .tools = json_text(arena, json_object_get(conversation, "tools")),
        .vars = json_text(arena, vars),
        .now = ZEST_TEXT(NOW),
        .bos_token = fixture_text(json_object_get(line, "bos_token")),
        .eos_token = fixture_text(json_object_get(line, "eos_token")),
        .add_generation_prompt = json_is_true(json_object_get(conversation, "add_generation_prompt")),
    };
    json_decref(vars);
    return zest_chat_render(&chat, arena, ret_text, error);
}

static bool case_holds(struct zest_arena *arena, const json_t *line, const json_t *conversations)
{
    struct zest_text text = ZEST_TEXT("");
    struct zest_error error = {0};
    enum zest_status status = render_case(arena, line, conversations, &text, &error);
    const json_t *wanted = json_object_get(line, "text");
    bool raised = !strcmp(json_string_value(json_object_get(line, "error")) ?: "", "TemplateError");
    bool holds = wanted ? status == ZEST_OK && zest_text_equal(text, fixture_text(wanted)) : status != ZEST_OK;
    if (raised)
        holds = holds && !strcmp(error.message, json_string_value(json_object_get(line, "message")));
    if (!holds)
        printf("%s on %s: %s\n--- got\n%.*s\n--- wanted\n%s\n", json_string_value(json_object_get(line, "template")),
               json_string_value(json_object_get(line, "conv")), error.message, (int)text.size, text.data,
               json_string_value(wanted ? wanted : json_object_get(line, "message")));
    return holds;
}

ZEST_TEST(all_conversations_render_as_in_the_reference)
{
    size_t size, conversations_size, at = 0, none = 0;
    char *data = fixture_reference("chat/cases.jsonl", &size);
    char *packed = fixture_reference("chat/conversations.json", &conversations_size);
    if (!data || !packed)
        ZEST_SKIP("needs the reference data");
    json_error_t problem;
    json_t *conversations = json_loadb(packed, conversations_size, 0, &problem);
    (void)none;
    int count = 0, held = 0;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    for (json_t *line; (line = fixture_next_line(data, size, &at)); json_decref(line), count++) {
        held += case_holds(&arena, line, conversations);
        zest_arena_reset(&arena);
    }
    printf("%d of %d conversations of the reference hold\n", held, count);
    ZEST_CHECK(count > 0);
    ZEST_CHECK_INT(held, count);
    zest_arena_finish(&arena);
    json_decref(conversations);
    free(packed);
    free(data);
}

/* Renders with the variables of a JSON object alone. */
static struct zest_text render(struct jinja *j, struct zest_text source, struct zest_text variables)
{
    static const struct tm now = {.tm_year = 125,
                                  .tm_mon = 2,
                                  .tm_mday = 14,
                                  .tm_hour = 15,
                                  .tm_min = 9,
                                  .tm_sec = 26,
                                  .tm_wday = 5,
                                  .tm_yday = 72};
    struct zest_arena *arena = j->arena;
    *j = (struct jinja){.arena = arena, .limits = {.steps = 1000000, .depth = 400, .output_size = 1 << 20}, .now = now};
    const struct jinja_template *compiled = zest_jinja_compile(j, source);
    return compiled ? zest_jinja_render(j, compiled, zest_jinja_from_json(j, variables, "context")) : ZEST_TEXT("");
}

static bool unit_holds(struct jinja *j, const json_t *line, struct zest_text context)
{
    struct zest_text text = render(j, fixture_text(json_object_get(line, "template")), context);
    const json_t *wanted = json_object_get(line, "output");
    bool holds = wanted ? !j->failed && zest_text_equal(text, fixture_text(wanted)) : j->failed;
    const char *message = json_string_value(json_object_get(line, "message"));
    if (!holds || (message && strcmp(message, j->message)))
        printf("%s case %d %s: %s\n  got    \"%.*s\"%s\n  wanted \"%s\"\n",
               json_string_value(json_object_get(line, "level")), (int)json_integer_value(json_object_get(line, "id")),
               holds ? "has another message" : "differs", json_string_value(json_object_get(line, "template")),
               (int)text.size, text.data, j->message, wanted ? json_string_value(wanted) : message);
    return holds;
}

ZEST_TEST(all_jinja_cases_hold)
{
    size_t size, at = 0;
    char *data = fixture_reference("chat/jinja_units.jsonl", &size);
    if (!data)
        ZEST_SKIP("needs the reference data");
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct jinja j = {.arena = &arena};
    json_t *head = fixture_next_line(data, size, &at);
    char *context = json_dumps(json_object_get(head, "context"), JSON_COMPACT);
    int count = 0, held = 0;
    for (json_t *line; (line = fixture_next_line(data, size, &at)); json_decref(line), count++) {
        held += unit_holds(&j, line, zest_text_of(context));
        zest_arena_reset(&arena);
    }
    printf("%d of %d Jinja cases of the reference hold\n", held, count);
    ZEST_CHECK(count > 0);
    ZEST_CHECK_INT(held, count);
    zest_arena_finish(&arena);
    json_decref(head);
    free(context);
    free(data);
}

/* Each must end with an error, in bounded steps, memory and stack. */
ZEST_TEST(hostile_templates_are_stopped)
{
    static const char *const templates[] = {
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1 }}",
        "{{ range(10000000) }}",
        "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
        ("{% set ns = namespace(l=[1]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l|tojson "
         "}}"),
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ ('a' * 500000)|replace('', 'bbbbbbbbbbbbbbbb') }}",
        "{{ 'x'|indent(4611686018427387904) }}{{ 1/0 }}",
        "{{ -9223372036854775807 - 2 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ -(-9223372036854775807 - 1) }}",
        "{% for x in loop %}{% endfor %}{{ loop.index }}",
        "{{ x['__class__']['__mro__'] }}",
        "{{ '\\ud800' }}",
        "{{ '\\U00110000' }}",
        "{% raw %}x",
        "{# x",
        "{{",
        "{%",
        "{{ '",
        "{% if",
        "{% for %}",
        "{{ a. }}",
        "{{ a[ }}",
        "{{ (1, }}",
        "{% set %}",
        "{% macro %}{% endmacro %}",
        "{{ a|nope }}",
        "{{ a is nope }}",
        "{% call %}{% endcall %}",

        "{{ {1:2,[1]:3} }}",
        "{{ d|dictsort(by='x') }}",
        "{{ ''|first.x }}",
        "{% break %}",
        "{{ namespace(1) }}",
    };
    struct zest_arena arena;
    zest_arena_init(&arena, (size_t)256 << 20);
    struct jinja j = {.arena = &arena};
    for (size_t i = 0; i < ZEST_COUNT(templates); i++) {
        render(&j, zest_text_of(templates[i]), ZEST_TEXT("{}"));
        if (!j.failed || !j.message[0])
            ZEST_FAILED("no error for %s", templates[i]);
        zest_arena_reset(&arena);
    }
    zest_arena_finish(&arena);
}

ZEST_TEST(deep_nesting_is_stopped)
{
    static const char *const pieces[] = {"(",    "[",  "{{ -", "not ", "{% if 1 %}", "a.b(", "1 if 1 else ",
                                         "a|d(", "x[", "- "};
    enum { TIMES = 100000 };
    struct zest_arena arena;
    zest_arena_init(&arena, (size_t)256 << 20);
    struct jinja j = {.arena = &arena};
    for (size_t i = 0; i < ZEST_COUNT(pieces); i++) {
        size_t size = strlen(pieces[i]);
        char *source = malloc(3 + TIMES * size);
        memcpy(source, "{{ ", 3);
        for (size_t k = 0; k < TIMES; k++)
            memcpy(source + 3 + k * size, pieces[i], size);
        render(&j, (struct zest_text){source, 3 + TIMES * size}, ZEST_TEXT("{}"));
        ZEST_CHECK(j.failed);
        free(source);
        zest_arena_reset(&arena);
    }
    zest_arena_finish(&arena);
}

ZEST_TEST(bad_json_is_named)
{
    struct zest_arena arena;
    struct zest_error error = {0};
    struct zest_text text;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_chat chat = {.chat_template = ZEST_TEXT("x"),
                             .messages = ZEST_TEXT("[{]"),
                             .bos_token = ZEST_TEXT(""),
                             .eos_token = ZEST_TEXT("")};
    ZEST_CHECK_INT(zest_chat_render(&chat, &arena, &text, &error), ZEST_INVALID_JSON);
    ZEST_CHECK(strstr(error.message, "messages") != NULL);
    chat.messages = ZEST_TEXT("[]");
    chat.now = ZEST_TEXT("yesterday");
    ZEST_CHECK_INT(zest_chat_render(&chat, &arena, &text, &error), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK(strstr(error.message, "yesterday") != NULL);
    chat.now = ZEST_TEXT(NOW);
    chat.chat_template = ZEST_TEXT("a\n{{ 1 + 'a' }}");
    ZEST_CHECK_INT(zest_chat_render(&chat, &arena, &text, &error), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_TEXT(zest_text_of(error.message),
                    ZEST_TEXT("template line 2, column 6: unsupported operand type(s) for +: 'int' and 'str'"));
    zest_arena_finish(&arena);
}
