/* kernel.c: storage of tensors in each precision, and the backend's kernel slots. */
#include "cudnn/cudnn.h"

uint64_t cudnn_real_bytes(const rn_kernel *kernel)
{
    int32_t precision = kernel->context->precision;
    bool is_opaque = precision == RN_PRECISION_FP16 || precision == RN_PRECISION_BF16;
    return kernel->is_opaque && is_opaque ? 2 : 4;
}

int64_t cudnn_alignment(const rn_context *context)
{
    return context->precision == RN_PRECISION_TF32 ? 4 : 8;
}

static bool has_bit(uint32_t bits, int32_t i)
{
    return bits >> i & 1;
}

/* True if operand i has a layout of this backend in precisions other than fp32. Operands of bytes
 * are masks and indices, which have the element order of their image. */
static bool is_ours(const rn_kernel *kernel, int32_t i)
{
    const rn_tensor_desc *t = gpu_kernel_operand(kernel, i);
    if (!t || t->rank != 4)
        return false;
    if (t->dtype == RN_U8)
        return !gpu_kernel_is_reorder(kernel) && !has_bit(kernel->type->plain, i);
    return t->dtype == RN_F32 && has_bit(kernel->type->images | kernel->type->filters, i);
}

static bool has_layouts(const rn_kernel *kernel)
{
    if (kernel->context->precision == RN_PRECISION_FP32)
        return false;
    for (int32_t i = 0; i < gpu_kernel_operand_count(kernel); i++) {
        const rn_tensor_desc *t = gpu_kernel_operand(kernel, i);
        if (is_ours(kernel, i) ||
            (gpu_kernel_is_reorder(kernel) && t && t->layout >= RN_LAYOUT_OPAQUE))
            return true;
    }
    return false;
}

int32_t cudnn_layout_of(const rn_kernel *kernel, int32_t i)
{
    if (kernel->is_opaque && has_bit(kernel->type->vectors, i) && cudnn_real_bytes(kernel) == 2)
        return CUDNN_LAYOUT_VECTOR;
    if (!kernel->is_opaque || !is_ours(kernel, i))
        return RN_LAYOUT_PLAIN;
    bool is_padded =
        has_bit(kernel->type->padded, i) && kernel->type->pads && kernel->type->pads(kernel);
    if (has_bit(kernel->type->filters, i))
        return is_padded ? CUDNN_LAYOUT_FILTER_PADDED : CUDNN_LAYOUT_FILTER;
    return is_padded ? CUDNN_LAYOUT_IMAGE_PADDED : CUDNN_LAYOUT_IMAGE;
}

int64_t cudnn_channels(const rn_context *context, const rn_tensor_desc *t, int32_t layout)
{
    int64_t c = t->shape[1], alignment = cudnn_alignment(context);
    bool is_padded = layout == CUDNN_LAYOUT_IMAGE_PADDED || layout == CUDNN_LAYOUT_FILTER_PADDED;
    return is_padded ? shape_divide_up(c, alignment) * alignment : c;
}

rn_status gpu_storage_choose(rn_kernel *kernel)
{
    kernel->is_opaque = has_layouts(kernel);
    return RN_OK;
}

/* The number of elements of a tensor in a layout, including padding. */
static int64_t count_in(const rn_context *context, const rn_tensor_desc *t, int32_t layout)
{
    if (t->rank != 4)
        return shape_count(t);
    return shape_count(t) / t->shape[1] * cudnn_channels(context, t, layout);
}

gpu_storage gpu_storage_of(const rn_kernel *kernel, int32_t i)
{
    const rn_tensor_desc *t = gpu_kernel_operand(kernel, i);
    const int32_t layout = cudnn_layout_of(kernel, i);
    if (layout == RN_LAYOUT_PLAIN)
        return (gpu_storage){ RN_LAYOUT_PLAIN, 0 };
    return (gpu_storage){ layout, (uint64_t)count_in(kernel->context, t, layout) *
                                      (t->dtype == RN_U8 ? 1 : cudnn_real_bytes(kernel)) };
}

rn_status cudnn_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    rn_status status = cudnn_enter(context);
    return status ? status : gpu_kernel_query(context, op, answer);
}

rn_status cudnn_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    *kernel = NULL;
    rn_status status = cudnn_enter(context);
    return status ? status : gpu_kernel_prepare(context, op, kernel);
}

int32_t gpu_group(const rn_context *context)
{
    (void)context;
    return CUDNN_GROUP;
}

gpu_joint *gpu_joint_of(rn_context *context)
{
    return &context->joint;
}

rn_status gpu_gradients_wait(rn_context *context)
{
    return cudnn_ranks_join(context);
}

/* A launch of the kernel may wait yet; joint.h. */
void cudnn_kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    cudaSetDevice(context->device);
    gpu_kernel_destroy(context, kernel);
}

/* What CUDA forbids in a recording spoils it, in whatever words a library tells so. */
static rn_status not_recorded(const rn_context *context, const rn_kernel *kernel, rn_status status)
{
    enum cudaStreamCaptureStatus state = cudaStreamCaptureStatusNone;
    if (cudaStreamIsCapturing(context->stream, &state) ||
        state != cudaStreamCaptureStatusInvalidated)
        return status;
    return gpu_host->fail(RN_E_UNSUPPORTED, "CUDA cannot record %s in a graph", kernel->desc.op);
}

/* Waits for a kernel's first run, so that what fails on the GPU is reported with its operator, and
 * what a library loads at the first use finds no collective operation that waits for other ranks:
 * loading may wait for all that runs (CUDA C++ Programming Guide, "Lazy Loading"). */
static rn_status first_run_finish(rn_context *context, rn_kernel *kernel)
{
    kernel->has_run = true;
    return cudnn_synchronize(context);
}

rn_status cudnn_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                    rn_operand workspace)
{
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    context->has_run = true;
    status = gpu_kernel_run(context, kernel, operands, workspace);
    if (context->is_recording)
        return status ? not_recorded(context, kernel, status) : RN_OK;
    return status || kernel->has_run ? status : first_run_finish(context, kernel);
}
