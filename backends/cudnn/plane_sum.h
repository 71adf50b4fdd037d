/* plane_sum.h: how planes are divided among the threads that add them up (plane_sum.cu). */
#ifndef RN_BACKENDS_CUDNN_PLANE_SUM_H
#define RN_BACKENDS_CUDNN_PLANE_SUM_H

#include "cudnn/vector.h"

/* Vectors of channels, or planes of a plain image, per block. Eight octets are the 128 bytes of a
 * memory transaction, and with 32 threads per plane one image of 2048 channels fills a GPU. */
enum { CUDNN_PLANE_LANES = 8 };

static inline void cudnn_plane_options(int32_t vector, gpu_code *code)
{
    snprintf(code->options, sizeof code->options, "-DLANES=%d", CUDNN_PLANE_LANES);
    cudnn_vector_option(vector, code);
}

#endif
