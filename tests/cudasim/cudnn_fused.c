/* cudnn_fused.c: convolution, addend, bias and activation in one call of the stand-in for cuDNN. */
#include <string.h>

#include "cudnn_sim.h"

/* The arguments that a plain convolution lacks. */
typedef struct dnn_tail {
    cudnnTensorDescriptor_t z_desc, bias_desc;
    const void *z, *bias;
    cudnnActivationDescriptor_t activation;
} dnn_tail;

static cudnnStatus_t activation_check(const dnn_call *call, dnn_job *job, const dnn_tail *tail)
{
    const struct cudnnActivationStruct *activation = tail->activation;
    if (!cudasim_object_is(call->function, DNN_ACTIVATION, activation) || !activation->set) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "no activation, or its descriptor was never set");
    }
    job->relu = activation->mode == CUDNN_ACTIVATION_RELU;
    if (!job->relu && activation->mode != CUDNN_ACTIVATION_IDENTITY)
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "activation %d", (int)activation->mode);
    if (job->relu && activation->nan != CUDNN_NOT_PROPAGATE_NAN)
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "a relu that propagates NaN");
    if (!job->relu && job->algo != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                         "the identity with an algorithm other than IMPLICIT_PRECOMP_GEMM");
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t tail_check(const dnn_call *call, cudnnHandle_t handle, dnn_job *job,
                                const dnn_tail *tail)
{
    const struct cudnnTensorStruct *y = &job->problem.y, *bias = tail->bias_desc;
    cudnnStatus_t status = dnn_tensor_check(call, tail->z_desc);
    status = status ? status : dnn_tensor_check(call, tail->bias_desc);
    if (status)
        return status;
    job->z_desc = *tail->z_desc;
    job->bias_desc = *tail->bias_desc;
    job->z = tail->z;
    job->bias = tail->bias;
    if (!dnn_tensor_same(&job->z_desc, y))
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "z and y have different descriptors");
    if (bias->rank != 4 || bias->dims[0] != 1 || bias->dims[1] != y->dims[1] ||
        bias->dims[2] != 1 || bias->dims[3] != 1 || bias->strides[1] != 1) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "the bias is not 1 x %d x 1 x 1, packed",
                         y->dims[1]);
    }
    if (bias->type != y->type) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "a bias of type %d for y of type %d",
                         (int)bias->type, (int)y->type);
    }
    status = dnn_data_check(call, handle, y, tail->z);
    status = status ? status : dnn_data_check(call, handle, bias, tail->bias);
    size_t bytes = dnn_tensor_bytes(y);
    if (!status && tail->z != job->y && dnn_overlap(tail->z, bytes, job->y, bytes))
        status = dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "y overlaps a part of z");
    if (!status && dnn_overlap(tail->bias, dnn_tensor_bytes(bias), job->y, bytes))
        status = dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "y overlaps the bias");
    return status ? status : activation_check(call, job, tail);
}

cudnnStatus_t cudnnConvolutionBiasActivationForward(
    cudnnHandle_t handle, const void *alpha1, const cudnnTensorDescriptor_t x_desc, const void *x,
    const cudnnFilterDescriptor_t w_desc, const void *w,
    const cudnnConvolutionDescriptor_t convolution, cudnnConvolutionFwdAlgo_t algo, void *workspace,
    size_t workspace_bytes, const void *alpha2, const cudnnTensorDescriptor_t z_desc, const void *z,
    const cudnnTensorDescriptor_t bias_desc, const void *bias,
    const cudnnActivationDescriptor_t activation, const cudnnTensorDescriptor_t y_desc, void *y)
{
    static const float nothing = 0;
    dnn_call call = { __func__, false };
    dnn_descs descs = { DNN_FORWARD, x_desc, w_desc, convolution, y_desc };
    dnn_tail tail = { z_desc, bias_desc, z, bias, activation };
    dnn_job job = { .algo = (int)algo,
                    .x = (void *)(uintptr_t)x,
                    .w = (void *)(uintptr_t)w,
                    .y = y,
                    .workspace = workspace,
                    .fused = true };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status)
        status = dnn_blend_take(&call, alpha1, &nothing, &job.blend);
    if (!status && !alpha2)
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no alpha2");
    if (!status) {
        memcpy(&job.z_factor, alpha2, sizeof job.z_factor);
        status = dnn_job_check(&call, handle, &descs, &job, workspace_bytes);
    }
    if (!status)
        status = tail_check(&call, handle, &job, &tail);
    return dnn_end(status ? status : dnn_enqueue(&call, handle, dnn_job_run, &job, sizeof job));
}
