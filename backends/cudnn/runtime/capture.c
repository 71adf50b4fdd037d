/* capture.c: the extension that records a step as a CUDA graph, to be launched with one call. */
#include <resnet/capture.h>
#include <stdlib.h>

#include "cudnn/cudnn.h"

struct rn_recording {
    cudaGraphExec_t exec;
};

/* Captures this thread's calls only: other contexts' threads may allocate and wait meanwhile. */
static rn_status begin(rn_context *context)
{
    rn_status status = cudnn_enter(context);
    if (!status && cudnn_record_is_on(context))
        status = gpu_host->fail(RN_E_UNSUPPORTED, "no step is recorded while kernels are timed");
    if (!status)
        status = gpu_joint_flush(context);
    if (!status)
        status = cudnn_ranks_join(context);
    if (!status)
        status = cudnn_cuda_check(cudaStreamBeginCapture(context->stream,
                                                         cudaStreamCaptureModeThreadLocal),
                                  "begin to record a step");
    context->is_recording = !status;
    return status;
}

static rn_status instantiate(rn_context *context, cudaGraph_t graph, rn_recording *made)
{
    cudaError_t error = cudaGraphInstantiate(&made->exec, graph, 0);
    if (error)
        made->exec = NULL;
    else
        error = cudaGraphUpload(made->exec, context->stream);
    return cudnn_cuda_check(error, "make a graph of a recorded step");
}

static void destroy(rn_context *context, rn_recording *recording)
{
    if (!recording)
        return;
    cudaSetDevice(context->device);
    cudaStreamSynchronize(context->stream);
    if (recording->exec)
        cudaGraphExecDestroy(recording->exec);
    free(recording);
}

/* Joins the ranks' stream first, and enqueues a launch that waits, so that both are part of the
 * graph. */
static rn_status capture_end(rn_context *context, cudaGraph_t *graph)
{
    *graph = NULL;
    rn_status status = gpu_joint_flush(context);
    if (!status)
        status = cudnn_ranks_join(context);
    cudaError_t error = cudaStreamEndCapture(context->stream, graph);
    context->is_recording = false;
    if (error)
        *graph = NULL;
    return status ? status : cudnn_cuda_check(error, "record a step");
}

static void give_up(rn_context *context)
{
    cudaGraph_t graph = NULL;
    cudaError_t error = cudaStreamEndCapture(context->stream, &graph);
    context->is_recording = false;
    if (!error && graph)
        cudaGraphDestroy(graph);
    cudaGetLastError();
    cudnn_ranks_forget(context);
    gpu_joint_drop(context);
}

static rn_status end(rn_context *context, rn_recording **recording)
{
    cudaGraph_t graph;
    rn_status status = cudnn_enter(context);
    if (status || !recording) {
        give_up(context);
        return recording ? status : RN_OK;
    }
    *recording = NULL;
    rn_recording *made = calloc(1, sizeof *made);
    if (!made) {
        give_up(context);
        return gpu_host->fail(RN_E_NOMEM, "no memory for a recorded step");
    }
    status = capture_end(context, &graph);
    if (!status)
        status = instantiate(context, graph, made);
    if (graph)
        cudaGraphDestroy(graph);
    if (status)
        destroy(context, made);
    else
        *recording = made;
    return status;
}

static rn_status launch(rn_context *context, rn_recording *recording)
{
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    status = gpu_joint_flush(context);
    if (!status)
        status = cudnn_ranks_join(context);
    return status ? status
                  : cudnn_cuda_check(cudaGraphLaunch(recording->exec, context->stream),
                                     "launch a recorded step");
}

const struct rn_capture cudnn_capture = {
    .size = sizeof cudnn_capture, .begin = begin, .end = end, .destroy = destroy, .launch = launch
};
