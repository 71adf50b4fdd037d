/* sgd.c: one in-place step of stochastic gradient descent. */
#include "cudnn/cudnn.h"

extern const char GPU_TEXT(finite)[], GPU_TEXT(sgd)[];

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    (void)answer;
    if (a->momentum != 0 && !kernel->desc.inputs[RN_SGD_VELOCITY])
        return gpu_host->fail(RN_E_UNSUPPORTED, "sgd: momentum is %g, but the velocity is missing",
                              a->momentum);
    return RN_OK;
}

/* All parameters share one program; they differ only in arguments. */
static rn_status prepare(rn_kernel *kernel)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    const gpu_code code = { { GPU_TEXT(finite), GPU_TEXT(sgd) }, "" };
    const int64_t n = shape_count(kernel->desc.inputs[RN_SGD_PARAM]);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "sgd", RN_SGD_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, n);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_float(launch, a->weight_decay);
    gpu_arg_int(launch, a->nesterov);
    gpu_grid_items(launch, shape_divide_up(n, 8));
    return RN_OK;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    rn_status status = cudnn_ranks_join(kernel->context);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), operands);
}

const gpu_operator cudnn_sgd = { .query = query, .prepare = prepare, .run = run };
