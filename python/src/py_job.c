/* SPDX-License-Identifier: Apache-2.0 */
/*
 * py_job.c - long calls on a small pool of worker threads, so that an event loop's thread stays free.
 *
 * A job invokes its operation without the GIL, then takes the GIL once to settle its result and to complete the futures
 * of those that await it. Threads start when none is idle, at most THREADS_MAX; further jobs wait in line. Waiting
 * requests each hold a thread, so the limit is as large as the requests that an engine batches.
 *
 * Threads: the queue and the jobs' stages are under one lock; everything Python is under the GIL. The lock is never
 * held while the GIL is taken.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "zest_py.h"

enum { THREADS_MAX = 64 };
enum stage { QUEUED, RUNNING, DONE };

struct zest_py_job {
    struct zest_py_job *next;                 /* in the queue */
    struct zest_py_job *all_next, **all_link; /* among all jobs; under the GIL */
    struct zest_py_result *result;            /* strong */
    size_t holders;                           /* the worker and those who wait without the GIL; under the GIL */
    struct zest_service *layer;
    void *request;
    PyObject *held;
    struct zest_py_pin *pins;
    PyObject *waiters;           /* list of (loop, future); NULL until somebody awaits */
    struct zest_text request_id; /* of a generation; empty where there is none to cancel */
    enum stage stage;            /* under the lock */
    bool is_cancelled;           /* under the lock */
    enum zest_status status;
    struct zest_call call;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wanted, done;
    struct zest_py_job *first, **last;
    size_t threads, idle, queued;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .wanted = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static struct zest_py_job *all_jobs; /* under the GIL */

/* ---- settling, under the GIL ------------------------------------------------------------------------------------ */

static void wake_waiters(PyObject *waiters)
{
    for (Py_ssize_t i = 0; waiters && i < PyList_GET_SIZE(waiters); i++) {
        PyObject *pair = PyList_GET_ITEM(waiters, i);
        zest_py_wake(PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    }
    Py_XDECREF(waiters);
}

/* Once for each job, by whoever comes first after its end: the worker or one that waited. */
static void settle(struct zest_py_job *job)
{
    struct zest_py_result *result = job->result;
    if (!result || result->job != job)
        return;
    result->job = NULL;
    result->ticks = job->call.ticks ? job->call.ticks : result->ticks;
    result->implementation = job->call.implementation;
    if (job->status == ZEST_OK)
        result->state = ZEST_PY_READY;
    else
        zest_py_result_fail(result, &job->call.error);
    Py_CLEAR(result->waiter); /* the await that is in it ends at its next step */
    PyObject *waiters = job->waiters;
    job->waiters = NULL;
    zest_py_release_pins(job->pins);
    Py_CLEAR(job->held);
    wake_waiters(waiters);
}

static void drop(struct zest_py_job *job)
{
    if (--job->holders > 0)
        return;
    *job->all_link = job->all_next;
    if (job->all_next)
        job->all_next->all_link = job->all_link;
    Py_DECREF(job->result);
    free(job);
}

/* ---- the workers ------------------------------------------------------------------------------------------------ */

static void invoke(struct zest_py_job *job)
{
    struct zest_py_result *result = job->result;
    const struct zest_py_operation *operation = result->operation;
    if (job->is_cancelled) {
        job->status = zest_fail(&job->call.error, ZEST_CANCELLED, "the call was cancelled before it began");
        return;
    }
    result->start = zest_ticks();
    job->status = operation->operation->invoke(job->layer, &job->call, job->request, result->reply);
    result->ticks = zest_ticks() - result->start;
    if (job->status == ZEST_OK && operation->is_borrowed && !zest_py_result_own(result))
        job->status = zest_fail(&job->call.error, ZEST_OUT_OF_MEMORY, "no memory to copy the answer");
}

static struct zest_py_job *take(void)
{
    pthread_mutex_lock(&pool.lock);
    while (!pool.first) {
        pool.idle++;
        pthread_cond_wait(&pool.wanted, &pool.lock);
        pool.idle--;
    }
    struct zest_py_job *job = pool.first;
    pool.first = job->next;
    pool.queued--;
    if (!pool.first)
        pool.last = &pool.first;
    job->stage = RUNNING;
    pthread_mutex_unlock(&pool.lock);
    return job;
}

static void *work(void *unused)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    PyThreadState *state = PyEval_SaveThread();
    for (;;) {
        struct zest_py_job *job = take();
        invoke(job);
        pthread_mutex_lock(&pool.lock);
        job->stage = DONE;
        pthread_cond_broadcast(&pool.done);
        pthread_mutex_unlock(&pool.lock);
        PyEval_RestoreThread(state);
        settle(job);
        drop(job);
        state = PyEval_SaveThread();
    }
    PyGILState_Release(gil);
    return NULL;
}

static bool start_thread(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attributes, work, NULL);
    pthread_attr_destroy(&attributes);
    pool.threads += !failed;
    return !failed;
}

static bool enqueue(struct zest_py_job *job)
{
    pthread_mutex_lock(&pool.lock);
    bool is_good = pool.idle > pool.queued || pool.threads >= THREADS_MAX || start_thread() || pool.threads > 0;
    if (is_good) {
        if (!pool.first)
            pool.last = &pool.first;
        *pool.last = job;
        pool.last = &job->next;
        pool.queued++;
        pthread_cond_signal(&pool.wanted);
    }
    pthread_mutex_unlock(&pool.lock);
    return is_good;
}

