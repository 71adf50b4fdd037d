/* graph.c: a convolution as one of cuDNN's operation graphs: the convolution, then what follows it,
 * in the order that cuDNN has kernels for: conv, + z, + bias, relu. What is between two operations
 * is in float and is not stored. */
#include "cudnn/conv2d/graph.h"

/* cuDNN may load 16 bytes at once. Operands and parts of the workspace begin at multiples of more.
 */
enum { ALIGNMENT = 16 };

enum { MAX_OPERATIONS = 4 };

/* A graph in the making. */
typedef struct draft {
    const cudnn_convolution *conv;
    cudnn_parts *parts;
    cudnnBackendDescriptor_t operations[MAX_OPERATIONS];
    int64_t n;
    int64_t n_between; /* results that are not stored, so far */
} draft;

typedef struct tensor_shape {
    int64_t n, c, h, w;
} tensor_shape;

static tensor_shape y_shape(const cudnn_convolution *conv)
{
    return (tensor_shape){ conv->shape.n, conv->shape.k, conv->shape.p, conv->shape.q };
}

/* ---- Tensors ---- */

static cudnnBackendDescriptor_t tensor_begin(const draft *d, int64_t name, tensor_shape s,
                                             cudnnDataType_t type)
{
    const int64_t dims[4] = { s.n, s.c, s.h, s.w }, alignment = ALIGNMENT;
    const bool last = d->conv->format == CUDNN_TENSOR_NHWC;
    const int64_t strides[4] = { s.c * s.h * s.w, last ? 1 : s.h * s.w, last ? s.w * s.c : s.w,
                                 last ? s.c : 1 };
    cudnnBackendDescriptor_t tensor = cudnn_part_new(d->parts, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    cudnn_part_set(d->parts, tensor, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &name);
    cudnn_part_set(d->parts, tensor, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
    cudnn_part_set(d->parts, tensor, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dims);
    cudnn_part_set(d->parts, tensor, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides);
    cudnn_part_set(d->parts, tensor, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1,
                   &alignment);
    return tensor;
}

static cudnnBackendDescriptor_t tensor_make(const draft *d, int64_t name, tensor_shape shape)
{
    cudnnBackendDescriptor_t tensor = tensor_begin(d, name, shape, d->conv->type);
    cudnn_part_finish(d->parts, tensor);
    return tensor;
}

/* The result of an operation: y, or in float what only the next operation reads. */
static cudnnBackendDescriptor_t result_make(draft *d, bool is_last)
{
    const bool is_virtual = true;
    if (is_last)
        return tensor_make(d, CUDNN_GRAPH_Y, y_shape(d->conv));
    cudnnBackendDescriptor_t tensor =
        tensor_begin(d, ++d->n_between, y_shape(d->conv), CUDNN_DATA_FLOAT);
    cudnn_part_set(d->parts, tensor, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1,
                   &is_virtual);
    cudnn_part_finish(d->parts, tensor);
    return tensor;
}

/* ---- Operations ---- */

static cudnnBackendDescriptor_t convolution_make(const draft *d)
{
    const gpu_convolution *shape = &d->conv->shape;
    const int64_t none[2] = { 0, 0 }, n_axes = 2;
    const int64_t *padding = d->conv->has_border ? none : shape->padding;
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    const struct {
        cudnnBackendAttributeName_t name;
        const int64_t *values;
    } pairs[] = { { CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding },
                  { CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding },
                  { CUDNN_ATTR_CONVOLUTION_DILATIONS, shape->dilation },
                  { CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, shape->stride } };
    cudnnBackendDescriptor_t made = cudnn_part_new(d->parts, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    cudnn_part_set(d->parts, made, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1,
                   &type);
    cudnn_part_set(d->parts, made, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1,
                   &mode);
    cudnn_part_set(d->parts, made, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1,
                   &n_axes);
    for (int i = 0; i < 4; i++)
        cudnn_part_set(d->parts, made, pairs[i].name, CUDNN_TYPE_INT64, 2, pairs[i].values);
    cudnn_part_finish(d->parts, made);
    return made;
}

/* The attributes of a pass's operation. */
typedef struct pass_names {
    cudnnBackendDescriptorType_t operation;
    cudnnBackendAttributeName_t convolution, x, weight, y, alpha, beta;
} pass_names;

static const pass_names *names_of(conv2d_pass pass)
{
    static const pass_names FORWARD = { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                                        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA };
    static const pass_names INPUT = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA };
    static const pass_names WEIGHT = {
        CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA
    };
    switch (pass) {
        case CONV2D_FORWARD: return &FORWARD;
        case CONV2D_GRAD_INPUT: return &INPUT;
        default: return &WEIGHT;
    }
}

/* Appends the convolution, and returns its y. */
static cudnnBackendDescriptor_t convolution_append(draft *d)
{
    const cudnn_convolution *conv = d->conv;
    const gpu_convolution *s = &conv->shape;
    const pass_names *names = names_of(s->pass);
    const float one = 1.0f, beta = s->sums ? 1.0f : 0.0f;
    const tensor_shape x_shape = { s->n, s->c, conv->bordered[0], conv->bordered[1] },
                       weight_shape = { s->k, s->c / s->groups, s->r, s->s };
    cudnnBackendDescriptor_t convolution = convolution_make(d),
                             x = tensor_make(d, CUDNN_GRAPH_X, x_shape),
                             weight = tensor_make(d, CUDNN_GRAPH_WEIGHT, weight_shape),
                             y = result_make(d, !cudnn_conv2d_is_fused(conv)),
                             operation = cudnn_part_new(d->parts, names->operation);
    cudnn_part_link(d->parts, operation, names->convolution, 1, &convolution);
    cudnn_part_link(d->parts, operation, names->x, 1, &x);
    cudnn_part_link(d->parts, operation, names->weight, 1, &weight);
    cudnn_part_link(d->parts, operation, names->y, 1, &y);
    cudnn_part_set(d->parts, operation, names->alpha, CUDNN_TYPE_FLOAT, 1, &one);
    cudnn_part_set(d->parts, operation, names->beta, CUDNN_TYPE_FLOAT, 1, &beta);
    cudnn_part_finish(d->parts, operation);
    d->operations[d->n++] = operation;
    return y;
}

/* Appends `mode` of x and, unless it is NULL, of b, and returns the result. */
static cudnnBackendDescriptor_t pointwise_append(draft *d, cudnnPointwiseMode_t mode,
                                                 cudnnBackendDescriptor_t x,
                                                 const cudnnBackendDescriptor_t *b, bool is_last)
{
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    cudnnBackendDescriptor_t y = result_make(d, is_last),
                             what = cudnn_part_new(d->parts, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    cudnn_part_set(d->parts, what, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
    cudnn_part_set(d->parts, what, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &type);
    cudnn_part_finish(d->parts, what);
    cudnnBackendDescriptor_t operation =
        cudnn_part_new(d->parts, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    cudnn_part_link(d->parts, operation, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, 1, &what);
    cudnn_part_link(d->parts, operation, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, 1, &x);
    if (b)
        cudnn_part_link(d->parts, operation, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, 1, b);
    cudnn_part_link(d->parts, operation, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, 1, &y);
    cudnn_part_finish(d->parts, operation);
    d->operations[d->n++] = operation;
    return y;
}

/* There is always a bias, of zeros if need be: cuDNN's own kernels for an epilogue have one, and
 * what has none it would compile at run time. */
static void epilogue_append(draft *d, cudnnBackendDescriptor_t result)
{
    const gpu_convolution *shape = &d->conv->shape;
    if (shape->has_z) {
        const cudnnBackendDescriptor_t z = tensor_make(d, CUDNN_GRAPH_Z, y_shape(d->conv));
        result = pointwise_append(d, CUDNN_POINTWISE_ADD, result, &z, false);
    }
    const cudnnBackendDescriptor_t bias =
        tensor_make(d, CUDNN_GRAPH_BIAS, (tensor_shape){ 1, shape->k, 1, 1 });
    result = pointwise_append(d, CUDNN_POINTWISE_ADD, result, &bias, !shape->relu);
    if (shape->relu)
        pointwise_append(d, CUDNN_POINTWISE_RELU_FWD, result, NULL, true);
}

cudnnStatus_t cudnn_graph_make(const cudnn_convolution *conv, cudnn_graph *graph)
{
    *graph = (cudnn_graph){ .operations = NULL };
    draft d = { .conv = conv, .parts = &graph->parts };
    cudnnBackendDescriptor_t result = convolution_append(&d);
    if (cudnn_conv2d_is_fused(conv))
        epilogue_append(&d, result);
    graph->operations = cudnn_part_new(d.parts, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    cudnn_part_set(d.parts, graph->operations, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE,
                   1, &conv->context->cudnn);
    cudnn_part_link(d.parts, graph->operations, CUDNN_ATTR_OPERATIONGRAPH_OPS, d.n, d.operations);
    cudnn_part_finish(d.parts, graph->operations);
    return graph->parts.error;
}

void cudnn_graph_free(cudnn_graph *graph)
{
    cudnn_parts_free(&graph->parts);
}
