/* clip_value.c: limits each element of a gradient in place. */
#include "gpu/joint.h"
#include "gpu/operators.h"

extern const char GPU_TEXT(clip_value)[];

static rn_status prepare(rn_kernel *kernel)
{
    const rn_clip_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = gpu_joint_begin(kernel, GPU_TEXT(clip_value), "clip_value", &launch);
    if (status)
        return status;
    gpu_arg_float(launch, a->limit);
    gpu_joint_end(launch);
    return RN_OK;
}

static const gpu_joint_form FORM = { RN_CLIP_VALUE_GRADIENT + 1, sizeof(rn_clip_attrs), 0 };
const gpu_operator gpu_clip_value = { .joint = &FORM, .prepare = prepare };
