/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_stream.c - a streaming operation of another zest: server-sent events in, items out.
 *
 * A thread of the stream's own runs the transfer and cuts the body into events; the reader takes them one by one and
 * reads them into its arena. An event is one item as JSON in `data:` lines; `event: error` carries an error and ends
 * the stream; events of other names are skipped, and so is "[DONE]"; the end of the body ends the stream. Closing wakes
 * the thread, which drops the connection: so the server learns that nobody listens.
 *
 * Threads: one reader (next, wait, notify, close); the lock guards what it shares with the transfer's thread.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <zest/json.h>

#include "remote.h"

struct event {
    struct event *next;
    size_t size;
    char data[];
};

struct remote_stream {
    struct zest_stream base;
    struct zest_layer *layer;
    const struct zest_operation *operation;
    struct zest_remote_handle *handle; /* the transfer's thread alone, once it runs */
    CURLM *multi;
    pthread_t thread;
    atomic_bool is_closing;

    struct zest_buffer data; /* of the event that is coming in; the transfer's thread alone */
    enum { ITEM, ERROR, OTHER } kind;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct event *first, **last;
    bool is_started, is_ended; /* headers are in; nothing more will come */
    enum zest_status end;      /* ZEST_END, or why it failed */
    struct zest_error error;
    void (*wake)(void *user);
    void *wake_user;
};

/* ---- the transfer's thread --------------------------------------------------------------------------------------- */

/* With the lock held: tells everybody who waits; gives the lock back first. */
static void unlock_and_tell(struct remote_stream *s)
{
    void (*wake)(void *) = s->wake;
    void *user = s->wake_user;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (wake)
        wake(user);
}

static void finish(struct remote_stream *s, enum zest_status end, const struct zest_error *error)
{
    pthread_mutex_lock(&s->lock);
    if (!s->is_ended) {
        s->is_started = s->is_ended = true;
        s->end = end;
        if (error)
            s->error = *error;
    }
    unlock_and_tell(s);
}

static bool push(struct remote_stream *s, const char *data, size_t size)
{
    struct event *event = malloc(sizeof(*event) + size);
    if (!event)
        return false;
    event->next = NULL;
    event->size = size;
    memcpy(event->data, data, size);
    pthread_mutex_lock(&s->lock);
    *s->last = event;
    s->last = &event->next;
    unlock_and_tell(s);
    return true;
}

static long http_status(struct remote_stream *s)
{
    long http = 0;
    curl_easy_getinfo(s->handle->curl, CURLINFO_RESPONSE_CODE, &http);
    return http;
}

/* An empty line: the event is whole. */
static bool dispatch(struct remote_stream *s)
{
    struct zest_text data = {s->data.data, s->data.size};
    bool ok = true, is_error = s->kind == ERROR || (data.size > 9 && !memcmp(data.data, "{\"error\":", 9));
    if (is_error) {
        struct zest_error error = {0};
        enum zest_status status = zest_remote_refused(s->layer, http_status(s), data, &error);
        finish(s, status, &error);
    } else if (s->kind == ITEM && data.size && !zest_text_equal(data, ZEST_TEXT("[DONE]"))) {
        ok = push(s, data.data, data.size);
    }
    s->data.size = 0;
    s->kind = ITEM;
    return ok;
}

static bool starts(struct zest_text line, const char *name, struct zest_text *ret_value)
{
    size_t size = strlen(name);
    if (line.size < size || memcmp(line.data, name, size))
        return false;
    size += line.size > size && line.data[size] == ' ';
    *ret_value = (struct zest_text){line.data + size, line.size - size};
    return true;
}

static bool take_line(struct remote_stream *s, struct zest_text line)
{
    struct zest_text value;
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    if (!line.size)
        return dispatch(s);
    if (starts(line, "event:", &value)) {
        s->kind = zest_text_equal(value, ZEST_TEXT("error"))     ? ERROR
                  : zest_text_equal(value, ZEST_TEXT("message")) ? ITEM
                                                                 : OTHER;
    } else if (starts(line, "data:", &value)) {
        if (s->data.size)
            zest_buffer_append(&s->data, "\n", 1);
        zest_buffer_append(&s->data, value.data, value.size);
    }
    return !s->data.failed;
}

