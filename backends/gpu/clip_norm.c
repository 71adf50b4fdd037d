/* clip_norm.c: limits the norm of all gradients, by the factor that divides them. */
#include "gpu/operators.h"
#include "gpu/update.h"

extern const char GPU_TEXT(clip_norm)[];

static rn_status prepare(rn_kernel *kernel)
{
    const rn_clip_attrs *a = kernel->desc.attrs;
    const gpu_code code = gpu_update_code(GPU_TEXT(clip_norm), NULL, NULL, NULL);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "clip_norm", RN_CLIP_NORM_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_float(launch, a->limit);
    gpu_grid_groups(launch, 1, 1, 1);
    return RN_OK;
}

const gpu_operator gpu_clip_norm = { .prepare = prepare };
