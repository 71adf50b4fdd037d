/* runtime_graph.c: the runtime's functions for stream capture and graphs. */
#include "machine.h"

static cudaError_t find(const char *function, cudaStream_t handle, cudaStream_t *stream)
{
    *stream = cudasim_stream_find(function, handle);
    return *stream ? cudaSuccess : cudaErrorInvalidResourceHandle;
}

cudaError_t cudaThreadExchangeStreamCaptureMode(enum cudaStreamCaptureMode *mode)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        *mode = cudasim_capture_exchange(*mode);
    return cudasim_end(error);
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, enum cudaStreamCaptureMode mode)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find(__func__, handle, &stream);
    if (!error)
        error = cudasim_capture_begin(stream, mode);
    return cudasim_end(error);
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t *graph)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find(__func__, handle, &stream);
    if (!error)
        error = cudasim_capture_end(__func__, stream, graph);
    return cudasim_end(error);
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, enum cudaStreamCaptureStatus *status)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find(__func__, handle, &stream);
    if (!error)
        *status = cudasim_capture_status(stream);
    return cudasim_end(error);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error && flags) {
        cudasim_blame(__func__, "the stand-in does not know flags %#llx", flags);
        error = cudaErrorInvalidValue;
    }
    if (!error && !cudasim_object_is(__func__, "cudaGraph_t", graph))
        error = cudaErrorInvalidValue;
    if (!error)
        *exec = cudasim_exec_new(graph);
    return cudasim_end(error);
}

static cudaError_t find_launch(const char *function, cudaGraphExec_t exec, cudaStream_t handle,
                               cudaStream_t *stream)
{
    if (!cudasim_object_is(function, "cudaGraphExec_t", exec))
        return cudaErrorInvalidValue;
    cudaError_t error = find(function, handle, stream);
    if (error)
        return error;
    if ((*stream)->capture) {
        cudasim_blame(function, "the stand-in has no nested graphs");
        return cudaErrorNotSupported;
    }
    return cudasim_capture_legacy(function, *stream);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t handle)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find_launch(__func__, exec, handle, &stream);
    return cudasim_end(error);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t handle)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find_launch(__func__, exec, handle, &stream);
    if (!error)
        cudasim_exec_launch(exec, stream);
    return cudasim_end(error);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && !cudasim_object_is(__func__, "cudaGraphExec_t", exec))
        error = cudaErrorInvalidValue;
    if (!error)
        cudasim_exec_free(exec);
    return cudasim_end(error);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && !cudasim_object_is(__func__, "cudaGraph_t", graph))
        error = cudaErrorInvalidValue;
    if (!error)
        cudasim_graph_free(graph);
    return cudasim_end(error);
}
