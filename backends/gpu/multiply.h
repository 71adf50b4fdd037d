/* multiply.h: the gradient of multiply as two launches: 0 makes db of dy and a, then 1 makes da of
 * dy and b, which may overwrite dy. */
#ifndef BACKENDS_GPU_MULTIPLY_H
#define BACKENDS_GPU_MULTIPLY_H

#include "base/shape.h"
#include "gpu/kernel.h"

enum {
    GPU_MULTIPLY_IMAGES = 1u << RN_AT_MULTIPLY_A | 1u << RN_AT_MULTIPLY_B | 1u << RN_AT_MULTIPLY_Y,
    GPU_MULTIPLY_GRAD_IMAGES = 1u << RN_AT_MULTIPLY_GRAD_DY | 1u << RN_AT_MULTIPLY_GRAD_A |
                               1u << RN_AT_MULTIPLY_GRAD_B | 1u << RN_AT_MULTIPLY_GRAD_DA |
                               1u << RN_AT_MULTIPLY_GRAD_DB
};

/* How many elements of a one element of b counts for. */
static inline int64_t gpu_multiply_share(const rn_tensor_desc *a, const rn_tensor_desc *b)
{
    return shape_count(a) / shape_count(b);
}

static inline rn_status gpu_multiply_grad_run(rn_kernel *kernel, const rn_operand *operands,
                                              rn_operand workspace)
{
    (void)workspace;
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0),
                                      (const rn_operand[]){ operands[RN_AT_MULTIPLY_GRAD_DY],
                                                            operands[RN_AT_MULTIPLY_GRAD_A],
                                                            operands[RN_AT_MULTIPLY_GRAD_DB] });
    if (status)
        return status;
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1),
                          (const rn_operand[]){ operands[RN_AT_MULTIPLY_GRAD_DY],
                                                operands[RN_AT_MULTIPLY_GRAD_B],
                                                operands[RN_AT_MULTIPLY_GRAD_DA] });
}

#endif
