/* SPDX-License-Identifier: Apache-2.0 */
/* disconnect_watch.c - one epoll set for the ends of suspended connections. Owns its thread and the set. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "disconnect_watch.h"

enum { EVENTS = 64 };

struct zest_disconnect_watch {
    void (*gone)(void *user, uint64_t id);
    void *user;
    int set, end; /* the epoll set; an eventfd that ends the thread, in it as id 0 */
    pthread_t thread;
};

static void *watch_loop(void *user)
{
    struct zest_disconnect_watch *watch = user;
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(watch->set, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.u64 == 0)
                return NULL;
            watch->gone(watch->user, events[i].data.u64);
        }
    }
}

static void free_watch(struct zest_disconnect_watch *watch)
{
    if (watch->set >= 0)
        close(watch->set);
    if (watch->end >= 0)
        close(watch->end);
    free(watch);
}

struct zest_disconnect_watch *zest_disconnect_watch_create(void (*gone)(void *user, uint64_t id), void *user)
{
    struct zest_disconnect_watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    *watch = (struct zest_disconnect_watch){
        .gone = gone, .user = user, .set = epoll_create1(EPOLL_CLOEXEC), .end = eventfd(0, EFD_CLOEXEC)};
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
    if (watch->set < 0 || watch->end < 0 || epoll_ctl(watch->set, EPOLL_CTL_ADD, watch->end, &event) != 0 ||
        pthread_create(&watch->thread, NULL, watch_loop, watch) != 0) {
        free_watch(watch);
        return NULL;
    }
    return watch;
}

/* A socket that can't be watched is no failure: its end is then seen at the next write. */
void zest_disconnect_watch_add(struct zest_disconnect_watch *watch, int fd, uint64_t id)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.u64 = id};
    (void)epoll_ctl(watch->set, EPOLL_CTL_ADD, fd, &event);
}

void zest_disconnect_watch_remove(struct zest_disconnect_watch *watch, int fd)
{
    (void)epoll_ctl(watch->set, EPOLL_CTL_DEL, fd, NULL);
}

void zest_disconnect_watch_destroy(struct zest_disconnect_watch *watch)
{
    if (!watch)
        return;
    (void)eventfd_write(watch->end, 1);
    pthread_join(watch->thread, NULL);
    free_watch(watch);
}
