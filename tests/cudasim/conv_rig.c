/* conv_rig.c: a convolution on the simulated GPU, and the same in plain loops. */
#include "cudasim/conv_rig.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

#define DONE(call) CU_ASSERT_EQUAL_FATAL(call, 0)

int conv_rig_digits(cudnnDataType_t type)
{
    return type == CUDNN_DATA_FLOAT ? 24 : type == CUDNN_DATA_BFLOAT16 ? 8 : 11;
}

double conv_rig_round(int digits, double value)
{
    int exponent;
    double mantissa = frexp(value, &exponent);
    return ldexp(nearbyint(ldexp(mantissa, digits)), exponent - digits);
}

static uint16_t encode(cudnnDataType_t type, double value)
{
    float single = (float)value;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    if (type == CUDNN_DATA_BFLOAT16)
        return (uint16_t)(bits >> 16);
    if (value == 0)
        return 0;
    int exponent = ilogb(value); /* tests use only normal numbers */
    int mantissa = (int)ldexp(fabs(value), 10 - exponent) - 1024;
    return (uint16_t)((value < 0 ? 0x8000 : 0) | (exponent + 15) << 10 | mantissa);
}

static double decode(cudnnDataType_t type, uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float single;
    memcpy(&single, &wide, sizeof single);
    if (type == CUDNN_DATA_BFLOAT16)
        return (double)single;
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double value = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    if (exponent == 31)
        value = mantissa ? NAN : INFINITY;
    return bits & 0x8000 ? -value : value;
}

static const int *dims_of(const conv_rig *rig, int tensor)
{
    return tensor == 0 ? rig->y_dims : tensor == 1 ? rig->shape.x : rig->shape.w;
}

int conv_rig_count(const conv_rig *rig, int tensor)
{
    const int *dims = dims_of(rig, tensor);
    return dims[0] * dims[1] * dims[2] * dims[3];
}

/* The offset of element i, counted in N, C, H, W order. */
static int offset_of(const conv_rig *rig, int tensor, int i)
{
    const int *d = dims_of(rig, tensor);
    int w = i % d[3], h = i / d[3] % d[2], c = i / d[3] / d[2] % d[1], n = i / d[3] / d[2] / d[1];
    return rig->format == CUDNN_TENSOR_NHWC ? ((n * d[2] + h) * d[3] + w) * d[1] + c : i;
}

static void *data_of(const conv_rig *rig, int tensor)
{
    return tensor == 0 ? rig->y : tensor == 1 ? rig->x : rig->w;
}

static size_t element(const conv_rig *rig)
{
    return rig->type == CUDNN_DATA_FLOAT ? 4 : 2;
}

void conv_rig_fill(conv_rig *rig, int tensor)
{
    int count = conv_rig_count(rig, tensor);
    uint8_t *bytes = malloc((size_t)count * element(rig));
    for (int i = 0; i < count; i++) {
        int at = offset_of(rig, tensor, i);
        if (rig->type == CUDNN_DATA_FLOAT)
            ((float *)bytes)[at] = (float)rig->values[tensor][i];
        else
            ((uint16_t *)bytes)[at] = encode(rig->type, rig->values[tensor][i]);
    }
    DONE(cudaMemcpy(data_of(rig, tensor), bytes, (size_t)count * element(rig),
                    cudaMemcpyHostToDevice));
    free(bytes);
}

void conv_rig_read(const conv_rig *rig, int tensor, double *values)
{
    int count = conv_rig_count(rig, tensor);
    uint8_t *bytes = malloc((size_t)count * element(rig));
    DONE(cudaStreamSynchronize(rig->stream));
    DONE(cudaMemcpy(bytes, data_of(rig, tensor), (size_t)count * element(rig),
                    cudaMemcpyDeviceToHost));
    for (int i = 0; i < count; i++) {
        int at = offset_of(rig, tensor, i);
        values[i] = rig->type == CUDNN_DATA_FLOAT ? (double)((float *)bytes)[at]
                                                  : decode(rig->type, ((uint16_t *)bytes)[at]);
    }
    free(bytes);
}

