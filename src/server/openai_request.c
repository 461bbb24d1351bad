/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai_request.c - reads the fields of a completion request by a table.
 *
 * Types and limits are checked and refused with the field's name. Fields that are not in the table are neither refused
 * nor dropped in silence: each gives a warning in the answer. null reads as absent, as OpenAI's clients send it.
 */
#include <math.h>
#include <stdio.h>
#include <sys/random.h>

#include "openai_job.h"

enum field_kind { FIELD_BOOL, FIELD_INT, FIELD_FLOAT, FIELD_DOUBLE, FIELD_SEED, FIELD_OTHER };
enum { IN_CHAT = 1, IN_COMPLETION = 2, IN_BOTH = 3 };

struct field {
    const char *name;
    enum field_kind kind;
    int where;
    size_t offset; /* in struct openai_job */
    double minimum, maximum;
};

#define JOB(member) offsetof(struct openai_job, member)
static const struct field fields[] = {
    {"max_tokens", FIELD_INT, IN_BOTH, JOB(generation.max_tokens), 0, INT32_MAX},
    {"max_completion_tokens", FIELD_INT, IN_CHAT, JOB(generation.max_tokens), 0, INT32_MAX},
    {"temperature", FIELD_FLOAT, IN_BOTH, JOB(generation.temperature), 0, 100},
    {"top_p", FIELD_FLOAT, IN_BOTH, JOB(generation.top_p), 0, 1},
    {"top_k", FIELD_INT, IN_BOTH, JOB(generation.top_k), -1, INT32_MAX},
    {"min_p", FIELD_FLOAT, IN_BOTH, JOB(generation.min_p), 0, 1},
    {"presence_penalty", FIELD_FLOAT, IN_BOTH, JOB(generation.presence_penalty), -100, 100},
    {"frequency_penalty", FIELD_FLOAT, IN_BOTH, JOB(generation.frequency_penalty), -100, 100},
    {"repetition_penalty", FIELD_FLOAT, IN_BOTH, JOB(generation.repetition_penalty), 0.01, 100},
    {"priority", FIELD_DOUBLE, IN_BOTH, JOB(generation.priority), 0, 1},
    {"ignore_eos", FIELD_BOOL, IN_BOTH, JOB(generation.ignore_end), 0, 0},
    {"n", FIELD_INT, IN_BOTH, JOB(n), 1, OPENAI_N_MAX},
    {"stream", FIELD_BOOL, IN_BOTH, JOB(is_stream), 0, 0},
    {"echo", FIELD_BOOL, IN_COMPLETION, JOB(echo), 0, 0},
    {"logprobs", FIELD_INT, IN_COMPLETION, JOB(logprobs), 0, OPENAI_TOP_MAX},
    {"seed", FIELD_SEED, IN_BOTH, JOB(generation.seed), 0, 0},
    /* read by hand, below or in openai_prompt.c */
    {"model", FIELD_OTHER, IN_BOTH, 0, 0, 0},
    {"stop", FIELD_OTHER, IN_BOTH, 0, 0, 0},
    {"user", FIELD_OTHER, IN_BOTH, 0, 0, 0},
    {"stream_options", FIELD_OTHER, IN_BOTH, 0, 0, 0},
    {"prompt", FIELD_OTHER, IN_COMPLETION, 0, 0, 0},
    {"suffix", FIELD_OTHER, IN_COMPLETION, 0, 0, 0},
    {"best_of", FIELD_OTHER, IN_COMPLETION, 0, 0, 0},
    {"messages", FIELD_OTHER, IN_CHAT, 0, 0, 0},
    {"tools", FIELD_OTHER, IN_CHAT, 0, 0, 0},
    {"logprobs", FIELD_OTHER, IN_CHAT, 0, 0, 0},
    {"top_logprobs", FIELD_OTHER, IN_CHAT, 0, 0, 0},
    {"chat_template_kwargs", FIELD_OTHER, IN_CHAT, 0, 0, 0},
};

void openai_warn(struct openai_job *job, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (job->warnings.size)
        zest_buffer_append(&job->warnings, ",", 1);
    zest_json_write_text(zest_text_of(text), &job->warnings);
}

/* ---- one field ----------------------------------------------------------------------------------------------------
 */

static enum zest_status wrong_type(const char *name, const char *wanted, struct zest_error *error)
{
    return zest_fail_param(error, ZEST_WRONG_TYPE, name, "%s must be %s", name, wanted);
}

