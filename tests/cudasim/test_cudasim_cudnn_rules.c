/* test_cudasim_cudnn_rules.c: the stand-in for cuDNN detects misuse. Runs itself with two GPUs,
 * with and without NVIDIA's library. */
#include "cudasim/conv_rig.h"
#include "cudasim/cudasim.h"
#include "support/check.h"

#define PRECOMP CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM
#define BAD CUDNN_STATUS_BAD_PARAM
#define NO CUDNN_STATUS_NOT_SUPPORTED
#define FLOATS CUDNN_DATA_FLOAT
#define NCHW CUDNN_TENSOR_NCHW
#define NHWC CUDNN_TENSOR_NHWC

#define FWD(name) CUDNN_CONVOLUTION_FWD_ALGO_##name
#define DATA(name) CUDNN_CONVOLUTION_BWD_DATA_ALGO_##name
#define FILTER(name) CUDNN_CONVOLUTION_BWD_FILTER_ALGO_##name

static const float ONE[2] = { 1, 0 };
static const conv_case PLAIN = { "3x3",    { 2, 8, 9, 9 }, { 16, 8, 3, 3 }, 1,
                                 { 1, 1 }, { 1, 1 },       { 1, 1 } };

/* Expects a status of this category, and blame or none. `before`: cudasim_blames() before the
 * call. */
static void expect(cudnnStatus_t found, int category, int before, bool blamed)
{
    CU_ASSERT_EQUAL(CUDNN_STATUS_CATEGORY((int)found), category);
    CU_ASSERT_EQUAL(cudasim_blames() > before, blamed);
    if (CUDNN_STATUS_CATEGORY((int)found) != category || (cudasim_blames() > before) != blamed)
        check_note("status %d instead of %d, blamed %d times", (int)found, category,
                   cudasim_blames() - before);
}

#define WRONG(category, call) blames = cudasim_blames(), expect(call, category, blames, true)
#define ASKED(category, call) blames = cudasim_blames(), expect(call, category, blames, false)
#define RIGHT(call) ASKED(CUDNN_STATUS_SUCCESS, call)

/* ---- Descriptors ---- */

static void test_tensors(void)
{
    const int dims[9] = { 2, 3, 4, 5, 1, 1, 1, 1, 1 }, strides[9] = { 60, 20, 5, 1, 1, 1, 1, 1, 1 };
    int blames;
    size_t bytes = 0;
    cudnnTensorDescriptor_t t;
    RIGHT(cudnnCreateTensorDescriptor(&t));
    RIGHT(cudnnSetTensor4dDescriptor(t, NHWC, CUDNN_DATA_HALF, 2, 3, 4, 5));
    RIGHT(cudnnGetTensorSizeInBytes(t, &bytes));
    CU_ASSERT_EQUAL(bytes, 240);
    WRONG(BAD, cudnnSetTensor4dDescriptor(t, NCHW, FLOATS, 2, 0, 4, 5));
    WRONG(BAD, cudnnSetTensor4dDescriptor(t, NCHW, FLOATS, -2, 3, 4, 5));
    WRONG(BAD, cudnnSetTensor4dDescriptor(t, NCHW, (cudnnDataType_t)99, 2, 3, 4, 5));
    WRONG(BAD, cudnnSetTensor4dDescriptor(t, (cudnnTensorFormat_t)7, FLOATS, 2, 3, 4, 5));
    WRONG(BAD, cudnnSetTensor4dDescriptor(NULL, NCHW, FLOATS, 2, 3, 4, 5));
    ASKED(NO, cudnnSetTensor4dDescriptor(t, NCHW, FLOATS, 1 << 13, 1 << 12, 1 << 4, 1 << 4));
    WRONG(BAD, cudnnSetTensor4dDescriptorEx(t, FLOATS, 2, 3, 4, 5, 60, 20, 5, 0));
    for (int rank = 0; rank < 10; rank++) {
        blames = cudasim_blames();
        expect(cudnnSetTensorNdDescriptor(t, FLOATS, rank, dims, strides),
               rank < 2               ? BAD
               : rank > CUDNN_DIM_MAX ? NO
                                      : 0,
               blames, rank < 2);
    }
    RIGHT(cudnnDestroyTensorDescriptor(t));
    WRONG(BAD, cudnnSetTensor4dDescriptor(t, NCHW, FLOATS, 2, 3, 4, 5));
    WRONG(BAD, cudnnDestroyTensorDescriptor(t));
    RIGHT(cudnnDestroyTensorDescriptor(NULL));
}

