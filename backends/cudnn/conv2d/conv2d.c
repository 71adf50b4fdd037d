/* conv2d.c: the three operators of convolutions: cuDNN's, with a border of zeros where padding is
 * not the same on both sides, and with sums for the gradient of the bias. Sums are made in float;
 * results, the gradient of weights among them, are rounded to `real`. */
#include "cudnn/conv2d/conv2d.h"

#include <stdlib.h>
#include <string.h>

extern const char CUDNN_TEXT(pad)[];

/* Which operands of a pass are x, the weights and y, in complete places. */
typedef struct operands_at {
    conv2d_pass pass;
    int32_t x, weight, y;
} operands_at;

static operands_at operands_of(const rn_kernel *kernel)
{
    if (strcmp(kernel->desc.op, "conv2d") == 0)
        return (operands_at){ CONV2D_FORWARD, 0, 1, 4 };
    if (strcmp(kernel->desc.op, "conv2d_grad_input") == 0)
        return (operands_at){ CONV2D_GRAD_INPUT, 2, 1, 0 };
    return (operands_at){ CONV2D_GRAD_WEIGHT, 0, 2, 1 };
}

/* Channels of stems are padded for the tensor cores. */
static bool pads(const rn_kernel *kernel)
{
    const rn_conv2d_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *x = kernel->described->operands[operands_of(kernel).x];
    return a->groups == 1 && x->shape[1] % cudnn_alignment(kernel->context) != 0;
}

static cudnnDataType_t type_of(const rn_kernel *kernel)
{
    if (cudnn_real_bytes(kernel) == 4)
        return CUDNN_DATA_FLOAT;
    return kernel->context->precision == RN_PRECISION_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_HALF;
}

/* cuDNN pads both sides alike. Otherwise it gets exactly the pixels that the windows see. */
static void border_set(cudnn_convolution *conv)
{
    const int64_t x[2] = { conv->h, conv->w }, y[2] = { conv->p, conv->q };
    const int64_t kernel[2] = { conv->r, conv->s };
    for (int i = 0; i < 2; i++) {
        const int64_t window = (kernel[i] - 1) * conv->dilation[i] + 1;
        const int64_t room = x[i] + 2 * conv->padding[i] - window;
        conv->has_border |= room < 0 || room / conv->stride[i] + 1 != y[i];
        conv->bordered[i] = (y[i] - 1) * conv->stride[i] + window;
    }
    if (!conv->has_border)
        memcpy(conv->bordered, x, sizeof x);
}

static cudnn_convolution convolution_of(const rn_kernel *kernel)
{
    const operands_at at = operands_of(kernel);
    const rn_tensor_desc *const *t = kernel->described->operands;
    const rn_conv2d_attrs *a = kernel->desc.attrs;
    const shape_image x = shape_of_image(t[at.x]), y = shape_of_image(t[at.y]);
    const bool forward = at.pass == CONV2D_FORWARD;
    cudnn_convolution conv = {
        .context = kernel->context,
        .op = kernel->desc.op,
        .pass = at.pass,
        .n = x.n,
        .c = cudnn_channels(kernel->context, t[at.x], cudnn_layout_of(kernel, at.x)),
        .h = x.h,
        .w = x.w,
        .k = y.c,
        .r = a->kernel[0],
        .s = a->kernel[1],
        .p = y.h,
        .q = y.w,
        .groups = a->groups,
        .stride = { a->stride[0], a->stride[1] },
        .dilation = { a->dilation[0], a->dilation[1] },
        .padding = { a->padding[0], a->padding[1] },
        .has_bias = forward && t[2],
        .has_z = forward && t[3],
        .relu = forward && (a->epilogue & RN_EPILOGUE_RELU),
        .has_dbias = at.pass == CONV2D_GRAD_WEIGHT && t[3],
        .type = type_of(kernel),
        .format = kernel->is_nhwc ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW,
    };
    border_set(&conv);
    return conv;
}

