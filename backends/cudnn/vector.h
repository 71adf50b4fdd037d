/* vector.h: how many adjacent elements a thread handles: the option VEC. */
#ifndef RN_BACKENDS_CUDNN_VECTOR_H
#define RN_BACKENDS_CUDNN_VECTOR_H

#include <stdio.h>
#include <string.h>

#include "cudnn/cudnn.h"

static inline void cudnn_vector_option(int32_t vector, gpu_code *code)
{
    size_t used = strlen(code->options);
    snprintf(code->options + used, sizeof code->options - used, " -DVEC=%d", (int)vector);
}

/* In this backend's image layout channels are adjacent; plain images are handled by element. */
static inline int32_t cudnn_channel_vector(const rn_kernel *kernel, int64_t channels)
{
    return kernel->is_opaque && channels % 8 == 0 ? 8 : 1;
}

#endif
