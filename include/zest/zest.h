/* SPDX-License-Identifier: Apache-2.0 */
/* zest.h - everything that a program which embeds zest needs; `pkg-config --cflags --libs zest`. */
#ifndef ZEST_H
#define ZEST_H

#include <zest/core.h>
#include <zest/describe.h>
#include <zest/environment.h>
#include <zest/json.h>
#include <zest/trace.h>

#endif
