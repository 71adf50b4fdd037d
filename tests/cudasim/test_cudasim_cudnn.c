/* test_cudasim_cudnn.c: the stand-in for cuDNN computes convolutions like plain loops of
 * doubles, late, with the rounding of each type; and it agrees with NVIDIA's library about
 * descriptors. Runs itself with and without that library. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cudasim/conv_rig.h"
#include "cudasim/cudasim.h"
#include "support/check.h"

static const float ONE[2] = { 1, 0 }, BOTH[2] = { 0.5f, 2 };

static const conv_case CASES[] = {
    { "3x3", { 2, 5, 9, 7 }, { 18, 5, 3, 3 }, 1, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { "1x1 by 2", { 3, 4, 6, 5 }, { 6, 4, 1, 1 }, 1, { 0, 0 }, { 2, 2 }, { 1, 1 } },
    { "groups", { 2, 12, 8, 8 }, { 24, 3, 3, 3 }, 4, { 1, 1 }, { 2, 2 }, { 1, 1 } },
    { "depthwise", { 1, 7, 6, 6 }, { 7, 1, 3, 3 }, 7, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { "dilated", { 1, 4, 13, 11 }, { 6, 4, 3, 3 }, 1, { 2, 2 }, { 1, 1 }, { 2, 2 } },
    { "5x5", { 2, 3, 8, 8 }, { 5, 3, 5, 5 }, 1, { 2, 2 }, { 1, 1 }, { 1, 1 } },
    { "1x7 uneven", { 2, 3, 5, 12 }, { 4, 3, 1, 7 }, 1, { 0, 3 }, { 1, 2 }, { 1, 1 } },
    { "7x7 by 2", { 1, 3, 20, 20 }, { 8, 3, 7, 7 }, 1, { 3, 3 }, { 2, 2 }, { 1, 1 } },
};
#define N_CASES ((int)(sizeof CASES / sizeof *CASES))

static const cudnnDataType_t TYPES[] = { CUDNN_DATA_FLOAT, CUDNN_DATA_HALF, CUDNN_DATA_BFLOAT16 };
static const int ALGOS[] = { CUDNN_CONVOLUTION_FWD_ALGO_COUNT,
                             CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT,
                             CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT };

/* Runs an algorithm if it is supported, and compares. */
static void try_algo(conv_rig *rig, conv_pass pass, int algo, const float blend[2])
{
    int count = conv_rig_count(rig, (int)pass);
    double *expected = malloc(2 * (size_t)count * sizeof *expected), *got = expected + count;
    conv_rig_fill(rig, (int)pass);
    cudnnStatus_t status = conv_rig_run(rig, pass, algo, blend);
    if (status != CUDNN_STATUS_NOT_SUPPORTED) {
        CU_ASSERT_EQUAL(status, CUDNN_STATUS_SUCCESS);
        conv_rig_expect(rig, pass, rig->values, expected);
        for (int i = 0; i < count; i++)
            expected[i] =
                (double)blend[0] * expected[i] + (double)blend[1] * rig->values[(int)pass][i];
        conv_rig_read(rig, (int)pass, got);
        double error = conv_rig_error(rig, (int)pass, got, expected);
        CU_ASSERT(error <= 1);
        if (!(error <= 1))
            check_note("%s, type %d, format %d, pass %d, algorithm %d: %g of the tolerance",
                       rig->shape.name, (int)rig->type, (int)rig->format, (int)pass, algo, error);
    }
    conv_rig_fill(rig, (int)pass);
    free(expected);
}

static int n_supported(conv_rig *rig, conv_pass pass)
{
    int n = 0;
    for (int algo = 0; algo < ALGOS[pass]; algo++) {
        size_t bytes;
        n += !conv_rig_size(rig, pass, algo, &bytes);
    }
    return n;
}

static void try_case(const conv_case *shape, cudnnDataType_t type, cudnnTensorFormat_t format)
{
    conv_rig rig;
    conv_rig_open(&rig, shape, type, format);
    for (int pass = CONV_FORWARD; pass <= CONV_FILTER; pass++) {
        CU_ASSERT(n_supported(&rig, (conv_pass)pass) > 0);
        for (int algo = 0; algo < ALGOS[pass]; algo++) {
            try_algo(&rig, (conv_pass)pass, algo, ONE);
            try_algo(&rig, (conv_pass)pass, algo, BOTH);
        }
    }
    conv_rig_close(&rig);
}

