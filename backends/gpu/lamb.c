/* lamb.c: a step of Adam in place, scaled to the norms of the parameter and of the direction. The
 * first launch adds the gradient to the averages, and sums the squares of both into the
 * workspace. */
#include "gpu/adam.h"
#include "gpu/norms.h"
#include "gpu/operators.h"
#include "gpu/update.h"

extern const char GPU_TEXT(reduce)[], GPU_TEXT(norms)[], GPU_TEXT(lamb)[];

static int64_t part_count(const rn_kernel *kernel)
{
    return gpu_norm_parts(kernel, kernel->desc.inputs[RN_LAMB_PARAM]);
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    answer->workspace_bytes = gpu_float_bytes(2 * part_count(kernel));
    return RN_OK;
}

/* Both take all operands, and the workspace. */
static rn_status add_launch(rn_kernel *kernel, const char *function, gpu_launch **launch)
{
    const rn_adam_attrs *a = kernel->desc.attrs;
    const gpu_code code =
        gpu_update_code(GPU_TEXT(adamw), GPU_TEXT(reduce), GPU_TEXT(norms), GPU_TEXT(lamb));
    rn_status status = gpu_launch_add(kernel, &code, function, RN_LAMB_N_OPERANDS + 1, launch);
    if (status)
        return status;
    gpu_arg_int(*launch, shape_count(kernel->desc.inputs[RN_LAMB_PARAM]));
    gpu_adam_args(*launch, a);
    gpu_arg_float(*launch, a->weight_decay);
    return RN_OK;
}

static rn_status prepare(rn_kernel *kernel)
{
    const rn_adam_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = add_launch(kernel, "lamb_norms", &launch);
    if (status)
        return status;
    gpu_grid_groups(launch, part_count(kernel), 1, 1);
    status = add_launch(kernel, "lamb", &launch);
    if (status)
        return status;
    gpu_arg_int(launch, a->weight_decay == 0 ? 0 : part_count(kernel)); /* 0: no ratio */
    gpu_grid_items(launch, shape_divide_up(shape_count(kernel->desc.inputs[RN_LAMB_PARAM]), 8));
    return RN_OK;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    rn_operand all[RN_LAMB_N_OPERANDS + 1];
    for (int32_t i = 0; i < RN_LAMB_N_OPERANDS; i++)
        all[i] = operands[i];
    all[RN_LAMB_N_OPERANDS] = workspace;
    rn_status status = gpu_gradients_wait(kernel->context);
    for (int32_t i = 0; i < kernel->n_launches && !status; i++)
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, i), all);
    return status;
}

const gpu_operator gpu_lamb = { .query = query, .prepare = prepare, .run = run };
