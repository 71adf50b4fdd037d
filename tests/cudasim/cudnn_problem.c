/* cudnn_problem.c: checks that the descriptors of a convolution fit together, in the stand-in for
 * cuDNN. */
#include "cudnn_sim.h"

static cudnnStatus_t descs_check(const dnn_call *call, const dnn_descs *descs)
{
    cudnnStatus_t status = dnn_tensor_check(call, descs->x);
    if (!status)
        status = dnn_tensor_check(call, descs->y);
    if (status)
        return status;
    if (!cudasim_object_is(call->function, DNN_FILTER, descs->w) ||
        !cudasim_object_is(call->function, DNN_CONVOLUTION, descs->convolution))
        return CUDNN_STATUS_BAD_PARAM;
    if (!descs->w->values.set || !descs->convolution->set)
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "a descriptor was never set");
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t types_check(const dnn_call *call, const dnn_problem *problem)
{
    cudnnDataType_t type = problem->x.type;
    if (problem->w.values.type != type || problem->y.type != type) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "types %d, %d and %d of x, w and y",
                         (int)type, (int)problem->w.values.type, (int)problem->y.type);
    }
    bool supported =
        type == CUDNN_DATA_FLOAT || type == CUDNN_DATA_HALF || type == CUDNN_DATA_BFLOAT16;
    if (!supported || problem->convolution.type != CUDNN_DATA_FLOAT) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                         "type %d computed in type %d (or the stand-in does not support it)",
                         (int)type, (int)problem->convolution.type);
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t dims_check(const dnn_call *call, const dnn_problem *problem)
{
    const struct cudnnConvolutionStruct *convolution = &problem->convolution;
    const int *x = problem->x.dims, *w = problem->w.values.dims, *y = problem->y.dims;
    int groups = convolution->groups;
    if (problem->x.rank != 4 || problem->y.rank != 4 || problem->w.values.rank != 4 ||
        convolution->rank != 2) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "ranks %d, %d, %d of x, w, y and %d of the "
                         "convolution (the stand-in supports only images)",
                         problem->x.rank, problem->w.values.rank, problem->y.rank,
                         convolution->rank);
    }
    if (x[1] != w[1] * groups || w[0] % groups) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "%d channels in %d groups, but a filter of %d x %d", x[1], groups, w[0],
                         w[1]);
    }
    int height = dnn_output_size(convolution, 0, x[2], w[2]);
    int width = dnn_output_size(convolution, 1, x[3], w[3]);
    if (height < 1 || width < 1) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "the filter, %d x %d, is larger than the "
                         "padded image, %d x %d",
                         w[2], w[3], x[2], x[3]);
    }
    if (y[0] != x[0] || y[1] != w[0] || y[2] != height || y[3] != width) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "y is %d x %d x %d x %d, but the result is %d x %d x %d x %d", y[0], y[1],
                         y[2], y[3], x[0], w[0], height, width);
    }
    return CUDNN_STATUS_SUCCESS;
}

/* An NHWC filter needs NHWC images, and an NCHW filter must not have them: cuDNN computes some such
 * mixtures, but only with its slowest algorithm, which nobody can want. Output gradients must be
 * packed. */
static cudnnStatus_t layouts_check(const dnn_call *call, const dnn_problem *problem)
{
    const struct cudnnTensorStruct *x = &problem->x, *y = &problem->y;
    bool channels_last = problem->w.format == CUDNN_TENSOR_NHWC;
    if (channels_last && !(dnn_tensor_is_nhwc(x) && dnn_tensor_is_nhwc(y))) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                         "a filter in NHWC with an image that "
                         "is not in packed NHWC");
    }
    if (!channels_last && ((dnn_tensor_is_nhwc(x) && !dnn_tensor_is_nchw(x)) ||
                           (dnn_tensor_is_nhwc(y) && !dnn_tensor_is_nchw(y)))) {
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                         "a filter in NCHW with an image in NHWC");
    }
    if (!channels_last && problem->pass != DNN_FORWARD && !dnn_tensor_is_nchw(y))
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "dy is not packed");
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t dnn_problem_check(const dnn_call *call, const dnn_problem *problem)
{
    cudnnStatus_t status = types_check(call, problem);
    if (!status)
        status = dims_check(call, problem);
    return status ? status : layouts_check(call, problem);
}

cudnnStatus_t dnn_problem_make(const dnn_call *call, const dnn_descs *descs, dnn_problem *problem)
{
    cudnnStatus_t status = descs_check(call, descs);
    if (status)
        return status;
    problem->pass = descs->pass;
    problem->x = *descs->x;
    problem->y = *descs->y;
    problem->w = *descs->w;
    problem->convolution = *descs->convolution;
    return dnn_problem_check(call, problem);
}