static void test_convolutions(void)
{
    int blames;
    cudnnConvolutionDescriptor_t c;
    cudnnFilterDescriptor_t f;
    cudnnMathType_t math = CUDNN_DEFAULT_MATH;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    RIGHT(cudnnCreateConvolutionDescriptor(&c));
    RIGHT(cudnnCreateFilterDescriptor(&f));
    RIGHT(cudnnSetConvolutionMathType(c, CUDNN_FMA_MATH));
    RIGHT(cudnnSetConvolution2dDescriptor(c, 1, 1, 2, 2, 1, 1, mode, FLOATS));
    RIGHT(cudnnGetConvolutionMathType(c, &math));
    CU_ASSERT_EQUAL(math, CUDNN_FMA_MATH);
    WRONG(BAD, cudnnSetConvolution2dDescriptor(c, -1, 1, 2, 2, 1, 1, mode, FLOATS));
    WRONG(BAD, cudnnSetConvolution2dDescriptor(c, 1, 1, 0, 2, 1, 1, mode, FLOATS));
    WRONG(BAD, cudnnSetConvolution2dDescriptor(c, 1, 1, 2, 2, 1, 0, mode, FLOATS));
    WRONG(BAD, cudnnSetConvolution2dDescriptor(c, 1, 1, 2, 2, 1, 1, mode, CUDNN_DATA_BFLOAT16));
    WRONG(BAD,
          cudnnSetConvolution2dDescriptor(c, 1, 1, 2, 2, 1, 1, (cudnnConvolutionMode_t)5, FLOATS));
    WRONG(BAD, cudnnSetConvolutionMathType(c, (cudnnMathType_t)7));
    WRONG(BAD, cudnnSetConvolutionGroupCount(c, 0));
    WRONG(BAD, cudnnSetFilter4dDescriptor(f, FLOATS, NCHW, 6, 0, 3, 3));
    WRONG(BAD, cudnnSetFilter4dDescriptor(f, FLOATS, (cudnnTensorFormat_t)5, 6, 1, 3, 3));
    WRONG(BAD, cudnnSetFilter4dDescriptor((cudnnFilterDescriptor_t)c, FLOATS, NCHW, 6, 1, 3, 3));
    RIGHT(cudnnDestroyConvolutionDescriptor(c));
    RIGHT(cudnnDestroyFilterDescriptor(f));
}

/* ---- Descriptors that fit together ---- */

