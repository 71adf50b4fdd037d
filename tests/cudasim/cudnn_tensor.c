/* cudnn_tensor.c: tensor descriptors of the stand-in for cuDNN. */
#include <string.h>

#include "cudnn_sim.h"

/* cuDNN's own limit: 2^31 elements. */
#define MAX_ELEMENTS ((int64_t)1 << 31)

size_t dnn_type_bytes(cudnnDataType_t type)
{
    switch ((int)type) {
        case CUDNN_DATA_FLOAT:
        case CUDNN_DATA_INT32: return 4;
        case CUDNN_DATA_DOUBLE:
        case CUDNN_DATA_INT64: return 8;
        case CUDNN_DATA_HALF:
        case CUDNN_DATA_BFLOAT16: return 2;
        case CUDNN_DATA_INT8:
        case CUDNN_DATA_UINT8: return 1;
        default: return 0;
    }
}

size_t dnn_tensor_bytes(const struct cudnnTensorStruct *tensor)
{
    size_t innermost = 0;
    for (int i = 0; i < tensor->rank; i++)
        innermost += (size_t)(tensor->dims[i] - 1) * (size_t)tensor->strides[i];
    return (innermost + 1) * dnn_type_bytes(tensor->type);
}

int64_t dnn_tensor_count(const struct cudnnTensorStruct *tensor)
{
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= tensor->dims[i];
    return count;
}

/* True if the strides are packed for axes in this order, the last one innermost. */
static bool is_packed(const struct cudnnTensorStruct *tensor, const int *order)
{
    int64_t stride = 1;
    bool packed = true;
    for (int i = tensor->rank - 1; i >= 0; i--) {
        int axis = order[i];
        packed = packed && (tensor->dims[axis] == 1 || tensor->strides[axis] == stride);
        stride *= tensor->dims[axis];
    }
    return packed;
}

bool dnn_tensor_is_nchw(const struct cudnnTensorStruct *tensor)
{
    return tensor->rank == 4 && is_packed(tensor, (const int[]){ 0, 1, 2, 3 });
}

bool dnn_tensor_is_nhwc(const struct cudnnTensorStruct *tensor)
{
    return tensor->rank == 4 && is_packed(tensor, (const int[]){ 0, 2, 3, 1 });
}

bool dnn_tensor_same(const struct cudnnTensorStruct *a, const struct cudnnTensorStruct *b)
{
    bool same = a->type == b->type && a->rank == b->rank;
    for (int i = 0; i < a->rank && same; i++)
        same = a->dims[i] == b->dims[i] && a->strides[i] == b->strides[i];
    return same;
}

bool dnn_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
    return first < second + b_bytes && second < first + a_bytes;
}

cudnnStatus_t dnn_tensor_check(const dnn_call *call, cudnnTensorDescriptor_t tensor)
{
    if (!cudasim_object_is(call->function, DNN_TENSOR, tensor))
        return CUDNN_STATUS_BAD_PARAM;
    if (!tensor->set)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "a tensor descriptor was never set");
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t dnn_data_check(const dnn_call *call, cudnnHandle_t handle,
                             const struct cudnnTensorStruct *tensor, const void *data)
{
    bool valid = cudasim_range_is(call->function, handle->device, data, dnn_tensor_bytes(tensor),
                                  dnn_type_bytes(tensor->type));
    return valid ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *tensor)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !tensor) {
        status =
            dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the descriptor");
    }
    if (!status) {
        *tensor = cudasim_object_new(DNN_TENSOR, sizeof **tensor);
        memset(*tensor, 0, sizeof **tensor);
        status = DNN_REAL(cudnnCreateTensorDescriptor, &(*tensor)->real);
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && tensor && !cudasim_object_is(__func__, DNN_TENSOR, tensor)) {
        status = CUDNN_STATUS_BAD_PARAM;
    } else if (!status && tensor) {
        DNN_REAL(cudnnDestroyTensorDescriptor, tensor->real);
        cudasim_object_free(DNN_TENSOR, tensor);
    }
    return dnn_end(status);
}