static enum zest_status read_number(const struct field *field, const json_t *value, void *target,
                                    struct zest_error *error)
{
    double number = json_number_value(value);
    if (!json_is_number(value) || (field->kind == FIELD_INT && !json_is_integer(value)))
        return wrong_type(field->name, field->kind == FIELD_INT ? "a whole number" : "a number", error);
    if (!(number >= field->minimum && number <= field->maximum))
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, field->name, "%s is %g; it must lie between %g and %g",
                               field->name, number, field->minimum, field->maximum);
    if (field->kind == FIELD_INT)
        *(int32_t *)target = (int32_t)json_integer_value(value);
    else if (field->kind == FIELD_FLOAT)
        *(float *)target = (float)number;
    else
        *(double *)target = number;
    return ZEST_OK;
}

static enum zest_status read_field(struct openai_job *job, const struct field *field, const json_t *value,
                                   struct zest_error *error)
{
    void *target = (char *)job + field->offset;
    switch (field->kind) {
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return wrong_type(field->name, "true or false", error);
        *(bool *)target = json_is_true(value);
        return ZEST_OK;
    case FIELD_SEED:
        if (!json_is_integer(value))
            return wrong_type(field->name, "a whole number", error);
        *(uint64_t *)target = (uint64_t)json_integer_value(value);
        job->has_seed = true;
        return ZEST_OK;
    case FIELD_OTHER:
        return ZEST_OK;
    default:
        return read_number(field, value, target, error);
    }
}

static const struct field *find_field(const struct openai_job *job, const char *name)
{
    int where = job->is_chat ? IN_CHAT : IN_COMPLETION;
    for (size_t i = 0; i < ZEST_COUNT(fields); i++)
        if ((fields[i].where & where) && !strcmp(fields[i].name, name))
            return &fields[i];
    return NULL;
}

static enum zest_status read_table(struct openai_job *job, struct zest_error *error)
{
    const char *key;
    json_t *value;
    json_object_foreach(job->body, key, value)
    {
        const struct field *field = find_field(job, key);
        if (!field)
            openai_warn(job, "%.80s has no effect here", key);
        if (!field || json_is_null(value))
            continue;
        enum zest_status status = read_field(job, field, value, error);
        if (status != ZEST_OK)
            return status;
        job->max_tokens_given |= !strncmp(key, "max_", 4);
    }
    return ZEST_OK;
}

/* ---- the fields with a shape of their own -------------------------------------------------------------------------
 */

static json_t *field_of(const struct openai_job *job, const char *name)
{
    json_t *value = json_object_get(job->body, name);
    return json_is_null(value) ? NULL : value;
}

static struct zest_text text_of(const json_t *value)
{
    return (struct zest_text){json_string_value(value), json_string_length(value)};
}

static enum zest_status read_model(const struct openai_job *job, struct zest_error *error)
{
    const json_t *model = field_of(job, "model");
    if (!model)
        return ZEST_OK;
    if (!json_is_string(model))
        return wrong_type("model", "a string", error);
    if (!zest_text_equal(text_of(model), zest_text_of(job->server->model)))
        return zest_fail_param(error, ZEST_NOT_FOUND, "model",
                               "the model \"%.200s\" is not served here; this server has \"%.200s\"",
                               json_string_value(model), job->server->model);
    return ZEST_OK;
}

static enum zest_status read_stop(struct openai_job *job, struct zest_error *error)
{
    json_t *stop = field_of(job, "stop");
    size_t count = json_is_array(stop) ? json_array_size(stop) : stop ? 1 : 0;
    if (count > OPENAI_STOPS_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "stop", "stop has %zu texts; the limit is %d", count,
                               OPENAI_STOPS_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(stop) ? json_array_get(stop, i) : stop;
        if (!json_is_string(item))
            return wrong_type("stop", "a string or a list of strings", error);
        if (json_string_length(item) == 0)
            return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "stop",
                                   "stop[%zu] is empty; it needs at least one byte", i);
        job->stops[i] = text_of(item);
    }
    job->generation.stop = job->stops;
    job->generation.stop_count = count;
    return ZEST_OK;
}

