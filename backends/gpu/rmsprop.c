/* rmsprop.c: one step of TensorFlow's RMSprop in place. */
#include "gpu/joint.h"
#include "gpu/operators.h"
#include "gpu/update.h"

extern const char GPU_TEXT(rmsprop)[];

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_rmsprop_attrs *a = kernel->desc.attrs;
    (void)answer;
    return gpu_momentum_check(kernel, a->momentum, RN_RMSPROP_VELOCITY);
}

static rn_status prepare(rn_kernel *kernel)
{
    const rn_rmsprop_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = gpu_joint_begin(kernel, GPU_TEXT(rmsprop), "rmsprop", &launch);
    if (status)
        return status;
    gpu_arg_float(launch, 1 - a->decay);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_float(launch, a->epsilon);
    gpu_joint_end(launch);
    return RN_OK;
}

static const gpu_joint_form FORM = { RN_RMSPROP_VELOCITY + 1, sizeof(rn_rmsprop_attrs),
                                     offsetof(rn_rmsprop_attrs, weight_decay) };
const gpu_operator gpu_rmsprop = { .joint = &FORM, .query = query, .prepare = prepare };