static void open_descriptors(conv_rig *rig)
{
    const conv_case *s = &rig->shape;
    int *y = rig->y_dims;
    DONE(cudnnCreateTensorDescriptor(&rig->x_desc));
    DONE(cudnnCreateTensorDescriptor(&rig->y_desc));
    DONE(cudnnCreateTensorDescriptor(&rig->bias_desc));
    DONE(cudnnCreateFilterDescriptor(&rig->w_desc));
    DONE(cudnnCreateConvolutionDescriptor(&rig->conv));
    DONE(cudnnCreateActivationDescriptor(&rig->relu));
    DONE(cudnnSetTensor4dDescriptor(rig->x_desc, rig->format, rig->type, s->x[0], s->x[1], s->x[2],
                                    s->x[3]));
    DONE(cudnnSetFilter4dDescriptor(rig->w_desc, rig->type, rig->format, s->w[0], s->w[1], s->w[2],
                                    s->w[3]));
    DONE(cudnnSetConvolution2dDescriptor(rig->conv, s->pad[0], s->pad[1], s->stride[0],
                                         s->stride[1], s->dilation[0], s->dilation[1],
                                         CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    DONE(cudnnSetConvolutionGroupCount(rig->conv, s->groups));
    DONE(cudnnSetConvolutionMathType(rig->conv, rig->type == CUDNN_DATA_FLOAT
                                                    ? CUDNN_FMA_MATH
                                                    : CUDNN_TENSOR_OP_MATH));
    DONE(cudnnGetConvolution2dForwardOutputDim(rig->conv, rig->x_desc, rig->w_desc, &y[0], &y[1],
                                               &y[2], &y[3]));
    DONE(cudnnSetTensor4dDescriptor(rig->y_desc, rig->format, rig->type, y[0], y[1], y[2], y[3]));
    DONE(cudnnSetTensor4dDescriptor(rig->bias_desc, rig->format, rig->type, 1, y[1], 1, 1));
    DONE(
        cudnnSetActivationDescriptor(rig->relu, CUDNN_ACTIVATION_RELU, CUDNN_NOT_PROPAGATE_NAN, 0));
}

void conv_rig_open(conv_rig *rig, const conv_case *shape, cudnnDataType_t type,
                   cudnnTensorFormat_t format)
{
    *rig = (conv_rig){ .shape = *shape, .type = type, .format = format };
    DONE(cudaStreamCreateWithFlags(&rig->stream, cudaStreamNonBlocking));
    DONE(cudnnCreate(&rig->handle));
    DONE(cudnnSetStream(rig->handle, rig->stream));
    open_descriptors(rig);
    void **data[] = { &rig->y, &rig->x, &rig->w };
    uint32_t seed = 1;
    for (int t = 0; t < 3; t++) {
        int count = conv_rig_count(rig, t);
        DONE(cudaMalloc(data[t], (size_t)count * element(rig)));
        rig->values[t] = malloc((size_t)count * sizeof(double));
        for (int i = 0; i < count; i++) {
            seed = seed * 1664525 + 1013904223;
            rig->values[t][i] = conv_rig_round(conv_rig_digits(type), (seed >> 8) / 8388608.0 - 1);
        }
        conv_rig_fill(rig, t);
    }
    DONE(cudaMalloc(&rig->bias, (size_t)rig->y_dims[1] * element(rig)));
    DONE(cudaMemcpy(rig->bias, rig->x, element(rig), cudaMemcpyDeviceToDevice));
}

void conv_rig_close(conv_rig *rig)
{
    DONE(cudaStreamSynchronize(rig->stream));
    DONE(cudnnDestroy(rig->handle));
    DONE(cudnnDestroyTensorDescriptor(rig->x_desc));
    DONE(cudnnDestroyTensorDescriptor(rig->y_desc));
    DONE(cudnnDestroyTensorDescriptor(rig->bias_desc));
    DONE(cudnnDestroyFilterDescriptor(rig->w_desc));
    DONE(cudnnDestroyConvolutionDescriptor(rig->conv));
    DONE(cudnnDestroyActivationDescriptor(rig->relu));
    void *data[] = { rig->x, rig->w, rig->y, rig->bias, rig->workspace };
    for (size_t i = 0; i < sizeof data / sizeof *data; i++)
        DONE(cudaFree(data[i]));
    for (int t = 0; t < 3; t++)
        free(rig->values[t]);
    DONE(cudaStreamDestroy(rig->stream));
}

cudnnStatus_t conv_rig_size(conv_rig *rig, conv_pass pass, int algo, size_t *bytes)
{
    if (pass == CONV_FORWARD)
        return cudnnGetConvolutionForwardWorkspaceSize(rig->handle, rig->x_desc, rig->w_desc,
                                                       rig->conv, rig->y_desc,
                                                       (cudnnConvolutionFwdAlgo_t)algo, bytes);
    if (pass == CONV_DATA)
        return cudnnGetConvolutionBackwardDataWorkspaceSize(rig->handle, rig->w_desc, rig->y_desc,
                                                            rig->conv, rig->x_desc,
                                                            (cudnnConvolutionBwdDataAlgo_t)algo,
                                                            bytes);
    return cudnnGetConvolutionBackwardFilterWorkspaceSize(rig->handle, rig->x_desc, rig->y_desc,
                                                          rig->conv, rig->w_desc,
                                                          (cudnnConvolutionBwdFilterAlgo_t)algo,
                                                          bytes);
}

cudnnStatus_t conv_rig_call(conv_rig *r, conv_pass pass, int algo, const float blend[2])
{
    const float *alpha = &blend[0], *beta = &blend[1];
    if (pass == CONV_FORWARD)
        return cudnnConvolutionForward(r->handle, alpha, r->x_desc, r->x, r->w_desc, r->w, r->conv,
                                       (cudnnConvolutionFwdAlgo_t)algo, r->workspace,
                                       r->workspace_bytes, beta, r->y_desc, r->y);
    if (pass == CONV_DATA)
        return cudnnConvolutionBackwardData(r->handle, alpha, r->w_desc, r->w, r->y_desc, r->y,
                                            r->conv, (cudnnConvolutionBwdDataAlgo_t)algo,
                                            r->workspace, r->workspace_bytes, beta, r->x_desc,
                                            r->x);
    return cudnnConvolutionBackwardFilter(r->handle, alpha, r->x_desc, r->x, r->y_desc, r->y,
                                          r->conv, (cudnnConvolutionBwdFilterAlgo_t)algo,
                                          r->workspace, r->workspace_bytes, beta, r->w_desc, r->w);
}

cudnnStatus_t conv_rig_run(conv_rig *rig, conv_pass pass, int algo, const float blend[2])
{
    size_t bytes = 0;
    cudnnStatus_t status = conv_rig_size(rig, pass, algo, &bytes);
    if (status)
        return status;
    DONE(cudaFree(rig->workspace));
    rig->workspace = NULL;
    rig->workspace_bytes = bytes;
    if (bytes)
        DONE(cudaMalloc(&rig->workspace, bytes));
    return conv_rig_call(rig, pass, algo, blend);
}

/* Adds one product to the result of the pass. */
static void add_product(conv_pass pass, double *const v[3], double *result, const int at[3])
{
    if (pass == CONV_FORWARD)
        result[at[0]] += v[1][at[1]] * v[2][at[2]];
    if (pass == CONV_DATA)
        result[at[1]] += v[0][at[0]] * v[2][at[2]];
    if (pass == CONV_FILTER)
        result[at[2]] += v[0][at[0]] * v[1][at[1]];
}

void conv_rig_expect(const conv_rig *rig, conv_pass pass, double *const values[3], double *result)
{
    const conv_case *s = &rig->shape;
    const int *x = s->x, *w = s->w, *y = rig->y_dims;
    int taps = w[1] * w[2] * w[3];
    memset(result, 0, (size_t)conv_rig_count(rig, (int)pass) * sizeof *result);
    for (int i = 0; i < conv_rig_count(rig, 0); i++) {
        int q = i % y[3], p = i / y[3] % y[2], k = i / y[3] / y[2] % y[1];
        int n = i / y[3] / y[2] / y[1], group = k / (y[1] / s->groups);
        for (int t = 0; t < taps; t++) {
            int c = t / w[3] / w[2] + group * w[1];
            int row = p * s->stride[0] - s->pad[0] + t / w[3] % w[2] * s->dilation[0];
            int column = q * s->stride[1] - s->pad[1] + t % w[3] * s->dilation[1];
            int at[3] = { i, ((n * x[1] + c) * x[2] + row) * x[3] + column, k * taps + t };
            if (row >= 0 && row < x[2] && column >= 0 && column < x[3])
                add_product(pass, values, result, at);
        }
    }
}

double conv_rig_error(const conv_rig *rig, int tensor, const double *got, const double *expected)
{
    int count = conv_rig_count(rig, tensor);
    double squares = 0, largest = 0;
    for (int i = 0; i < count; i++)
        squares += expected[i] * expected[i];
    double limit = 1e-5 * sqrt(squares / count);
    double digit = rig->type == CUDNN_DATA_FLOAT ? 0 : ldexp(1.001, -conv_rig_digits(rig->type));
    for (int i = 0; i < count; i++) {
        double error = fabs(got[i] - expected[i]) / (limit + digit * fabs(expected[i]));
        largest = error <= largest ? largest : error;
    }
    return largest;
}

/* Runs the test in a process of its own: the simulated machine reads its environment when
 * loaded. */
static int run_with(const char *program, const char *real)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("CUDASIM_REAL", real, 1);
        setenv("CUDASIM_DEVICES", "2", 1);
        unsetenv("CUDASIM_ORDER");
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    bool ended = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
    return ended ? WEXITSTATUS(status) : 1;
}

int conv_rig_main(int argc, char **argv, const char *suite, const CU_TestInfo *tests)
{
    if (argc < 1 || getenv("CUDASIM_REAL"))
        return check_run(suite, tests);
    int without = run_with(argv[0], "0"), with = run_with(argv[0], "1");
    return without ? without : with;
}
