/* conv2d.c: the operators of convolutions, by cuDNN, with an explicit border of zeros if padding
 * differs between the sides, and with kernels for the gradient of the bias. Sums are accumulated in
 * float; results, including the gradient of the weight, are rounded to `real`. */
#include <stdlib.h>
#include <string.h>

#include "base/choices.h"
#include "cudnn/conv2d/bias.h"
#include "cudnn/conv2d/choose.h"
#include "cudnn/conv2d/descs.h"
#include "cudnn/conv2d/library.h"
#include "cudnn/conv2d/text.h"

extern const char GPU_TEXT(conv2d_pad)[];

/* Pads the channels of x for the tensor cores, as in stems. */
static bool pads(const rn_kernel *kernel)
{
    const rn_conv2d_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *x = gpu_kernel_operand(kernel, conv2d_operands_of(kernel->desc.op).x);
    return a->groups == 1 && x->shape[1] % cudnn_alignment(kernel->context) != 0;
}

static cudnnDataType_t type_of(const rn_kernel *kernel)
{
    if (cudnn_real_bytes(kernel) == 4)
        return CUDNN_DATA_FLOAT;
    return kernel->context->precision == RN_PRECISION_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_HALF;
}

/* cuDNN pads both sides equally. If they differ, it gets exactly the pixels that the windows see.
 */
static void border_set(cudnn_convolution *conv)
{
    const int64_t x[2] = { conv->shape.h, conv->shape.w }, y[2] = { conv->shape.p, conv->shape.q };
    const int64_t kernel[2] = { conv->shape.r, conv->shape.s };
    for (int i = 0; i < 2; i++) {
        const int64_t window = (kernel[i] - 1) * conv->shape.dilation[i] + 1;
        const int64_t room = x[i] + 2 * conv->shape.padding[i] - window;
        conv->has_border |= room < 0 || room / conv->shape.stride[i] + 1 != y[i];
        conv->bordered[i] = (y[i] - 1) * conv->shape.stride[i] + window;
    }
    if (!conv->has_border)
        memcpy(conv->bordered, x, sizeof x);
}

static cudnn_convolution convolution_of(const rn_kernel *kernel)
{
    cudnn_convolution conv = {
        .context = kernel->context,
        .shape = gpu_convolution_of(kernel),
        .type = type_of(kernel),
        .format = kernel->is_opaque ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW,
    };
    const int32_t x = conv.shape.at.x;
    conv.op = conv.shape.sums ? "conv2d_grad_input" : kernel->desc.op;
    conv.shape.c =
        cudnn_channels(kernel->context, gpu_kernel_operand(kernel, x), cudnn_layout_of(kernel, x));
    border_set(&conv);
    return conv;
}

/* The workspace: the bordered x, cuDNN's workspace, then the partial sums of the bias gradient. */
static uint64_t border_bytes(const cudnn_convolution *conv)
{
    return conv->has_border ? cudnn_bytes((int64_t)cudnn_conv2d_x_bytes(conv), 1) : 0;
}

/* The border and cuDNN's workspace. */
static uint64_t call_bytes(const cudnn_convolution *conv, const cudnn_plan *plan)
{
    return border_bytes(conv) + cudnn_bytes((int64_t)plan->workspace_bytes, 1);
}

/* Is the gradient computed where z is, and as z is stored? */
static bool sums_gain(const rn_kernel *kernel, const cudnn_convolution *conv)
{
    return !conv->has_border &&
           conv->shape.c == gpu_kernel_operand(kernel, conv->shape.at.x)->shape[1];
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    cudnn_convolution conv = convolution_of(kernel);
    cudnn_plan plan;
    if (conv.shape.pass == CONV2D_FORWARD && kernel->desc.outputs[RN_CONV2D_MASK])
        return gpu_host->fail(RN_E_UNSUPPORTED, "conv2d does not make the mask of a relu here");
    if (conv.shape.sums && !sums_gain(kernel, &conv))
        return gpu_host->fail(RN_E_UNSUPPORTED, "gradients with a border or with padded channels "
                                                "are added after they are copied");
    rn_status status = cudnn_descs_make(&conv);
    if (!status)
        status = cudnn_conv2d_choose(&conv, &plan);
    cudnn_descs_free(&conv);
    if (status)
        return status;
    answer->workspace_bytes = call_bytes(&conv, &plan);
    if (conv.shape.has_dbias)
        answer->workspace_bytes += cudnn_conv2d_bias_bytes(kernel, &conv);
    if (conv.shape.has_z)
        answer->inplace_inputs = 1u << RN_CONV2D_Z;
    answer->deterministic = plan.deterministic;
    cudnn_plan_text(&conv, &plan, answer->algorithm);
    return RN_OK;
}

