/* cudnn_find.c: the search for the fastest algorithm in the stand-in for cuDNN. Times are made up
 * from the shape and the algorithm, so they are always the same. The fastest one is sometimes not
 * deterministic, or takes a large workspace. */
#include <string.h>

#include "cudnn_sim.h"
#include "machine.h"

/* cuDNN gives one structure three names. */
typedef cudnnConvolutionFwdAlgoPerf_t perf;
_Static_assert(sizeof(perf) == sizeof(cudnnConvolutionBwdDataAlgoPerf_t), "one structure");
_Static_assert(sizeof(perf) == sizeof(cudnnConvolutionBwdFilterAlgoPerf_t), "one structure");

/* Each algorithm once, and two of each pass a second time, on tensor cores. */
#define TENSOR_VARIANTS 2
#define MAX_ENTRIES (CUDNN_CONVOLUTION_FWD_ALGO_COUNT + TENSOR_VARIANTS)

/* A call of one of the nine functions. */
typedef struct dnn_search {
    dnn_call call;
    bool runs;    /* cudnnFind…: runs the algorithms, which cannot be captured */
    bool on_data; /* cudnnFind…Ex: runs them on the caller's data */
    int requested, *returned;
    void *results;   /* an array of the pass's perf structure */
    void *x, *w, *y; /* the Ex functions' data */
    void *workspace;
    size_t workspace_bytes;
} dnn_search;

static uint32_t mix(uint32_t hash, uint32_t value)
{
    hash = (hash ^ value) * 0x9E3779B1U;
    return hash ^ hash >> 15;
}

/* Milliseconds; no real card takes these. */
static float made_up_time(const dnn_problem *problem, int algo, cudnnMathType_t math)
{
    const int *x = problem->x.dims, *w = problem->w.values.dims, *y = problem->y.dims;
    uint32_t hash = mix(mix(17, (uint32_t)problem->pass), (uint32_t)algo);
    for (int i = 0; i < 4; i++)
        hash = mix(mix(mix(hash, (uint32_t)x[i]), (uint32_t)w[i]), (uint32_t)y[i]);
    hash = mix(hash, (uint32_t)problem->x.type);
    double products = (double)dnn_tensor_count(&problem->y) * w[1] * w[2] * w[3];
    double factor = 1 + 3 * (hash / 4294967296.0);
    bool tensor = math == CUDNN_TENSOR_OP_MATH || math == CUDNN_DEFAULT_MATH;
    return (float)(0.005 + products / 1e10 * factor * (tensor ? 0.25 : 1));
}

/* The math type of an algorithm, with or without tensor cores. Before the A100, floats have only
 * one, which is called the default even if FMA is requested. */
static cudnnMathType_t math_of(const dnn_problem *problem, bool tensor)
{
    bool single = problem->x.type == CUDNN_DATA_FLOAT;
    if (tensor)
        return single ? CUDNN_DEFAULT_MATH : CUDNN_TENSOR_OP_MATH;
    return single && cudasim_arch() < 80 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH;
}

static void evaluate(const dnn_search *s, dnn_problem *problem, perf *entry)
{
    int algo = (int)entry->algo;
    problem->convolution.math = entry->mathType;
    entry->determinism =
        dnn_algo_deterministic(problem->pass, algo) ? CUDNN_DETERMINISTIC : CUDNN_NON_DETERMINISTIC;
    entry->status = dnn_algo_check(&s->call, problem, algo);
    if (!entry->status && s->runs && dnn_algo_refused(problem, false, algo))
        entry->status = CUDNN_STATUS_NOT_SUPPORTED;
    entry->time = -1;
    if (!entry->status) {
        entry->memory = dnn_algo_workspace(problem, algo);
        entry->time = made_up_time(problem, algo, entry->mathType);
        if (s->on_data && entry->memory > s->workspace_bytes) {
            entry->status = CUDNN_STATUS_ALLOC_FAILED;
            entry->time = -1;
        }
    }
}

/* Sorts runnable entries first, then by time. */
static void sort(perf *entries, int count)
{
    for (int i = 1; i < count; i++) {
        perf moved = entries[i];
        int to = i;
        while (to > 0 && !moved.status &&
               (entries[to - 1].status || entries[to - 1].time > moved.time)) {
            entries[to] = entries[to - 1];
            to--;
        }
        entries[to] = moved;
    }
}

