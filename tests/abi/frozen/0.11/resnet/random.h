/* random.h: the counter-based generator Philox4x32-10 (Salmon et al. 2011, "Parallel random
 * numbers: as easy as 1, 2, 3", section 3.3). The same numbers in the core and on every backend. */
#ifndef RESNET_RANDOM_H
#define RESNET_RANDOM_H

#include <stdint.h>

/* Four 32-bit numbers for a key and a counter. [any] */
static inline void rn_random_philox(const uint32_t key[2], const uint32_t counter[4],
                                    uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The number of element `index` of a stream at a step, uniform in [0,1). [any] */
static inline float rn_random_uniform(uint32_t seed, uint32_t step, uint32_t stream, uint64_t index)
{
    const uint32_t key[2] = { seed, stream };
    const uint32_t counter[4] = { (uint32_t)(index / 4), (uint32_t)((index / 4) >> 32), step, 0 };
    uint32_t out[4];
    rn_random_philox(key, counter, out);
    return (float)(out[index % 4] >> 8) * (1.0f / 16777216.0f);
}

/* Writes the numbers of the elements from `first`, a multiple of 4, to end - 1 to to[first] and
 * after: the same as rn_random_uniform one by one, with a fourth of the work. `of` is seed, step
 * and stream. [any] */
static inline void rn_random_fill_range(const uint32_t of[3], float *to, uint64_t first,
                                        uint64_t end)
{
    const uint32_t key[2] = { of[0], of[2] };
    for (uint64_t i = first; i < end; i += 4) {
        const uint32_t counter[4] = { (uint32_t)(i / 4), (uint32_t)((i / 4) >> 32), of[1], 0 };
        uint32_t out[4];
        rn_random_philox(key, counter, out);
        for (uint64_t k = 0; k < 4 && i + k < end; k++)
            to[i + k] = (float)(out[k] >> 8) * (1.0f / 16777216.0f);
    }
}

/* Writes the numbers of the elements 0 to count - 1. [any] */
static inline void rn_random_fill(uint32_t seed, uint32_t step, uint32_t stream, float *to,
                                  uint64_t count)
{
    const uint32_t of[3] = { seed, step, stream };
    rn_random_fill_range(of, to, 0, count);
}

#endif