/* Takes every whole line that the body holds and keeps the rest. */
static bool take_lines(struct remote_stream *s)
{
    struct zest_buffer *body = &s->handle->body;
    size_t start = 0;
    for (char *end; (end = memchr(body->data + start, '\n', body->size - start));
         start = (size_t)(end - body->data) + 1)
        if (!take_line(s, (struct zest_text){body->data + start, (size_t)(end - (body->data + start))}))
            return false;
    memmove(body->data, body->data + start, body->size - start);
    body->size -= start;
    return true;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct remote_stream *s = user;
    zest_buffer_append(&s->handle->body, data, size * count);
    if (s->handle->body.failed || (http_status(s) == 200 && !take_lines(s)))
        return 0;
    return size * count;
}

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    struct remote_stream *s = user;
    bool is_last = count * size <= 2;
    if (is_last && http_status(s) == 200) {
        pthread_mutex_lock(&s->lock);
        s->is_started = true;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->lock);
    }
    (void)line;
    return size * count;
}

/* Runs the transfer until it ends or the reader closes; answers curl's code, CURLE_OK where it was closed. */
static CURLcode transfer(struct remote_stream *s)
{
    int running = 1, left;
    while (running && !atomic_load(&s->is_closing)) {
        CURLMcode code = curl_multi_perform(s->multi, &running);
        if (code == CURLM_OK && running)
            code = curl_multi_poll(s->multi, NULL, 0, 1000, NULL);
        if (code != CURLM_OK)
            return CURLE_RECV_ERROR;
    }
    struct CURLMsg *message = curl_multi_info_read(s->multi, &left);
    return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_OK;
}

static void *run(void *user)
{
    struct remote_stream *s = user;
    struct zest_error error = {0};
    enum zest_status end = ZEST_END;
    CURLcode code = transfer(s);
    if (code != CURLE_OK)
        end = zest_remote_transfer_failed(s->layer, s->handle, code, &error);
    else if (atomic_load(&s->is_closing))
        end = ZEST_CANCELLED;
    else if (http_status(s) != 200)
        end = zest_remote_refused(s->layer, http_status(s),
                                  (struct zest_text){s->handle->body.data, s->handle->body.size}, &error);
    finish(s, end, &error);
    return NULL;
}

/* ---- the reader ---------------------------------------------------------------------------------------------------
 */

static enum zest_status read_event(struct remote_stream *s, const struct event *event, struct zest_call *call,
                                   void *ret_item)
{
    struct zest_text json = zest_text_copy(call->arena, (struct zest_text){event->data, event->size});
    if (!json.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "an item of %zu bytes does not fit into the call's memory",
                         event->size);
    struct zest_error reason = {0};
    if (zest_json_read(s->operation->reply, json, call->arena, ret_item, &reason) != ZEST_OK)
        return zest_fail(&call->error, ZEST_UNAVAILABLE, "%.*s sent what is no item of %s.%s: %s",
                         (int)s->layer->mode.size, s->layer->mode.data, s->operation->service, s->operation->name,
                         reason.message);
    return ZEST_OK;
}

static enum zest_status next(struct zest_stream *self, struct zest_call *call, void *ret_item)
{
    struct remote_stream *s = (struct remote_stream *)self;
    pthread_mutex_lock(&s->lock);
    struct event *event = s->first;
    enum zest_status status = s->is_ended ? s->end : ZEST_AGAIN;
    if (event && !(s->first = event->next))
        s->last = &s->first;
    pthread_mutex_unlock(&s->lock);
    if (event) {
        status = read_event(s, event, call, ret_item);
        free(event);
    } else if (status != ZEST_AGAIN && status != ZEST_END) {
        call->error = s->error; /* no longer written once it has ended */
    }
    return status;
}

