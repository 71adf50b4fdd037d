/* cudnn_backend_graph.c: operation graphs in the stand-in for cuDNN's graph interface: one
 * convolution of images, and after a forward one: + z, + bias, relu, in this order and as far as
 * they are there. That is what NVIDIA's library has ready-made engines for; it has others for
 * other graphs, which it compiles when a plan is made. */
#include <string.h>

#include "cudnn_backend.h"

/* ---- Tensors and convolutions ---- */

static bool is_virtual(const dnn_part *tensor)
{
    return dnn_part_int(tensor, CUDNN_ATTR_TENSOR_IS_VIRTUAL, 0) != 0;
}

static struct cudnnTensorStruct tensor_of(const dnn_part *part)
{
    int64_t n;
    struct cudnnTensorStruct made = { .set = true };
    const int64_t *dims = dnn_part_values(part, CUDNN_ATTR_TENSOR_DIMENSIONS, &n);
    const int64_t *strides = dnn_part_values(part, CUDNN_ATTR_TENSOR_STRIDES, NULL);
    made.type = (cudnnDataType_t)dnn_part_int(part, CUDNN_ATTR_TENSOR_DATA_TYPE, 0);
    made.rank = (int)n;
    for (int i = 0; i < made.rank; i++) {
        made.dims[i] = (int)dims[i];
        made.strides[i] = (int)strides[i];
    }
    return made;
}

cudnnStatus_t dnn_tensor_part_finish(const dnn_call *call, dnn_part *part)
{
    int64_t n_dims, n_strides;
    const int64_t *dims = dnn_part_values(part, CUDNN_ATTR_TENSOR_DIMENSIONS, &n_dims);
    const int64_t *strides = dnn_part_values(part, CUDNN_ATTR_TENSOR_STRIDES, &n_strides);
    const int64_t alignment = dnn_part_int(part, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 0);
    const size_t bytes =
        dnn_type_bytes((cudnnDataType_t)dnn_part_int(part, CUDNN_ATTR_TENSOR_DATA_TYPE, 0));
    if (n_dims != n_strides)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "%d dimensions and %d strides", (int)n_dims,
                         (int)n_strides);
    if (!bytes || alignment <= 0 || alignment % (int64_t)bytes)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "elements of %zu bytes aligned to %d", bytes,
                         (int)alignment);
    for (int64_t i = 0; i < n_dims; i++)
        if (dims[i] < 1 || dims[i] > INT32_MAX || strides[i] < 1 || strides[i] > INT32_MAX)
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "axis %d: %lld elements, stride %lld",
                             (int)i, (long long)dims[i], (long long)strides[i]);
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t axes_take(const dnn_call *call, const dnn_part *part,
                               cudnnBackendAttributeName_t name, int *to)
{
    int64_t n;
    const int64_t *values = dnn_part_values(part, name, &n);
    if (n != dnn_part_int(part, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 0))
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "%d values for attribute %d", (int)n,
                         (int)name);
    for (int64_t i = 0; i < n; i++) {
        if (values[i] < (name == CUDNN_ATTR_CONVOLUTION_DILATIONS ||
                         name == CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES))
            return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "attribute %d is %lld", (int)name,
                             (long long)values[i]);
        to[i] = (int)values[i];
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t convolution_take(const dnn_call *call, const dnn_part *part,
                                      struct cudnnConvolutionStruct *to)
{
    int after[CUDNN_DIM_MAX];
    *to = (struct cudnnConvolutionStruct){ .set = true, .math = CUDNN_DEFAULT_MATH, .groups = 1 };
    to->type = (cudnnDataType_t)dnn_part_int(part, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, 0);
    to->mode = (cudnnConvolutionMode_t)dnn_part_int(part, CUDNN_ATTR_CONVOLUTION_CONV_MODE, 0);
    to->rank = (int)dnn_part_int(part, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 0);
    if (to->rank < 1 || to->rank > CUDNN_DIM_MAX)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "%d axes", to->rank);
    cudnnStatus_t status = axes_take(call, part, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, to->pad);
    if (!status)
        status = axes_take(call, part, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, after);
    if (!status)
        status = axes_take(call, part, CUDNN_ATTR_CONVOLUTION_DILATIONS, to->dilation);
    if (!status)
        status = axes_take(call, part, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, to->stride);
    if (!status && memcmp(after, to->pad, (size_t)to->rank * sizeof *after) != 0)
        status = dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                           "padding that differs between the sides (in the stand-in)");
    return status;
}

