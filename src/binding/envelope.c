/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.c - what front ends send back: {"data", "metadata"} round an answer of research mode, {"error"} for a
 * failure.
 *
 * Times and reasons become words here, when somebody reads them; the call itself noted ticks only.
 * Threads: none of its own.
 */
#include <assert.h>
#include <time.h>

#include <zest/environment.h>
#include <zest/json.h>

#define PUT(out, literal) zest_buffer_append((out), (literal), sizeof(literal) - 1)

/* `count` digits of a number, with leading zeros; the C library's formats take longer than the call that is told of. */
static char *put_digits(char *at, uint64_t number, int count)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + count;
}

/* Seconds to the nanosecond: what is finer is the counter's noise. */
static void write_seconds(uint64_t ticks, struct zest_buffer *out)
{
    char text[32], *at = text;
    uint64_t ns = (uint64_t)(zest_ticks_seconds(ticks) * 1e9 + 0.5), seconds = ns / 1000000000u;
    int count = 1;
    for (uint64_t rest = seconds / 10; rest > 0; rest /= 10)
        count++;
    at = put_digits(at, seconds, count);
    *at++ = '.';
    at = put_digits(at, ns % 1000000000u, 9);
    zest_buffer_append(out, text, (size_t)(at - text));
}

/* Year, month and day of a day counted from 1970-01-01; years begin in March here, so that leap days come last. */
static void date_of(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
    enum { YEAR = 365, FOUR = 4 * YEAR + 1, CENTURY = 25 * FOUR - 1, ERA = 4 * CENTURY + 1, TO_1970 = 719468 };
    int64_t shifted = day + TO_1970, era = (shifted >= 0 ? shifted : shifted - (ERA - 1)) / ERA;
    int in_era = (int)(shifted - era * ERA);
    int year = (in_era - in_era / (FOUR - 1) + in_era / CENTURY - in_era / (ERA - 1)) / YEAR;
    int in_year = in_era - (YEAR * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
    *ret_day = in_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = (int)(era * 400) + year + (*ret_month <= 2);
}

/* RFC 3339 in UTC, to the microsecond. */
static void write_timestamp(struct zest_buffer *out)
{
    enum { DAY = 86400 };
    struct timespec now;
    int year, month, day;
    char text[] = "\"0000-00-00T00:00:00.000000Z\"";
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t second = (uint64_t)now.tv_sec % DAY;
    date_of(now.tv_sec / DAY, &year, &month, &day);
    put_digits(text + 1, (uint64_t)year, 4);
    put_digits(text + 6, (uint64_t)month, 2);
    put_digits(text + 9, (uint64_t)day, 2);
    put_digits(text + 12, second / 3600, 2);
    put_digits(text + 15, second / 60 % 60, 2);
    put_digits(text + 18, second % 60, 2);
    put_digits(text + 21, (uint64_t)now.tv_nsec / 1000, 6);
    zest_buffer_append(out, text, sizeof(text) - 1);
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
    PUT(out, "\"");
    zest_buffer_append(out, name, strlen(name));
    PUT(out, "\":");
    zest_json_write_text(value, out);
    PUT(out, ",");
}

static void write_metadata(const struct zest_operation *operation, struct zest_text mode, const struct zest_call *call,
                           const void *reply, struct zest_buffer *out)
{
    struct zest_text reasoning = reasoning_of(operation->reply, reply);
    PUT(out, "{");
    write_name("service", zest_text_of(operation->service), out);
    write_name("method", zest_text_of(operation->name), out);
    write_name("mode", mode, out);
    write_name("implementation", call->implementation ? zest_text_of(call->implementation) : ZEST_TEXT("native"), out);
    PUT(out, "\"execution_time\":");
    write_seconds(call->ticks, out);
    PUT(out, ",");
    write_name("request_id", call->request_id, out);
    PUT(out, "\"timestamp\":");
    write_timestamp(out);
    PUT(out, ",");
    if (reasoning.size)
        write_name("algorithm_reasoning", reasoning, out);
    PUT(out, "\"warnings\":[]}");
}

void zest_answer_write(const struct zest_operation *operation, const struct zest_service *layer,
                       const struct zest_call *call, const void *reply, struct zest_buffer *out)
{
    assert(!(operation->flags & ZEST_OPERATION_HOT)); /* these have no front end */
    struct zest_text mode = zest_env_layer_mode(layer);
    if (zest_text_equal(mode, ZEST_TEXT("production"))) {
        zest_json_write(operation->reply, reply, out);
        return;
    }
    PUT(out, "{\"data\":");
    zest_json_write(operation->reply, reply, out);
    PUT(out, ",\"metadata\":");
    write_metadata(operation, mode, call, reply, out);
    PUT(out, "}");
}

void zest_error_write(const struct zest_operation *operation, const struct zest_error *error, struct zest_buffer *out)
{
    PUT(out, "{\"error\":{");
    write_name("code", zest_text_of(zest_status_name(error->code)), out);
    write_name("message", zest_text_of(error->message), out);
    if (error->param[0])
        write_name("param", zest_text_of(error->param), out);
    else
        PUT(out, "\"param\":null,");
    PUT(out, "\"example\":");
    const char *example = operation ? operation->example_request : "null";
    zest_buffer_append(out, example, strlen(example));
    if (operation)
        zest_buffer_printf(out, ",\"docs\":\"/docs#%s.%s\"}}", operation->service, operation->name);
    else
        PUT(out, ",\"docs\":\"/docs\"}}");
}
