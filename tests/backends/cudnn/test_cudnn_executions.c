/* test_cudnn_executions.c: the graphs of the backend's convolutions, by every engine of the
 * stand-in for cuDNN, compared with plain loops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cudasim/conv_rig.h"
#include "cudasim/cudasim.h"
#include "cudnn/conv2d/execution.h"
#include "support/check.h"

static const conv_case SHAPES[] = {
    { "3x3", { 2, 8, 6, 5 }, { 16, 8, 3, 3 }, 1, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { "1x1", { 2, 16, 5, 5 }, { 8, 16, 1, 1 }, 1, { 0, 0 }, { 1, 1 }, { 1, 1 } },
    { "stride", { 2, 8, 9, 8 }, { 8, 8, 3, 3 }, 1, { 1, 1 }, { 2, 2 }, { 1, 1 } },
    { "dilation", { 1, 8, 9, 9 }, { 8, 8, 3, 3 }, 1, { 2, 2 }, { 1, 1 }, { 2, 2 } },
    { "groups", { 2, 16, 5, 5 }, { 16, 4, 3, 3 }, 4, { 1, 1 }, { 1, 1 }, { 1, 1 } },
    { "odd channels", { 2, 3, 7, 7 }, { 5, 3, 3, 3 }, 1, { 1, 1 }, { 1, 1 }, { 1, 1 } },
};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

/* The stand-in's engine that takes beta for 0. */
enum { FORGETFUL = 24 };

static const cudnnDataType_t TYPES[] = { CUDNN_DATA_BFLOAT16, CUDNN_DATA_HALF, CUDNN_DATA_FLOAT };

/* The rig's convolution, as the backend describes it. */
static cudnn_convolution convolution_of(const conv_rig *rig, rn_context *context, conv_pass pass)
{
    static const conv2d_pass PASSES[] = { [CONV_FORWARD] = CONV2D_FORWARD,
                                          [CONV_DATA] = CONV2D_GRAD_INPUT,
                                          [CONV_FILTER] = CONV2D_GRAD_WEIGHT };
    const conv_case *s = &rig->shape;
    *context = (rn_context){ .cudnn = rig->handle, .stream = rig->stream };
    return (cudnn_convolution){
        .context = context,
        .shape = { .pass = PASSES[pass],
                   .n = s->x[0],
                   .c = s->x[1],
                   .h = s->x[2],
                   .w = s->x[3],
                   .k = s->w[0],
                   .r = s->w[2],
                   .s = s->w[3],
                   .p = rig->y_dims[2],
                   .q = rig->y_dims[3],
                   .groups = s->groups,
                   .stride = { s->stride[0], s->stride[1] },
                   .dilation = { s->dilation[0], s->dilation[1] },
                   .padding = { s->pad[0], s->pad[1] } },
        .bordered = { s->x[2], s->x[3] },
        .type = rig->type,
        .format = rig->format,
    };
}

/* Runs an engine. False if it refuses, which one that was accepted may. */
static bool engine_run(conv_rig *rig, const cudnn_convolution *conv,
                       const cudnn_execution *execution, void *z)
{
    const cudnn_pointers at = { .x = rig->x,
                                .weight = rig->w,
                                .y = rig->y,
                                .bias = rig->bias,
                                .z = z,
                                .workspace = rig->workspace };
    return !cudnn_execution_run(conv, execution, &at);
}

static void workspace_make(conv_rig *rig, uint64_t bytes)
{
    CU_ASSERT_EQUAL_FATAL(cudaStreamSynchronize(rig->stream), 0);
    CU_ASSERT_EQUAL_FATAL(cudaFree(rig->workspace), 0);
    rig->workspace = NULL;
    if (bytes)
        CU_ASSERT_EQUAL_FATAL(cudaMalloc(&rig->workspace, bytes), 0);
}

/* How many engines ran, and how many of them could not be believed: their notes tell. */
typedef struct tally {
    int proposed, huge, refused, imprecise, good, forgetful;
} tally;

