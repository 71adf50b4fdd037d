/* mask.h: the compiler option for the type of a mask. */
#ifndef RN_BACKENDS_CUDNN_MASK_H
#define RN_BACKENDS_CUDNN_MASK_H

#include <string.h>

#include "cudnn/cudnn.h"

/* Adds the option that tells prelude.cu how the mask is stored. NULL: no mask, no option. */
static inline void cudnn_mask_options(const rn_tensor_desc *mask, gpu_code *code)
{
    if (mask)
        strncat(code->options, mask->dtype == RN_BIT ? " -DMASK_BITS" : " -DMASK_BYTES",
                sizeof code->options - strlen(code->options) - 1);
}

#endif