static int list_entries(const dnn_search *s, const dnn_problem *problem, perf *entries)
{
    dnn_problem copy = *problem;
    bool only_fma = problem->convolution.math == CUDNN_FMA_MATH;
    int count = 0;
    for (int algo = 0; algo < dnn_algo_count(problem->pass); algo++) {
        bool tensor = dnn_algo_has_tensor_cores(problem->pass, algo) && !only_fma;
        for (int variant = 0; variant <= (tensor ? 1 : 0); variant++, count++) {
            memset(&entries[count], 0, sizeof entries[count]);
            entries[count].algo = (cudnnConvolutionFwdAlgo_t)algo;
            entries[count].mathType = math_of(problem, variant == 1);
            evaluate(s, &copy, &entries[count]);
        }
    }
    sort(entries, count);
    return count;
}

/* The memory that a search that runs the algorithms leaves with arbitrary content. */
typedef struct dnn_garbage {
    void *pieces[2];
    size_t bytes[2];
} dnn_garbage;

static bool write_garbage(void *what)
{
    const dnn_garbage *garbage = what;
    for (int i = 0; i < 2; i++)
        dnn_fill_garbage(garbage->pieces[i], garbage->bytes[i]);
    return true;
}

static cudnnStatus_t data_check(const dnn_search *s, cudnnHandle_t handle,
                                const dnn_problem *problem)
{
    const dnn_call *call = &s->call;
    const struct cudnnTensorStruct *tensors[] = { &problem->y, &problem->x, &problem->w.values };
    void *data[] = { s->y, s->x, s->w };
    for (int t = 0; t < 3; t++) {
        cudnnStatus_t status = dnn_data_check(call, handle, tensors[t], data[t]);
        if (status)
            return status;
    }
    if (s->workspace_bytes &&
        !cudasim_range_is(call->function, handle->device, s->workspace, s->workspace_bytes, 16))
        return CUDNN_STATUS_BAD_PARAM;
    dnn_garbage what = { { data[problem->pass], s->workspace },
                         { dnn_tensor_bytes(tensors[problem->pass]), s->workspace_bytes } };
    return dnn_enqueue(call, handle, write_garbage, &what, sizeof what);
}

static cudnnStatus_t run_search(const dnn_search *s, cudnnHandle_t handle, const dnn_descs *descs)
{
    perf entries[MAX_ENTRIES];
    dnn_problem problem;
    cudnnStatus_t status = dnn_begin(s->call.function, !s->runs);
    if (!status)
        status = dnn_handle_check(&s->call, handle);
    if (!status && (!s->returned || !s->results || s->requested < 1))
        status = dnn_wrong(&s->call, CUDNN_STATUS_BAD_PARAM, "no pointer for results");
    if (!status)
        status = dnn_problem_make(&s->call, descs, &problem);
    if (!status && s->on_data)
        status = data_check(s, handle, &problem);
    if (!status) {
        int count = list_entries(s, &problem, entries);
        count = count > s->requested ? s->requested : count;
        memcpy(s->results, entries, (size_t)count * sizeof *entries);
        *s->returned = count;
    }
    return dnn_end(status);
}

static cudnnStatus_t count_query(const char *function, cudnnHandle_t handle, dnn_pass pass,
                                 int *count)
{
    dnn_call call = { function, true };
    cudnnStatus_t status = dnn_begin(function, true);
    if (!status)
        status = count ? dnn_handle_check(&call, handle) : CUDNN_STATUS_BAD_PARAM;
    if (!status)
        *count = dnn_algo_count(pass) + TENSOR_VARIANTS;
    return dnn_end(status);
}

