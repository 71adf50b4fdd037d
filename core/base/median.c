/* median.c: the median of measurements. */
#include "base/median.h"

#include <stdlib.h>

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double rn_median_of(double *values, int64_t n)
{
    qsort(values, (size_t)n, sizeof *values, compare_values);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}
