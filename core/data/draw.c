/* draw.c: random numbers by Philox4x32-10, one block of it for each. */
#include "data/draw.h"

#include <math.h>
#include <resnet/random.h>

/* Distinguishes these numbers from those of the shuffle, dropout and initialisation, which use the
 * same seed. */
#define DRAW_STREAM 0x44524157u

/* 64 random bits. There is room for 2^32 numbers, 2^48 samples and 2^16 streams. */
static uint64_t draw_bits(rn_draw *draw)
{
    const uint32_t key[2] = { (uint32_t)draw->seed, (uint32_t)(draw->seed >> 32) };
    const uint32_t counter[4] = { draw->next++, (uint32_t)draw->sample,
                                  (uint32_t)(draw->sample >> 32) ^ draw->stream << 16,
                                  (uint32_t)draw->epoch ^ DRAW_STREAM };
    uint32_t out[4];
    rn_random_philox(key, counter, out);
    return (uint64_t)out[1] << 32 | out[0];
}

double rn_draw_uniform(rn_draw *draw)
{
    return (double)(draw_bits(draw) >> 11) * 0x1p-53;
}

double rn_draw_between(rn_draw *draw, double low, double high)
{
    return low + (high - low) * rn_draw_uniform(draw);
}

/* With 64 random bits the remainder's bias is negligible. */
int64_t rn_draw_below(rn_draw *draw, int64_t count)
{
    return (int64_t)(draw_bits(draw) % (uint64_t)count);
}

int rn_draw_happens(rn_draw *draw, double probability)
{
    return rn_draw_uniform(draw) < probability;
}

double rn_draw_normal(rn_draw *draw)
{
    double radius = sqrt(-2.0 * log(1.0 - rn_draw_uniform(draw)));
    return radius * cos(2.0 * M_PI * rn_draw_uniform(draw));
}

/* The logarithm of a variate of Gamma(alpha): for a small alpha the variate itself underflows. */
static double draw_log_gamma(rn_draw *draw, double alpha)
{
    /* A variate of alpha < 1 is one of alpha + 1 times U^(1/alpha). */
    double boost = alpha < 1.0 ? log(1.0 - rn_draw_uniform(draw)) / alpha : 0.0;
    double d = (alpha < 1.0 ? alpha + 1.0 : alpha) - 1.0 / 3.0;
    double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = rn_draw_normal(draw), v = 1.0 + c * x;
        double u = 1.0 - rn_draw_uniform(draw);
        if (v <= 0.0)
            continue;
        double log_v = 3.0 * log(v);
        if (log(u) < 0.5 * x * x + d * (1.0 - exp(log_v) + log_v))
            return boost + log(d) + log_v;
    }
}

double rn_draw_beta(rn_draw *draw, double alpha)
{
    double a = draw_log_gamma(draw, alpha);
    double b = draw_log_gamma(draw, alpha);
    return 1.0 / (1.0 + exp(b - a));
}