static struct timespec deadline_after(uint64_t timeout_ns)
{
    const uint64_t day_ns = (uint64_t)86400 * 1000000000u;
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    uint64_t ns = (uint64_t)at.tv_nsec + (timeout_ns < 365 * day_ns ? timeout_ns : 365 * day_ns);
    at.tv_sec += (time_t)(ns / 1000000000u);
    at.tv_nsec = (long)(ns % 1000000000u);
    return at;
}

static enum zest_status wait_for(struct zest_stream *self, uint64_t timeout_ns)
{
    struct remote_stream *s = (struct remote_stream *)self;
    struct timespec deadline = deadline_after(timeout_ns);
    int code = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->first && !s->is_ended && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&s->changed, &s->lock, &deadline);
    bool is_there = s->first || s->is_ended;
    pthread_mutex_unlock(&s->lock);
    return is_there ? ZEST_OK : ZEST_TIMEOUT;
}

static void notify(struct zest_stream *self, void (*wake)(void *user), void *user)
{
    struct remote_stream *s = (struct remote_stream *)self;
    pthread_mutex_lock(&s->lock);
    s->wake = wake;
    s->wake_user = user;
    bool is_there = s->first || s->is_ended;
    pthread_mutex_unlock(&s->lock);
    if (is_there && wake)
        wake(user);
}

/* Without a thread: what is left of the stream. */
static void free_stream(struct remote_stream *s)
{
    while (s->first) {
        struct event *event = s->first;
        s->first = event->next;
        free(event);
    }
    if (s->multi) {
        curl_multi_remove_handle(s->multi, s->handle->curl);
        curl_multi_cleanup(s->multi);
    }
    zest_remote_drop(s->handle);
    zest_buffer_finish(&s->data);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void close_stream(struct zest_stream *self)
{
    struct remote_stream *s = (struct remote_stream *)self;
    pthread_mutex_lock(&s->lock);
    s->wake = NULL;
    pthread_mutex_unlock(&s->lock);
    atomic_store(&s->is_closing, true);
    curl_multi_wakeup(s->multi);
    pthread_join(s->thread, NULL);
    free_stream(s);
}

static const struct zest_stream_ops stream_ops = {
    .next = next, .wait = wait_for, .notify = notify, .close = close_stream};

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static struct remote_stream *make_stream(struct zest_layer *layer, struct zest_remote_handle *handle,
                                         const struct zest_operation *operation)
{
    struct remote_stream *s = calloc(1, sizeof(*s));
    pthread_condattr_t monotonic;
    if (!s)
        return NULL;
    *s = (struct remote_stream){
        .base.ops = &stream_ops, .layer = layer, .operation = operation, .handle = handle, .last = &s->first};
    zest_buffer_init(&s->data, (size_t)64 << 20);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    s->multi = curl_multi_init();
    return s;
}

static bool start_thread(struct remote_stream *s)
{
    CURL *curl = s->handle->curl;
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, s);
    return s->multi && curl_multi_add_handle(s->multi, curl) == CURLM_OK &&
           pthread_create(&s->thread, NULL, run, s) == 0;
}

enum zest_status zest_remote_stream(struct zest_layer *layer, struct zest_remote_handle *handle,
                                    const struct zest_operation *operation, struct zest_stream **ret_stream,
                                    struct zest_error *error)
{
    struct remote_stream *s = make_stream(layer, handle, operation);
    if (!s || !start_thread(s)) {
        if (s)
            free_stream(s);
        else
            zest_remote_drop(handle);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory or thread for a stream from %.*s", (int)layer->mode.size,
                         layer->mode.data);
    }
    pthread_mutex_lock(&s->lock);
    while (!s->is_started)
        pthread_cond_wait(&s->changed, &s->lock);
    enum zest_status status = s->is_ended && !s->first && s->end != ZEST_END ? s->end : ZEST_OK;
    if (status != ZEST_OK && error)
        *error = s->error;
    pthread_mutex_unlock(&s->lock);
    if (status != ZEST_OK)
        close_stream(&s->base);
    else
        *ret_stream = &s->base;
    return status;
}
