/* concat.c: the launches that join or split images along the channels. */
#include "gpu/concat.h"

#include "opencl/opencl.h"

extern const char GPU_TEXT(concat)[];

/* Elements of one image. */
static int64_t row_of(const rn_tensor_desc *t)
{
    return shape_product(t, 1, t->rank);
}

rn_status gpu_concat_add(rn_kernel *kernel, const rn_tensor_desc *whole,
                         const rn_tensor_desc *const *parts, int32_t n_parts)
{
    const gpu_code code = { { GPU_TEXT(concat) }, "" };
    int64_t first = 0;
    for (int32_t i = 0; i < n_parts; i++) {
        gpu_launch *launch;
        rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
        if (status)
            return status;
        gpu_arg_int(launch, shape_count(parts[i]));
        gpu_arg_int(launch, row_of(parts[i]));
        gpu_arg_int(launch, row_of(whole));
        gpu_arg_int(launch, first);
        gpu_grid_items(launch, shape_count(parts[i]));
        first += row_of(parts[i]);
    }
    return RN_OK;
}
