/* epilogue.c: bias, sum and relu in one pass over pixels. */
#include "cpu/epilogue.h"

#include "cpu/clones.h"

CPU_CLONES
void cpu_epilogue_apply(const cpu_epilogue_pixels *at, int64_t count)
{
    float *y = at->y, bias = at->bias;
    const float *z = at->z;
    if (z)
        for (int64_t i = 0; i < count; i++)
            y[i] += bias + z[i];
    else
        for (int64_t i = 0; i < count; i++)
            y[i] += bias;
    if (at->relu)
        for (int64_t i = 0; i < count; i++)
            y[i] = y[i] < 0.0f ? 0.0f : y[i];
}
