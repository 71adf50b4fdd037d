/* library.c: cuDNN's functions for convolutions, which have different names for each pass. */
#include "cudnn/conv2d/library.h"

#include "cudnn/conv2d/descs.h"
#include "cudnn/conv2d/execution.h"

/* ---- Algorithms ---- */

const char *cudnn_algorithm_name(conv2d_pass pass, int32_t algorithm)
{
    static const char *const FORWARD[] = { "implicit GEMM", "implicit precomp GEMM",
                                           "GEMM",          "direct",
                                           "FFT",           "FFT tiling",
                                           "Winograd",      "Winograd nonfused" };
    static const char *const INPUT[] = { "algorithm 0", "algorithm 1", "FFT",
                                         "FFT tiling",  "Winograd",    "Winograd nonfused" };
    static const char *const WEIGHT[] = { "algorithm 0", "algorithm 1", "FFT",
                                          "algorithm 3", "Winograd",    "Winograd nonfused",
                                          "FFT tiling" };
    static const char *const *const NAMES[] = { FORWARD, INPUT, WEIGHT };
    static const int32_t COUNTS[] = { sizeof FORWARD / sizeof *FORWARD,
                                      sizeof INPUT / sizeof *INPUT,
                                      sizeof WEIGHT / sizeof *WEIGHT };
    return algorithm >= 0 && algorithm < COUNTS[pass] ? NAMES[pass][algorithm] : "unknown";
}

bool cudnn_algorithm_is_winograd(conv2d_pass pass, int32_t algorithm)
{
    return cudnn_algorithm_name(pass, algorithm)[0] == 'W';
}

bool cudnn_algorithm_is_fourier(conv2d_pass pass, int32_t algorithm)
{
    return cudnn_algorithm_name(pass, algorithm)[0] == 'F';
}

/* Takes the successful ones of `count` results; their three types have the same fields. */
#define TAKE(results, count, plans)                                                                \
    do {                                                                                           \
        (plans)->n = 0;                                                                            \
        for (int i_ = 0; i_ < (count); i_++)                                                       \
            if ((results)[i_].status == CUDNN_STATUS_SUCCESS)                                      \
                (plans)->list[(plans)->n++] =                                                      \
                    (cudnn_plan){ .algorithm = (int32_t)(results)[i_].algo,                        \
                                  .math = (results)[i_].mathType,                                  \
                                  .workspace_bytes = (results)[i_].memory,                         \
                                  .deterministic =                                                 \
                                      (results)[i_].determinism == CUDNN_DETERMINISTIC };          \
    } while (0)

static cudnnStatus_t forward_find(const cudnn_convolution *conv, const cudnn_pointers *at,
                                  cudnn_plans *plans)
{
    const cudnn_descs *d = &conv->descs;
    cudnnHandle_t handle = conv->context->cudnn;
    cudnnConvolutionFwdAlgoPerf_t results[CUDNN_PLANS];
    cudnnStatus_t error;
    int count = 0;
    if (at)
        error = cudnnFindConvolutionForwardAlgorithmEx(handle, d->x, at->x, d->weight, at->weight,
                                                       d->convolution, d->y, at->y, CUDNN_PLANS,
                                                       &count, results, at->workspace,
                                                       (size_t)at->workspace_bytes);
    else
        error = cudnnGetConvolutionForwardAlgorithm_v7(handle, d->x, d->weight, d->convolution,
                                                       d->y, CUDNN_PLANS, &count, results);
    TAKE(results, error ? 0 : count, plans);
    return error;
}

static cudnnStatus_t grad_input_find(const cudnn_convolution *conv, const cudnn_pointers *at,
                                     cudnn_plans *plans)
{
    const cudnn_descs *d = &conv->descs;
    cudnnHandle_t handle = conv->context->cudnn;
    cudnnConvolutionBwdDataAlgoPerf_t results[CUDNN_PLANS];
    cudnnStatus_t error;
    int count = 0;
    if (at)
        error =
            cudnnFindConvolutionBackwardDataAlgorithmEx(handle, d->weight, at->weight, d->y, at->y,
                                                        d->convolution, d->x, at->x, CUDNN_PLANS,
                                                        &count, results, at->workspace,
                                                        (size_t)at->workspace_bytes);
    else
        error = cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, d->weight, d->y, d->convolution,
                                                            d->x, CUDNN_PLANS, &count, results);
    TAKE(results, error ? 0 : count, plans);
    return error;
}

static cudnnStatus_t grad_weight_find(const cudnn_convolution *conv, const cudnn_pointers *at,
                                      cudnn_plans *plans)
{
    const cudnn_descs *d = &conv->descs;
    cudnnHandle_t handle = conv->context->cudnn;
    cudnnConvolutionBwdFilterAlgoPerf_t results[CUDNN_PLANS];
    cudnnStatus_t error;
    int count = 0;
    if (at)
        error = cudnnFindConvolutionBackwardFilterAlgorithmEx(handle, d->x, at->x, d->y, at->y,
                                                              d->convolution, d->weight, at->weight,
                                                              CUDNN_PLANS, &count, results,
                                                              at->workspace,
                                                              (size_t)at->workspace_bytes);
    else
        error =
            cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, d->x, d->y, d->convolution,
                                                          d->weight, CUDNN_PLANS, &count, results);
    TAKE(results, error ? 0 : count, plans);
    return error;
}

