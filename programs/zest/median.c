/* SPDX-License-Identifier: Apache-2.0 */
/* median.c - sorting figures and taking the one that counts. */
#include <stdlib.h>

#include "median.h"

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double figure_quantile(double *figures, size_t count, double share)
{
    qsort(figures, count, sizeof(*figures), compare);
    size_t place = (size_t)((double)count * share);
    return figures[place < count ? place : count - 1];
}

double figure_median(double *figures, size_t count)
{
    qsort(figures, count, sizeof(*figures), compare);
    return count % 2 ? figures[count / 2] : (figures[count / 2 - 1] + figures[count / 2]) / 2;
}
