/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.c - what front ends send back: {"data", "metadata"} round an answer of research mode, {"error"} for a failure.
 *
 * Times and reasons become words here, when somebody reads them; the call itself noted ticks only.
 * Threads: none of its own.
 */
#include <time.h>

#include <zest/environment.h>
#include <zest/json.h>

/* Seconds to the nanosecond: what is finer is the counter's noise. */
static void write_seconds(uint64_t ticks, struct zest_buffer *out)
{
    uint64_t ns = (uint64_t)(zest_ticks_seconds(ticks) * 1e9 + 0.5);
    zest_buffer_printf(out, "%llu.%09llu", (unsigned long long)(ns / 1000000000u), (unsigned long long)(ns % 1000000000u));
}

static void write_timestamp(struct zest_buffer *out)
{
    struct timespec now;
    struct tm utc;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    zest_buffer_printf(out, "\"%s.%06ldZ\"", text, now.tv_nsec / 1000);
}

/* The reply's own algorithm_reasoning; an empty text where it has none. */
static struct zest_text reasoning_of(const struct zest_object *object, const void *reply)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (field->type == ZEST_FIELD_STRING && !field->is_array && !strcmp(field->name, "algorithm_reasoning"))
            return *(const struct zest_text *)((const char *)reply + field->offset);
    }
    return (struct zest_text){0};
}

static void write_name(const char *name, struct zest_text value, struct zest_buffer *out)
{
    zest_buffer_printf(out, "\"%s\":", name);
    zest_json_write_text(value, out);
    zest_buffer_append(out, ",", 1);
}

static void write_metadata(const struct zest_operation *operation, struct zest_text mode, const struct zest_call *call,
                           const void *reply, struct zest_buffer *out)
{
    struct zest_text reasoning = reasoning_of(operation->reply, reply);
    zest_buffer_append(out, "{", 1);
    write_name("service", zest_text_of(operation->service), out);
    write_name("method", zest_text_of(operation->name), out);
    write_name("mode", mode, out);
    write_name("implementation", call->implementation ? zest_text_of(call->implementation) : ZEST_TEXT("native"), out);
    zest_buffer_printf(out, "\"execution_time\":");
    write_seconds(call->ticks, out);
    zest_buffer_append(out, ",", 1);
    write_name("request_id", call->request_id, out);
    zest_buffer_printf(out, "\"timestamp\":");
    write_timestamp(out);
    zest_buffer_append(out, ",", 1);
    if (reasoning.size)
        write_name("algorithm_reasoning", reasoning, out);
    zest_buffer_printf(out, "\"warnings\":[]}");
}

void zest_answer_write(const struct zest_operation *operation, const struct zest_service *layer, const struct zest_call *call,
                       const void *reply, struct zest_buffer *out)
{
    struct zest_text mode = zest_env_layer_mode(layer);
    if (zest_text_equal(mode, ZEST_TEXT("production"))) {
        zest_json_write(operation->reply, reply, out);
        return;
    }
    zest_buffer_printf(out, "{\"data\":");
    zest_json_write(operation->reply, reply, out);
    zest_buffer_printf(out, ",\"metadata\":");
    write_metadata(operation, mode, call, reply, out);
    zest_buffer_append(out, "}", 1);
}

void zest_error_write(const struct zest_operation *operation, const struct zest_error *error, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"error\":{");
    write_name("code", zest_text_of(zest_status_name(error->code)), out);
    write_name("message", zest_text_of(error->message), out);
    if (error->param[0])
        write_name("param", zest_text_of(error->param), out);
    else
        zest_buffer_printf(out, "\"param\":null,");
    zest_buffer_printf(out, "\"example\":");
    const char *example = operation ? operation->example_request : "null";
    zest_buffer_append(out, example, strlen(example));
    if (operation)
        zest_buffer_printf(out, ",\"docs\":\"/docs#%s.%s\"}}", operation->service, operation->name);
    else
        zest_buffer_printf(out, ",\"docs\":\"/docs\"}}");
}
