/* launch.c: arguments that are the same for all backends on GPUs. */
#include "gpu/launch.h"

void gpu_arg_long(gpu_launch *launch, int64_t value)
{
    gpu_arg_bytes(launch, &value, sizeof value);
}

void gpu_arg_float(gpu_launch *launch, double value)
{
    float single = (float)value;
    gpu_arg_bytes(launch, &single, sizeof single);
}