cudnnStatus_t dnn_convolution_part_finish(const dnn_call *call, dnn_part *part)
{
    struct cudnnConvolutionStruct ignored;
    return convolution_take(call, part, &ignored);
}

/* ---- Graphs ---- */

/* The attributes of a pass's operation. */
typedef struct pass_names {
    cudnnBackendDescriptorType_t operation;
    cudnnBackendAttributeName_t convolution, operands[3], alpha, beta;
} pass_names;

static const pass_names PASSES[] = {
    [DNN_FORWARD] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                      { CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y },
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA },
    [DNN_DATA] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                   { CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY },
                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA },
    [DNN_FILTERS] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                      { CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY },
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA },
};

static void operand_take(dnn_graph *graph, int operand, const dnn_part *tensor)
{
    graph->has[operand] = true;
    graph->names[operand] = dnn_part_int(tensor, CUDNN_ATTR_TENSOR_UNIQUE_ID, 0);
    graph->alignments[operand] = dnn_part_int(tensor, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 0);
}

static float float_of(const dnn_part *part, cudnnBackendAttributeName_t name)
{
    float value;
    memcpy(&value, dnn_part_values(part, name, NULL), sizeof value);
    return value;
}

/* A filter of 1 x 1 can be in both formats; x decides then. */
static cudnnTensorFormat_t format_of(const struct cudnnTensorStruct *w,
                                     const struct cudnnTensorStruct *x)
{
    const struct cudnnTensorStruct *which = dnn_tensor_is_nhwc(w) && dnn_tensor_is_nchw(w) ? x : w;
    return dnn_tensor_is_nhwc(which) && !dnn_tensor_is_nchw(which) ? CUDNN_TENSOR_NHWC
                                                                   : CUDNN_TENSOR_NCHW;
}

/* Takes the convolution, and returns the tensor of its y. */
static cudnnStatus_t main_take(const dnn_call *call, const dnn_part *operation, dnn_graph *graph,
                               const dnn_part **y)
{
    dnn_problem *problem = &graph->problem;
    const dnn_part *tensors[3];
    int pass = 0;
    while (pass < 3 && PASSES[pass].operation != operation->type)
        pass++;
    if (pass == 3)
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                         "a graph that begins with no convolution (in the stand-in)");
    const pass_names *names = &PASSES[pass];
    for (int i = 0; i < 3; i++) {
        tensors[i] = dnn_part_link(operation, names->operands[i]);
        operand_take(graph, i, tensors[i]);
    }
    problem->pass = (dnn_pass)pass;
    problem->x = tensor_of(tensors[DNN_X]);
    problem->y = tensor_of(tensors[DNN_Y]);
    problem->w.values = tensor_of(tensors[DNN_W]);
    problem->w.format = format_of(&problem->w.values, &problem->x);
    cudnnStatus_t status =
        convolution_take(call, dnn_part_link(operation, names->convolution), &problem->convolution);
    if (problem->w.values.dims[1] > 0)
        problem->convolution.groups = problem->x.dims[1] / problem->w.values.dims[1];
    graph->alpha = float_of(operation, names->alpha);
    graph->beta = float_of(operation, names->beta);
    *y = tensors[DNN_Y];
    return status;
}

/* The stages of an epilogue. */
typedef enum stage { AFTER_CONV, AFTER_Z, AFTER_BIAS, AFTER_RELU } stage;

