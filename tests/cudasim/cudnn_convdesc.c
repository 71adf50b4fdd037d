/* cudnn_convdesc.c: convolution descriptors of the stand-in for cuDNN. */
#include <string.h>

#include "cudnn_sim.h"

int dnn_output_size(const struct cudnnConvolutionStruct *convolution, int axis, int in, int filter)
{
    int reach = (filter - 1) * convolution->dilation[axis] + 1;
    int span = in + 2 * convolution->pad[axis] - reach;
    return span < 0 ? 0 : span / convolution->stride[axis] + 1;
}

cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t *convolution)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !convolution) {
        status =
            dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the descriptor");
    }
    if (!status) {
        *convolution = cudasim_object_new(DNN_CONVOLUTION, sizeof **convolution);
        memset(*convolution, 0, sizeof **convolution);
        (*convolution)->groups = 1;
        status = DNN_REAL(cudnnCreateConvolutionDescriptor, &(*convolution)->real);
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t convolution)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && convolution && !cudasim_object_is(__func__, DNN_CONVOLUTION, convolution)) {
        status = CUDNN_STATUS_BAD_PARAM;
    } else if (!status && convolution) {
        DNN_REAL(cudnnDestroyConvolutionDescriptor, convolution->real);
        cudasim_object_free(DNN_CONVOLUTION, convolution);
    }
    return dnn_end(status);
}

static cudnnStatus_t convolution_set(const dnn_call *call, cudnnConvolutionDescriptor_t convolution,
                                     const struct cudnnConvolutionStruct *wanted)
{
    if (!cudasim_object_is(call->function, DNN_CONVOLUTION, convolution))
        return CUDNN_STATUS_BAD_PARAM;
    bool valid = wanted->rank >= 1 && wanted->rank <= CUDNN_DIM_MAX - 2 &&
                 (unsigned)wanted->mode <= CUDNN_CROSS_CORRELATION &&
                 (wanted->type == CUDNN_DATA_FLOAT || wanted->type == CUDNN_DATA_DOUBLE ||
                  wanted->type == CUDNN_DATA_HALF || wanted->type == CUDNN_DATA_INT32);
    for (int i = 0; valid && i < wanted->rank; i++)
        valid = wanted->pad[i] >= 0 && wanted->stride[i] >= 1 && wanted->dilation[i] >= 1;
    cudnnStatus_t status =
        DNN_REAL(cudnnSetConvolutionNdDescriptor, convolution->real, wanted->rank, wanted->pad,
                 wanted->stride, wanted->dilation, wanted->mode, wanted->type);
    if (status || !valid) {
        return dnn_wrong(call, status ? status : CUDNN_STATUS_BAD_PARAM,
                         "rank %d, padding %d, %d, stride %d, %d, dilation %d, %d, type %d",
                         wanted->rank, wanted->pad[0], wanted->pad[1], wanted->stride[0],
                         wanted->stride[1], wanted->dilation[0], wanted->dilation[1],
                         (int)wanted->type);
    }
    /* Keep the math type, groups and reordering: other functions set them. */
    size_t head = offsetof(struct cudnnConvolutionStruct, math);
    cudnnConvolutionDescriptor_t real = convolution->real;
    memcpy(convolution, wanted, head);
    convolution->real = real;
    convolution->set = true;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t convolution, int pad_h,
                                              int pad_w, int u, int v, int dilation_h,
                                              int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t type)
{
    dnn_call call = { __func__, true };
    struct cudnnConvolutionStruct wanted = { .rank = 2,
                                             .pad = { pad_h, pad_w },
                                             .stride = { u, v },
                                             .dilation = { dilation_h, dilation_w },
                                             .mode = mode,
                                             .type = type };
    cudnnStatus_t status = dnn_begin(__func__, true);
    return dnn_end(status ? status : convolution_set(&call, convolution, &wanted));
}

cudnnStatus_t cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t convolution, int rank,
                                              const int pad[], const int stride[],
                                              const int dilation[], cudnnConvolutionMode_t mode,
                                              cudnnDataType_t type)
{
    dnn_call call = { __func__, true };
    struct cudnnConvolutionStruct wanted = { .rank = rank, .mode = mode, .type = type };
    cudnnStatus_t status = dnn_begin(__func__, true);
    bool given = pad && stride && dilation && rank <= CUDNN_DIM_MAX;
    for (int i = 0; !status && given && i < rank; i++) {
        wanted.pad[i] = pad[i];
        wanted.stride[i] = stride[i];
        wanted.dilation[i] = dilation[i];
    }
    return dnn_end(status ? status : convolution_set(&call, convolution, &wanted));
}

/* Begins a function that reads or writes one begin_property. */
static cudnnStatus_t begin_property(const dnn_call *call, cudnnConvolutionDescriptor_t convolution)
{
    cudnnStatus_t status = dnn_begin(call->function, true);
    if (!status && !cudasim_object_is(call->function, DNN_CONVOLUTION, convolution))
        status = CUDNN_STATUS_BAD_PARAM;
    return status;
}

cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t convolution,
                                          cudnnMathType_t math)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status) {
        status = DNN_REAL(cudnnSetConvolutionMathType, convolution->real, math);
        if (status || (unsigned)math > CUDNN_FMA_MATH)
            status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "math type %d", (int)math);
        else
            convolution->math = math;
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolutionMathType(cudnnConvolutionDescriptor_t convolution,
                                          cudnnMathType_t *math)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status && !math)
        status = CUDNN_STATUS_BAD_PARAM;
    else if (!status)
        *math = convolution->math;
    return dnn_end(status);
}

cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t convolution, int groups)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status) {
        status = DNN_REAL(cudnnSetConvolutionGroupCount, convolution->real, groups);
        if (status || groups < 1)
            status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "%d groups", groups);
        else
            convolution->groups = groups;
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolutionGroupCount(cudnnConvolutionDescriptor_t convolution, int *groups)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status && !groups)
        status = CUDNN_STATUS_BAD_PARAM;
    else if (!status)
        *groups = convolution->groups;
    return dnn_end(status);
}

cudnnStatus_t cudnnSetConvolutionReorderType(cudnnConvolutionDescriptor_t convolution,
                                             cudnnReorderType_t reorder)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status) {
        status = DNN_REAL(cudnnSetConvolutionReorderType, convolution->real, reorder);
        if (status || (unsigned)reorder > CUDNN_NO_REORDER)
            status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "reordering %d", (int)reorder);
        else
            convolution->reorder = reorder;
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolutionReorderType(cudnnConvolutionDescriptor_t convolution,
                                             cudnnReorderType_t *reorder)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status && !reorder)
        status = CUDNN_STATUS_BAD_PARAM;
    else if (!status)
        *reorder = convolution->reorder;
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolution2dDescriptor(const cudnnConvolutionDescriptor_t convolution,
                                              int *pad_h, int *pad_w, int *u, int *v,
                                              int *dilation_h, int *dilation_w,
                                              cudnnConvolutionMode_t *mode, cudnnDataType_t *type)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = begin_property(&call, convolution);
    if (!status && (!pad_h || !pad_w || !u || !v || !dilation_h || !dilation_w || !mode || !type ||
                    convolution->rank != 2)) {
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "no pointer for a result, or not 2-D");
    } else if (!status) {
        *pad_h = convolution->pad[0];
        *pad_w = convolution->pad[1];
        *u = convolution->stride[0];
        *v = convolution->stride[1];
        *dilation_h = convolution->dilation[0];
        *dilation_w = convolution->dilation[1];
        *mode = convolution->mode;
        *type = convolution->type;
    }
    return dnn_end(status);
}

/* Computes the output's dimensions; BAD_PARAM if there is no output. */
static cudnnStatus_t output_dims(const dnn_call *call, const struct cudnnConvolutionStruct *conv,
                                 const struct cudnnTensorStruct *x,
                                 const struct cudnnTensorStruct *w, int dims[])
{
    if (!conv->set || conv->rank + 2 != x->rank || x->rank != w->rank) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "ranks %d, %d and %d, or descriptor not set",
                         conv->rank, x->rank, w->rank);
    }
    if (x->dims[1] != w->dims[1] * conv->groups) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "%d channels, but %d groups of %d in the filter", x->dims[1], conv->groups,
                         w->dims[1]);
    }
    dims[0] = x->dims[0];
    dims[1] = w->dims[0];
    for (int i = 0; i < conv->rank; i++) {
        dims[2 + i] = dnn_output_size(conv, i, x->dims[2 + i], w->dims[2 + i]);
        if (dims[2 + i] < 1) {
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "a filter of %d on %d padded by 2 x %d",
                             w->dims[2 + i], x->dims[2 + i], conv->pad[i]);
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t output_query(const char *function, const dnn_descs *descs, int rank,
                                  int dims[])
{
    dnn_call call = { function, true };
    const struct cudnnTensorStruct *x = descs->x;
    const struct cudnnFilterStruct *w = descs->w;
    int found[CUDNN_DIM_MAX], real_dims[CUDNN_DIM_MAX];
    cudnnStatus_t status = begin_property(&call, descs->convolution);
    if (!status)
        status = dnn_tensor_check(&call, descs->x);
    if (!status && (!cudasim_object_is(function, DNN_FILTER, w) || !w->values.set || !dims ||
                    rank != x->rank)) {
        status =
            dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM, "no filter, or another number of dimensions");
    }
    if (!status) {
        status = output_dims(&call, descs->convolution, x, &w->values, found);
        cudnnStatus_t real = DNN_REAL(cudnnGetConvolutionNdForwardOutputDim,
                                      descs->convolution->real, x->real, w->real, rank, real_dims);
        status = real ? real : status;
    }
    for (int i = 0; !status && i < rank; i++)
        dims[i] = found[i];
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolutionNdForwardOutputDim(const cudnnConvolutionDescriptor_t convolution,
                                                    const cudnnTensorDescriptor_t x,
                                                    const cudnnFilterDescriptor_t w, int rank,
                                                    int dims[])
{
    dnn_descs descs = { DNN_FORWARD, x, w, convolution, NULL };
    return output_query(__func__, &descs, rank, dims);
}

cudnnStatus_t cudnnGetConvolution2dForwardOutputDim(const cudnnConvolutionDescriptor_t convolution,
                                                    const cudnnTensorDescriptor_t x,
                                                    const cudnnFilterDescriptor_t w, int *n, int *c,
                                                    int *height, int *width)
{
    dnn_descs descs = { DNN_FORWARD, x, w, convolution, NULL };
    int dims[CUDNN_DIM_MAX] = { 0 }, *targets[] = { n, c, height, width };
    cudnnStatus_t status = output_query(__func__, &descs, 4, dims);
    for (int i = 0; !status && i < 4; i++) {
        if (!targets[i])
            return CUDNN_STATUS_BAD_PARAM;
        *targets[i] = dims[i];
    }
    return status;
}
