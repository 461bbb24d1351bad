/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_baseline.c - the loop of fast_encode.h, compiled for this instruction set (meson.build has the flags).
 */
#include "fast_encode.h"

const struct zest_fast_path zest_fast_baseline = {"baseline", ZEST_FAST_ENCODERS};