static bool is_imprecise(const cudnn_execution *execution)
{
    return cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION) ||
           cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
}

/* Compares the pass's result. tf32 rounds the operands to 11 bits. */
static void result_check(const conv_rig *rig, conv_pass pass, const double *expected)
{
    const int n = conv_rig_count(rig, (int)pass);
    const double tolerance =
        rig->type == CUDNN_DATA_FLOAT ? 4e-3 : ldexp(1, 1 - conv_rig_digits(rig->type));
    double *found = malloc((size_t)n * sizeof *found), worst = 0, largest = 0;
    conv_rig_read(rig, (int)pass, found);
    for (int i = 0; i < n; i++) {
        worst = fmax(worst, isnan(found[i]) ? INFINITY : fabs(found[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    CU_ASSERT(worst <= tolerance * largest);
    free(found);
}

static void engine_check(conv_rig *rig, const cudnn_convolution *conv, conv_pass pass,
                         const cudnn_execution *execution, const double *expected, tally *t)
{
    t->proposed++;
    if (execution->workspace_bytes > 1 << 30) {
        t->huge++;
        return;
    }
    workspace_make(rig, execution->workspace_bytes);
    conv_rig_fill(rig, (int)pass);
    if (!engine_run(rig, conv, execution, NULL)) {
        t->refused++;
    } else if (is_imprecise(execution)) {
        CU_ASSERT_EQUAL(cudaStreamSynchronize(rig->stream), 0);
        t->imprecise++;
    } else {
        result_check(rig, pass, expected);
        t->good++;
    }
    conv_rig_fill(rig, (int)pass);
}

static void pass_check(conv_rig *rig, conv_pass pass, tally *t)
{
    rn_context context;
    cudnn_graph graph;
    cudnn_engines engines;
    const cudnn_convolution conv = convolution_of(rig, &context, pass);
    double *expected = malloc((size_t)conv_rig_count(rig, (int)pass) * sizeof *expected);
    conv_rig_expect(rig, pass, rig->values, expected);
    CU_ASSERT_EQUAL_FATAL(cudnn_graph_make(&conv, &graph), 0);
    cudnn_engines_find(&graph, CUDNN_HEUR_MODE_A, &engines);
    CU_ASSERT(engines.n > 0);
    for (int32_t i = 0; i < engines.n; i++) {
        cudnn_execution *made = cudnn_execution_make(&conv, &graph, &engines.list[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(made);
        engine_check(rig, &conv, pass, made, expected, t);
        cudnn_execution_free(made);
    }
    cudnn_graph_free(&graph);
    free(expected);
}

static void test_passes(void)
{
    tally t = { 0 };
    for (int i = 0; i < N_SHAPES; i++)
        for (int type = 0; type < 3; type++) {
            conv_rig rig;
            conv_rig_open(&rig, &SHAPES[i], TYPES[type], CUDNN_TENSOR_NHWC);
            for (int pass = 0; pass < 3; pass++)
                pass_check(&rig, (conv_pass)pass, &t);
            conv_rig_close(&rig);
        }
    CU_ASSERT(t.huge > 0 && t.refused > 0 && t.imprecise > 0);
    CU_ASSERT(t.good > N_SHAPES * 9);
    CU_ASSERT_EQUAL(t.huge + t.refused + t.imprecise + t.good, t.proposed);
}

/* The gradient of x, added to what is there: by all engines but one, which forgets to. */
static void sum_check(conv_rig *rig, tally *t)
{
    rn_context context;
    cudnn_graph graph;
    cudnn_engines engines;
    cudnn_convolution conv = convolution_of(rig, &context, CONV_DATA);
    const int n = conv_rig_count(rig, CONV_DATA);
    double *expected = malloc((size_t)n * sizeof *expected);
    conv.shape.sums = true;
    conv_rig_expect(rig, CONV_DATA, rig->values, expected);
    for (int i = 0; i < n; i++)
        expected[i] += rig->values[CONV_DATA][i];
    CU_ASSERT_EQUAL_FATAL(cudnn_graph_make(&conv, &graph), 0);
    cudnn_engines_find(&graph, CUDNN_HEUR_MODE_A, &engines);
    for (int32_t i = 0; i < engines.n; i++) {
        cudnn_execution *made = cudnn_execution_make(&conv, &graph, &engines.list[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(made);
        if (engines.list[i].number == FORGETFUL)
            t->forgetful++;
        else
            engine_check(rig, &conv, CONV_DATA, made, expected, t);
        cudnn_execution_free(made);
    }
    cudnn_graph_free(&graph);
    free(expected);
}

static void test_sums(void)
{
    tally t = { 0 };
    for (int i = 0; i < N_SHAPES; i++) {
        conv_rig rig;
        conv_rig_open(&rig, &SHAPES[i], CUDNN_DATA_HALF, CUDNN_TENSOR_NHWC);
        sum_check(&rig, &t);
        conv_rig_close(&rig);
    }
    CU_ASSERT(t.good > N_SHAPES && t.forgetful > 0);
}

/* y = relu(conv + z + bias), with z in the memory of y; the bias is all zeros but its first. */
static void epilogue_check(conv_rig *rig, bool has_z, bool relu)
{
    rn_context context;
    cudnn_graph graph;
    cudnn_engines engines;
    cudnn_convolution conv = convolution_of(rig, &context, CONV_FORWARD);
    const int n = conv_rig_count(rig, 0), pixels = rig->y_dims[2] * rig->y_dims[3];
    double *expected = malloc((size_t)n * sizeof *expected);
    const double bias = rig->values[1][0]; /* conv_rig_open() */
    conv.shape.has_bias = true;
    conv.shape.has_z = has_z;
    conv.shape.relu = relu;
    conv_rig_expect(rig, CONV_FORWARD, rig->values, expected);
    for (int i = 0; i < n; i++) {
        expected[i] += (has_z ? rig->values[0][i] : 0) + (i / pixels % rig->y_dims[1] ? 0 : bias);
        if (relu && expected[i] < 0)
            expected[i] = 0;
    }
    CU_ASSERT_EQUAL_FATAL(cudnn_graph_make(&conv, &graph), 0);
    cudnn_engines_find(&graph, CUDNN_HEUR_MODE_FALLBACK, &engines);
    CU_ASSERT_EQUAL_FATAL(engines.n, 1);
    cudnn_execution *made = cudnn_execution_make(&conv, &graph, &engines.list[0]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    CU_ASSERT_EQUAL(made->workspace_bytes, 0);
    conv_rig_fill(rig, 0);
    CU_ASSERT(engine_run(rig, &conv, made, rig->y));
    result_check(rig, CONV_FORWARD, expected);
    cudnn_execution_free(made);
    cudnn_graph_free(&graph);
    free(expected);
}

static void test_epilogues(void)
{
    static const float ZEROS[16] = { 0 };
    for (int type = 0; type < 3; type++) {
        conv_rig rig;
        conv_rig_open(&rig, &SHAPES[0], TYPES[type], CUDNN_TENSOR_NHWC);
        CU_ASSERT_EQUAL(cudaMemcpy(rig.bias, ZEROS, 16 * (type == 2 ? 4 : 2),
                                   cudaMemcpyHostToDevice),
                        0);
        CU_ASSERT_EQUAL(cudaMemcpy(rig.bias, rig.x, type == 2 ? 4 : 2, cudaMemcpyDeviceToDevice),
                        0);
        for (int i = 0; i < 4; i++)
            epilogue_check(&rig, i & 1, i & 2);
        conv_rig_close(&rig);
    }
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "all passes by all engines", test_passes },
        { "gradients that are added", test_sums },
        { "epilogues", test_epilogues },
        { "no leaks, no blame", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return conv_rig_main(argc, argv, "cudnn_executions", tests);
}