static void test_results(void)
{
    int blames = cudasim_blames();
    for (int i = 0; i < N_CASES; i++) {
        for (int t = 0; t < 3; t++) {
            try_case(&CASES[i], TYPES[t], CUDNN_TENSOR_NCHW);
            try_case(&CASES[i], TYPES[t], CUDNN_TENSOR_NHWC);
        }
    }
    CU_ASSERT_EQUAL(cudasim_blames(), blames);
}

/* ---- Beyond plain loops ---- */

/* Operands are rounded to TF32 unless the descriptor forbids it. */
static void test_tf32(void)
{
    const cudnnMathType_t maths[] = { CUDNN_DEFAULT_MATH, CUDNN_TENSOR_OP_MATH };
    conv_rig rig;
    conv_rig_open(&rig, &CASES[0], CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC);
    int count = conv_rig_count(&rig, 0);
    double *rounded[3], *got = malloc(2 * (size_t)count * sizeof *got), *expected = got + count;
    for (int t = 0; t < 3; t++) {
        rounded[t] = malloc((size_t)conv_rig_count(&rig, t) * sizeof(double));
        for (int i = 0; i < conv_rig_count(&rig, t); i++)
            rounded[t][i] = conv_rig_round(11, rig.values[t][i]);
    }
    for (int m = 0; m < 2; m++) {
        CU_ASSERT_EQUAL(cudnnSetConvolutionMathType(rig.conv, maths[m]), CUDNN_STATUS_SUCCESS);
        CU_ASSERT_EQUAL(conv_rig_run(&rig, CONV_FORWARD,
                                     CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, ONE),
                        CUDNN_STATUS_SUCCESS);
        conv_rig_read(&rig, 0, got);
        conv_rig_expect(&rig, CONV_FORWARD, rounded, expected);
        CU_ASSERT(conv_rig_error(&rig, 0, got, expected) <= 1);
        conv_rig_expect(&rig, CONV_FORWARD, rig.values, expected);
        CU_ASSERT(conv_rig_error(&rig, 0, got, expected) > 3);
    }
    for (int t = 0; t < 3; t++)
        free(rounded[t]);
    free(got);
    conv_rig_close(&rig);
}

/* True if two runs give the same bits. */
static bool repeats(conv_rig *rig, conv_pass pass, int algo)
{
    size_t count = (size_t)conv_rig_count(rig, (int)pass);
    double *first = malloc(2 * count * sizeof *first), *second = first + count;
    bool same = true;
    CU_ASSERT_EQUAL(conv_rig_run(rig, pass, algo, ONE), CUDNN_STATUS_SUCCESS);
    conv_rig_read(rig, (int)pass, first);
    CU_ASSERT_EQUAL(conv_rig_run(rig, pass, algo, ONE), CUDNN_STATUS_SUCCESS);
    conv_rig_read(rig, (int)pass, second);
    for (size_t i = 0; i < count; i++)
        same = same && first[i] == second[i];
    free(first);
    conv_rig_fill(rig, (int)pass);
    return same;
}

static void test_determinism(void)
{
    for (int i = 0; i < N_CASES; i++) {
        conv_rig rig;
        conv_rig_open(&rig, &CASES[i], CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC);
        bool sums = CASES[i].w[0] > CASES[i].groups || CASES[i].w[2] * CASES[i].w[3] > 1;
        CU_ASSERT_EQUAL(repeats(&rig, CONV_DATA, CUDNN_CONVOLUTION_BWD_DATA_ALGO_0), !sums);
        CU_ASSERT(repeats(&rig, CONV_DATA, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1));
        CU_ASSERT(!repeats(&rig, CONV_FILTER, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0));
        CU_ASSERT(repeats(&rig, CONV_FILTER, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1));
        CU_ASSERT(repeats(&rig, CONV_FORWARD, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM));
        conv_rig_close(&rig);
    }
}

/* Nothing runs before it is waited for. A call then uses the memory as it is when the stream
 * reaches it, here after a copy, but the descriptors as they were. */
