/* SPDX-License-Identifier: Apache-2.0 */
/* listen_socket.c - opens the listening socket, so that a port in use is said in words before anything else starts. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen_socket.h"

enum { BACKLOG = 1024 };

static enum zest_status refuse(const char *host, uint16_t port, int why, struct zest_error *error)
{
    if (why == EADDRINUSE)
        return zest_fail_param(error, ZEST_CONFLICT, "port",
                               "port %u of %s is in use by another program; choose another with --port N, or --port 0 "
                               "for any that is free",
                               port, host);
    if (why == EACCES)
        return zest_fail_param(
            error, ZEST_IO, "port",
            "port %u needs rights that this user does not have; choose one from 1024 on with --port N", port);
    errno = why;
    return zest_fail_param(error, ZEST_IO, "host", "%s port %u can't be listened on: %m", host, port);
}

/* -1 where it fails, errno telling why. */
static int listen_on(const struct addrinfo *address)
{
    int on = 1, fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

enum zest_status zest_listen(const char *host, uint16_t port, int *ret_fd, uint16_t *ret_port, struct zest_error *error)
{
    char service[8];
    snprintf(service, sizeof(service), "%u", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    int failure = getaddrinfo(host, service, &hints, &found);
    if (failure)
        return zest_fail_param(
            error, ZEST_NOT_FOUND, "host",
            "the address \"%.200s\" is not known (%s); 127.0.0.1 is this machine only, 0.0.0.0 all networks", host,
            gai_strerror(failure));
    int fd = listen_on(found), why = errno;
    freeaddrinfo(found);
    if (fd < 0)
        return refuse(host, port, why, error);
    *ret_fd = fd;
    *ret_port = port_of(fd);
    return ZEST_OK;
}
