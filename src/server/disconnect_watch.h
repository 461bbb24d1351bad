/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disconnect_watch.h - a thread that sees clients hang up while nobody reads from their sockets.
 *
 * A client that only ends its own direction (a half-closed connection) counts as gone too: from here the two look
 * alike.
 */
#ifndef ZEST_DISCONNECT_WATCH_H
#define ZEST_DISCONNECT_WATCH_H

#include <stdint.h>

struct zest_disconnect_watch;

/* gone(user, id) is called on the watch's own thread, once for each id at most. NULL where it can't be had. */
struct zest_disconnect_watch *zest_disconnect_watch_create(void (*gone)(void *user, uint64_t id), void *user);
void zest_disconnect_watch_add(struct zest_disconnect_watch *watch, int fd, uint64_t id);
void zest_disconnect_watch_remove(struct zest_disconnect_watch *watch, int fd); /* before the socket is closed */
void zest_disconnect_watch_destroy(struct zest_disconnect_watch *watch);        /* takes NULL */

#endif