/* The workspace: the bordered x, cuDNN's, and that for the gradient of the bias. */
static uint64_t border_bytes(const cudnn_convolution *conv)
{
    return conv->has_border ? cudnn_bytes((int64_t)cudnn_conv2d_x_bytes(conv), 1) : 0;
}

static uint64_t own_bytes(const cudnn_convolution *conv, const cudnn_way *way)
{
    return border_bytes(conv) + cudnn_bytes((int64_t)way->workspace_bytes, 1);
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    cudnn_convolution conv = convolution_of(kernel);
    cudnn_way way;
    if (conv.pass == CONV2D_FORWARD && kernel->desc.outputs[RN_CONV2D_MASK])
        return cudnn_host->fail(RN_E_UNSUPPORTED, "conv2d does not make the mask of a relu here");
    rn_status status = cudnn_descs_make(&conv);
    if (!status)
        status = cudnn_conv2d_choose(&conv, &way);
    cudnn_descs_free(&conv);
    if (status)
        return status;
    answer->workspace_bytes = own_bytes(&conv, &way);
    if (conv.has_dbias)
        answer->workspace_bytes += cudnn_conv2d_bias_bytes(kernel, &conv);
    if (conv.has_z)
        answer->inplace_inputs = 1u << 3;
    answer->deterministic = way.deterministic;
    cudnn_way_text(&conv, &way, answer->algorithm);
    return RN_OK;
}

/* What the kernel keeps. */
typedef struct conv2d_state {
    cudnn_convolution conv;
    cudnn_way way;
    rn_buffer *no_bias;  /* zeros for an epilogue that has no bias; or NULL */
    int32_t bias_launch; /* the first for the gradient of the bias */
} conv2d_state;

/* The launch that makes the bordered x, or gets dx out of it. A row is one of a plane, or with
 * channels last one of an image. */
static rn_status border_prepare(rn_kernel *kernel, const cudnn_convolution *conv)
{
    const cudnn_code code = { { CUDNN_TEXT(pad) }, "" };
    const bool back = conv->pass == CONV2D_GRAD_INPUT;
    const int64_t planes = kernel->is_nhwc ? conv->n : conv->n * conv->c;
    const int64_t unit = kernel->is_nhwc ? conv->c : 1;
    const int64_t from[2] = { back ? conv->bordered[0] : conv->h,
                              (back ? conv->bordered[1] : conv->w) * unit };
    const int64_t to[2] = { back ? conv->h : conv->bordered[0],
                            (back ? conv->w : conv->bordered[1]) * unit };
    const int64_t sign = back ? -1 : 1;
    cudnn_launch *launch;
    rn_status status = cudnn_launch_add(kernel, &code, "pad", 2, &launch);
    if (status)
        return status;
    for (int i = 0; i < 2; i++) {
        cudnn_arg_int(launch, from[i]);
        cudnn_arg_int(launch, to[i]);
    }
    cudnn_arg_int(launch, sign * conv->padding[0]);
    cudnn_arg_int(launch, sign * conv->padding[1] * unit);
    cudnn_grid_groups(launch, planes * to[0], 1, 1);
    return RN_OK;
}

static rn_status no_bias_make(const cudnn_convolution *conv, rn_buffer **buffer)
{
    const uint64_t bytes = cudnn_bytes(conv->k, 4);
    rn_status status = cudnn_buffer_create(conv->context, bytes, buffer);
    if (status)
        return status;
    return cudnn_cuda_check(cudaMemsetAsync(cudnn_address((rn_operand){ *buffer, 0 }), 0,
                                            (size_t)bytes, conv->context->stream),
                            "fill memory");
}

static rn_status prepare(rn_kernel *kernel)
{
    conv2d_state *state = calloc(1, sizeof *state);
    if (!state)
        return cudnn_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    kernel->state = state;
    cudnn_convolution *conv = &state->conv;
    *conv = convolution_of(kernel);
    rn_status status = cudnn_descs_make(conv);
    if (!status)
        status = cudnn_conv2d_choose(conv, &state->way);
    if (!status && conv->has_border)
        status = border_prepare(kernel, conv);
    if (!status && cudnn_conv2d_is_fused(conv) && !conv->has_bias)
        status = no_bias_make(conv, &state->no_bias);
    state->bias_launch = kernel->n_launches;
    if (!status && conv->has_dbias)
        status = cudnn_conv2d_bias_prepare(kernel, conv);
    return status;
}

