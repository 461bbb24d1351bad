/* SPDX-License-Identifier: Apache-2.0 */
/* env_private.h - what environment.c (both builds) and modes.c (open build) share. */
#ifndef ZEST_ENV_PRIVATE_H
#define ZEST_ENV_PRIVATE_H

#include <zest/environment.h>

struct env {
    struct zest_env base;                            /* first: the public view is a cast */
    struct zest_service *native[ZEST_SERVICE_COUNT]; /* owned */
    struct modes *modes;                             /* owned by modes.c; NULL until a mode was asked for */
};

/* Frees every layer but the natives; takes NULL. */
void zest_modes_free(struct modes *modes);

#endif
