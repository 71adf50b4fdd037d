/* own_prelu.h: prelu and its gradient, in C and for devices. */
#ifndef RN_TESTS_OWN_PRELU_H
#define RN_TESTS_OWN_PRELU_H

#include "own.h"

/* Each group sums a channel's part of dweight. */
static const char PRELU_CL[] =
    "__kernel void prelu(__global const float *x, __global const float *weight,\n"
    "                    __global float *y, const int n, const int channels, const int plane)\n"
    "{\n"
    "    int i = get_global_id(0);\n"
    "    if (i < n)\n"
    "        y[i] = x[i] > 0 ? x[i] : x[i] * weight[i / plane % channels];\n"
    "}\n"
    "__kernel void prelu_grad(__global const float *dy, __global const float *x,\n"
    "                         __global const float *weight, __global float *dx,\n"
    "                         __global float *dweight, const int samples, const int channels,\n"
    "                         const int plane, __local float *sums)\n"
    "{\n"
    "    int c = get_group_id(0), lane = get_local_id(0);\n"
    "    float sum = 0;\n"
    "    for (int k = lane; k < samples * plane; k += 64) {\n"
    "        int i = (k / plane * channels + c) * plane + k % plane;\n"
    "        dx[i] = x[i] > 0 ? dy[i] : dy[i] * weight[c];\n"
    "        sum += x[i] > 0 ? 0 : dy[i] * x[i];\n"
    "    }\n"
    "    sums[lane] = sum;\n"
    "    barrier(CLK_LOCAL_MEM_FENCE);\n"
    "    for (int below = 32; below > 0; below /= 2) {\n"
    "        if (lane < below)\n"
    "            sums[lane] += sums[lane + below];\n"
    "        barrier(CLK_LOCAL_MEM_FENCE);\n"
    "    }\n"
    "    if (lane == 0)\n"
    "        dweight[c] = sums[0];\n"
    "}\n";

static const char PRELU_CU[] =
    "extern \"C\" __global__ void prelu(const float *x, const float *weight, float *y, int n,\n"
    "                                 int channels, int plane)\n"
    "{\n"
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n)\n"
    "        y[i] = x[i] > 0 ? x[i] : x[i] * weight[i / plane % channels];\n"
    "}\n"
    "extern \"C\" __global__ void prelu_grad(const float *dy, const float *x, const float "
    "*weight,\n"
    "                                      float *dx, float *dweight, int samples, int channels,\n"
    "                                      int plane)\n"
    "{\n"
    "    extern __shared__ float sums[];\n"
    "    int c = blockIdx.x, lane = threadIdx.x;\n"
    "    float sum = 0;\n"
    "    for (int k = lane; k < samples * plane; k += 64) {\n"
    "        int i = (k / plane * channels + c) * plane + k % plane;\n"
    "        dx[i] = x[i] > 0 ? dy[i] : dy[i] * weight[c];\n"
    "        sum += x[i] > 0 ? 0 : dy[i] * x[i];\n"
    "    }\n"
    "    sums[lane] = sum;\n"
    "    __syncthreads();\n"
    "    for (int below = 32; below > 0; below /= 2) {\n"
    "        if (lane < below)\n"
    "            sums[lane] += sums[lane + below];\n"
    "        __syncthreads();\n"
    "    }\n"
    "    if (lane == 0)\n"
    "        dweight[c] = sums[0];\n"
    "}\n";

/* ---- prelu: y = x, or weight * x below 0 ---- */

static rn_status check_weight(const rn_tensor_desc *x, const rn_tensor_desc *weight)
{
    bool fits = x->rank == 4 && weight->rank == 1 && weight->shape[0] == x->shape[1];
    return fits ? RN_OK : host->fail(RN_E_SHAPE, "takes images and a weight for each channel");
}

static rn_status prelu_shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    rn_status status = check_weight(op->inputs[0], op->inputs[1]);
    if (status)
        return status;
    set_shape(&outputs[0], op->inputs[0]);
    return RN_OK;
}

static int64_t plane(const rn_tensor_desc *x)
{
    return x->shape[2] * x->shape[3];
}

static void prelu_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    const rn_tensor_desc *d = call->op->inputs[0];
    const float *x = call->inputs[0];
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        call->outputs[0][i] = x[i] > 0 ? x[i] : x[i] * call->inputs[1][i / plane(d) % d->shape[1]];
}

static rn_status prelu_run(const rn_custom_call *call)
{
    call->parallel(call, count(call->op->inputs[0]), prelu_work, (void *)call);
    return RN_OK;
}

