/* concat.c: the launches that join images along the channels, or split them. */
#include "gpu/concat.h"

#include "cudnn/vector.h"

extern const char GPU_TEXT(concat)[];

/* Elements of a tensor that are contiguous in the whole: a pixel's channels, or a plain image. */
static int64_t row_of(const rn_kernel *kernel, const rn_tensor_desc *t)
{
    return kernel->is_opaque ? t->shape[1] : shape_product(t, 1, t->rank);
}

/* 8 if every part's rows are a multiple of 8, else 1. */
static int32_t vector_of(const rn_kernel *kernel, const rn_tensor_desc *const *parts,
                         int32_t n_parts)
{
    int64_t together = 0;
    for (int32_t i = 0; i < n_parts; i++)
        together |= row_of(kernel, parts[i]);
    return together % 8 == 0 ? 8 : 1;
}

rn_status gpu_concat_add(rn_kernel *kernel, const rn_tensor_desc *whole,
                         const rn_tensor_desc *const *parts, int32_t n_parts)
{
    const int32_t vector = vector_of(kernel, parts, n_parts);
    gpu_code code = { { GPU_TEXT(concat) }, "" };
    int64_t first = 0;
    cudnn_vector_option(vector, &code);
    for (int32_t i = 0; i < n_parts; i++) {
        const int64_t items = shape_count(parts[i]) / vector;
        gpu_launch *launch;
        rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
        if (status)
            return status;
        gpu_arg_int(launch, items);
        gpu_arg_int(launch, row_of(kernel, parts[i]) / vector);
        gpu_arg_long(launch, row_of(kernel, whole) / vector);
        gpu_arg_long(launch, first / vector);
        gpu_grid_items(launch, items);
        first += row_of(kernel, parts[i]);
    }
    return RN_OK;
}