static bool is_bias(const struct cudnnTensorStruct *b, const struct cudnnTensorStruct *y)
{
    return b->rank == 4 && b->dims[0] == 1 && b->dims[1] == y->dims[1] && b->dims[2] == 1 &&
           b->dims[3] == 1;
}

static bool same_dims(const struct cudnnTensorStruct *a, const struct cudnnTensorStruct *b)
{
    return a->rank == b->rank && !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims);
}

/* Takes an addition or a relu; false if its place is not there. */
static bool pointwise_take(const dnn_part *operation, dnn_graph *graph, stage *at)
{
    const dnn_part *what = dnn_part_link(operation, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
    const dnn_part *b = dnn_part_link(operation, CUDNN_ATTR_OPERATION_POINTWISE_BDESC);
    const int64_t mode = dnn_part_int(what, CUDNN_ATTR_POINTWISE_MODE, -1);
    const bool in_float =
        dnn_part_int(what, CUDNN_ATTR_POINTWISE_MATH_PREC, -1) == CUDNN_DATA_FLOAT;
    if (!in_float || *at == AFTER_RELU)
        return false;
    if (mode == CUDNN_POINTWISE_RELU_FWD && !b) {
        graph->relu = true;
        *at = AFTER_RELU;
        return true;
    }
    if (mode != CUDNN_POINTWISE_ADD || !b || is_virtual(b))
        return false;
    const struct cudnnTensorStruct addend = tensor_of(b);
    if (is_bias(&addend, &graph->problem.y) && *at < AFTER_BIAS) {
        operand_take(graph, DNN_BIAS, b);
        graph->bias = addend;
        *at = AFTER_BIAS;
        return true;
    }
    if (!same_dims(&addend, &graph->problem.y) || *at != AFTER_CONV)
        return false;
    operand_take(graph, DNN_Z, b);
    graph->z = addend;
    *at = AFTER_Z;
    return true;
}

static cudnnStatus_t epilogue_take(const dnn_call *call, int64_t n, dnn_part *const *operations,
                                   dnn_graph *graph, const dnn_part *y)
{
    stage at = AFTER_CONV;
    for (int64_t i = 1; i < n; i++) {
        const dnn_part *next = operations[i];
        if (next->type != CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR ||
            graph->problem.pass != DNN_FORWARD || !pointwise_take(next, graph, &at))
            return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN, "operation %d",
                             (int)i);
        if (dnn_part_link(next, CUDNN_ATTR_OPERATION_POINTWISE_XDESC) != y || !is_virtual(y))
            return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN,
                             "operation %d does not take the result of the one before it alone",
                             (int)i);
        y = dnn_part_link(next, CUDNN_ATTR_OPERATION_POINTWISE_YDESC);
    }
    if (is_virtual(y))
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "the result is not stored");
    graph->fused = n > 1;
    graph->problem.y = tensor_of(y);
    operand_take(graph, DNN_Y, y);
    return CUDNN_STATUS_SUCCESS;
}

/* Different tensors have different names. */
static cudnnStatus_t names_check(const dnn_call *call, const dnn_graph *graph)
{
    for (int i = 0; i < DNN_OPERANDS; i++)
        for (int k = 0; k < i; k++)
            if (graph->has[i] && graph->has[k] && graph->names[i] == graph->names[k])
                return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "two tensors are named %lld",
                                 (long long)graph->names[i]);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t dnn_graph_finish(const dnn_call *call, dnn_part *part)
{
    int64_t n;
    dnn_part *const *operations = dnn_part_values(part, CUDNN_ATTR_OPERATIONGRAPH_OPS, &n);
    dnn_graph *graph = &part->graph;
    const dnn_part *y = NULL;
    cudnnStatus_t status = main_take(call, operations[0], graph, &y);
    if (!status)
        status = epilogue_take(call, n, operations, graph, y);
    if (!status)
        status = names_check(call, graph);
    if (!status)
        status = dnn_problem_check(call, &graph->problem);
    if (!status && graph->fused && graph->beta != 0)
        status = dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "beta and an epilogue");
    return status;
}
