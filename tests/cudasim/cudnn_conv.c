/* cudnn_conv.c: convolution calls of the stand-in for cuDNN: checked, then enqueued. */
#include <stdio.h>
#include <string.h>

#include "cudnn_sim.h"

static cudnnStatus_t size_query(const dnn_call *call, cudnnHandle_t handle, const dnn_descs *descs,
                                int algo, size_t *bytes)
{
    dnn_problem problem;
    cudnnStatus_t status = dnn_begin(call->function, true);
    if (!status)
        status = dnn_handle_check(call, handle);
    if (!status && !bytes)
        status = dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the size");
    if (!status)
        status = dnn_problem_make(call, descs, &problem);
    if (!status)
        status = dnn_algo_check(call, &problem, algo);
    if (!status)
        *bytes = dnn_algo_workspace(&problem, algo);
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y,
    cudnnConvolutionFwdAlgo_t algo, size_t *bytes)
{
    dnn_descs descs = { DNN_FORWARD, x, w, convolution, y };
    return size_query(&(dnn_call){ __func__, true }, handle, &descs, (int)algo, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx,
    cudnnConvolutionBwdDataAlgo_t algo, size_t *bytes)
{
    dnn_descs descs = { DNN_DATA, dx, w, convolution, dy };
    return size_query(&(dnn_call){ __func__, true }, handle, &descs, (int)algo, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnFilterDescriptor_t dw,
    cudnnConvolutionBwdFilterAlgo_t algo, size_t *bytes)
{
    dnn_descs descs = { DNN_FILTERS, x, dw, convolution, dy };
    return size_query(&(dnn_call){ __func__, true }, handle, &descs, (int)algo, bytes);
}

/* The result must not overlap the inputs or the workspace, nor the inputs the workspace. */
static cudnnStatus_t overlap_check(const dnn_call *call, const dnn_job *job)
{
    const dnn_problem *problem = &job->problem;
    const struct cudnnTensorStruct *tensors[] = { &problem->y, &problem->x, &problem->w.values };
    const void *data[] = { job->y, job->x, job->w };
    static const char *const names[] = { "y", "x", "w" };
    int result = (int)problem->pass; /* passes are numbered like the tables above */
    for (int t = 0; t < 3; t++) {
        size_t bytes = dnn_tensor_bytes(tensors[t]);
        if (t != result &&
            dnn_overlap(data[t], bytes, data[result], dnn_tensor_bytes(tensors[result])))
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "the result overlaps %s", names[t]);
        if (dnn_overlap(data[t], bytes, job->workspace, job->workspace_bytes))
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "the workspace overlaps %s", names[t]);
    }
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t dnn_workspace_check(const dnn_call *call, cudnnHandle_t handle, const dnn_job *job,
                                  size_t given)
{
    size_t needed = job->workspace_bytes;
    if (given < needed) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT,
                         "a workspace of %zu bytes, but %s takes %zu", given,
                         dnn_algo_name(job->problem.pass, job->algo), needed);
    }
    if (needed && !job->workspace) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "no workspace, but %zu bytes are needed",
                         needed);
    }
    if (given && job->workspace &&
        !cudasim_range_is(call->function, handle->device, job->workspace, given, 16))
        return CUDNN_STATUS_BAD_PARAM;
    return CUDNN_STATUS_SUCCESS;
}

static void load(const dnn_call *call, cudnnHandle_t handle, const dnn_job *job)
{
    const dnn_problem *problem = &job->problem;
    char code[96];
    snprintf(code, sizeof code, "%s of pass %d, type %d, math %d%s",
             dnn_algo_name(problem->pass, job->algo), (int)problem->pass, (int)problem->x.type,
             (int)problem->convolution.math, job->fused ? ", fused" : "");
    cudasim_load(call->function, handle->device, handle->stream, code);
}

cudnnStatus_t dnn_data_checks(const dnn_call *call, cudnnHandle_t handle, const dnn_job *job)
{
    const dnn_problem *problem = &job->problem;
    cudnnStatus_t status = dnn_data_check(call, handle, &problem->x, job->x);
    if (!status)
        status = dnn_data_check(call, handle, &problem->w.values, job->w);
    if (!status)
        status = dnn_data_check(call, handle, &problem->y, job->y);
    if (!status)
        status = overlap_check(call, job);
    if (!status)
        load(call, handle, job);
    return status;
}

