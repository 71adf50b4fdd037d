/* median.c: the median and percentiles of measurements. */
#include "base/median.h"

#include <stdlib.h>

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void rn_sort_values(double *values, int64_t n)
{
    qsort(values, (size_t)n, sizeof *values, compare_values);
}

double rn_percentile_of(const double *sorted, int64_t n, int64_t percent)
{
    return sorted[(n * percent + 99) / 100 - 1];
}

double rn_median_of(double *values, int64_t n)
{
    rn_sort_values(values, n);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}
