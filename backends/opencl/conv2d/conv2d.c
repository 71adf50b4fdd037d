/* conv2d.c: the operators of convolutions: what each is asked for, and what computes it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/choices.h"
#include "opencl/conv2d/bias.h"
#include "opencl/conv2d/choose.h"

/* A sum is computed as the gradient alone is, so that adding costs nothing; NULL where that cannot
 * add. */
static rn_status choose(const rn_kernel *kernel, const gpu_convolution *conv,
                        const opencl_algorithm **algorithm)
{
    gpu_convolution alone = *conv;
    alone.sums = false;
    rn_status status = opencl_conv2d_choose(kernel, &alone, algorithm);
    if (!status && *algorithm && !(*algorithm)->fits(kernel, conv))
        *algorithm = NULL;
    return status;
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const gpu_convolution conv = gpu_convolution_of(kernel);
    if (conv.pass == CONV2D_FORWARD && kernel->desc.outputs[RN_CONV2D_MASK])
        return gpu_host->fail(RN_E_UNSUPPORTED, "conv2d does not make the mask of a relu here");
    const opencl_algorithm *algorithm;
    rn_status status = choose(kernel, &conv, &algorithm);
    if (status)
        return status;
    if (!algorithm)
        return gpu_host->fail(RN_E_UNSUPPORTED, "no algorithm computes this convolution");
    answer->workspace_bytes = opencl_algorithm_bytes(kernel, algorithm, &conv) +
                              (conv.has_dbias ? opencl_conv2d_bias_bytes(kernel, &conv) : 0);
    if (conv.has_z)
        answer->inplace_inputs = 1u << 3;
    snprintf(answer->algorithm, sizeof answer->algorithm, "%s", algorithm->name);
    return RN_OK;
}

/* The kernel's state: its algorithm, and what the algorithm keeps. */
typedef struct conv2d_state {
    const opencl_algorithm *algorithm;
    void *prepared;
    uint64_t bytes;      /* of the algorithm's workspace */
    int32_t bias_launch; /* the first for the gradient of the bias; 0: none */
} conv2d_state;

static rn_status prepare(rn_kernel *kernel)
{
    const gpu_convolution conv = gpu_convolution_of(kernel);
    conv2d_state *state = calloc(1, sizeof *state);
    if (!state)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    kernel->state = state;
    rn_status status = choose(kernel, &conv, &state->algorithm);
    choices_keep(kernel->context->choices);
    if (status)
        return status;
    state->bytes = opencl_algorithm_bytes(kernel, state->algorithm, &conv);
    status = state->algorithm->prepare(kernel, &conv, &state->prepared);
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
    free(state->prepared);
    free(state);
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const conv2d_state *state = kernel->state;
    rn_status status = state->algorithm->run(kernel, state->prepared, operands, workspace);
    if (status || !state->bias_launch)
        return status;
    const rn_operand dy_dbias[2] = { operands[RN_AT_CONV2D_GRAD_WEIGHT_DY],
                                     operands[RN_AT_CONV2D_GRAD_WEIGHT_DBIAS] };
    return opencl_conv2d_bias_run(kernel, kernel->launches + state->bias_launch, dy_dbias,
                                  gpu_part(workspace, state->bytes));
}

#define CONV2D(op, bits)                                                                           \
    const gpu_operator opencl_##op = {                                                             \
        .images = bits, .query = query, .prepare = prepare, .destroy = destroy, .run = run         \
    }
CONV2D(conv2d, 1u << RN_AT_CONV2D_X | 1u << RN_AT_CONV2D_Z | 1u << RN_AT_CONV2D_Y);
CONV2D(conv2d_grad_input, 1u << RN_AT_CONV2D_GRAD_INPUT_DY | 1u << RN_AT_CONV2D_GRAD_INPUT_DX);
CONV2D(conv2d_grad_input_sum, 1u << RN_AT_CONV2D_GRAD_INPUT_SUM_DY |
                                  1u << RN_AT_CONV2D_GRAD_INPUT_SUM_Z |
                                  1u << RN_AT_CONV2D_GRAD_INPUT_SUM_DX);
CONV2D(conv2d_grad_weight, 1u << RN_AT_CONV2D_GRAD_WEIGHT_X | 1u << RN_AT_CONV2D_GRAD_WEIGHT_DY);
