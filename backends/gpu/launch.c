/* launch.c: the part of launches that all backends on GPUs share. */
#include "gpu/launch.h"

#include <stdlib.h>

#include "gpu/kernel.h"

rn_status gpu_launches_reserve(rn_kernel *kernel, size_t launch_bytes)
{
    if (kernel->n_launches == GPU_MAX_LAUNCHES)
        return gpu_host->fail(RN_E_PLUGIN, "%s has more than %d launches", kernel->desc.op,
                              GPU_MAX_LAUNCHES);
    if (!kernel->launches)
        kernel->launches = calloc(GPU_MAX_LAUNCHES, launch_bytes);
    if (!kernel->launches)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    return RN_OK;
}

void gpu_arg_long(gpu_launch *launch, int64_t value)
{
    gpu_arg_bytes(launch, &value, sizeof value);
}

void gpu_arg_float(gpu_launch *launch, double value)
{
    float single = (float)value;
    gpu_arg_bytes(launch, &single, sizeof single);
}
