/* disturb.c: Monte Carlo arithmetic (Parker 1997), one operator at a time: the spread of the results
 * estimates the error that rounding can cause, including cancellation. */
#include "compare/disturb.h"

#include <resnet/random.h>
#include <stdbool.h>
#include <stddef.h>

#define SEED 20261128
#define CHUNK 4096 /* random numbers at a time */

static bool has_moved_away(const float *values, const float *clean, int64_t count)
{
    double size = 0, moved = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = (double)values[i] - (double)clean[i];
        size += (double)clean[i] * (double)clean[i];
        moved += difference * difference;
    }
    return moved > size;
}

void rn_disturb(float *values, const float *clean, int64_t count, double amount, uint32_t stream)
{
    float random[CHUNK];
    bool is_noise = clean && has_moved_away(values, clean, count);
    double down = is_noise ? -1 : 1 - amount, up = is_noise ? 1 : 1 + amount;
    for (int64_t first = 0; first < count; first += CHUNK) {
        int64_t n = count - first < CHUNK ? count - first : CHUNK;
        rn_random_fill(SEED, (uint32_t)(first / CHUNK), stream, random, (uint64_t)n);
        for (int64_t i = 0; i < n; i++)
            values[first + i] *= (float)(random[i] < 0.5f ? down : up);
    }
}
