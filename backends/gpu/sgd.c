/* sgd.c: one step of stochastic gradient descent in place. */
#include "gpu/joint.h"
#include "gpu/operators.h"
#include "gpu/update.h"

extern const char GPU_TEXT(sgd)[];

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    (void)answer;
    return gpu_momentum_check(kernel, a->momentum, RN_SGD_VELOCITY);
}

static rn_status prepare(rn_kernel *kernel)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = gpu_joint_begin(kernel, GPU_TEXT(sgd), "sgd", &launch);
    if (status)
        return status;
    gpu_arg_float(launch, a->momentum);
    gpu_arg_int(launch, a->nesterov);
    gpu_joint_end(launch);
    return RN_OK;
}

static const gpu_joint_form FORM = { RN_SGD_VELOCITY + 1, sizeof(rn_sgd_attrs),
                                     offsetof(rn_sgd_attrs, weight_decay) };
const gpu_operator gpu_sgd = { .joint = &FORM, .query = query, .prepare = prepare };