cudnnStatus_t cudnnGetConvolutionForwardAlgorithmMaxCount(cudnnHandle_t handle, int *count)
{
    return count_query(__func__, handle, DNN_FORWARD, count);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithmMaxCount(cudnnHandle_t handle, int *count)
{
    return count_query(__func__, handle, DNN_DATA, count);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(cudnnHandle_t handle, int *count)
{
    return count_query(__func__, handle, DNN_FILTERS, count);
}

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y,
    const int requested, int *returned, cudnnConvolutionFwdAlgoPerf_t *results)
{
    dnn_descs descs = { DNN_FORWARD, x, w, convolution, y };
    dnn_search search = {
        .call = { __func__, true }, .requested = requested, .returned = returned, .results = results
    };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnFindConvolutionForwardAlgorithm(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y,
    const int requested, int *returned, cudnnConvolutionFwdAlgoPerf_t *results)
{
    dnn_descs descs = { DNN_FORWARD, x, w, convolution, y };
    dnn_search search = { .call = { __func__, true },
                          .runs = true,
                          .requested = requested,
                          .returned = returned,
                          .results = results };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnFindConvolutionForwardAlgorithmEx(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x_desc, const void *x,
    const cudnnFilterDescriptor_t w_desc, const void *w,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t y_desc, void *y,
    const int requested, int *returned, cudnnConvolutionFwdAlgoPerf_t *results, void *workspace,
    size_t workspace_bytes)
{
    dnn_descs descs = { DNN_FORWARD, x_desc, w_desc, convolution, y_desc };
    dnn_search search = { { __func__, true },
                          true,
                          true,
                          requested,
                          returned,
                          results,
                          (void *)(uintptr_t)x,
                          (void *)(uintptr_t)w,
                          y,
                          workspace,
                          workspace_bytes };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx,
    const int requested, int *returned, cudnnConvolutionBwdDataAlgoPerf_t *results)
{
    dnn_descs descs = { DNN_DATA, dx, w, convolution, dy };
    dnn_search search = {
        .call = { __func__, true }, .requested = requested, .returned = returned, .results = results
    };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnFindConvolutionBackwardDataAlgorithm(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx,
    const int requested, int *returned, cudnnConvolutionBwdDataAlgoPerf_t *results)
{
    dnn_descs descs = { DNN_DATA, dx, w, convolution, dy };
    dnn_search search = { .call = { __func__, true },
                          .runs = true,
                          .requested = requested,
                          .returned = returned,
                          .results = results };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnFindConvolutionBackwardDataAlgorithmEx(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t w_desc, const void *w,
    const cudnnTensorDescriptor_t dy_desc, const void *dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnTensorDescriptor_t dx_desc, void *dx,
    const int requested, int *returned, cudnnConvolutionBwdDataAlgoPerf_t *results, void *workspace,
    size_t workspace_bytes)
{
    dnn_descs descs = { DNN_DATA, dx_desc, w_desc, convolution, dy_desc };
    dnn_search search = { { __func__, true },
                          true,
                          true,
                          requested,
                          returned,
                          results,
                          dx,
                          (void *)(uintptr_t)w,
                          (void *)(uintptr_t)dy,
                          workspace,
                          workspace_bytes };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnFilterDescriptor_t dw,
    const int requested, int *returned, cudnnConvolutionBwdFilterAlgoPerf_t *results)
{
    dnn_descs descs = { DNN_FILTERS, x, dw, convolution, dy };
    dnn_search search = {
        .call = { __func__, true }, .requested = requested, .returned = returned, .results = results
    };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnFindConvolutionBackwardFilterAlgorithm(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x, const cudnnTensorDescriptor_t dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnFilterDescriptor_t dw,
    const int requested, int *returned, cudnnConvolutionBwdFilterAlgoPerf_t *results)
{
    dnn_descs descs = { DNN_FILTERS, x, dw, convolution, dy };
    dnn_search search = { .call = { __func__, true },
                          .runs = true,
                          .requested = requested,
                          .returned = returned,
                          .results = results };
    return run_search(&search, handle, &descs);
}

cudnnStatus_t cudnnFindConvolutionBackwardFilterAlgorithmEx(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t x_desc, const void *x,
    const cudnnTensorDescriptor_t dy_desc, const void *dy,
    const cudnnConvolutionDescriptor_t convolution, const cudnnFilterDescriptor_t dw_desc, void *dw,
    const int requested, int *returned, cudnnConvolutionBwdFilterAlgoPerf_t *results,
    void *workspace, size_t workspace_bytes)
{
    dnn_descs descs = { DNN_FILTERS, x_desc, dw_desc, convolution, dy_desc };
    dnn_search search = { { __func__, true },
                          true,
                          true,
                          requested,
                          returned,
                          results,
                          (void *)(uintptr_t)x,
                          dw,
                          (void *)(uintptr_t)dy,
                          workspace,
                          workspace_bytes };
    return run_search(&search, handle, &descs);
}
