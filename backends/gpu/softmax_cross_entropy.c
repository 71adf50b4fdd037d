/* softmax_cross_entropy.c: the mean cross-entropy of the batch with labels or with targets, and its
 * gradient. Both operators have the same slots (core/ops/cross_entropy.c). */
#include "base/shape.h"
#include "gpu/operators.h"

extern const char GPU_TEXT(reduce)[], GPU_TEXT(softmax)[], GPU_TEXT(mean_loss)[];
extern const char GPU_TEXT(softmax_cross_entropy)[], GPU_TEXT(soft_cross_entropy)[];

static const gpu_code LABELS = { { GPU_TEXT(reduce), GPU_TEXT(softmax), GPU_TEXT(mean_loss),
                                   GPU_TEXT(softmax_cross_entropy) },
                                 "" };
static const gpu_code TARGETS = {
    { GPU_TEXT(reduce), GPU_TEXT(softmax), GPU_TEXT(mean_loss), GPU_TEXT(soft_cross_entropy) }, ""
};

static bool has_targets(const rn_kernel *kernel)
{
    return kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_LABELS]->dtype == RN_F32;
}

static rn_status add_launch(rn_kernel *kernel, const char *function, int32_t n_operands,
                            gpu_launch **launch)
{
    const gpu_code *code = has_targets(kernel) ? &TARGETS : &LABELS;
    return gpu_launch_add(kernel, code, function, n_operands, launch);
}

/* Appends the number of classes, and the target of a class whose share is 1 and of one whose share
 * is 0; with targets, their difference in place of the first. */
static void add_targets(const rn_kernel *kernel, const rn_tensor_desc *probabilities,
                        gpu_launch *launch)
{
    const rn_cross_entropy_attrs *a = kernel->desc.attrs;
    int64_t classes = probabilities->shape[1];
    double even = a->label_smoothing / (double)classes, share = 1 - a->label_smoothing;
    gpu_arg_int(launch, classes);
    gpu_arg_float(launch, has_targets(kernel) ? share : share + even);
    gpu_arg_float(launch, even);
}

/* The workspace holds the rows' losses until they are summed. */
static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    answer->workspace_bytes =
        gpu_float_bytes(kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->shape[0]);
    return RN_OK;
}

/* The functions are named after the operators. */
static rn_status prepare(rn_kernel *kernel)
{
    int64_t rows = kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->shape[0];
    gpu_launch *launch;
    rn_status status =
        add_launch(kernel, kernel->desc.op, RN_SOFTMAX_CROSS_ENTROPY_N_OPERANDS, &launch);
    if (status)
        return status;
    add_targets(kernel, kernel->desc.outputs[RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES], launch);
    gpu_grid_groups(launch, rows, 1, 1);
    status = add_launch(kernel, "mean_loss", 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, rows);
    gpu_grid_groups(launch, 1, 1, 1);
    return RN_OK;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const rn_operand rows[] = { operands[RN_AT_SOFTMAX_CROSS_ENTROPY_LOGITS],
                                operands[RN_AT_SOFTMAX_CROSS_ENTROPY_LABELS], workspace,
                                operands[RN_AT_SOFTMAX_CROSS_ENTROPY_PROBABILITIES] };
    const rn_operand mean[] = { workspace, operands[RN_AT_SOFTMAX_CROSS_ENTROPY_LOSS] };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), rows);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), mean);
}

const gpu_operator gpu_softmax_cross_entropy = { .query = query, .prepare = prepare, .run = run };
const gpu_operator gpu_soft_cross_entropy = { .query = query, .prepare = prepare, .run = run };

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *probabilities =
        kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES];
    gpu_launch *launch;
    rn_status status =
        add_launch(kernel, kernel->desc.op, RN_SOFTMAX_CROSS_ENTROPY_GRAD_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, probabilities->shape[0]);
    add_targets(kernel, probabilities, launch);
    if (has_targets(kernel))
        gpu_grid_groups(launch, probabilities->shape[0], 1, 1);
    else
        gpu_grid_items(launch, shape_count(probabilities));
    return RN_OK;
}

const gpu_operator gpu_softmax_cross_entropy_grad = { .prepare = grad_prepare };
const gpu_operator gpu_soft_cross_entropy_grad = { .prepare = grad_prepare };
