/* cudnn_backend_execute.c: variant packs, and plans that are executed, in the stand-in for cuDNN's
 * graph interface. */
#include <string.h>

#include "cudnn_backend.h"

cudnnStatus_t dnn_pack_finish(const dnn_call *call, dnn_part *part)
{
    int64_t n_names, n_pointers;
    dnn_part_values(part, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, &n_names);
    dnn_part_values(part, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, &n_pointers);
    if (n_names != n_pointers)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "%d names and %d addresses", (int)n_names,
                         (int)n_pointers);
    return CUDNN_STATUS_SUCCESS;
}

/* The data of a tensor's name. */
static cudnnStatus_t address_take(const dnn_call *call, const dnn_part *pack,
                                  const dnn_graph *graph, int operand, void **address)
{
    int64_t n;
    const int64_t *names = dnn_part_values(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, &n);
    void *const *data = dnn_part_values(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, NULL);
    *address = NULL;
    for (int64_t i = 0; i < n; i++)
        if (names[i] == graph->names[operand])
            *address = data[i];
    if (graph->has[operand] && !*address)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "no address of tensor %lld",
                         (long long)graph->names[operand]);
    if (graph->has[operand] && (uintptr_t)*address % (uintptr_t)graph->alignments[operand])
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER,
                         "tensor %lld is not aligned to %lld bytes",
                         (long long)graph->names[operand], (long long)graph->alignments[operand]);
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t addresses_take(const dnn_call *call, const dnn_part *pack,
                                    const dnn_graph *graph, dnn_job *job)
{
    void *at[DNN_OPERANDS];
    void *const *workspace = dnn_part_values(pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, NULL);
    for (int i = 0; i < DNN_OPERANDS; i++) {
        cudnnStatus_t status = address_take(call, pack, graph, i, &at[i]);
        if (status)
            return status;
    }
    job->x = at[DNN_X];
    job->w = at[DNN_W];
    job->y = at[DNN_Y];
    job->z = at[DNN_Z];
    job->bias = at[DNN_BIAS];
    job->workspace = workspace ? *workspace : NULL;
    return CUDNN_STATUS_SUCCESS;
}

/* The plan's job, without its data. */
static dnn_job job_of(const dnn_part *plan)
{
    const dnn_graph *graph = &plan->graph;
    dnn_job job = { .problem = graph->problem,
                    .algo = dnn_engine_algo(graph, &plan->config),
                    .workspace_bytes = (size_t)dnn_plan_workspace(plan),
                    .blend = { graph->alpha, dnn_engine_forgets(&plan->config) ? 0 : graph->beta },
                    .fused = graph->fused,
                    .relu = graph->relu,
                    .z_desc = graph->z,
                    .bias_desc = graph->bias,
                    .z_factor = graph->has[DNN_Z] ? 1 : 0 };
    job.problem.convolution.math =
        dnn_engine_rounds(&plan->config) ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH;
    return job;
}

static cudnnStatus_t job_check(const dnn_call *call, cudnnHandle_t handle, const dnn_job *job)
{
    const struct cudnnTensorStruct *y = &job->problem.y;
    const size_t bytes = dnn_tensor_bytes(y);
    cudnnStatus_t status = dnn_workspace_check(call, handle, job, job->workspace_bytes);
    if (!status)
        status = dnn_data_checks(call, handle, job);
    if (!status && job->z)
        status = dnn_data_check(call, handle, &job->z_desc, job->z);
    if (!status && job->bias)
        status = dnn_data_check(call, handle, &job->bias_desc, job->bias);
    if (!status && job->z && job->z != job->y && dnn_overlap(job->z, bytes, job->y, bytes))
        status = dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "y overlaps a part of z");
    if (!status && job->bias &&
        dnn_overlap(job->bias, dnn_tensor_bytes(&job->bias_desc), job->y, bytes))
        status = dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "y overlaps the bias");
    return status;
}

/* Results that nobody may rely on. */
static bool spoiled_run(void *what)
{
    const dnn_job *job = what;
    void *const results[] = { [DNN_FORWARD] = job->y, [DNN_DATA] = job->x, [DNN_FILTERS] = job->w };
    const struct cudnnTensorStruct *const tensors[] = { [DNN_FORWARD] = &job->problem.y,
                                                        [DNN_DATA] = &job->problem.x,
                                                        [DNN_FILTERS] = &job->problem.w.values };
    dnn_fill_garbage(results[job->problem.pass], dnn_tensor_bytes(tensors[job->problem.pass]));
    return true;
}

static cudnnStatus_t execute(const dnn_call *call, cudnnHandle_t handle, const dnn_part *plan,
                             const dnn_part *pack)
{
    dnn_job job = job_of(plan);
    cudnnStatus_t status = addresses_take(call, pack, &plan->graph, &job);
    if (!status)
        status = job_check(call, handle, &job);
    if (!status && dnn_engine_refuses(&plan->config))
        status = CUDNN_STATUS_EXECUTION_FAILED; /* and nobody is to blame */
    if (status)
        return status;
    return dnn_enqueue(call, handle, dnn_engine_spoils(&plan->config) ? spoiled_run : dnn_job_run,
                       &job, sizeof job);
}

/* True if it is finalised and of that type. */
static bool is_ready(const dnn_call *call, const dnn_part *part, cudnnBackendDescriptorType_t type)
{
    if (!cudasim_object_is(call->function, DNN_PART, part))
        return false;
    if (part->type == type && part->final)
        return true;
    dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "a descriptor of %d, %s, as one of %d", (int)part->type,
              part->final ? "finalised" : "not finalised", (int)type);
    return false;
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                                  cudnnBackendDescriptor_t pack)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status)
        status = dnn_handle_check(&call, handle);
    if (!status && (!is_ready(&call, plan, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) ||
                    !is_ready(&call, pack, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR)))
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status)
        status = execute(&call, handle, plan, pack);
    return dnn_end(status);
}