/* Sets the strides of a packed tensor. */
static void pack(struct cudnnTensorStruct *tensor, cudnnTensorFormat_t format)
{
    bool innermost = format == CUDNN_TENSOR_NHWC;
    int64_t stride = innermost ? tensor->dims[1] : 1;
    for (int i = tensor->rank - 1; i > 1; i--) {
        tensor->strides[i] = (int)stride;
        stride *= tensor->dims[i];
    }
    tensor->strides[1] = innermost ? 1 : (int)stride;
    tensor->strides[0] = (int)(innermost ? stride : stride * tensor->dims[1]);
}

/* What cuDNN requires of a tensor. */
static cudnnStatus_t validate(const struct cudnnTensorStruct *wanted)
{
    int64_t count = 1;
    if (wanted->rank > CUDNN_DIM_MAX)
        return CUDNN_STATUS_NOT_SUPPORTED;
    if (wanted->rank < 2 || !dnn_type_bytes(wanted->type))
        return CUDNN_STATUS_BAD_PARAM;
    for (int i = 0; i < wanted->rank; i++) {
        if (wanted->dims[i] < 1)
            return CUDNN_STATUS_BAD_PARAM;
        count = count > MAX_ELEMENTS ? count : count * wanted->dims[i];
    }
    return count > MAX_ELEMENTS ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
}

/* Sets the descriptor unless this code or NVIDIA's library refused it. */
static cudnnStatus_t finish(const dnn_call *call, cudnnTensorDescriptor_t tensor,
                            const struct cudnnTensorStruct *wanted, cudnnStatus_t status)
{
    if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_BAD_PARAM) {
        return dnn_wrong(call, status,
                         "rank %d, type %d, dimensions %d, %d, %d, %d …, strides %d, "
                         "%d, %d, %d …",
                         wanted->rank, (int)wanted->type, wanted->dims[0], wanted->dims[1],
                         wanted->dims[2], wanted->dims[3], wanted->strides[0], wanted->strides[1],
                         wanted->strides[2], wanted->strides[3]);
    }
    if (!status) {
        cudnnTensorDescriptor_t real = tensor->real;
        *tensor = *wanted;
        tensor->real = real;
        tensor->set = true;
    }
    return status;
}

static cudnnStatus_t set_format(const dnn_call *call, cudnnTensorDescriptor_t tensor,
                                cudnnTensorFormat_t format, struct cudnnTensorStruct *wanted)
{
    if (!cudasim_object_is(call->function, DNN_TENSOR, tensor))
        return CUDNN_STATUS_BAD_PARAM;
    cudnnStatus_t status = validate(wanted);
    if (!status && format != CUDNN_TENSOR_NCHW && format != CUDNN_TENSOR_NHWC)
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status)
        pack(wanted, format);
    cudnnStatus_t real = DNN_REAL(cudnnSetTensorNdDescriptorEx, tensor->real, format, wanted->type,
                                  wanted->rank, wanted->dims);
    return finish(call, tensor, wanted, real ? real : status);
}

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w)
{
    dnn_call call = { __func__, true };
    struct cudnnTensorStruct wanted = { .type = type, .rank = 4, .dims = { n, c, h, w } };
    cudnnStatus_t status = dnn_begin(__func__, true);
    return dnn_end(status ? status : set_format(&call, tensor, format, &wanted));
}

cudnnStatus_t cudnnSetTensorNdDescriptorEx(cudnnTensorDescriptor_t tensor,
                                           cudnnTensorFormat_t format, cudnnDataType_t type,
                                           int rank, const int dims[])
{
    dnn_call call = { __func__, true };
    struct cudnnTensorStruct wanted = { .type = type, .rank = rank };
    cudnnStatus_t status = dnn_begin(__func__, true);
    for (int i = 0; !status && dims && i < rank && i < CUDNN_DIM_MAX; i++)
        wanted.dims[i] = dims[i];
    return dnn_end(status ? status : set_format(&call, tensor, format, &wanted));
}