static void test_shapes(void)
{
    int blames, n, c, h, w;
    size_t bytes;
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(cudnnSetFilter4dDescriptor(r.w_desc, FLOATS, NCHW, 16, 4, 3, 3));
    WRONG(BAD, cudnnGetConvolution2dForwardOutputDim(r.conv, r.x_desc, r.w_desc, &n, &c, &h, &w));
    WRONG(BAD, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    RIGHT(cudnnSetConvolutionGroupCount(r.conv, 2));
    RIGHT(conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    RIGHT(cudnnSetFilter4dDescriptor(r.w_desc, FLOATS, NCHW, 16, 4, 12, 3));
    WRONG(BAD, cudnnGetConvolution2dForwardOutputDim(r.conv, r.x_desc, r.w_desc, &n, &c, &h, &w));
    RIGHT(cudnnSetFilter4dDescriptor(r.w_desc, FLOATS, NCHW, 16, 4, 3, 3));
    RIGHT(cudnnSetTensor4dDescriptor(r.y_desc, NCHW, FLOATS, 2, 16, 9, 8));
    WRONG(BAD, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    RIGHT(cudnnSetTensor4dDescriptor(r.y_desc, NCHW, CUDNN_DATA_HALF, 2, 16, 9, 9));
    WRONG(BAD, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    RIGHT(cudnnSetFilter4dDescriptor(r.w_desc, FLOATS, NCHW, 15, 4, 3, 3));
    RIGHT(cudnnSetTensor4dDescriptor(r.y_desc, NCHW, FLOATS, 2, 15, 9, 9));
    WRONG(BAD, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    conv_rig_close(&r);
}

static void test_layouts(void)
{
    int blames;
    size_t bytes;
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(cudnnSetTensor4dDescriptor(r.y_desc, NHWC, FLOATS, 2, 16, 9, 9));
    ASKED(NO, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    WRONG(NO, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    RIGHT(cudnnSetTensor4dDescriptor(r.y_desc, NCHW, FLOATS, 2, 16, 9, 9));
    RIGHT(cudnnSetFilter4dDescriptor(r.w_desc, FLOATS, NHWC, 16, 8, 3, 3));
    ASKED(NO, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    RIGHT(cudnnSetFilter4dDescriptor(r.w_desc, FLOATS, NCHW, 16, 8, 3, 3));
    RIGHT(cudnnSetTensor4dDescriptorEx(r.x_desc, FLOATS, 2, 8, 9, 9, 800, 100, 10, 1));
    RIGHT(conv_rig_size(&r, CONV_FORWARD, FWD(GEMM), &bytes));
    ASKED(NO, conv_rig_size(&r, CONV_FORWARD, FWD(FFT), &bytes));
    RIGHT(conv_rig_size(&r, CONV_DATA, DATA(1), &bytes));
    RIGHT(cudnnSetTensor4dDescriptorEx(r.y_desc, FLOATS, 2, 16, 9, 9, 1600, 100, 10, 1));
    ASKED(NO, conv_rig_size(&r, CONV_DATA, DATA(1), &bytes));
    conv_rig_close(&r);
    conv_rig_open(&r, &PLAIN, CUDNN_DATA_BFLOAT16, NHWC);
    RIGHT(conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    ASKED(NO, conv_rig_size(&r, CONV_FORWARD, FWD(GEMM), &bytes));
    ASKED(NO, conv_rig_size(&r, CONV_FILTER, FILTER(WINOGRAD_NONFUSED), &bytes));
    RIGHT(cudnnSetConvolution2dDescriptor(r.conv, 1, 1, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION,
                                          CUDNN_DATA_HALF));
    ASKED(NO, conv_rig_size(&r, CONV_FORWARD, PRECOMP, &bytes));
    conv_rig_close(&r);
    conv_rig_open(&r, &PLAIN, CUDNN_DATA_BFLOAT16, NCHW);
    RIGHT(conv_rig_size(&r, CONV_FORWARD, FWD(WINOGRAD_NONFUSED), &bytes));
    ASKED(NO, conv_rig_size(&r, CONV_FORWARD, FWD(WINOGRAD), &bytes));
    conv_rig_close(&r);
}

/* Checks whether the algorithm supports this shape. */
static void check_algo(conv_pass pass, int algo, const conv_case *shape, bool supported)
{
    int blames;
    size_t bytes = 0;
    conv_rig r;
    conv_rig_open(&r, shape, FLOATS, NCHW);
    ASKED(supported ? 0 : NO, conv_rig_size(&r, pass, algo, &bytes));
    if (!supported)
        WRONG(NO, conv_rig_call(&r, pass, algo, ONE));
    conv_rig_close(&r);
}

static void test_algorithms(void)
{
    conv_case grouped = PLAIN, stride = PLAIN, dilated = PLAIN, five = PLAIN, one = PLAIN;
    conv_case wide = PLAIN;
    grouped.groups = 2, grouped.w[1] = 4;
    stride.stride[0] = 2;
    dilated.dilation[0] = dilated.dilation[1] = 2;
    five.w[2] = five.w[3] = 5;
    one.w[2] = one.w[3] = 1, one.pad[0] = one.pad[1] = 0;
    wide.x[3] = 300;
    check_algo(CONV_FORWARD, FWD(DIRECT), &PLAIN, false);
    check_algo(CONV_FORWARD, FWD(GEMM), &stride, true);
    check_algo(CONV_FORWARD, FWD(GEMM), &dilated, false);
    check_algo(CONV_FORWARD, PRECOMP, &dilated, false);
    check_algo(CONV_FORWARD, FWD(IMPLICIT_GEMM), &dilated, true);
    check_algo(CONV_FORWARD, FWD(WINOGRAD), &PLAIN, true);
    check_algo(CONV_FORWARD, FWD(WINOGRAD), &five, false);
    check_algo(CONV_FORWARD, FWD(WINOGRAD), &stride, false);
    check_algo(CONV_FORWARD, FWD(WINOGRAD_NONFUSED), &five, true);
    check_algo(CONV_FORWARD, FWD(WINOGRAD_NONFUSED), &one, false);
    check_algo(CONV_FORWARD, FWD(FFT), &PLAIN, true);
    check_algo(CONV_FORWARD, FWD(FFT), &wide, false);
    check_algo(CONV_FORWARD, FWD(FFT_TILING), &stride, false);
    check_algo(CONV_DATA, DATA(1), &grouped, true);
    check_algo(CONV_DATA, DATA(WINOGRAD), &grouped, false);
    check_algo(CONV_FILTER, FILTER(WINOGRAD), &PLAIN, false);
    check_algo(CONV_FILTER, FILTER(3), &dilated, false);
    check_algo(CONV_FILTER, FILTER(FFT_TILING), &PLAIN, false);
}

/* ---- Calls ---- */

static void test_memory(void)
{
    int blames;
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(conv_rig_run(&r, CONV_FORWARD, PRECOMP, ONE));
    void *x = r.x, *y = r.y, *workspace = r.workspace, *large;
    CU_ASSERT_EQUAL_FATAL(cudaMalloc(&large, 1 << 16), 0);
    r.workspace_bytes--;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.workspace_bytes++;
    r.workspace = NULL;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.workspace = (char *)large + 4;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.workspace = y;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.workspace = workspace;
    r.x = (char *)x + 4; /* one element too short */
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.x = (char *)large + 2;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.x = r.values[1]; /* host memory */
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.x = NULL;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.x = y; /* in place; long enough */
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.x = x;
    WRONG(BAD,
          cudnnConvolutionForward(r.handle, NULL, r.x_desc, r.x, r.w_desc, r.w, r.conv, PRECOMP,
                                  r.workspace, r.workspace_bytes, &ONE[1], r.y_desc, r.y));
    CU_ASSERT_EQUAL(cudaFree(large), 0);
    conv_rig_close(&r);
}

static void test_bias(void)
{
    int blames;
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(cudnnConvolutionBackwardBias(r.handle, &ONE[0], r.y_desc, r.y, &ONE[1], r.bias_desc,
                                       r.bias));
    WRONG(BAD, cudnnConvolutionBackwardBias(r.handle, &ONE[0], r.y_desc, r.y, &ONE[1], r.bias_desc,
                                            r.y));
    WRONG(BAD, cudnnAddTensor(r.handle, &ONE[0], r.bias_desc, r.bias, &ONE[1], r.x_desc, r.x));
    RIGHT(cudnnSetTensor4dDescriptor(r.bias_desc, NCHW, CUDNN_DATA_HALF, 1, 16, 1, 1));
    WRONG(NO, cudnnAddTensor(r.handle, &ONE[0], r.bias_desc, r.bias, &ONE[0], r.y_desc, r.y));
    conv_rig_close(&r);
}

static void test_two_devices(void)
{
    int blames;
    conv_rig r;
    void *spare = NULL;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(conv_rig_run(&r, CONV_FORWARD, PRECOMP, ONE));
    void *x = r.x;
    CU_ASSERT_EQUAL(cudaSetDevice(1), 0);
    CU_ASSERT_EQUAL_FATAL(cudaMalloc(&spare, 1 << 16), 0);
    /* the handle belongs to the other device */
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    CU_ASSERT_EQUAL(cudaSetDevice(0), 0);
    r.x = spare;
    WRONG(BAD, conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    r.x = x;
    RIGHT(conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    CU_ASSERT_EQUAL(cudaFree(spare), 0);
    conv_rig_close(&r);
}

/* The content of the workspace is lost. */
static void test_workspace(void)
{
    int blames, words[2];
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(conv_rig_run(&r, CONV_FORWARD, PRECOMP, ONE));
    CU_ASSERT_EQUAL(cudaMemsetAsync(r.workspace, 0, r.workspace_bytes, r.stream), 0);
    RIGHT(conv_rig_call(&r, CONV_FORWARD, PRECOMP, ONE));
    CU_ASSERT_EQUAL(cudaStreamSynchronize(r.stream), 0);
    CU_ASSERT_EQUAL(cudaMemcpy(words, r.workspace, sizeof words, cudaMemcpyDeviceToHost), 0);
    CU_ASSERT(words[0] == -1 && words[1] == -1);
    conv_rig_close(&r);
}

static void test_handles(void)
{
    int blames, blamed = cudasim_blames();
    conv_rig r;
    cudaStream_t other;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    CU_ASSERT_EQUAL(cudaSetDevice(1), 0);
    CU_ASSERT_EQUAL_FATAL(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), 0);
    CU_ASSERT_EQUAL(cudaSetDevice(0), 0);
    WRONG(CUDNN_STATUS_INTERNAL_ERROR, cudnnSetStream(r.handle, other));
    CU_ASSERT_EQUAL(cudaStreamDestroy(other), 0);
    CU_ASSERT_EQUAL(cudasim_blames(), blamed + 1);
    RIGHT(cudnnDestroy(r.handle));
    WRONG(BAD, cudnnSetStream(r.handle, r.stream));
    WRONG(BAD, cudnnDestroy(r.handle));
    RIGHT(cudnnCreate(&r.handle));
    WRONG(BAD, cudnnCreate(NULL));
    conv_rig_close(&r);
}

static cudnnStatus_t fused(conv_rig *r, int algo, const void *z, void *y)
{
    return cudnnConvolutionBiasActivationForward(r->handle, &ONE[0], r->x_desc, r->x, r->w_desc,
                                                 r->w, r->conv, (cudnnConvolutionFwdAlgo_t)algo,
                                                 r->workspace, r->workspace_bytes, &ONE[1],
                                                 r->z_desc ? r->z_desc : r->y_desc, z, r->bias_desc,
                                                 r->bias, r->relu, r->y_desc, y);
}

static void test_activations(void)
{
    const cudnnNanPropagation_t no = CUDNN_NOT_PROPAGATE_NAN;
    int blames;
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    RIGHT(conv_rig_run(&r, CONV_FORWARD, PRECOMP, ONE));
    RIGHT(fused(&r, PRECOMP, r.y, r.y));
    RIGHT(cudnnSetActivationDescriptor(r.relu, CUDNN_ACTIVATION_RELU, CUDNN_PROPAGATE_NAN, 0));
    WRONG(NO, fused(&r, PRECOMP, r.y, r.y));
    RIGHT(cudnnSetActivationDescriptor(r.relu, CUDNN_ACTIVATION_TANH, no, 0));
    WRONG(NO, fused(&r, PRECOMP, r.y, r.y));
    RIGHT(cudnnSetActivationDescriptor(r.relu, CUDNN_ACTIVATION_IDENTITY, no, 0));
    RIGHT(fused(&r, PRECOMP, r.y, r.y));
    WRONG(NO, fused(&r, FWD(IMPLICIT_GEMM), r.y, r.y));
    WRONG(BAD, cudnnSetActivationDescriptor(r.relu, (cudnnActivationMode_t)9, no, 0));
    conv_rig_close(&r);
}

static void test_tail(void)
{
    int blames;
    conv_rig r;
    char *large;
    conv_rig_open(&r, &PLAIN, CUDNN_DATA_HALF, NHWC);
    RIGHT(conv_rig_run(&r, CONV_FORWARD, PRECOMP, ONE));
    size_t bytes = (size_t)conv_rig_count(&r, 0) * 2;
    CU_ASSERT_EQUAL_FATAL(cudaMalloc((void **)&large, 2 * bytes), 0);
    RIGHT(fused(&r, PRECOMP, large, r.y));
    RIGHT(fused(&r, PRECOMP, large, large));
    WRONG(BAD, fused(&r, PRECOMP, NULL, r.y));
    WRONG(BAD, fused(&r, PRECOMP, r.x, r.y)); /* too short */
    WRONG(BAD, fused(&r, PRECOMP, large, large + 32));
    void *bias = r.bias;
    r.bias = large;
    WRONG(BAD, fused(&r, PRECOMP, r.y, large));
    r.bias = bias;
    RIGHT(cudnnCreateTensorDescriptor(&r.z_desc));
    RIGHT(cudnnSetTensor4dDescriptor(r.z_desc, NCHW, CUDNN_DATA_HALF, 2, 16, 9, 9));
    WRONG(NO, fused(&r, PRECOMP, large, r.y));
    RIGHT(cudnnDestroyTensorDescriptor(r.z_desc));
    r.z_desc = NULL;
    RIGHT(cudnnSetTensor4dDescriptor(r.bias_desc, NHWC, FLOATS, 1, 16, 1, 1));
    WRONG(NO, fused(&r, PRECOMP, large, r.y));
    RIGHT(cudnnSetTensor4dDescriptor(r.bias_desc, NHWC, CUDNN_DATA_HALF, 1, 8, 1, 1));
    WRONG(NO, fused(&r, PRECOMP, large, r.y));
    CU_ASSERT_EQUAL(cudaFree(large), 0);
    conv_rig_close(&r);
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "tensors", test_tensors },
        { "filters and convolutions", test_convolutions },
        { "shapes and types must match", test_shapes },
        { "algorithms depend on types and layouts", test_layouts },
        { "algorithms support what is documented", test_algorithms },
        { "memory", test_memory },
        { "bias and its gradient", test_bias },
        { "memory and handles of two GPUs", test_two_devices },
        { "the workspace is overwritten", test_workspace },
        { "handles and streams", test_handles },
        { "fused activations", test_activations },
        { "fused addends and biases", test_tail },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return conv_rig_main(argc, argv, "cudasim_cudnn_rules", tests);
}
