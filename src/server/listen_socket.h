/* SPDX-License-Identifier: Apache-2.0 */
/* listen_socket.h - a listening TCP socket, or a sentence that says why not. */
#ifndef ZEST_LISTEN_SOCKET_H
#define ZEST_LISTEN_SOCKET_H

#include <zest/core.h>

/* The socket is the caller's; port 0 takes any that is free. */
enum zest_status zest_listen(const char *host, uint16_t port, int *ret_fd, uint16_t *ret_port,
                             struct zest_error *error) ZEST_MUST_CHECK;

#endif