static void test_late(void)
{
    conv_rig rig;
    conv_rig_open(&rig, &CASES[0], CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC);
    size_t count = (size_t)conv_rig_count(&rig, 0), bytes = (size_t)conv_rig_count(&rig, 1) * 4;
    double *got = malloc(2 * count * sizeof *got), *expected = got + count;
    float *pinned, *first; /* element of y */
    CU_ASSERT_EQUAL_FATAL(cudaMallocHost((void **)&pinned, bytes), cudaSuccess);
    CU_ASSERT_EQUAL_FATAL(cudaMallocHost((void **)&first, sizeof *first), cudaSuccess);
    *first = 1e30f;
    for (size_t i = 0; i < bytes / 4; i++)
        pinned[i] = (float)(i % 7) - 3;
    for (int i = 0; i < conv_rig_count(&rig, 1); i++) { /* memory is NHWC */
        int c = i / 63 % 5, pixel = i % 63, n = i / 315;
        rig.values[1][i] = (double)pinned[(n * 63 + pixel) * 5 + c];
    }
    CU_ASSERT_EQUAL(cudaMemcpyAsync(rig.x, pinned, bytes, cudaMemcpyHostToDevice, rig.stream), 0);
    CU_ASSERT_EQUAL(conv_rig_run(&rig, CONV_FORWARD,
                                 CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, ONE),
                    0);
    CU_ASSERT_EQUAL(cudaMemcpyAsync(first, rig.y, sizeof *first, cudaMemcpyDeviceToHost,
                                    rig.stream),
                    0);
    CU_ASSERT_EQUAL(*first, 1e30f);
    CU_ASSERT_EQUAL(cudnnSetTensor4dDescriptor(rig.x_desc, rig.format, rig.type, 1, 5, 9, 7), 0);
    CU_ASSERT_EQUAL(cudnnSetConvolutionGroupCount(rig.conv, 3), 0);
    conv_rig_read(&rig, 0, got);
    conv_rig_expect(&rig, CONV_FORWARD, rig.values, expected);
    CU_ASSERT(conv_rig_error(&rig, 0, got, expected) <= 1);
    CU_ASSERT_EQUAL((double)*first, got[0]);
    free(got);
    CU_ASSERT_EQUAL(cudaFreeHost(pinned), cudaSuccess);
    CU_ASSERT_EQUAL(cudaFreeHost(first), cudaSuccess);
    conv_rig_close(&rig);
}

/* y = act(conv + 2 z + bias), in place of z. */
static void try_fused(cudnnDataType_t type, cudnnActivationMode_t mode)
{
    const cudnnConvolutionFwdAlgo_t algo = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
    conv_rig r;
    conv_rig_open(&r, &CASES[0], type, CUDNN_TENSOR_NHWC);
    int count = conv_rig_count(&r, 0), channels = r.y_dims[1];
    double *got = malloc(2 * (size_t)count * sizeof *got), *expected = got + count;
    size_t bytes = (size_t)channels * (type == CUDNN_DATA_FLOAT ? 4 : 2);
    CU_ASSERT_EQUAL(cudnnSetActivationDescriptor(r.relu, mode, CUDNN_NOT_PROPAGATE_NAN, 0), 0);
    CU_ASSERT_EQUAL(cudaMemcpy(r.bias, r.w, bytes, cudaMemcpyDeviceToDevice), 0);
    CU_ASSERT_EQUAL(conv_rig_run(&r, CONV_FORWARD, (int)algo, ONE), 0);
    CU_ASSERT_EQUAL(cudaStreamSynchronize(r.stream), 0);
    conv_rig_fill(&r, 0);
    CU_ASSERT_EQUAL(cudnnConvolutionBiasActivationForward(r.handle, &ONE[0], r.x_desc, r.x,
                                                          r.w_desc, r.w, r.conv, algo, r.workspace,
                                                          r.workspace_bytes, &BOTH[1], r.y_desc,
                                                          r.y, r.bias_desc, r.bias, r.relu,
                                                          r.y_desc, r.y),
                    0);
    conv_rig_read(&r, 0, got);
    conv_rig_expect(&r, CONV_FORWARD, r.values, expected);
    for (int i = 0; i < count; i++) {
        /* the bias was copied from the filter's first elements in memory */
        int k = i / (r.y_dims[2] * r.y_dims[3]) % channels;
        double sum = expected[i] + 2 * r.values[0][i] + r.values[2][k % 5 * 9 + k / 5];
        expected[i] = sum > 0 || mode == CUDNN_ACTIVATION_IDENTITY ? sum : 0;
    }
    CU_ASSERT(conv_rig_error(&r, 0, got, expected) <= 1);
    free(got);
    conv_rig_close(&r);
}

