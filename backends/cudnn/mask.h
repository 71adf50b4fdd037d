/* mask.h: how a mask is told to a program. */
#ifndef RN_BACKENDS_CUDNN_MASK_H
#define RN_BACKENDS_CUDNN_MASK_H

#include <string.h>

#include "cudnn/cudnn.h"

/* Adds the option by which prelude.cu knows the mask; NULL: there is none. */
static inline void cudnn_mask_options(const rn_tensor_desc *mask, gpu_code *code)
{
    if (mask)
        strncat(code->options, mask->dtype == RN_BIT ? " -DMASK_BITS" : " -DMASK_BYTES",
                sizeof code->options - strlen(code->options) - 1);
}

#endif