/* The kernel's state. */
typedef struct conv2d_state {
    cudnn_convolution conv;
    cudnn_plan plan;
    rn_buffer *no_bias;  /* zeros for an epilogue without a bias, or NULL */
    int32_t bias_launch; /* the first launch for the gradient of the bias */
} conv2d_state;

/* Adds the launch that copies x into its border, or dx out of it. It copies rows of planes, or,
 * with channels last, rows of images. */
static rn_status border_prepare(rn_kernel *kernel, const cudnn_convolution *conv)
{
    const gpu_code code = { { GPU_TEXT(conv2d_pad) }, "" };
    const bool back = conv->shape.pass == CONV2D_GRAD_INPUT;
    const int64_t planes = kernel->is_opaque ? conv->shape.n : conv->shape.n * conv->shape.c;
    const int64_t unit = kernel->is_opaque ? conv->shape.c : 1;
    const int64_t from[2] = { back ? conv->bordered[0] : conv->shape.h,
                              (back ? conv->bordered[1] : conv->shape.w) * unit };
    const int64_t to[2] = { back ? conv->shape.h : conv->bordered[0],
                            (back ? conv->shape.w : conv->bordered[1]) * unit };
    const int64_t sign = back ? -1 : 1;
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "pad", 2, &launch);
    if (status)
        return status;
    for (int i = 0; i < 2; i++) {
        gpu_arg_int(launch, from[i]);
        gpu_arg_int(launch, to[i]);
    }
    gpu_arg_int(launch, sign * conv->shape.padding[0]);
    gpu_arg_int(launch, sign * conv->shape.padding[1] * unit);
    gpu_grid_groups(launch, planes * to[0], 1, 1);
    return RN_OK;
}

