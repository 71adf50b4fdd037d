/* kernel.c: which operands are stored in halves, how large they may be, and runs of kernels. */
#include "opencl/opencl.h"

static bool wants_half(const rn_kernel *kernel, int32_t i)
{
    const rn_tensor_desc *t = gpu_kernel_operand(kernel, i);
    return kernel->context->precision == RN_PRECISION_FP16 && (kernel->type->images >> i & 1) &&
           t && t->dtype == RN_F32 && t->rank == 4;
}

/* Kernels compute indices in `int`, which must not overflow even after they are rounded up for
 * groups, vectors and padding. */
enum { MOST_ELEMENTS = 1 << 30 };

rn_status gpu_storage_choose(rn_kernel *kernel)
{
    const int32_t n = gpu_kernel_operand_count(kernel);
    for (int32_t i = 0; i < n; i++)
        kernel->is_opaque |= wants_half(kernel, i);
    for (int32_t i = 0; i < n; i++) {
        const rn_tensor_desc *t = gpu_kernel_operand(kernel, i);
        if (t && shape_count(t) > MOST_ELEMENTS)
            return gpu_host->fail(RN_E_UNSUPPORTED,
                                  "%s: an operand has %lld elements, and this "
                                  "backend takes %d; ask for a smaller batch",
                                  kernel->desc.op, (long long)shape_count(t), MOST_ELEMENTS);
    }
    return RN_OK;
}

gpu_storage gpu_storage_of(const rn_kernel *kernel, int32_t i)
{
    if (!wants_half(kernel, i))
        return (gpu_storage){ RN_LAYOUT_PLAIN, 0 };
    return (gpu_storage){ OPENCL_LAYOUT_HALF,
                          (uint64_t)shape_count(gpu_kernel_operand(kernel, i)) * 2 };
}

int32_t gpu_group(const rn_context *context)
{
    return context->group;
}

gpu_joint *gpu_joint_of(rn_context *context)
{
    return &context->joint;
}

/* There are no ranks. */
rn_status gpu_gradients_wait(rn_context *context)
{
    (void)context;
    return RN_OK;
}

rn_status opencl_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    context->has_run = true;
    return gpu_kernel_run(context, kernel, operands, workspace);
}
