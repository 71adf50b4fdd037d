/* test_cudasim_cudnn_numbers.c: the stand-in for cuDNN computes convolutions like PyTorch, and each
 * algorithm rounds in its own way. */
#include <stdio.h>
#include <stdlib.h>

#include "cudasim/conv_rig.h"
#include "cudasim/cudasim.h"
#include "io/safetensors.h"
#include "support/check.h"

static const float ONE[2] = { 1, 0 };

static const int ALGOS[] = { CUDNN_CONVOLUTION_FWD_ALGO_COUNT,
                             CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT,
                             CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT };

/* True for Winograd and Fourier transforms, which round more. */
static bool transforms(conv_pass pass, int algo)
{
    return algo >= (pass == CONV_FORWARD ? 4 : 2) && !(pass == CONV_FILTER && algo == 3);
}

/* Each algorithm computes in its own way, so results differ in their last digits. */
static void test_rounding(void)
{
    static const conv_case shape = { "many channels", { 1, 64, 12, 12 }, { 8, 64, 3, 3 }, 1,
                                     { 1, 1 },        { 1, 1 },          { 1, 1 } };
    conv_rig rig;
    conv_rig_open(&rig, &shape, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW);
    int count = conv_rig_count(&rig, 0);
    double *expected = malloc(2 * (size_t)count * sizeof *expected), *got = expected + count;
    double error[CUDNN_CONVOLUTION_FWD_ALGO_COUNT] = { 0 };
    conv_rig_expect(&rig, CONV_FORWARD, rig.values, expected);
    for (int algo = 0; algo < CUDNN_CONVOLUTION_FWD_ALGO_COUNT; algo++) {
        if (conv_rig_run(&rig, CONV_FORWARD, algo, ONE))
            continue;
        conv_rig_read(&rig, 0, got);
        error[algo] = conv_rig_error(&rig, 0, got, expected);
        CU_ASSERT(error[algo] > 0 && error[algo] < 4);
    }
    check_note("shares of 1e-5: direct %.3g, F(2x2) %.3g, F(4x4) %.3g, Fourier %.3g", error[0],
               error[6], error[7], error[4]);
    CU_ASSERT(error[7] > 2 * error[0] && error[7] > error[6]);
    free(expected);
    conv_rig_close(&rig);
}

/* ---- PyTorch's numbers ---- */

static const conv_case GOLDEN[] = {
    { "conv2d_3x3_s1_p1", { 0 }, { 0 }, 1, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { "conv2d_3x3_s2_p1", { 0 }, { 0 }, 1, { 1, 1 }, { 2, 2 }, { 1, 1 } },
    { "conv2d_1x1_s2", { 0 }, { 0 }, 1, { 0, 0 }, { 2, 2 }, { 1, 1 } },
    { "conv2d_groups4", { 0 }, { 0 }, 4, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { "conv2d_dilated", { 0 }, { 0 }, 1, { 2, 2 }, { 1, 1 }, { 2, 2 } },
    { "conv2d_5x5_p2", { 0 }, { 0 }, 1, { 2, 2 }, { 1, 1 }, { 1, 1 } },
};

/* Uploads a golden tensor as one of the rig's. */
static void golden_upload(conv_rig *rig, int tensor_index, const rn_named_tensor *tensor)
{
    for (int i = 0; i < conv_rig_count(rig, tensor_index); i++)
        rig->values[tensor_index][i] = (double)((const float *)tensor->data)[i];
    conv_rig_fill(rig, tensor_index);
}

static void golden_compare(conv_rig *rig, conv_pass pass, const rn_safetensors *file)
{
    static const char *const results[] = { "y", "dx", "dweight" };
    const rn_named_tensor *tensor = rn_safetensors_find(file, results[pass]);
    const rn_named_tensor *bias = rn_safetensors_find(file, "bias");
    int count = conv_rig_count(rig, (int)pass), plane = rig->y_dims[2] * rig->y_dims[3];
    double *expected = malloc(2 * (size_t)count * sizeof *expected), *got = expected + count;
    for (int i = 0; i < count; i++) {
        expected[i] = (double)((const float *)tensor->data)[i];
        if (pass == CONV_FORWARD && bias)
            expected[i] -= (double)((const float *)bias->data)[i / plane % rig->y_dims[1]];
    }
    for (int algo = 0; algo < ALGOS[pass]; algo++) {
        if (conv_rig_run(rig, pass, algo, ONE) == CUDNN_STATUS_NOT_SUPPORTED)
            continue;
        conv_rig_read(rig, (int)pass, got);
        double error = conv_rig_error(rig, (int)pass, got, expected);
        double most = transforms(pass, algo) ? 4 : 1;
        CU_ASSERT(error <= most);
        if (!(error <= most))
            check_note("%s, pass %d, algorithm %d: %g of the tolerance", rig->shape.name, (int)pass,
                       algo, error);
        conv_rig_fill(rig, (int)pass);
    }
    free(expected);
}

static void try_golden(const conv_case *golden, const rn_safetensors *file,
                       cudnnTensorFormat_t format)
{
    static const char *const names[] = { "dy", "x", "weight" };
    const rn_named_tensor *tensors[3];
    conv_case shape = *golden;
    conv_rig rig;
    for (int t = 0; t < 3; t++) {
        tensors[t] = rn_safetensors_find(file, names[t]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(tensors[t]);
    }
    for (int i = 0; i < 4; i++) {
        shape.x[i] = (int)tensors[1]->shape[i];
        shape.w[i] = (int)tensors[2]->shape[i];
    }
    conv_rig_open(&rig, &shape, CUDNN_DATA_FLOAT, format);
    for (int t = 0; t < 3; t++)
        golden_upload(&rig, t, tensors[t]);
    for (int pass = CONV_FORWARD; pass <= CONV_FILTER; pass++)
        golden_compare(&rig, (conv_pass)pass, file);
    conv_rig_close(&rig);
}

static void test_golden(void)
{
    for (size_t i = 0; i < sizeof GOLDEN / sizeof *GOLDEN; i++) {
        char name[128], path[CHECK_PATH_MAX];
        rn_safetensors *file = NULL;
        snprintf(name, sizeof name, "ops/%s.safetensors", GOLDEN[i].name);
        if (!check_golden(path, name))
            return;
        CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &file), RN_OK);
        try_golden(&GOLDEN[i], file, CUDNN_TENSOR_NCHW);
        try_golden(&GOLDEN[i], file, CUDNN_TENSOR_NHWC);
        rn_safetensors_destroy(file);
    }
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "transforms round as transforms do", test_rounding },
        { "convolutions match PyTorch", test_golden },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return conv_rig_main(argc, argv, "cudasim_cudnn_numbers", tests);
}
