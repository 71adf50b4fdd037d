/* execution.h: an operation graph made ready to run by one engine: cuDNN's execution plan. */
#ifndef BACKENDS_CUDNN_CONV2D_EXECUTION_H
#define BACKENDS_CUDNN_CONV2D_EXECUTION_H

#include "cudnn/conv2d/engine.h"

struct cudnn_execution { /* typedef: convolution.h */
    cudnn_parts parts;   /* the engine, its configuration and the plan */
    cudnnBackendDescriptor_t plan;
    cudnn_engine engine;
    uint32_t notes; /* bit i: it has the cudnnBackendNumericalNote_t i */
    uint64_t workspace_bytes;
    char name[32]; /* "engine 62" */
};

/* NULL if cuDNN cannot compute the graph by that engine. The plan outlives the graph. */
cudnn_execution *cudnn_execution_make(const cudnn_convolution *conv, const cudnn_graph *graph,
                                      const cudnn_engine *engine);
void cudnn_execution_free(cudnn_execution *execution);

static inline bool cudnn_execution_has(const cudnn_execution *execution,
                                       cudnnBackendNumericalNote_t note)
{
    return execution->notes >> note & 1;
}

/* Enqueues it. */
cudnnStatus_t cudnn_execution_run(const cudnn_convolution *conv, const cudnn_execution *execution,
                                  const cudnn_pointers *at);

#endif