cudnnStatus_t dnn_job_check(const dnn_call *call, cudnnHandle_t handle, const dnn_descs *descs,
                            dnn_job *job, size_t given)
{
    dnn_problem *problem = &job->problem;
    cudnnStatus_t status = dnn_handle_check(call, handle);
    if (status)
        return status;
    status = dnn_problem_make(call, descs, problem);
    if (status)
        return status;
    status = dnn_algo_check(call, problem, job->algo);
    if (status)
        return status;
    if (dnn_algo_refused(problem, job->fused, job->algo)) /* which is no misuse */
        return dnn_wrong(&(dnn_call){ call->function, true }, CUDNN_STATUS_NOT_SUPPORTED,
                         "%s is refused", dnn_algo_name(problem->pass, job->algo));
    job->workspace_bytes = dnn_algo_workspace(problem, job->algo);
    status = dnn_workspace_check(call, handle, job, given);
    return status ? status : dnn_data_checks(call, handle, job);
}

cudnnStatus_t dnn_blend_take(const dnn_call *call, const void *alpha, const void *beta,
                             dnn_blend *blend)
{
    if (!alpha || !beta)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no alpha or no beta");
    memcpy(&blend->alpha, alpha, sizeof blend->alpha);
    memcpy(&blend->beta, beta, sizeof blend->beta);
    return CUDNN_STATUS_SUCCESS;
}

/* Arguments that are not in dnn_job. */
typedef struct dnn_extra {
    const void *alpha, *beta;
    size_t workspace_bytes;
} dnn_extra;

static cudnnStatus_t call_convolution(const dnn_call *call, cudnnHandle_t handle,
                                      const dnn_descs *descs, dnn_job *job, dnn_extra extra)
{
    cudnnStatus_t status = dnn_begin(call->function, true);
    if (status)
        goto done;
    status = dnn_blend_take(call, extra.alpha, extra.beta, &job->blend);
    if (status)
        goto done;
    status = dnn_job_check(call, handle, descs, job, extra.workspace_bytes);
    if (status)
        goto done;
    status = dnn_enqueue(call, handle, dnn_job_run, job, sizeof *job);
done:
    return dnn_end(status);
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void *alpha,
                                      const cudnnTensorDescriptor_t x_desc, const void *x,
                                      const cudnnFilterDescriptor_t w_desc, const void *w,
                                      const cudnnConvolutionDescriptor_t convolution,
                                      cudnnConvolutionFwdAlgo_t algo, void *workspace,
                                      size_t workspace_bytes, const void *beta,
                                      const cudnnTensorDescriptor_t y_desc, void *y)
{
    dnn_call call = { __func__, false };
    dnn_descs descs = { DNN_FORWARD, x_desc, w_desc, convolution, y_desc };
    dnn_job job = { .algo = (int)algo,
                    .x = (void *)(uintptr_t)x,
                    .w = (void *)(uintptr_t)w,
                    .y = y,
                    .workspace = workspace };
    return call_convolution(&call, handle, &descs, &job,
                            (dnn_extra){ alpha, beta, workspace_bytes });
}

cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void *alpha,
                                           const cudnnFilterDescriptor_t w_desc, const void *w,
                                           const cudnnTensorDescriptor_t dy_desc, const void *dy,
                                           const cudnnConvolutionDescriptor_t convolution,
                                           cudnnConvolutionBwdDataAlgo_t algo, void *workspace,
                                           size_t workspace_bytes, const void *beta,
                                           const cudnnTensorDescriptor_t dx_desc, void *dx)
{
    dnn_call call = { __func__, false };
    dnn_descs descs = { DNN_DATA, dx_desc, w_desc, convolution, dy_desc };
    dnn_job job = { .algo = (int)algo,
                    .x = dx,
                    .w = (void *)(uintptr_t)w,
                    .y = (void *)(uintptr_t)dy,
                    .workspace = workspace };
    return call_convolution(&call, handle, &descs, &job,
                            (dnn_extra){ alpha, beta, workspace_bytes });
}

cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void *alpha,
                                             const cudnnTensorDescriptor_t x_desc, const void *x,
                                             const cudnnTensorDescriptor_t dy_desc, const void *dy,
                                             const cudnnConvolutionDescriptor_t convolution,
                                             cudnnConvolutionBwdFilterAlgo_t algo, void *workspace,
                                             size_t workspace_bytes, const void *beta,
                                             const cudnnFilterDescriptor_t dw_desc, void *dw)
{
    dnn_call call = { __func__, false };
    dnn_descs descs = { DNN_FILTERS, x_desc, dw_desc, convolution, dy_desc };
    dnn_job job = { .algo = (int)algo,
                    .x = (void *)(uintptr_t)x,
                    .w = dw,
                    .y = (void *)(uintptr_t)dy,
                    .workspace = workspace };
    return call_convolution(&call, handle, &descs, &job,
                            (dnn_extra){ alpha, beta, workspace_bytes });
}
