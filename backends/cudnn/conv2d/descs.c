/* descs.c: cuDNN's descriptors of a convolution. */
#include "cudnn/conv2d/descs.h"

static uint64_t type_bytes(const cudnn_convolution *conv)
{
    return conv->type == CUDNN_DATA_FLOAT ? 4 : 2;
}

uint64_t cudnn_conv2d_x_bytes(const cudnn_convolution *conv)
{
    return (uint64_t)(conv->shape.n * conv->shape.c * conv->bordered[0] * conv->bordered[1]) *
           type_bytes(conv);
}

uint64_t cudnn_conv2d_weight_bytes(const cudnn_convolution *conv)
{
    return (uint64_t)(conv->shape.k * (conv->shape.c / conv->shape.groups) * conv->shape.r *
                      conv->shape.s) *
           type_bytes(conv);
}

uint64_t cudnn_conv2d_y_bytes(const cudnn_convolution *conv)
{
    return (uint64_t)(conv->shape.n * conv->shape.k * conv->shape.p * conv->shape.q) *
           type_bytes(conv);
}

static cudnnStatus_t descs_create(const cudnn_convolution *conv, cudnn_descs *descs)
{
    cudnnStatus_t error = cudnnCreateTensorDescriptor(&descs->x);
    if (!error)
        error = cudnnCreateTensorDescriptor(&descs->y);
    if (!error)
        error = cudnnCreateFilterDescriptor(&descs->weight);
    if (!error)
        error = cudnnCreateConvolutionDescriptor(&descs->convolution);
    if (!error && cudnn_conv2d_is_fused(conv))
        error = cudnnCreateTensorDescriptor(&descs->bias);
    if (!error && cudnn_conv2d_is_fused(conv))
        error = cudnnCreateActivationDescriptor(&descs->activation);
    return error;
}

/* The most permissive arithmetic that cuDNN may use; with fp32, no tensor cores. */
static cudnnMathType_t most_math(const cudnn_convolution *conv)
{
    switch (conv->context->precision) {
        case RN_PRECISION_FP32: return CUDNN_FMA_MATH;
        case RN_PRECISION_TF32: return CUDNN_DEFAULT_MATH;
        default: return CUDNN_TENSOR_OP_MATH;
    }
}

static cudnnStatus_t convolution_set(const cudnn_convolution *conv, const cudnn_descs *descs)
{
    const int64_t none[2] = { 0, 0 }, *padding = conv->has_border ? none : conv->shape.padding;
    cudnnStatus_t error =
        cudnnSetConvolution2dDescriptor(descs->convolution, (int)padding[0], (int)padding[1],
                                        (int)conv->shape.stride[0], (int)conv->shape.stride[1],
                                        (int)conv->shape.dilation[0], (int)conv->shape.dilation[1],
                                        CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
    if (!error)
        error = cudnnSetConvolutionGroupCount(descs->convolution, (int)conv->shape.groups);
    if (!error)
        error = cudnnSetConvolutionMathType(descs->convolution, most_math(conv));
    return error;
}

/* cuDNN's fused relu always turns a NaN into 0 (cudnnConvolutionBiasActivationForward():
 * reluNanOpt). */
static cudnnStatus_t epilogue_set(const cudnn_convolution *conv, const cudnn_descs *descs)
{
    cudnnStatus_t error = cudnnSetTensor4dDescriptor(descs->bias, conv->format, conv->type, 1,
                                                     (int)conv->shape.k, 1, 1);
    if (!error)
        error = cudnnSetActivationDescriptor(descs->activation,
                                             conv->shape.relu ? CUDNN_ACTIVATION_RELU
                                                              : CUDNN_ACTIVATION_IDENTITY,
                                             CUDNN_NOT_PROPAGATE_NAN, 0.0);
    return error;
}

static cudnnStatus_t descs_set(const cudnn_convolution *conv, const cudnn_descs *descs)
{
    cudnnStatus_t error =
        cudnnSetTensor4dDescriptor(descs->x, conv->format, conv->type, (int)conv->shape.n,
                                   (int)conv->shape.c, (int)conv->bordered[0],
                                   (int)conv->bordered[1]);
    if (!error)
        error =
            cudnnSetTensor4dDescriptor(descs->y, conv->format, conv->type, (int)conv->shape.n,
                                       (int)conv->shape.k, (int)conv->shape.p, (int)conv->shape.q);
    if (!error)
        error =
            cudnnSetFilter4dDescriptor(descs->weight, conv->type, conv->format, (int)conv->shape.k,
                                       (int)(conv->shape.c / conv->shape.groups),
                                       (int)conv->shape.r, (int)conv->shape.s);
    if (!error)
        error = convolution_set(conv, descs);
    if (!error && descs->activation)
        error = epilogue_set(conv, descs);
    return error;
}

bool cudnn_is_refusal(cudnnStatus_t error)
{
#if CUDNN_MAJOR >= 9
    error = (cudnnStatus_t)CUDNN_STATUS_CATEGORY(error);
#endif
    return error == CUDNN_STATUS_BAD_PARAM || error == CUDNN_STATUS_NOT_SUPPORTED;
}

/* cuDNN's tensors have fewer than 2^31 elements (cudnnSetTensor4dDescriptor()). */
static bool is_small(int64_t n, int64_t c, int64_t h, int64_t w)
{
    return n <= INT32_MAX && c <= INT32_MAX / n && h <= INT32_MAX / (n * c) &&
           w <= INT32_MAX / (n * c * h);
}

rn_status cudnn_descs_make(cudnn_convolution *conv)
{
    if (!is_small(conv->shape.n, conv->shape.c, conv->bordered[0], conv->bordered[1]) ||
        !is_small(conv->shape.n, conv->shape.k, conv->shape.p, conv->shape.q))
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "%s: cuDNN's tensors have fewer than 2^31 "
                              "elements; ask for a smaller batch",
                              conv->op);
    cudnnStatus_t error = descs_create(conv, &conv->descs);
    if (!error)
        error = descs_set(conv, &conv->descs);
    if (cudnn_is_refusal(error))
        return gpu_host->fail(RN_E_UNSUPPORTED, "%s: cuDNN has no such convolution: %s", conv->op,
                              cudnnGetErrorString(error));
    return cudnn_dnn_check(error, "describe a convolution");
}

void cudnn_descs_free(cudnn_convolution *conv)
{
    const cudnn_descs *descs = &conv->descs;
    if (descs->activation)
        cudnnDestroyActivationDescriptor(descs->activation);
    if (descs->bias)
        cudnnDestroyTensorDescriptor(descs->bias);
    if (descs->convolution)
        cudnnDestroyConvolutionDescriptor(descs->convolution);
    if (descs->weight)
        cudnnDestroyFilterDescriptor(descs->weight);
    if (descs->y)
        cudnnDestroyTensorDescriptor(descs->y);
    if (descs->x)
        cudnnDestroyTensorDescriptor(descs->x);
    conv->descs = (cudnn_descs){ .x = NULL };
}