static void test_fused(void)
{
    for (int t = 0; t < 3; t++) {
        try_fused(TYPES[t], CUDNN_ACTIVATION_RELU);
        try_fused(TYPES[t], CUDNN_ACTIVATION_IDENTITY);
    }
}

/* Captured work runs at each launch. */
static void test_capture(void)
{
    conv_rig rig;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    conv_rig_open(&rig, &CASES[0], CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW);
    size_t count = (size_t)conv_rig_count(&rig, 2);
    double *got = malloc(2 * count * sizeof *got), *expected = got + count;
    conv_rig_expect(&rig, CONV_FILTER, rig.values, expected);
    CU_ASSERT_EQUAL(cudaStreamBeginCapture(rig.stream, cudaStreamCaptureModeThreadLocal), 0);
    const float sum[2] = { 1, 1 };
    CU_ASSERT_EQUAL(conv_rig_call(&rig, CONV_FILTER, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, sum), 0);
    CU_ASSERT_EQUAL_FATAL(cudaStreamEndCapture(rig.stream, &graph), 0);
    CU_ASSERT_EQUAL_FATAL(cudaGraphInstantiate(&exec, graph, 0), 0);
    CU_ASSERT_EQUAL(cudaGraphLaunch(exec, rig.stream), 0);
    CU_ASSERT_EQUAL(cudaGraphLaunch(exec, rig.stream), 0);
    conv_rig_read(&rig, 2, got);
    for (size_t i = 0; i < count; i++)
        expected[i] = 2 * expected[i] + rig.values[2][i];
    CU_ASSERT(conv_rig_error(&rig, 2, got, expected) <= 1);
    free(got);
    CU_ASSERT_EQUAL(cudaGraphExecDestroy(exec), 0);
    CU_ASSERT_EQUAL(cudaGraphDestroy(graph), 0);
    conv_rig_close(&rig);
}

/* The bias's gradient, and y + bias. */
static void test_bias(void)
{
    conv_rig r;
    conv_rig_open(&r, &CASES[0], CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC);
    int count = conv_rig_count(&r, 0), channels = r.y_dims[1], plane = r.y_dims[2] * r.y_dims[3];
    double *got = malloc((size_t)count * sizeof *got), sums[18] = { 0 };
    float found[18];
    CU_ASSERT_EQUAL(cudnnConvolutionBackwardBias(r.handle, &ONE[0], r.y_desc, r.y, &ONE[1],
                                                 r.bias_desc, r.bias),
                    0);
    CU_ASSERT_EQUAL(cudnnAddTensor(r.handle, &ONE[0], r.bias_desc, r.bias, &ONE[0], r.y_desc, r.y),
                    0);
    conv_rig_read(&r, 0, got);
    CU_ASSERT_EQUAL(cudaMemcpy(found, r.bias, sizeof found, cudaMemcpyDeviceToHost), 0);
    for (int i = 0; i < count; i++)
        sums[i / plane % channels] += r.values[0][i];
    for (int i = 0; i < count; i++) {
        int k = i / plane % channels;
        CU_ASSERT_DOUBLE_EQUAL((double)found[k], sums[k], 1e-4);
        CU_ASSERT_DOUBLE_EQUAL(got[i], r.values[0][i] + sums[k], 1e-4);
    }
    free(got);
    conv_rig_close(&r);
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "convolutions match plain loops in all types, layouts and algorithms", test_results },
        { "TF32 is used unless it is forbidden", test_tf32 },
        { "some algorithms are not deterministic", test_determinism },
        { "work runs late", test_late },
        { "fused convolution, addend, bias and relu", test_fused },
        { "captured work runs at each launch", test_capture },
        { "bias and its gradient", test_bias },
        { "no leaks, no blame", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return conv_rig_main(argc, argv, "cudasim_cudnn", tests);
}
