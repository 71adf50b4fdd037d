/* conv2d.c: the three operators of convolutions: what each is asked for, and what computes it. */
#include "opencl/conv2d/conv2d.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which operands of a pass are x, the weights and y, in complete places. */
typedef struct places {
    conv2d_pass pass;
    int32_t x, weight, y;
} places;

static places places_of(const char *op)
{
    if (strcmp(op, "conv2d") == 0)
        return (places){ CONV2D_FORWARD, 0, 1, 4 };
    if (strcmp(op, "conv2d_grad_input") == 0)
        return (places){ CONV2D_GRAD_INPUT, 2, 1, 0 };
    return (places){ CONV2D_GRAD_WEIGHT, 0, 2, 1 };
}

opencl_convolution opencl_conv2d_of(const rn_kernel *kernel)
{
    const places at = places_of(kernel->desc.op);
    const rn_tensor_desc *const *t = kernel->described->operands;
    const rn_conv2d_attrs *a = kernel->desc.attrs;
    const shape_image x = shape_of_image(t[at.x]), y = shape_of_image(t[at.y]);
    const bool forward = at.pass == CONV2D_FORWARD;
    return (opencl_convolution){
        .pass = at.pass,
        .n = x.n,
        .c = x.c,
        .h = x.h,
        .w = x.w,
        .k = y.c,
        .r = a->kernel[0],
        .s = a->kernel[1],
        .p = y.h,
        .q = y.w,
        .groups = a->groups,
        .stride = { a->stride[0], a->stride[1] },
        .padding = { a->padding[0], a->padding[1] },
        .dilation = { a->dilation[0], a->dilation[1] },
        .has_bias = forward && t[2],
        .has_z = forward && t[3],
        .relu = forward && (a->epilogue & RN_EPILOGUE_RELU),
        .has_dbias = at.pass == CONV2D_GRAD_WEIGHT && t[3],
    };
}

uint64_t opencl_conv2d_way_bytes(const rn_kernel *kernel, const opencl_way *way,
                                 const opencl_convolution *conv)
{
    uint64_t bytes = way->workspace_bytes ? way->workspace_bytes(kernel, conv) : 0;
    return (bytes + 63) / 64 * 64;
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const opencl_convolution conv = opencl_conv2d_of(kernel);
    if (conv.pass == CONV2D_FORWARD && kernel->desc.outputs[RN_CONV2D_MASK])
        return opencl_host->fail(RN_E_UNSUPPORTED, "conv2d does not make the mask of a relu here");
    const opencl_way *way;
    rn_status status = opencl_conv2d_choose(kernel, &conv, &way);
    if (status)
        return status;
    if (!way)
        return opencl_host->fail(RN_E_UNSUPPORTED, "no way to compute this convolution");
    answer->workspace_bytes = opencl_conv2d_way_bytes(kernel, way, &conv) +
                              (conv.has_dbias ? opencl_conv2d_bias_bytes(kernel, &conv) : 0);
    if (conv.has_z)
        answer->inplace_inputs = 1u << 3;
    snprintf(answer->algorithm, sizeof answer->algorithm, "%s", way->name);
    return RN_OK;
}

/* What the kernel keeps: its way, and the way's own. */
typedef struct conv2d_state {
    const opencl_way *way;
    void *own;
    uint64_t bytes;      /* of the way's workspace */
    int32_t bias_launch; /* the first for the gradient of the bias; 0: none */
} conv2d_state;

static rn_status prepare(rn_kernel *kernel)
{
    const opencl_convolution conv = opencl_conv2d_of(kernel);
    conv2d_state *state = calloc(1, sizeof *state);
    if (!state)
        return opencl_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    kernel->state = state;
    rn_status status = opencl_conv2d_choose(kernel, &conv, &state->way);
    if (status)
        return status;
    state->bytes = opencl_conv2d_way_bytes(kernel, state->way, &conv);
    status = state->way->prepare(kernel, &conv, &state->own);
    if (status || !conv.has_dbias)
        return status;
    state->bias_launch = kernel->n_launches;
    return opencl_conv2d_bias_prepare(kernel, &conv);
}

static void destroy(rn_kernel *kernel)
{
    conv2d_state *state = kernel->state;
    if (!state)
        return;
    free(state->own);
    free(state);
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const conv2d_state *state = kernel->state;
    rn_status status = state->way->run(kernel, state->own, operands, workspace);
    if (status || !state->bias_launch)
        return status;
    const rn_operand dy_dbias[2] = { operands[RN_AT_CONV2D_WEIGHT], operands[RN_AT_CONV2D_Z] };
    return opencl_conv2d_bias_run(kernel, kernel->launches + state->bias_launch, dy_dbias,
                                  opencl_part(workspace, state->bytes));
}

#define CONV2D(op, bits)                                                                           \
    const opencl_operator opencl_##op = {                                                          \
        .images = bits, .query = query, .prepare = prepare, .destroy = destroy, .run = run         \
    }
CONV2D(conv2d, 1 << 0 | 1 << 3 | 1 << 4);
CONV2D(conv2d_grad_input, 1 << 0 | 1 << 2);
CONV2D(conv2d_grad_weight, 1 << 0 | 1 << 1);
