/* blend.c: moves a tensor towards another in place. */
#include "gpu/joint.h"
#include "gpu/operators.h"

extern const char GPU_TEXT(blend)[];

static rn_status prepare(rn_kernel *kernel)
{
    gpu_launch *launch;
    rn_status status = gpu_joint_begin(kernel, GPU_TEXT(blend), "blend", &launch);
    if (!status)
        gpu_joint_end(launch);
    return status;
}

static const gpu_joint_form FORM = { .slots = RN_BLEND_SOURCE + 1 };
const gpu_operator gpu_blend = { .joint = &FORM, .prepare = prepare };