static cudnnStatus_t set_strides(const dnn_call *call, cudnnTensorDescriptor_t tensor,
                                 const struct cudnnTensorStruct *wanted)
{
    if (!cudasim_object_is(call->function, DNN_TENSOR, tensor))
        return CUDNN_STATUS_BAD_PARAM;
    cudnnStatus_t status = validate(wanted);
    for (int i = 0; !status && i < wanted->rank; i++) {
        /* NVIDIA's accepts negative strides, but no function of the stand-in does. */
        status = wanted->strides[i] < 1 ? CUDNN_STATUS_BAD_PARAM : status;
    }
    cudnnStatus_t real = DNN_REAL(cudnnSetTensorNdDescriptor, tensor->real, wanted->type,
                                  wanted->rank, wanted->dims, wanted->strides);
    return finish(call, tensor, wanted, real ? real : status);
}

cudnnStatus_t cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t tensor, cudnnDataType_t type,
                                           int n, int c, int h, int w, int n_stride, int c_stride,
                                           int h_stride, int w_stride)
{
    dnn_call call = { __func__, true };
    struct cudnnTensorStruct wanted = { .type = type,
                                        .rank = 4,
                                        .dims = { n, c, h, w },
                                        .strides = { n_stride, c_stride, h_stride, w_stride } };
    cudnnStatus_t status = dnn_begin(__func__, true);
    return dnn_end(status ? status : set_strides(&call, tensor, &wanted));
}

cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t type,
                                         int rank, const int dims[], const int strides[])
{
    dnn_call call = { __func__, true };
    struct cudnnTensorStruct wanted = { .type = type, .rank = rank };
    cudnnStatus_t status = dnn_begin(__func__, true);
    for (int i = 0; !status && dims && strides && i < rank && i < CUDNN_DIM_MAX; i++) {
        wanted.dims[i] = dims[i];
        wanted.strides[i] = strides[i];
    }
    return dnn_end(status ? status : set_strides(&call, tensor, &wanted));
}

cudnnStatus_t cudnnGetTensorNdDescriptor(const cudnnTensorDescriptor_t tensor, int requested,
                                         cudnnDataType_t *type, int *rank, int dims[],
                                         int strides[])
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && (!type || !rank || !dims || !strides))
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for a result");
    if (!status)
        status = dnn_tensor_check(&call, tensor);
    for (int i = 0; !status && i < requested && i < tensor->rank; i++) {
        dims[i] = tensor->dims[i];
        strides[i] = tensor->strides[i];
    }
    if (!status) {
        *type = tensor->type;
        *rank = tensor->rank;
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnGetTensor4dDescriptor(const cudnnTensorDescriptor_t tensor,
                                         cudnnDataType_t *type, int *n, int *c, int *h, int *w,
                                         int *n_stride, int *c_stride, int *h_stride, int *w_stride)
{
    int *dims[] = { n, c, h, w }, *strides[] = { n_stride, c_stride, h_stride, w_stride };
    int rank = 0, found[CUDNN_DIM_MAX] = { 0 }, steps[CUDNN_DIM_MAX] = { 0 };
    cudnnStatus_t status =
        cudnnGetTensorNdDescriptor(tensor, CUDNN_DIM_MAX, type, &rank, found, steps);
    for (int i = 0; !status && i < 4; i++) {
        if (!dims[i] || !strides[i] || rank > 4)
            return CUDNN_STATUS_BAD_PARAM;
        *dims[i] = found[i];
        *strides[i] = steps[i];
    }
    return status;
}

cudnnStatus_t cudnnGetTensorSizeInBytes(const cudnnTensorDescriptor_t tensor, size_t *bytes)
{
    dnn_call call = { __func__, true };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && !bytes)
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the size");
    if (!status)
        status = dnn_tensor_check(&call, tensor);
    if (!status)
        *bytes = dnn_tensor_bytes(tensor);
    return dnn_end(status);
}
