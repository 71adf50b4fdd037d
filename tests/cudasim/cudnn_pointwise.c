/* cudnn_pointwise.c: adding a bias, and the bias's gradient, in the stand-in for cuDNN. */
#include <string.h>

#include "cudnn_sim.h"

/* A call of either function: `image` is 4-D, `bias` has one value per channel. */
typedef struct dnn_bias_job {
    struct cudnnTensorStruct image_desc, bias_desc;
    void *image, *bias;
    dnn_blend blend;
} dnn_bias_job;

static int64_t image_at(const struct cudnnTensorStruct *tensor, int64_t pixel, int channel)
{
    const int *dims = tensor->dims, *strides = tensor->strides;
    return pixel / dims[3] / dims[2] * strides[0] + (int64_t)channel * strides[1] +
           pixel / dims[3] % dims[2] * strides[2] + pixel % dims[3] * strides[3];
}

static bool run_gradient(void *what)
{
    const dnn_bias_job *job = what;
    const struct cudnnTensorStruct *image = &job->image_desc, *bias = &job->bias_desc;
    int64_t pixels = dnn_tensor_count(image) / image->dims[1];
    for (int c = 0; c < image->dims[1]; c++) {
        double sum = 0;
        for (int64_t i = 0; i < pixels; i++)
            sum += (double)dnn_value(image->type, job->image, image_at(image, i, c));
        int64_t at = (int64_t)c * bias->strides[1];
        float old =
            job->blend.beta != 0 ? job->blend.beta * dnn_value(bias->type, job->bias, at) : 0;
        dnn_set_value(bias->type, job->bias, at, job->blend.alpha * (float)sum + old);
    }
    return true;
}

static bool run_add(void *what)
{
    const dnn_bias_job *job = what;
    const struct cudnnTensorStruct *image = &job->image_desc, *bias = &job->bias_desc;
    int64_t pixels = dnn_tensor_count(image) / image->dims[1];
    for (int c = 0; c < image->dims[1]; c++) {
        float value =
            job->blend.alpha * dnn_value(bias->type, job->bias, (int64_t)c * bias->strides[1]);
        for (int64_t i = 0; i < pixels; i++) {
            int64_t at = image_at(image, i, c);
            float old =
                job->blend.beta != 0 ? job->blend.beta * dnn_value(image->type, job->image, at) : 0;
            dnn_set_value(image->type, job->image, at, value + old);
        }
    }
    return true;
}

/* Checks descriptors and data; the job's pointers must be set. */
static cudnnStatus_t bias_check(const dnn_call *call, cudnnHandle_t handle,
                                cudnnTensorDescriptor_t image, cudnnTensorDescriptor_t bias,
                                dnn_bias_job *job)
{
    cudnnStatus_t status = dnn_handle_check(call, handle);
    status = status ? status : dnn_tensor_check(call, image);
    status = status ? status : dnn_tensor_check(call, bias);
    if (status)
        return status;
    job->image_desc = *image;
    job->bias_desc = *bias;
    if (image->rank != 4 || bias->rank != 4 || bias->dims[0] != 1 ||
        bias->dims[1] != image->dims[1] || bias->dims[2] != 1 || bias->dims[3] != 1) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "the bias is not 1 x channels x 1 x 1 (the "
                         "stand-in supports no other)");
    }
    if (image->type != bias->type || image->type == CUDNN_DATA_DOUBLE) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "types %d and %d", (int)image->type,
                         (int)bias->type);
    }
    status = dnn_data_check(call, handle, image, job->image);
    status = status ? status : dnn_data_check(call, handle, bias, job->bias);
    if (!status &&
        dnn_overlap(job->image, dnn_tensor_bytes(image), job->bias, dnn_tensor_bytes(bias)))
        status = dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "the bias overlaps the image");
    return status;
}

cudnnStatus_t cudnnConvolutionBackwardBias(cudnnHandle_t handle, const void *alpha,
                                           const cudnnTensorDescriptor_t dy_desc, const void *dy,
                                           const void *beta, const cudnnTensorDescriptor_t db_desc,
                                           void *db)
{
    dnn_call call = { __func__, false };
    dnn_bias_job job = { .image = (void *)(uintptr_t)dy, .bias = db };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (status)
        goto done;
    status = dnn_blend_take(&call, alpha, beta, &job.blend);
    if (status)
        goto done;
    status = bias_check(&call, handle, dy_desc, db_desc, &job);
    if (status)
        goto done;
    status = dnn_enqueue(&call, handle, run_gradient, &job, sizeof job);
done:
    return dnn_end(status);
}

cudnnStatus_t cudnnAddTensor(cudnnHandle_t handle, const void *alpha,
                             const cudnnTensorDescriptor_t a_desc, const void *a, const void *beta,
                             const cudnnTensorDescriptor_t c_desc, void *c)
{
    dnn_call call = { __func__, false };
    dnn_bias_job job = { .image = c, .bias = (void *)(uintptr_t)a };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (status)
        goto done;
    status = dnn_blend_take(&call, alpha, beta, &job.blend);
    if (status)
        goto done;
    status = bias_check(&call, handle, c_desc, a_desc, &job);
    if (status)
        goto done;
    status = dnn_enqueue(&call, handle, run_add, &job, sizeof job);
done:
    return dnn_end(status);
}
