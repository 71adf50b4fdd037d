/* lanes.c: transposing between planes and lanes, four by four. */
#include "cpu/winograd/lanes.h"

#include <math.h>
#include <string.h>

#include "cpu/clones.h"

#if !defined __clang__ && __GNUC__ < 12
#error "gcc before version 12 has no __builtin_shufflevector"
#endif

/* Four floats at any address. */
typedef float four __attribute__((vector_size(16), aligned(4)));

#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define SECOND(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)

static inline void transpose(four v[4])
{
    four low01 = LOW(v[0], v[1]), high01 = HIGH(v[0], v[1]);
    four low23 = LOW(v[2], v[3]), high23 = HIGH(v[2], v[3]);
    v[0] = FIRST(low01, low23);
    v[1] = SECOND(low01, low23);
    v[2] = FIRST(high01, high23);
    v[3] = SECOND(high01, high23);
}

/* Four pixels of all lanes. */
static inline void gather_four(const float *from, int64_t stride, float *to)
{
    for (int l = 0; l < LANES; l += 4) {
        four v[4];
        for (int i = 0; i < 4; i++)
            v[i] = *(const four *)(from + (l + i) * stride);
        transpose(v);
        for (int i = 0; i < 4; i++)
            *(four *)(to + i * LANES + l) = v[i];
    }
}

/* Pixels [i, i + 4) of all lanes. */
static inline void scatter_four(const float *from, int64_t first, const lanes_target *target)
{
    const int64_t stride = target->stride;
    for (int l = 0; l < LANES; l += 4) {
        four v[4];
        for (int i = 0; i < 4; i++)
            v[i] = *(const four *)(from + (first + i) * LANES + l);
        transpose(v);
        for (int i = 0; i < 4; i++) {
            const int64_t at = (l + i) * stride + first;
            four sum = v[i] + target->bias[l + i];
            if (target->z)
                sum += *(const four *)(target->z + at);
            *(four *)(target->to + at) = sum;
        }
    }
}

void winograd_gather(const float *from, int64_t stride, int64_t n_lanes, int64_t count, float *to)
{
    int64_t i = 0;
    if (n_lanes == LANES && count >= 4) {
        for (; i + 4 <= count; i += 4)
            gather_four(from + i, stride, to + i * LANES);
        /* The rest together with pixels that are there already. */
        if (i < count)
            gather_four(from + count - 4, stride, to + (count - 4) * LANES);
        return;
    }
    memset(to, 0, (size_t)(count * LANES) * sizeof *to);
    for (int64_t l = 0; l < n_lanes; l++)
        for (i = 0; i < count; i++)
            to[i * LANES + l] = from[l * stride + i];
}

/* Pixels [begin, end) of all lanes, one by one. */
static void scatter_each(const float *from, int64_t begin, int64_t end, const lanes_target *target)
{
    for (int64_t l = 0; l < target->n_lanes; l++)
        for (int64_t i = begin; i < end; i++) {
            const int64_t at = l * target->stride + i;
            target->to[at] =
                from[i * LANES + l] + target->bias[l] + (target->z ? target->z[at] : 0.0f);
        }
}

void winograd_scatter(const float *from, int64_t count, const lanes_target *target)
{
    int64_t i = 0;
    for (; target->n_lanes == LANES && i + 4 <= count; i += 4)
        scatter_four(from, i, target);
    /* The rest together with pixels that are there already, unless z was added to these. */
    if (i > 0 && i < count && !target->z)
        scatter_four(from, count - 4, target);
    else
        scatter_each(from, i, count, target);
}

CPU_CLONES
static void finish(const float *from, int64_t count, const lanes_epilogue *epilogue, float *to)
{
    const float *bias = epilogue->bias, *z = epilogue->z;
    float least = epilogue->relu ? 0.0f : -INFINITY;
    for (int64_t i = 0; i < count * LANES; i += LANES) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            float value = from[i + l] + bias[l] + (z ? z[i + l] : 0.0f);
            to[i + l] = value < least ? least : value;
        }
    }
}

void winograd_finish(const float *from, int64_t count, const lanes_epilogue *epilogue, float *to)
{
    finish(from, count, epilogue, to);
}
