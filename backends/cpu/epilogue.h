/* epilogue.h: the epilogue of a convolution, for the pixels of a plane. */
#ifndef BACKENDS_CPU_EPILOGUE_H
#define BACKENDS_CPU_EPILOGUE_H

#include <stdbool.h>
#include <stdint.h>

/* y = y + bias + z, then relu; z NULL counts as 0. */
typedef struct cpu_epilogue_pixels {
    float *y;
    const float *z;
    float bias;
    bool relu;
} cpu_epilogue_pixels;

void cpu_epilogue_apply(const cpu_epilogue_pixels *at, int64_t count);

#endif