static void destroy(rn_kernel *kernel)
{
    conv2d_state *state = kernel->state;
    if (!state)
        return;
    cudnn_descs_free(&state->conv);
    cudnn_buffer_destroy(kernel->context, state->no_bias);
    free(state);
}

static cudnn_places places_of(const rn_kernel *kernel, const rn_operand *operands,
                              rn_operand workspace)
{
    const conv2d_state *state = kernel->state;
    const operands_at at = operands_of(kernel);
    const bool forward = at.pass == CONV2D_FORWARD;
    cudnn_places places = { .x = cudnn_address(operands[at.x]),
                            .weight = cudnn_address(operands[at.weight]),
                            .y = cudnn_address(operands[at.y]) };
    if (forward) {
        places.bias = cudnn_address(state->no_bias ? (rn_operand){ state->no_bias, 0 }
                                                   : operands[RN_AT_CONV2D_BIAS]);
        places.z = cudnn_address(operands[RN_AT_CONV2D_Z]);
    }
    if (state->conv.has_border)
        places.x = cudnn_address(workspace);
    if (state->way.workspace_bytes)
        places.workspace = cudnn_address(cudnn_part(workspace, border_bytes(&state->conv)));
    return places;
}

static rn_status call(const conv2d_state *state, const cudnn_places *places)
{
    const cudnn_convolution *conv = &state->conv;
    rn_status status =
        cudnn_record_begin(conv->context, cudnn_algorithm_name(conv->pass, state->way.algorithm));
    if (status)
        return status;
    status = cudnn_dnn_check(cudnn_conv2d_call(conv, &state->way, places), "run a convolution");
    return status ? status : cudnn_record_end(conv->context);
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const conv2d_state *state = kernel->state;
    const cudnn_convolution *conv = &state->conv;
    const cudnn_places places = places_of(kernel, operands, workspace);
    const rn_operand x = operands[operands_of(kernel).x];
    const rn_operand there[2] = { x, workspace }, back[2] = { workspace, x };
    rn_status status = RN_OK;
    if (conv->has_border && conv->pass != CONV2D_GRAD_INPUT)
        status = cudnn_launch_run(kernel->context, &kernel->launches[0], there);
    if (!status)
        status = call(state, &places);
    if (!status && conv->has_border && conv->pass == CONV2D_GRAD_INPUT)
        status = cudnn_launch_run(kernel->context, &kernel->launches[0], back);
    if (status || !conv->has_dbias)
        return status;
    const rn_operand dy_dbias[2] = { operands[RN_AT_CONV2D_WEIGHT], operands[RN_AT_CONV2D_Z] };
    return cudnn_conv2d_bias_run(kernel, kernel->launches + state->bias_launch, dy_dbias,
                                 cudnn_part(workspace, own_bytes(conv, &state->way)));
}

#define CALLS .pads = pads, .query = query, .prepare = prepare, .destroy = destroy, .run = run
const cudnn_operator cudnn_conv2d = { .images = 1 << 0 | 1 << 3 | 1 << 4,
                                      .filters = 1 << 1,
                                      .vectors = 1 << 2,
                                      .padded = 1 << 0 | 1 << 1,
                                      CALLS };
const cudnn_operator cudnn_conv2d_grad_input = {
    .images = 1 << 0 | 1 << 2, .filters = 1 << 1, .padded = 1 << 1 | 1 << 2, CALLS
};
const cudnn_operator cudnn_conv2d_grad_weight = {
    .images = 1 << 0 | 1 << 1, .filters = 1 << 2, .padded = 1 << 0 | 1 << 2, CALLS
};
