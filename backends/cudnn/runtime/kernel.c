/* kernel.c: query, prepare and run: find the operator, complete its description, decide how its
 * tensors are stored, and call it. */
#include <stdlib.h>

#include "base/hand_over.h"
#include "cudnn/cudnn.h"

static const cudnn_operator *operator_find(const char *name)
{
    int32_t number = described_operator(name);
    return number < 0 ? NULL : cudnn_operators[number];
}

/* Operand i of the complete description, inputs then outputs; NULL: absent. */
static const rn_tensor_desc *operand_at(const rn_kernel *kernel, int32_t i)
{
    return kernel->described->operands[i];
}

static int32_t operand_count(const rn_kernel *kernel)
{
    return kernel->desc.n_inputs + kernel->desc.n_outputs;
}

uint64_t cudnn_real_bytes(const rn_kernel *kernel)
{
    int32_t precision = kernel->context->precision;
    bool is_half = precision == RN_PRECISION_FP16 || precision == RN_PRECISION_BF16;
    return kernel->is_nhwc && is_half ? 2 : 4;
}

int64_t cudnn_alignment(const rn_context *context)
{
    return context->precision == RN_PRECISION_TF32 ? 4 : 8;
}

static bool has_bit(uint32_t bits, int32_t i)
{
    return bits >> i & 1;
}

/* `reorder` is there to change layouts, so its operands stay as they are. */
static bool is_reorder(const rn_kernel *kernel)
{
    return kernel->type == &cudnn_reorder;
}

/* Is operand i one that is not plain where the precision is not fp32? Bytes are masks and indices,
 * which have the order of their image. */
static bool is_ours(const rn_kernel *kernel, int32_t i)
{
    const rn_tensor_desc *t = operand_at(kernel, i);
    if (!t || t->rank != 4)
        return false;
    if (t->dtype == RN_U8)
        return !is_reorder(kernel);
    return t->dtype == RN_F32 && has_bit(kernel->type->images | kernel->type->filters, i);
}

static bool is_nhwc(const rn_kernel *kernel)
{
    if (kernel->context->precision == RN_PRECISION_FP32)
        return false;
    for (int32_t i = 0; i < operand_count(kernel); i++) {
        const rn_tensor_desc *t = operand_at(kernel, i);
        if (is_ours(kernel, i) || (is_reorder(kernel) && t && t->layout >= RN_LAYOUT_OPAQUE))
            return true;
    }
    return false;
}

int32_t cudnn_layout_of(const rn_kernel *kernel, int32_t i)
{
    if (kernel->is_nhwc && has_bit(kernel->type->vectors, i) && cudnn_real_bytes(kernel) == 2)
        return CUDNN_LAYOUT_VECTOR;
    if (!kernel->is_nhwc || !is_ours(kernel, i))
        return RN_LAYOUT_PLAIN;
    bool is_padded = kernel->is_padded && has_bit(kernel->type->padded, i);
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

/* Finds the operator and completes its description; the caller frees `described`. */
static rn_status kernel_make(rn_context *context, const rn_op_desc *op, rn_kernel *made)
{
    const described_rules rules = { cudnn_host, true };
    *made = (rn_kernel){ .type = operator_find(op->op), .context = context };
    if (!made->type)
        return described_unknown(&rules, op);
    rn_status status = described_make(&rules, op, &made->described);
    if (status)
        return status;
    made->desc = made->described->desc;
    made->is_nhwc = is_nhwc(made);
    made->is_padded = made->is_nhwc && made->type->pads && made->type->pads(made);
    return RN_OK;
}

/* Elements of a tensor in a layout, padding included. */
static int64_t count_in(const rn_context *context, const rn_tensor_desc *t, int32_t layout)
{
    if (t->rank != 4)
        return shape_count(t);
    return shape_count(t) / t->shape[1] * cudnn_channels(context, t, layout);
}

static void answer_layouts(const rn_kernel *kernel, rn_op_answer *answer)
{
    if (is_reorder(kernel))
        return;
    for (int32_t i = 0; i < operand_count(kernel); i++) {
        const rn_tensor_desc *t = operand_at(kernel, i);
        int32_t layout = t ? cudnn_layout_of(kernel, i) : RN_LAYOUT_PLAIN;
        if (t && layout != RN_LAYOUT_PLAIN) {
            answer->layouts[i] = layout;
            answer->layout_bytes[i] = (uint64_t)count_in(kernel->context, t, layout) *
                                      (t->dtype == RN_U8 ? 1 : cudnn_real_bytes(kernel));
        } else if (t && t->layout != RN_LAYOUT_PLAIN) {
            answer->layouts[i] = RN_LAYOUT_PLAIN;
        }
    }
}

rn_status cudnn_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    rn_kernel made;
    rn_op_answer full = { .size = sizeof full, .deterministic = 1 };
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    status = kernel_make(context, op, &made);
    if (!status && made.type->query)
        status = made.type->query(&made, &full);
    if (!status) {
        answer_layouts(&made, &full);
        hand_over(answer, &full);
    }
    free(made.described);
    return status;
}

rn_status cudnn_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    *kernel = NULL;
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    rn_kernel *made = malloc(sizeof *made);
    if (!made)
        return cudnn_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", op->op);
    status = kernel_make(context, op, made);
    if (!status)
        status = made->type->prepare(made);
    for (int32_t i = 0; !status && i < made->n_launches; i++)
        status = cudnn_launch_check(&made->launches[i]);
    if (status)
        cudnn_kernel_destroy(context, made);
    else
        *kernel = made;
    return status;
}

void cudnn_kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    (void)context;
    if (!kernel)
        return;
    if (kernel->type && kernel->type->destroy)
        kernel->type->destroy(kernel);
    free(kernel->described);
    free(kernel);
}

/* What CUDA forbids in a recording spoils it, in whatever words a library tells so. */
static rn_status not_recorded(const rn_context *context, const rn_kernel *kernel, rn_status status)
{
    enum cudaStreamCaptureStatus state = cudaStreamCaptureStatusNone;
    if (cudaStreamIsCapturing(context->stream, &state) ||
        state != cudaStreamCaptureStatusInvalidated)
        return status;
    return cudnn_host->fail(RN_E_UNSUPPORTED, "CUDA cannot record %s in a graph", kernel->desc.op);
}

rn_status cudnn_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                    rn_operand workspace)
{
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    cudnn_record_run(context);
    context->has_run = true;
    status = kernel->type->run ? kernel->type->run(kernel, operands, workspace)
                               : cudnn_launch_run(context, &kernel->launches[0], operands);
    return status && context->is_recording ? not_recorded(context, kernel, status) : status;
}
