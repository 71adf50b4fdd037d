/* lars.c: a step of sgd in place, scaled to the norms of the parameter and of its gradient. The
 * workspace holds sums of their squares. */
#include "gpu/norms.h"
#include "gpu/operators.h"
#include "gpu/update.h"

extern const char GPU_TEXT(reduce)[], GPU_TEXT(norms)[], GPU_TEXT(sgd)[], GPU_TEXT(lars)[];

/* Without weight decay there is no ratio, and no norms are needed. */
static int64_t part_count(const rn_kernel *kernel)
{
    const rn_lars_attrs *a = kernel->desc.attrs;
    return a->weight_decay == 0 ? 0 : gpu_norm_parts(kernel, kernel->desc.inputs[RN_LARS_PARAM]);
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_lars_attrs *a = kernel->desc.attrs;
    answer->workspace_bytes = gpu_float_bytes(2 * part_count(kernel));
    return gpu_momentum_check(kernel, a->momentum, RN_LARS_VELOCITY);
}

static rn_status add_launch(rn_kernel *kernel, const char *function, int32_t n_operands,
                            gpu_launch **launch)
{
    const gpu_code code =
        gpu_update_code(GPU_TEXT(sgd), GPU_TEXT(reduce), GPU_TEXT(norms), GPU_TEXT(lars));
    rn_status status = gpu_launch_add(kernel, &code, function, n_operands, launch);
    if (!status)
        gpu_arg_int(*launch, shape_count(kernel->desc.inputs[RN_LARS_PARAM]));
    return status;
}

static rn_status prepare(rn_kernel *kernel)
{
    const rn_lars_attrs *a = kernel->desc.attrs;
    const int64_t parts = part_count(kernel);
    gpu_launch *launch;
    rn_status status = add_launch(kernel, "lars", RN_LARS_N_OPERANDS + 1, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, parts);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_int(launch, a->nesterov);
    gpu_arg_float(launch, a->weight_decay);
    gpu_arg_float(launch, a->trust);
    gpu_arg_float(launch, a->epsilon);
    gpu_grid_items(launch, shape_divide_up(shape_count(kernel->desc.inputs[RN_LARS_PARAM]), 8));
    if (parts == 0)
        return RN_OK;
    status = add_launch(kernel, "lars_norms", 4, &launch);
    if (!status)
        gpu_grid_groups(launch, parts, 1, 1);
    return status;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const rn_operand norms[] = { operands[RN_AT_LARS_PARAM], operands[RN_AT_LARS_GRADIENT],
                                 operands[RN_AT_LARS_LOSS_SCALE], workspace };
    const rn_operand step[] = { operands[RN_AT_LARS_PARAM],
                                operands[RN_AT_LARS_GRADIENT],
                                operands[RN_AT_LARS_VELOCITY],
                                operands[RN_AT_LARS_LEARNING_RATE],
                                operands[RN_AT_LARS_LOSS],
                                operands[RN_AT_LARS_LOSS_SCALE],
                                workspace };
    rn_status status = gpu_gradients_wait(kernel->context);
    if (!status && kernel->n_launches > 1)
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), norms);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), step);
}

const gpu_operator gpu_lars = { .query = query, .prepare = prepare, .run = run };
