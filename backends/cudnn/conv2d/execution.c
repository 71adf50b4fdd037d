/* execution.c: cuDNN's execution plans, made and run. */
#include "cudnn/conv2d/execution.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The engine with its knobs set. */
static cudnnBackendDescriptor_t config_make(cudnn_parts *parts, const cudnn_graph *graph,
                                            cudnn_execution *execution)
{
    const cudnn_engine *engine = &execution->engine;
    cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    cudnnBackendDescriptor_t choices[CUDNN_KNOBS];
    cudnnBackendDescriptor_t made = cudnn_part_new(parts, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    cudnn_part_link(parts, made, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, 1, &graph->operations);
    cudnn_part_set(parts, made, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1,
                   &engine->number);
    cudnn_part_finish(parts, made);
    const int64_t n_notes =
        cudnn_part_get(parts, made, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                       CUDNN_NUMERICAL_NOTE_TYPE_COUNT, notes);
    for (int64_t i = 0; i < n_notes; i++)
        execution->notes |= 1u << notes[i];
    for (int32_t i = 0; i < engine->n_knobs; i++) {
        const cudnnBackendKnobType_t type = (cudnnBackendKnobType_t)engine->knobs[i].type;
        choices[i] = cudnn_part_new(parts, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
        cudnn_part_set(parts, choices[i], CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1,
                       &type);
        cudnn_part_set(parts, choices[i], CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, 1,
                       &engine->knobs[i].value);
        cudnn_part_finish(parts, choices[i]);
    }
    cudnnBackendDescriptor_t config = cudnn_part_new(parts, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    cudnn_part_link(parts, config, CUDNN_ATTR_ENGINECFG_ENGINE, 1, &made);
    if (engine->n_knobs)
        cudnn_part_link(parts, config, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, engine->n_knobs, choices);
    cudnn_part_finish(parts, config);
    return config;
}

cudnn_execution *cudnn_execution_make(const cudnn_convolution *conv, const cudnn_graph *graph,
                                      const cudnn_engine *engine)
{
    cudnn_execution *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    cudnn_parts *parts = &made->parts;
    int64_t bytes = 0;
    made->engine = *engine;
    snprintf(made->name, sizeof made->name, "engine %" PRId64, engine->number);
    const cudnnBackendDescriptor_t config = config_make(parts, graph, made);
    made->plan = cudnn_part_new(parts, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    cudnn_part_set(parts, made->plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
                   &conv->context->cudnn);
    cudnn_part_link(parts, made->plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, 1, &config);
    cudnn_part_finish(parts, made->plan);
    cudnn_part_get(parts, made->plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1,
                   &bytes);
    made->workspace_bytes = (uint64_t)bytes;
    if (!parts->error)
        return made;
    cudnn_execution_free(made);
    return NULL;
}

void cudnn_execution_free(cudnn_execution *execution)
{
    if (execution)
        cudnn_parts_free(&execution->parts);
    free(execution);
}

cudnnStatus_t cudnn_execution_run(const cudnn_convolution *conv, const cudnn_execution *execution,
                                  const cudnn_pointers *at)
{
    int64_t names[5] = { CUDNN_GRAPH_X, CUDNN_GRAPH_WEIGHT, CUDNN_GRAPH_Y };
    void *addresses[5] = { at->x, at->weight, at->y };
    int64_t n = 3;
    cudnn_parts parts = { .n = 0 };
    if (cudnn_conv2d_is_fused(conv)) {
        names[n] = CUDNN_GRAPH_BIAS;
        addresses[n++] = at->bias;
    }
    if (conv->shape.has_z) {
        names[n] = CUDNN_GRAPH_Z;
        addresses[n++] = at->z;
    }
    cudnnBackendDescriptor_t pack = cudnn_part_new(&parts, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    cudnn_part_set(&parts, pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, n, names);
    cudnn_part_set(&parts, pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, n,
                   addresses);
    cudnn_part_set(&parts, pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
                   &at->workspace);
    cudnn_part_finish(&parts, pack);
    cudnnStatus_t error = parts.error;
    if (!error)
        error = cudnnBackendExecute(conv->context->cudnn, execution->plan, pack);
    cudnn_parts_free(&parts);
    return error;
}