static enum zest_status read_stream_options(struct openai_job *job, struct zest_error *error)
{
    json_t *options = field_of(job, "stream_options"), *value;
    const char *key;
    if (!options)
        return ZEST_OK;
    if (!json_is_object(options))
        return wrong_type("stream_options", "an object", error);
    if (!job->is_stream)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "stream_options",
                               "stream_options is given but stream is not true");
    json_object_foreach(options, key, value) if (strcmp(key, "include_usage") != 0)
        openai_warn(job, "stream_options.%.60s has no effect here", key);
    job->include_usage = json_is_true(json_object_get(options, "include_usage"));
    return ZEST_OK;
}

/* Chat says logprobs: true, top_logprobs: k where completions say logprobs: k. */
static enum zest_status read_chat_logprobs(struct openai_job *job, struct zest_error *error)
{
    static const struct field top_field = {"top_logprobs", FIELD_INT, IN_CHAT, 0, 0, OPENAI_TOP_MAX};
    const json_t *wanted = field_of(job, "logprobs"), *top = field_of(job, "top_logprobs");
    int32_t count = 0;
    if (wanted && !json_is_boolean(wanted))
        return wrong_type("logprobs", "true or false", error);
    if (top) {
        enum zest_status status = read_number(&top_field, top, &count, error);
        if (status != ZEST_OK)
            return status;
        if (!json_is_true(wanted))
            return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "top_logprobs",
                                   "top_logprobs is given but logprobs is not true");
    }
    job->logprobs = json_is_true(wanted) ? count : -1;
    return ZEST_OK;
}

static enum zest_status read_rest(struct openai_job *job, struct zest_error *error)
{
    const json_t *suffix = field_of(job, "suffix"), *best_of = field_of(job, "best_of"), *user = field_of(job, "user");
    if (!job->is_chat && suffix && !(json_is_string(suffix) && json_string_length(suffix) == 0))
        return zest_fail_param(error, ZEST_UNSUPPORTED, "suffix",
                               "suffix is not supported: the model completes texts, it does not fill gaps");
    if (!job->is_chat && best_of && json_integer_value(best_of) != job->n)
        return zest_fail_param(error, ZEST_UNSUPPORTED, "best_of",
                               "best_of is not supported; ask for n answers and choose");
    if (user && !json_is_string(user))
        return wrong_type("user", "a string", error);
    if (user && json_string_length(user) > 256)
        return zest_fail_param(error, ZEST_TOO_LARGE, "user", "user has %zu bytes; the limit is 256",
                               json_string_length(user));
    if (user)
        job->generation.user = text_of(user);
    return job->is_chat ? read_chat_logprobs(job, error) : ZEST_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------
 */

static enum zest_status parse(struct openai_job *job, struct zest_error *error)
{
    const struct zest_buffer *body = &job->exchange->body;
    struct zest_text text = {body->data ? body->data : "", body->size};
    json_error_t where;
    size_t bad;
    if (!zest_utf8_valid(text, &bad))
        return zest_fail(error, ZEST_INVALID_UTF8, "the body is not UTF-8 at byte %zu", bad);
    job->body = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
    if (!job->body)
        return zest_fail(error, ZEST_INVALID_JSON, "the body is not one JSON document: %s at byte %d", where.text,
                         where.position);
    if (!json_is_object(job->body))
        return zest_fail(error, ZEST_WRONG_TYPE, "the body must be a JSON object");
    return ZEST_OK;
}

static void set_defaults(struct openai_job *job)
{
    zest_engine_generation_init(&job->generation);
    job->generation.temperature = 1;
    job->generation.max_tokens = 16;
    job->n = 1;
    job->logprobs = -1;
}

/* Without a seed of the client's every request draws its own. */
static void choose_seed(struct openai_job *job)
{
    uint64_t seed;
    if (job->has_seed)
        return;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
        seed = zest_now_ns();
    job->generation.seed = seed;
}

enum zest_status openai_read(struct openai_job *job, struct zest_error *error)
{
    set_defaults(job);
    enum zest_status status = parse(job, error);
    if (status == ZEST_OK)
        status = read_model(job, error);
    if (status == ZEST_OK)
        status = read_table(job, error);
    if (status == ZEST_OK)
        status = read_stop(job, error);
    if (status == ZEST_OK)
        status = read_stream_options(job, error);
    if (status == ZEST_OK)
        status = read_rest(job, error);
    choose_seed(job);
    if (job->generation.top_k < 0) /* -1 says "all" elsewhere */
        job->generation.top_k = 0;
    job->generation.logprobs = job->logprobs;
    job->generation.prompt_logprobs = job->echo && job->logprobs >= 0;
    return status;
}
