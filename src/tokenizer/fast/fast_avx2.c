/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_avx2.c - the loop of fast_encode.h, compiled for this instruction set (meson.build has the flags).
 */
#include "fast_encode.h"

const struct zest_fast_path zest_fast_avx2 = {"avx2", ZEST_FAST_ENCODERS};
