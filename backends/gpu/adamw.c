/* adamw.c: one step of Adam with decoupled weight decay in place. */
#include "gpu/adam.h"
#include "gpu/joint.h"
#include "gpu/operators.h"

static rn_status prepare(rn_kernel *kernel)
{
    const rn_adam_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = gpu_joint_begin(kernel, GPU_TEXT(adamw), "adamw", &launch);
    if (status)
        return status;
    gpu_adam_args(launch, a);
    gpu_joint_end(launch);
    return RN_OK;
}

static const gpu_joint_form FORM = { RN_ADAMW_SQUARE + 1, sizeof(rn_adam_attrs),
                                     offsetof(rn_adam_attrs, weight_decay) };
const gpu_operator gpu_adamw = { .joint = &FORM, .prepare = prepare };
