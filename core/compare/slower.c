/* slower.c: blocks of steps, and two tests of their medians. */
#include "compare/slower.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bootstrap.h"
#include "base/mann_whitney.h"
#include "base/median.h"
#include "base/status.h"

#define MOST_BLOCKS 512 /* more would only cost time */
#define PI 3.141592653589793

/* Sets signs[i] to whether a time is above the median (1), below (-1) or equal to it. Unlike times,
 * signs are not ruled by a few steps that were interrupted. `room`: n values. */
static void take_signs(const double *times, int64_t n, double *room, double *signs)
{
    memcpy(room, times, (size_t)n * sizeof *room);
    double median = rn_median_of(room, n);
    for (int64_t i = 0; i < n; i++)
        signs[i] = (times[i] > median) - (times[i] < median);
}

/* Of each step with the next. */
static double correlation(const double *signs, int64_t n)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        squares += signs[i] * signs[i];
        sum += i + 1 < n ? signs[i] * signs[i + 1] : 0;
    }
    return squares > 0 ? sum / squares : 0;
}

/* Takes the times for an autoregressive process of first order, whose correlation follows from that
 * of normal deviates' signs (Van Vleck) and is estimated too low by short series (Kendall). Its
 * steps depend on each other for (1 + r) / (1 - r) of them; blocks are twice as long, so that
 * neighbours hardly do. */
static int64_t block_of_signs(const double *signs, int64_t n)
{
    double r = sin(PI / 2 * correlation(signs, n));
    r += (1 + 3 * r) / (double)n;
    if (!(r > 2 / sqrt((double)n)))
        return 1;
    return r < 1 ? (int64_t)ceil(fmin((double)n, 2 * (1 + r) / (1 - r))) : n;
}

int64_t rn_slower_block(const double *times, int64_t n)
{
    int64_t block = n;
    double *room = malloc(2 * (size_t)n * sizeof *room);
    if (!room)
        return block;
    take_signs(times, n, room, room + n);
    block = block_of_signs(room + n, n);
    free(room);
    return block > n ? n : block;
}

/* Writes the medians of whole blocks, which are sorted for that, and returns their number. */
static int64_t take_medians(double *times, int64_t n, int64_t block, double *medians)
{
    for (int64_t i = 0; i < n / block; i++)
        medians[i] = rn_median_of(times + i * block, block);
    return n / block;
}

static int64_t longest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t block_for(const double *before, int64_t n, const double *after, int64_t m)
{
    int64_t dependent = longest(rn_slower_block(before, n), rn_slower_block(after, m));
    int64_t least = (longest(n, m) + MOST_BLOCKS - 1) / MOST_BLOCKS;
    int64_t block = longest(dependent, least), most = (n < m ? n : m) / RN_SLOWER_LEAST;
    return most == 0 ? 1 : block > most ? most : block;
}

rn_status rn_slower_judge(const double *before, int64_t n, const double *after, int64_t m,
                          rn_slower *slower)
{
    int64_t count = n + m;
    double *times = malloc(2 * (size_t)count * sizeof *times), *medians = times + count;
    rn_interval interval = { NAN, NAN };
    if (!times)
        return rn_fail(RN_E_NOMEM, "no memory for a comparison");
    memcpy(times, before, (size_t)n * sizeof *times);
    memcpy(times + n, after, (size_t)m * sizeof *times);
    *slower = (rn_slower){ .block = block_for(before, n, after, m) };
    int64_t n_before = take_medians(times, n, slower->block, medians);
    int64_t n_after = take_medians(times + n, m, slower->block, medians + n_before);
    const double *later = medians + n_before;
    slower->p = rn_mann_whitney_test(medians, n_before, later, n_after).p;
    slower->differs =
        slower->p < RN_SLOWER_LEVEL && n_before >= RN_SLOWER_LEAST && n_after >= RN_SLOWER_LEAST;
    rn_status status =
        rn_bootstrap_ratio(medians, n_before, later, n_after, 1 - RN_SLOWER_LEVEL, &interval);
    slower->low = interval.low;
    slower->high = interval.high;
    slower->ratio = rn_median_of(medians + n_before, n_after) / rn_median_of(medians, n_before);
    free(times);
    return status;
}
