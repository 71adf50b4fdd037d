/* test_cudasim_cudnn_find.c: the searches of the stand-in for cuDNN answer like those of a real
 * card, and injected failures are reported. */
#include <stdlib.h>
#include <string.h>

#include "cudasim/conv_rig.h"
#include "cudasim/cudasim.h"
#include "support/check.h"

#define FLOATS CUDNN_DATA_FLOAT
#define NCHW CUDNN_TENSOR_NCHW

static const conv_case PLAIN = { "3x3",    { 2, 8, 9, 9 }, { 16, 8, 3, 3 }, 1,
                                 { 1, 1 }, { 1, 1 },       { 1, 1 } };

/* Properties of the fastest entry, counted over many shapes. */
typedef struct survey {
    int shapes, not_deterministic, large;
} survey;

static void survey_one(survey *s, cudnnMathType_t math, int channels)
{
    conv_case shape = PLAIN;
    cudnnConvolutionBwdDataAlgoPerf_t found[8];
    conv_rig r;
    int n = 0, n_max = 0;
    shape.x[1] = shape.w[1] = channels;
    conv_rig_open(&r, &shape, FLOATS, NCHW);
    CU_ASSERT_EQUAL(cudnnSetConvolutionMathType(r.conv, math), 0);
    CU_ASSERT_EQUAL(cudnnGetConvolutionBackwardDataAlgorithmMaxCount(r.handle, &n_max), 0);
    CU_ASSERT_EQUAL_FATAL(n_max, 8);
    CU_ASSERT_EQUAL(cudnnGetConvolutionBackwardDataAlgorithm_v7(r.handle, r.w_desc, r.y_desc,
                                                                r.conv, r.x_desc, 8, &n, found),
                    0);
    CU_ASSERT_EQUAL(n, math == CUDNN_FMA_MATH ? 6 : 8);
    for (int i = 0; i < n; i++) {
        bool runs = found[i].status == CUDNN_STATUS_SUCCESS;
        bool is_0 = found[i].algo == CUDNN_CONVOLUTION_BWD_DATA_ALGO_0;
        size_t bytes = 0;
        CU_ASSERT(math != CUDNN_FMA_MATH || found[i].mathType == CUDNN_FMA_MATH);
        CU_ASSERT_EQUAL(found[i].determinism, is_0 ? CUDNN_NON_DETERMINISTIC : CUDNN_DETERMINISTIC);
        CU_ASSERT(i == 0 || !runs || found[i].time >= found[i - 1].time);
        CU_ASSERT_EQUAL(cudnnSetConvolutionMathType(r.conv, found[i].mathType), 0);
        if (!runs)
            continue;
        CU_ASSERT_EQUAL(conv_rig_size(&r, CONV_DATA, (int)found[i].algo, &bytes), 0);
        CU_ASSERT_EQUAL(bytes, found[i].memory);
    }
    s->shapes++;
    s->not_deterministic += found[0].determinism == CUDNN_NON_DETERMINISTIC;
    s->large += found[0].memory > 100000;
    conv_rig_close(&r);
}

static void test_search(void)
{
    survey s = { 0, 0, 0 };
    for (int channels = 1; channels <= 24; channels++) {
        survey_one(&s, CUDNN_FMA_MATH, channels);
        survey_one(&s, CUDNN_DEFAULT_MATH, channels);
    }
    CU_ASSERT(s.not_deterministic > 2 && s.large > 2);
    CU_ASSERT(s.not_deterministic + s.large < s.shapes);
}

/* A search on the caller's data destroys the result, uses only the given workspace, and cannot be
 * captured. */
static void test_search_on_data(void)
{
    int n = 0;
    cudaGraph_t graph = NULL;
    cudnnConvolutionFwdAlgoPerf_t found[10];
    conv_rig r;
    conv_rig_open(&r, &PLAIN, FLOATS, NCHW);
    double *y = malloc((size_t)conv_rig_count(&r, 0) * sizeof *y);
    CU_ASSERT_EQUAL(cudnnFindConvolutionForwardAlgorithmEx(r.handle, r.x_desc, r.x, r.w_desc, r.w,
                                                           r.conv, r.y_desc, r.y, 10, &n, found,
                                                           NULL, 0),
                    0);
    for (int i = 0; i < n; i++) {
        CU_ASSERT(found[i].status || found[i].memory == 0);
        CU_ASSERT(found[i].memory == 0 || found[i].status == CUDNN_STATUS_ALLOC_FAILED);
    }
    conv_rig_read(&r, 0, y);
    CU_ASSERT(y[0] != y[0]);
    CU_ASSERT_EQUAL(cudaStreamBeginCapture(r.stream, cudaStreamCaptureModeThreadLocal), 0);
    CU_ASSERT_NOT_EQUAL(cudnnFindConvolutionForwardAlgorithm(r.handle, r.x_desc, r.w_desc, r.conv,
                                                             r.y_desc, 10, &n, found),
                        0);
    CU_ASSERT_NOT_EQUAL(cudaStreamEndCapture(r.stream, &graph), 0);
    cudaGetLastError();
    free(y);
    conv_rig_close(&r);
}

/* An injected failure is an error and changes nothing. */
static void test_failures(void)
{
    cudnnTensorDescriptor_t t = NULL;
    cudnnHandle_t handle = NULL;
    size_t bytes = 0;
    char text[64];
    cudasim_fail_at(NULL, 1);
    CU_ASSERT_NOT_EQUAL(cudnnCreateTensorDescriptor(&t), 0);
    CU_ASSERT_PTR_NULL(t);
    cudnnGetLastErrorString(text, sizeof text);
    CU_ASSERT(strstr(text, "cudnnCreateTensorDescriptor") != NULL);
    cudasim_fail_at(NULL, 1);
    CU_ASSERT_NOT_EQUAL(cudnnCreate(&handle), 0);
    CU_ASSERT_PTR_NULL(handle);
    CU_ASSERT_EQUAL(cudnnCreateTensorDescriptor(&t), 0);
    CU_ASSERT_EQUAL(cudnnSetTensor4dDescriptor(t, NCHW, FLOATS, 1, 2, 3, 4), 0);
    cudasim_fail_at(NULL, 1);
    CU_ASSERT_NOT_EQUAL(cudnnSetTensor4dDescriptor(t, NCHW, FLOATS, 9, 9, 9, 9), 0);
    CU_ASSERT_EQUAL(cudnnGetTensorSizeInBytes(t, &bytes), 0);
    CU_ASSERT_EQUAL(bytes, 96);
    CU_ASSERT_EQUAL(cudnnDestroyTensorDescriptor(t), 0);
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "searches answer like a real card's", test_search },
        { "a search on the caller's data", test_search_on_data },
        { "injected failures", test_failures },
        { "no leaks, no blame", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return conv_rig_main(argc, argv, "cudasim_cudnn_find", tests);
}
