/* reorder.c: tensors in another layout: plain, or with channels last, padded or not. */
#include <stdio.h>

#include "cudnn/cudnn.h"

extern const char GPU_TEXT(reorder)[];

/* As in reorder.cu. A tile of 16 KB leaves room for 8 blocks on a multiprocessor, and runs of 64
 * elements are whole sectors of 32 bytes on both sides. */
enum { TILE = 4096, TILE_CHANNELS = 64, ELEMENTS = 8 };

/* How a tensor lies in memory. */
typedef struct order {
    bool is_float;    /* else `real` */
    bool is_last;     /* channels vary fastest */
    int64_t channels; /* including padding */
} order;

static order order_of(const rn_kernel *kernel, const rn_tensor_desc *t)
{
    const bool is_row = t->rank != 4;
    return (order){ .is_float = t->layout < RN_LAYOUT_OPAQUE || cudnn_real_bytes(kernel) == 4,
                    .is_last = t->layout != RN_LAYOUT_PLAIN && !is_row,
                    .channels = is_row ? 1 : cudnn_channels(kernel->context, t, t->layout) };
}

static bool is_bytes(const rn_kernel *kernel)
{
    return kernel->desc.inputs[RN_REORDER_X]->dtype == RN_U8;
}

/* True if x and y have the same order of elements, apart from padding. */
static bool is_rows(const rn_kernel *kernel, order x, order y)
{
    const rn_tensor_desc *t = kernel->desc.inputs[RN_REORDER_X];
    return x.is_last == y.is_last || (x.channels == 1 && y.channels == 1) ||
           (t->rank == 4 && t->shape[2] * t->shape[3] == 1);
}

static bool is_copy(const rn_kernel *kernel)
{
    const rn_tensor_desc *from = kernel->desc.inputs[RN_REORDER_X],
                         *to = kernel->desc.outputs[RN_REORDER_Y];
    if (from->layout == to->layout)
        return true;
    const order x = order_of(kernel, from), y = order_of(kernel, to);
    return x.is_float == y.is_float && x.channels == y.channels && is_rows(kernel, x, y);
}

static bool is_known(const rn_kernel *kernel, const rn_tensor_desc *t)
{
    if (t->dtype == RN_U8) /* masks and indices */
        return t->layout == RN_LAYOUT_PLAIN || (t->layout == CUDNN_LAYOUT_IMAGE && t->rank == 4);
    switch (t->layout) {
        case RN_LAYOUT_PLAIN: return t->dtype == RN_F32;
        case RN_LAYOUT_NHWC:
        case CUDNN_LAYOUT_IMAGE:
        case CUDNN_LAYOUT_IMAGE_PADDED:
        case CUDNN_LAYOUT_FILTER:
        case CUDNN_LAYOUT_FILTER_PADDED: return t->dtype == RN_F32 && t->rank == 4;
        default: return t->dtype == RN_F32 && t->layout == CUDNN_LAYOUT_VECTOR && kernel->is_opaque;
    }
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    (void)answer;
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X],
                         *y = kernel->desc.outputs[RN_REORDER_Y];
    if (x->layout == y->layout)
        return RN_OK;
    for (int i = 0; i < 2; i++) {
        const rn_tensor_desc *t = i ? y : x;
        if (!is_known(kernel, t))
            return gpu_host->fail(RN_E_UNSUPPORTED,
                                  "reorder: this backend has no layout %d for "
                                  "tensors of type %d and rank %d",
                                  (int)t->layout, (int)t->dtype, (int)t->rank);
    }
    return RN_OK;
}

static rn_status rows_prepare(rn_kernel *kernel, const gpu_code *code)
{
    const rn_tensor_desc *t = kernel->desc.inputs[RN_REORDER_X];
    const order x = order_of(kernel, t), y = order_of(kernel, kernel->desc.outputs[RN_REORDER_Y]);
    const int64_t n =
        x.channels == y.channels ? shape_count(t) : shape_count(t) / t->shape[1] * y.channels;
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, code, "reorder_rows", 2, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, n);
    gpu_arg_int(launch, x.channels);
    gpu_arg_int(launch, y.channels);
    gpu_grid_items(launch, shape_divide_up(n, ELEMENTS));
    return RN_OK;
}

static uint32_t reciprocal(int64_t divisor)
{
    return (uint32_t)(((UINT64_C(1) << 32) + (uint64_t)divisor - 1) / (uint64_t)divisor);
}

static rn_status tiles_prepare(rn_kernel *kernel, const gpu_code *code)
{
    const rn_tensor_desc *t = kernel->desc.inputs[RN_REORDER_X];
    const order x = order_of(kernel, t), y = order_of(kernel, kernel->desc.outputs[RN_REORDER_Y]);
    const int64_t plane = shape_plane_size(t), padded = x.is_last ? x.channels : y.channels;
    const int64_t channels = y.is_last ? padded : t->shape[1]; /* that are written */
    const int64_t tile_c = channels < TILE_CHANNELS ? channels : TILE_CHANNELS;
    const int64_t tile_p = plane < TILE / tile_c ? plane : TILE / tile_c;
    gpu_launch *launch;
    rn_status status =
        gpu_launch_add(kernel, code, y.is_last ? "reorder_to_last" : "reorder_to_planes", 2,
                       &launch);
    if (status)
        return status;
    gpu_arg_long(launch, plane);
    gpu_arg_int(launch, t->shape[1]);
    gpu_arg_int(launch, padded);
    gpu_arg_int(launch, tile_c);
    gpu_arg_int(launch, tile_p);
    gpu_arg_bytes(launch, &(uint32_t){ reciprocal(tile_c) }, sizeof(uint32_t));
    gpu_arg_bytes(launch, &(uint32_t){ reciprocal(tile_p) }, sizeof(uint32_t));
    gpu_grid_groups(launch,
                    t->shape[0] * shape_divide_up(channels, tile_c) *
                        shape_divide_up(plane, tile_p),
                    1, 1);
    return RN_OK;
}

static rn_status prepare(rn_kernel *kernel)
{
    if (is_copy(kernel))
        return RN_OK;
    const order x = order_of(kernel, kernel->desc.inputs[RN_REORDER_X]);
    const order y = order_of(kernel, kernel->desc.outputs[RN_REORDER_Y]);
    gpu_code code = { { GPU_TEXT(reorder) }, "" };
    if (is_bytes(kernel))
        snprintf(code.options, sizeof code.options, "-DBYTES");
    else
        snprintf(code.options, sizeof code.options, "%s%s", x.is_float ? " -DX_FLOAT" : "",
                 y.is_float ? " -DY_FLOAT" : "");
    return is_rows(kernel, x, y) ? rows_prepare(kernel, &code) : tiles_prepare(kernel, &code);
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    rn_context *context = kernel->context;
    if (kernel->n_launches)
        return gpu_launch_run(context, gpu_launch_at(kernel, 0), operands);
    rn_status status = cudnn_record_begin(context, "copy");
    if (status)
        return status;
    cudaError_t error = cudaMemcpyAsync(cudnn_address(operands[RN_AT_REORDER_Y]),
                                        cudnn_address(operands[RN_AT_REORDER_X]),
                                        (size_t)kernel->desc.inputs[RN_REORDER_X]->size_bytes,
                                        cudaMemcpyDeviceToDevice, context->stream);
    status = cudnn_cuda_check(error, "copy a tensor");
    return status ? status : cudnn_record_end(context);
}

const gpu_operator cudnn_reorder = { .query = query, .prepare = prepare, .run = run };
