/* epilogue.h: the epilogue of a convolution, for the pixels of a plane. */
#ifndef BACKENDS_CPU_EPILOGUE_H
#define BACKENDS_CPU_EPILOGUE_H

#include <stdbool.h>
#include <stdint.h>

/* y = y + bias + z, then relu; z NULL counts as 0. */
typedef struct epilogue_pixels {
    float *y;
    const float *z;
    float bias;
    bool relu;
} epilogue_pixels;

void epilogue_apply(const epilogue_pixels *at, int64_t count);

#endif
