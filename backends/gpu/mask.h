/* mask.h: the compiler option for the type of a mask. */
#ifndef BACKENDS_GPU_MASK_H
#define BACKENDS_GPU_MASK_H

#include <string.h>

#include "gpu/kernel.h"

/* Defines MASK_BITS or MASK_BYTES, which tell the prelude how the mask is stored; nothing if there
 * is no mask. */
static inline void gpu_mask_options(const rn_tensor_desc *mask, gpu_code *code)
{
    if (mask)
        strncat(code->options, mask->dtype == RN_BIT ? " -DMASK_BITS" : " -DMASK_BYTES",
                sizeof code->options - strlen(code->options) - 1);
}

#endif
