/* cudnn_filter.c: filter and activation descriptors of the stand-in for cuDNN. */
#include <string.h>

#include "cudnn_sim.h"

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t *filter)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !filter) {
        status =
            dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the descriptor");
    }
    if (!status) {
        *filter = cudasim_object_new(DNN_FILTER, sizeof **filter);
        memset(*filter, 0, sizeof **filter);
        status = DNN_REAL(cudnnCreateFilterDescriptor, &(*filter)->real);
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && filter && !cudasim_object_is(__func__, DNN_FILTER, filter)) {
        status = CUDNN_STATUS_BAD_PARAM;
    } else if (!status && filter) {
        DNN_REAL(cudnnDestroyFilterDescriptor, filter->real);
        cudasim_object_free(DNN_FILTER, filter);
    }
    return dnn_end(status);
}

/* Sets the strides of K, C, R, S for the format. */
static void set_strides(struct cudnnFilterStruct *filter)
{
    struct cudnnTensorStruct *values = &filter->values;
    bool channels_last = filter->format == CUDNN_TENSOR_NHWC;
    int stride = channels_last ? values->dims[1] : 1;
    for (int i = values->rank - 1; i > 1; i--) {
        values->strides[i] = stride;
        stride *= values->dims[i];
    }
    values->strides[1] = channels_last ? 1 : stride;
    values->strides[0] = channels_last ? stride : stride * values->dims[1];
    values->set = true;
}

static cudnnStatus_t filter_set(const dnn_call *call, cudnnFilterDescriptor_t filter,
                                const struct cudnnFilterStruct *wanted)
{
    const struct cudnnTensorStruct *values = &wanted->values;
    if (!cudasim_object_is(call->function, DNN_FILTER, filter))
        return CUDNN_STATUS_BAD_PARAM;
    bool valid = values->rank >= 3 && values->rank <= CUDNN_DIM_MAX &&
                 dnn_type_bytes(values->type) &&
                 (wanted->format == CUDNN_TENSOR_NCHW || wanted->format == CUDNN_TENSOR_NHWC);
    for (int i = 0; valid && i < values->rank; i++)
        valid = values->dims[i] >= 1;
    cudnnStatus_t status = DNN_REAL(cudnnSetFilterNdDescriptor, filter->real, values->type,
                                    wanted->format, values->rank, values->dims);
    if (!valid || status) {
        return dnn_wrong(call, status ? status : CUDNN_STATUS_BAD_PARAM,
                         "a filter of rank %d, type %d, format %d, %d x %d x %d x %d …",
                         values->rank, (int)values->type, (int)wanted->format, values->dims[0],
                         values->dims[1], values->dims[2], values->dims[3]);
    }
    filter->format = wanted->format;
    filter->values = *values;
    set_strides(filter);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int rank, const int dims[])
{
    dnn_call call = { __func__, true };
    struct cudnnFilterStruct wanted = { .format = format,
                                        .values = { .type = type, .rank = rank } };
    cudnnStatus_t status = dnn_begin(__func__, true);
    for (int i = 0; !status && dims && i < rank && i < CUDNN_DIM_MAX; i++)
        wanted.values.dims[i] = dims[i];
    return dnn_end(status ? status : filter_set(&call, filter, &wanted));
}

cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w)
{
    dnn_call call = { __func__, true };
    struct cudnnFilterStruct wanted = {
        .format = format, .values = { .type = type, .rank = 4, .dims = { k, c, h, w } }
    };
    cudnnStatus_t status = dnn_begin(__func__, true);
    return dnn_end(status ? status : filter_set(&call, filter, &wanted));
}

static cudnnStatus_t filter_check(const dnn_call *call, cudnnFilterDescriptor_t filter)
{
    if (!cudasim_object_is(call->function, DNN_FILTER, filter))
        return CUDNN_STATUS_BAD_PARAM;
    if (!filter->values.set)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "the filter descriptor was never set");
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetFilterNdDescriptor(const cudnnFilterDescriptor_t filter, int requested,
                                         cudnnDataType_t *type, cudnnTensorFormat_t *format,
                                         int *rank, int dims[])
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && (!type || !format || !rank || !dims))
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for a result");
    if (!status)
        status = filter_check(&call, filter);
    for (int i = 0; !status && i < requested && i < filter->values.rank; i++)
        dims[i] = filter->values.dims[i];
    if (!status) {
        *type = filter->values.type;
        *format = filter->format;
        *rank = filter->values.rank;
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnGetFilter4dDescriptor(const cudnnFilterDescriptor_t filter,
                                         cudnnDataType_t *type, cudnnTensorFormat_t *format, int *k,
                                         int *c, int *h, int *w)
{
    int *dims[] = { k, c, h, w }, rank = 0, found[CUDNN_DIM_MAX] = { 0 };
    cudnnStatus_t status =
        cudnnGetFilterNdDescriptor(filter, CUDNN_DIM_MAX, type, format, &rank, found);
    for (int i = 0; !status && i < 4; i++) {
        if (!dims[i] || rank > 4)
            return CUDNN_STATUS_BAD_PARAM;
        *dims[i] = found[i];
    }
    return status;
}

cudnnStatus_t cudnnGetFilterSizeInBytes(const cudnnFilterDescriptor_t filter, size_t *bytes)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !bytes)
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the size");
    if (!status)
        status = filter_check(&call, filter);
    if (!status)
        *bytes = dnn_tensor_bytes(&filter->values);
    return dnn_end(status);
}

cudnnStatus_t cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t *activation)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !activation) {
        status =
            dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the descriptor");
    }
    if (!status) {
        *activation = cudasim_object_new(DNN_ACTIVATION, sizeof **activation);
        memset(*activation, 0, sizeof **activation);
        status = DNN_REAL(cudnnCreateActivationDescriptor, &(*activation)->real);
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t activation)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && activation && !cudasim_object_is(__func__, DNN_ACTIVATION, activation)) {
        status = CUDNN_STATUS_BAD_PARAM;
    } else if (!status && activation) {
        DNN_REAL(cudnnDestroyActivationDescriptor, activation->real);
        cudasim_object_free(DNN_ACTIVATION, activation);
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t activation,
                                           cudnnActivationMode_t mode, cudnnNanPropagation_t nan,
                                           double coef)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !cudasim_object_is(__func__, DNN_ACTIVATION, activation)) {
        status = CUDNN_STATUS_BAD_PARAM;
    } else if (!status) {
        bool valid = (unsigned)mode <= CUDNN_ACTIVATION_SWISH && (unsigned)nan <= 1;
        status = DNN_REAL(cudnnSetActivationDescriptor, activation->real, mode, nan, coef);
        status = status || valid ? status : CUDNN_STATUS_BAD_PARAM;
        if (status) {
            dnn_wrong(&call, status, "mode %d, NaN propagation %d", (int)mode, (int)nan);
        } else {
            activation->set = true;
            activation->mode = mode;
            activation->nan = nan;
            activation->coef = coef;
        }
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnGetActivationDescriptor(const cudnnActivationDescriptor_t activation,
                                           cudnnActivationMode_t *mode, cudnnNanPropagation_t *nan,
                                           double *coef)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status &&
        (!mode || !nan || !coef || !cudasim_object_is(__func__, DNN_ACTIVATION, activation))) {
        status = CUDNN_STATUS_BAD_PARAM;
    } else if (!status) {
        *mode = activation->mode;
        *nan = activation->nan;
        *coef = activation->coef;
    }
    return dnn_end(status);
}
