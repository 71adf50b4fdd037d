/* lookup.c: images of their bytes, in the layout and type that convolutions want. */
#include "cudnn/cudnn.h"

extern const char GPU_TEXT(lookup)[];

/* As the first convolution wants it (conv2d.c). */
static bool pads(const rn_kernel *kernel)
{
    const rn_tensor_desc *y = kernel->desc.outputs[RN_LOOKUP_Y];
    return y->shape[1] % cudnn_alignment(kernel->context) != 0;
}

static rn_status prepare(rn_kernel *kernel)
{
    const gpu_code code = { { GPU_TEXT(lookup) }, "" };
    const rn_tensor_desc *y = kernel->desc.outputs[RN_LOOKUP_Y];
    const int64_t plane = shape_plane_size(y), pixels = y->shape[0] * plane;
    const int32_t layout = cudnn_layout_of(kernel, RN_AT_LOOKUP_Y);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "lookup", 3, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, pixels);
    gpu_arg_long(launch, plane);
    gpu_arg_int(launch, y->shape[1]);
    gpu_arg_int(launch, cudnn_channels(kernel->context, y, layout));
    gpu_grid_items(launch, pixels);
    return RN_OK;
}

const gpu_operator cudnn_lookup = { .images = 1u << RN_AT_LOOKUP_Y,
                                    .padded = 1u << RN_AT_LOOKUP_Y,
                                    .pads = pads,
                                    .plain = 1u << RN_AT_LOOKUP_X,
                                    .prepare = prepare };