/* ---- starting --------------------------------------------------------------------------------------------------- */

/* Generations can be cancelled by their name, so one without gets one. */
static void name_request(struct zest_py_job *job)
{
    const struct zest_py_operation *operation = job->result->operation;
    const struct zest_object *object = operation->operation->request;
    if (operation->service != ZEST_ENGINE || strcmp(operation->operation->name, "generate") != 0)
        return;
    for (size_t i = 0; i < object->field_count; i++) {
        struct zest_text *name = (struct zest_text *)(void *)((char *)job->request + object->fields[i].offset);
        if (strcmp(object->fields[i].name, "request_id") != 0)
            continue;
        if (!name->size)
            *name = zest_text_format(&job->result->arena, "py-%llu", (unsigned long long)job->result->number);
        job->request_id = *name;
    }
}

static struct zest_py_job *make(struct zest_py_result *result, struct zest_service *layer, void *request)
{
    struct zest_py_job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->result = (struct zest_py_result *)Py_NewRef((PyObject *)result);
    job->holders = 1;
    job->layer = layer;
    job->request = request;
    job->call.arena = &result->arena;
    job->all_next = all_jobs;
    job->all_link = &all_jobs;
    if (all_jobs)
        all_jobs->all_link = &job->all_next;
    all_jobs = job;
    return job;
}

void zest_py_job_start(struct zest_py_result *result, struct zest_service *layer, void *request, PyObject *held,
                       struct zest_py_pin *pins)
{
    struct zest_py_job *job = make(result, layer, request);
    if (!job) {
        Py_DECREF(held);
        zest_py_release_pins(pins);
        PyErr_NoMemory();
        zest_py_result_fail(result, NULL);
        return;
    }
    job->held = held;
    job->pins = pins;
    result->number = ++zest_py.calls;
    name_request(job);
    result->job = job;
    result->state = ZEST_PY_PENDING;
    if (!enqueue(job)) {
        job->status = zest_fail(&job->call.error, ZEST_OVERLOADED, "the system refused a worker thread");
        settle(job);
        drop(job);
    }
}

/* ---- waiting and cancelling ------------------------------------------------------------------------------------- */

/* At most 0.1 s, so that signals are seen; true where the job is done. Without the GIL. */
static bool wait_slice(struct zest_py_job *job)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&pool.lock);
    while (job->stage != DONE && pthread_cond_timedwait(&pool.done, &pool.lock, &until) != ETIMEDOUT) {
    }
    bool is_done = job->stage == DONE;
    pthread_mutex_unlock(&pool.lock);
    return is_done;
}

bool zest_py_job_wait(struct zest_py_result *result)
{
    bool is_good = true;
    Py_INCREF(result);
    while (is_good && result->job) {
        struct zest_py_job *job = result->job;
        job->holders++;
        PyThreadState *state = PyEval_SaveThread();
        bool is_done = wait_slice(job);
        PyEval_RestoreThread(state);
        if (is_done)
            settle(job);
        drop(job);
        is_good = PyErr_CheckSignals() == 0;
    }
    if (!is_good)
        zest_py_job_cancel(result);
    Py_DECREF(result);
    return is_good;
}

static bool complete(PyObject *future)
{
    PyObject *done = PyObject_CallOneArg(zest_py.wake, future);
    Py_XDECREF(done);
    return done != NULL;
}

PyObject *zest_py_job_future(struct zest_py_result *result)
{
    PyObject *loop = PyObject_CallNoArgs(zest_py.get_running_loop);
    PyObject *future = loop ? PyObject_CallMethodNoArgs(loop, zest_py.string_create_future) : NULL;
    PyObject *pair = future ? PyTuple_Pack(2, loop, future) : NULL;
    Py_XDECREF(loop);
    struct zest_py_job *job = result->job; /* making the future may have let the worker settle the job */
    if (pair && job && !job->waiters)
        job->waiters = PyList_New(0);
    bool is_good = pair && (job ? job->waiters && PyList_Append(job->waiters, pair) == 0 : complete(future));
    Py_XDECREF(pair);
    if (!is_good)
        Py_CLEAR(future);
    return future;
}

void zest_py_job_cancel(struct zest_py_result *result)
{
    struct zest_py_job *job = result->job;
    if (!job)
        return;
    pthread_mutex_lock(&pool.lock);
    job->is_cancelled = true;
    bool is_running = job->stage == RUNNING;
    pthread_mutex_unlock(&pool.lock);
    if (!is_running || !job->request_id.size)
        return; /* one in the queue is dropped when its turn comes */
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_cancel_request request = {.request_id = job->request_id};
    struct zest_engine_cancel_reply reply;
    enum zest_status status = zest_engine_cancel((struct zest_engine *)job->layer, &call, &request, &reply);
    (void)status; /* one that has ended meanwhile is as good */
    zest_arena_finish(&arena);
}

void zest_py_jobs_finish(struct zest_py_core *core)
{
    for (struct zest_py_job *job = all_jobs; job; job = job->all_next)
        if (!core || job->result->core == core)
            zest_py_job_cancel(job->result);
    for (struct zest_py_job *job = all_jobs; job;) {
        if (!job->result->job || (core && job->result->core != core)) {
            job = job->all_next;
            continue;
        }
        struct zest_py_result *result = (struct zest_py_result *)Py_NewRef((PyObject *)job->result);
        bool is_good = zest_py_job_wait(result);
        Py_DECREF(result);
        if (!is_good)
            return;
        job = all_jobs;
    }
}