rn_status cudnn_plans_find(const cudnn_convolution *conv, const cudnn_pointers *pointers,
                           cudnn_plans *plans)
{
    cudnnStatus_t error;
    plans->are_timed = pointers != NULL;
    switch (conv->shape.pass) {
        case CONV2D_FORWARD: error = forward_find(conv, pointers, plans); break;
        case CONV2D_GRAD_INPUT: error = grad_input_find(conv, pointers, plans); break;
        default: error = grad_weight_find(conv, pointers, plans);
    }
    return cudnn_is_refusal(error) ? RN_OK : cudnn_dnn_check(error, "look for an algorithm");
}

bool cudnn_plan_confirm(const cudnn_convolution *conv, cudnn_plan *plan)
{
    const cudnn_descs *d = &conv->descs;
    cudnnHandle_t handle = conv->context->cudnn;
    size_t bytes = 0;
    cudnnStatus_t error = cudnnSetConvolutionMathType(d->convolution, plan->math);
    if (error)
        return false;
    switch (conv->shape.pass) {
        case CONV2D_FORWARD:
            error =
                cudnnGetConvolutionForwardWorkspaceSize(handle, d->x, d->weight, d->convolution,
                                                        d->y,
                                                        (cudnnConvolutionFwdAlgo_t)plan->algorithm,
                                                        &bytes);
            break;
        case CONV2D_GRAD_INPUT:
            error = cudnnGetConvolutionBackwardDataWorkspaceSize(
                handle, d->weight, d->y, d->convolution, d->x,
                (cudnnConvolutionBwdDataAlgo_t)plan->algorithm, &bytes);
            break;
        default:
            error = cudnnGetConvolutionBackwardFilterWorkspaceSize(
                handle, d->x, d->y, d->convolution, d->weight,
                (cudnnConvolutionBwdFilterAlgo_t)plan->algorithm, &bytes);
    }
    if (bytes > plan->workspace_bytes)
        plan->workspace_bytes = bytes;
    return !error;
}

/* ---- Calls ---- */

static const float ZERO = 0.0f, ONE = 1.0f;

/* cuDNN requires a z. Without one it gets y, which it does not read, as the factor is 0. */
static cudnnStatus_t forward_fused(const cudnn_convolution *conv, const cudnn_plan *plan,
                                   const cudnn_pointers *at)
{
    const cudnn_descs *d = &conv->descs;
    return cudnnConvolutionBiasActivationForward(conv->context->cudnn, &ONE, d->x, at->x, d->weight,
                                                 at->weight, d->convolution,
                                                 (cudnnConvolutionFwdAlgo_t)plan->algorithm,
                                                 at->workspace, (size_t)plan->workspace_bytes,
                                                 conv->shape.has_z ? &ONE : &ZERO, d->y,
                                                 conv->shape.has_z ? at->z : at->y, d->bias,
                                                 at->bias, d->activation, d->y, at->y);
}

static cudnnStatus_t forward(const cudnn_convolution *conv, const cudnn_plan *plan,
                             const cudnn_pointers *at)
{
    const cudnn_descs *d = &conv->descs;
    cudnnHandle_t handle = conv->context->cudnn;
    cudnnStatus_t error =
        cudnnConvolutionForward(handle, &ONE, d->x, at->x, d->weight, at->weight, d->convolution,
                                (cudnnConvolutionFwdAlgo_t)plan->algorithm, at->workspace,
                                (size_t)plan->workspace_bytes, &ZERO, d->y, at->y);
    if (!error && plan->bias_after)
        error = cudnnAddTensor(handle, &ONE, d->bias, at->bias, &ONE, d->y, at->y);
    return error;
}

cudnnStatus_t cudnn_conv2d_call(const cudnn_convolution *conv, const cudnn_plan *plan,
                                const cudnn_pointers *at)
{
    const cudnn_descs *d = &conv->descs;
    cudnnHandle_t handle = conv->context->cudnn;
    const size_t bytes = (size_t)plan->workspace_bytes;
    if (plan->execution)
        return cudnn_execution_run(conv, plan->execution, at);
    switch (conv->shape.pass) {
        case CONV2D_FORWARD:
            return cudnn_conv2d_is_fused(conv) && !plan->bias_after ? forward_fused(conv, plan, at)
                                                                    : forward(conv, plan, at);
        case CONV2D_GRAD_INPUT:
            return cudnnConvolutionBackwardData(handle, &ONE, d->weight, at->weight, d->y, at->y,
                                                d->convolution,
                                                (cudnnConvolutionBwdDataAlgo_t)plan->algorithm,
                                                at->workspace, bytes,
                                                conv->shape.sums ? &ONE : &ZERO, d->x, at->x);
        default:
            return cudnnConvolutionBackwardFilter(handle, &ONE, d->x, at->x, d->y, at->y,
                                                  d->convolution,
                                                  (cudnnConvolutionBwdFilterAlgo_t)plan->algorithm,
                                                  at->workspace, bytes, &ZERO, d->weight,
                                                  at->weight);
    }
}
