/* SPDX-License-Identifier: Apache-2.0 */
/* median.h - order statistics of a bench's figures. */
#ifndef ZEST_PROGRAM_MEDIAN_H
#define ZEST_PROGRAM_MEDIAN_H

#include <stddef.h>

/* The value below which `share` (0 to 1) of the figures lie; sorts them. At least one figure. */
double figure_quantile(double *figures, size_t count, double share);
/* The middle one, or the mean of the two in the middle; sorts them. */
double figure_median(double *figures, size_t count);

#endif