static rn_status prelu_gradient(rn_graph *g, const rn_custom_gradient *of)
{
    rn_value *inputs[] = { of->dys[0], of->inputs[0], of->inputs[1] };
    rn_custom_use use = {
        .op = "prelu_grad", .inputs = inputs, .n_inputs = 3, .outputs = of->dxs, .n_outputs = 2
    };
    rn_custom(g, use);
    return RN_OK;
}

static rn_status prelu_launch(const rn_custom_desc *op, rn_custom_launch *launch)
{
    const rn_tensor_desc *x = op->inputs[0];
    rn_custom_items(launch, count(x));
    rn_custom_arg_i32(launch, (int32_t)count(x));
    rn_custom_arg_i32(launch, (int32_t)x->shape[1]);
    rn_custom_arg_i32(launch, (int32_t)plane(x));
    return RN_OK;
}

static rn_status prelu_grad_shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    rn_status status = check_weight(op->inputs[1], op->inputs[2]);
    if (status)
        return status;
    if (count(op->inputs[0]) != count(op->inputs[1]))
        return host->fail(RN_E_SHAPE, "takes dy with the shape of x");
    set_shape(&outputs[0], op->inputs[1]);
    set_shape(&outputs[1], op->inputs[2]);
    return RN_OK;
}

/* A channel's sum in double precision; kept until all are done, to have a use for workspace. */
static uint64_t prelu_grad_workspace(const rn_custom_desc *op)
{
    return (uint64_t)op->inputs[2]->shape[0] * sizeof(double);
}

static void prelu_grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    const rn_tensor_desc *d = call->op->inputs[1];
    const float *dy = call->inputs[0], *x = call->inputs[1], *weight = call->inputs[2];
    double *sums = call->workspace;
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        sums[c] = 0;
        for (int64_t k = 0; k < d->shape[0] * plane(d); k++) {
            int64_t i = (k / plane(d) * d->shape[1] + c) * plane(d) + k % plane(d);
            call->outputs[0][i] = x[i] > 0 ? dy[i] : dy[i] * weight[c];
            sums[c] += x[i] > 0 ? 0 : (double)dy[i] * (double)x[i];
        }
    }
}

static rn_status prelu_grad_run(const rn_custom_call *call)
{
    int64_t channels = call->op->inputs[2]->shape[0];
    const double *sums = call->workspace;
    call->parallel(call, channels, prelu_grad_work, (void *)call);
    for (int64_t c = 0; c < channels; c++)
        call->outputs[1][c] = (float)sums[c];
    return RN_OK;
}

static rn_status prelu_grad_launch(const rn_custom_desc *op, rn_custom_launch *launch)
{
    const rn_tensor_desc *x = op->inputs[1];
    launch->group[0] = 64;
    launch->groups[0] = x->shape[1];
    launch->local_bytes = 64 * sizeof(float);
    rn_custom_arg_i32(launch, (int32_t)x->shape[0]);
    rn_custom_arg_i32(launch, (int32_t)x->shape[1]);
    rn_custom_arg_i32(launch, (int32_t)plane(x));
    return RN_OK;
}

#define SOURCE(text_of, name)                                                                      \
    &(const rn_custom_source)                                                                      \
    {                                                                                              \
        .size = sizeof(rn_custom_source), .text = text_of, .entry = #name, .launch = name##_launch \
    }

static const rn_custom_op prelu = {
    .size = sizeof(rn_custom_op),
    .name = "prelu",
    .doc = "A relu with a trained slope for negative elements, one a channel.",
    .source = "He et al. 2015, arXiv:1502.01852, section 2.1",
    .n_inputs = 2,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = prelu_shape,
    .cost = cost_one,
    .gradient = prelu_gradient,
    .run = prelu_run,
    .opencl = SOURCE(PRELU_CL, prelu),
    .cuda = SOURCE(PRELU_CU, prelu),
};

static const rn_custom_op prelu_grad = {
    .size = sizeof(rn_custom_op),
    .name = "prelu_grad",
    .doc = "The gradients of prelu.",
    .source = "none",
    .n_inputs = 3,
    .n_outputs = 2,
    .deterministic = 1,
    .shape = prelu_grad_shape,
    .cost = cost_one,
    .workspace = prelu_grad_workspace,
    .run = prelu_grad_run,
    .opencl = SOURCE(PRELU_CL, prelu_grad),
    .cuda = SOURCE(PRELU_CU, prelu_grad),
};

#endif