static rn_status no_bias_make(const cudnn_convolution *conv, rn_buffer **buffer)
{
    const uint64_t bytes = cudnn_bytes(conv->shape.k, 4);
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
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    kernel->state = state;
    cudnn_convolution *conv = &state->conv;
    *conv = convolution_of(kernel);
    rn_status status = cudnn_descs_make(conv);
    if (!status)
        status = cudnn_conv2d_choose(conv, &state->plan);
    choices_keep(kernel->context->choices);
    if (!status && conv->has_border)
        status = border_prepare(kernel, conv);
    if (!status && cudnn_conv2d_is_fused(conv) && !conv->shape.has_bias)
        status = no_bias_make(conv, &state->no_bias);
    state->bias_launch = kernel->n_launches;
    if (!status && conv->shape.has_dbias)
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

static cudnn_pointers pointers_of(const rn_kernel *kernel, const rn_operand *operands,
                                  rn_operand workspace)
{
    const conv2d_state *state = kernel->state;
    const conv2d_operands at = state->conv.shape.at;
    cudnn_pointers pointers = { .x = cudnn_address(operands[at.x]),
                                .weight = cudnn_address(operands[at.weight]),
                                .y = cudnn_address(operands[at.y]) };
    if (state->conv.shape.pass == CONV2D_FORWARD) {
        pointers.bias = cudnn_address(state->no_bias ? (rn_operand){ state->no_bias, 0 }
                                                     : operands[RN_AT_CONV2D_BIAS]);
        pointers.z = cudnn_address(operands[RN_AT_CONV2D_Z]);
    }
    if (state->conv.has_border)
        pointers.x = cudnn_address(workspace);
    if (state->plan.workspace_bytes)
        pointers.workspace = cudnn_address(gpu_part(workspace, border_bytes(&state->conv)));
    return pointers;
}

static rn_status call(const conv2d_state *state, const cudnn_pointers *pointers)
{
    const cudnn_convolution *conv = &state->conv;
    rn_status status = cudnn_record_begin(conv->context, cudnn_plan_name(conv, &state->plan));
    if (status)
        return status;
    status = cudnn_dnn_check(cudnn_conv2d_call(conv, &state->plan, pointers), "run a convolution");
    return status ? status : cudnn_record_end(conv->context);
}

/* cuDNN adds to what is in dx. Where the core had to keep z, it is copied there. */
static rn_status z_copy(const cudnn_convolution *conv, rn_operand z, rn_operand dx)
{
    if (z.buffer == dx.buffer && z.offset_bytes == dx.offset_bytes)
        return RN_OK;
    return cudnn_cuda_check(cudaMemcpyAsync(cudnn_address(dx), cudnn_address(z),
                                            (size_t)cudnn_conv2d_x_bytes(conv),
                                            cudaMemcpyDeviceToDevice, conv->context->stream),
                            "copy a gradient");
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const conv2d_state *state = kernel->state;
    const cudnn_convolution *conv = &state->conv;
    const cudnn_pointers pointers = pointers_of(kernel, operands, workspace);
    const rn_operand x = operands[conv->shape.at.x];
    const rn_operand there[2] = { x, workspace }, back[2] = { workspace, x };
    rn_status status = RN_OK;
    if (conv->has_border && conv->shape.pass != CONV2D_GRAD_INPUT)
        status = gpu_launch_run(kernel->context, &kernel->launches[0], there);
    if (conv->shape.sums)
        status = z_copy(conv, operands[conv->shape.at.z], x);
    if (!status)
        status = call(state, &pointers);
    if (!status && conv->has_border && conv->shape.pass == CONV2D_GRAD_INPUT)
        status = gpu_launch_run(kernel->context, &kernel->launches[0], back);
    if (status || !conv->shape.has_dbias)
        return status;
    const rn_operand dy_dbias[2] = { operands[RN_AT_CONV2D_GRAD_WEIGHT_DY],
                                     operands[RN_AT_CONV2D_GRAD_WEIGHT_DBIAS] };
    return cudnn_conv2d_bias_run(kernel, kernel->launches + state->bias_launch, dy_dbias,
                                 gpu_part(workspace, call_bytes(conv, &state->plan)));
}

#define CALLS .pads = pads, .query = query, .prepare = prepare, .destroy = destroy, .run = run
const gpu_operator cudnn_conv2d = { .images = 1u << RN_AT_CONV2D_X | 1u << RN_AT_CONV2D_Z |
                                              1u << RN_AT_CONV2D_Y,
                                    .filters = 1u << RN_AT_CONV2D_WEIGHT,
                                    .vectors = 1u << RN_AT_CONV2D_BIAS,
                                    .padded = 1u << RN_AT_CONV2D_X | 1u << RN_AT_CONV2D_WEIGHT,
                                    CALLS };
const gpu_operator cudnn_conv2d_grad_input = {
    .images = 1u << RN_AT_CONV2D_GRAD_INPUT_DY | 1u << RN_AT_CONV2D_GRAD_INPUT_DX,
    .filters = 1u << RN_AT_CONV2D_GRAD_INPUT_WEIGHT,
    .padded = 1u << RN_AT_CONV2D_GRAD_INPUT_WEIGHT | 1u << RN_AT_CONV2D_GRAD_INPUT_DX,
    CALLS
};
const gpu_operator cudnn_conv2d_grad_input_sum = {
    .images = 1u << RN_AT_CONV2D_GRAD_INPUT_SUM_DY | 1u << RN_AT_CONV2D_GRAD_INPUT_SUM_Z |
              1u << RN_AT_CONV2D_GRAD_INPUT_SUM_DX,
    .filters = 1u << RN_AT_CONV2D_GRAD_INPUT_SUM_WEIGHT,
    .padded = 1u << RN_AT_CONV2D_GRAD_INPUT_SUM_WEIGHT | 1u << RN_AT_CONV2D_GRAD_INPUT_SUM_Z |
              1u << RN_AT_CONV2D_GRAD_INPUT_SUM_DX,
    CALLS
};
const gpu_operator cudnn_conv2d_grad_weight = {
    .images = 1u << RN_AT_CONV2D_GRAD_WEIGHT_X | 1u << RN_AT_CONV2D_GRAD_WEIGHT_DY,
    .filters = 1u << RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT,
    .padded = 1u << RN_AT_CONV2D_GRAD_WEIGHT_X | 1u << RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT,
    CALLS
};
