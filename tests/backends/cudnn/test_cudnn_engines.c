/* test_cudnn_engines.c: the graphs of the backend's convolutions, by NVIDIA's own cuDNN: it has
 * engines for those of ResNet-50, and those that it proposes can be made again from their texts.
 * No GPU is needed, and none is used: nothing runs. */
#include <stdio.h>
#include <string.h>

#include "backends/cudnn/nvidia_graphs.h"
#include "cudnn/conv2d/execution.h"
#include "support/check.h"

/* For LeakSanitizer: NVIDIA's library keeps memory, and what it loads is unloaded before the
 * search, so that no suppression can name it. The tests on the stand-ins find leaks of the
 * backend. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

/* A convolution of square images and filters; padding (kernel - 1) / 2. */
typedef struct shape {
    const char *name;
    int64_t n, c, size, k, kernel, stride, groups;
} shape;

static const shape SHAPES[] = {
    { "stem, padded", 64, 8, 224, 64, 7, 2, 1 },
    { "1x1", 64, 256, 56, 64, 1, 1, 1 },
    { "3x3", 64, 64, 56, 64, 3, 1, 1 },
    { "3x3, stride 2", 64, 128, 56, 128, 3, 2, 1 },
    { "1x1, stride 2", 64, 256, 56, 512, 1, 2, 1 },
    { "last 3x3", 64, 512, 7, 512, 3, 1, 1 },
    { "one image", 1, 512, 7, 2048, 1, 1, 1 },
    { "ResNeXt's groups", 64, 128, 56, 128, 3, 1, 32 },
    { "small channels", 16, 16, 32, 16, 3, 1, 1 },
};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

static const struct {
    const char *name;
    int32_t precision;
    cudnnDataType_t type;
} TYPES[] = { { "bf16", RN_PRECISION_BF16, CUDNN_DATA_BFLOAT16 },
              { "fp16", RN_PRECISION_FP16, CUDNN_DATA_HALF },
              { "tf32", RN_PRECISION_TF32, CUDNN_DATA_FLOAT } };

/* What follows a forward pass; SUM: a gradient of x that is added to another one. */
typedef enum epilogue { NOTHING, BIAS, BIAS_RELU, Z_BIAS_RELU, RELU_ALONE, SUM } epilogue;

static cudnn_convolution convolution_of(rn_context *context, const shape *s, conv2d_pass pass,
                                        int type, epilogue after)
{
    const int64_t padding = (s->kernel - 1) / 2;
    const int64_t out = (s->size + 2 * padding - s->kernel) / s->stride + 1;
    *context = (rn_context){ .precision = TYPES[type].precision };
    return (cudnn_convolution){
        .context = context,
        .shape = { .pass = pass,
                   .n = s->n,
                   .c = s->c,
                   .h = s->size,
                   .w = s->size,
                   .k = s->k,
                   .r = s->kernel,
                   .s = s->kernel,
                   .p = out,
                   .q = out,
                   .groups = s->groups,
                   .stride = { s->stride, s->stride },
                   .dilation = { 1, 1 },
                   .padding = { padding, padding },
                   .has_bias = after == BIAS || after == BIAS_RELU || after == Z_BIAS_RELU,
                   .has_z = after == Z_BIAS_RELU,
                   .relu = after >= BIAS_RELU && after <= RELU_ALONE,
                   .sums = after == SUM },
        .bordered = { s->size, s->size },
        .type = TYPES[type].type,
        .format = CUDNN_TENSOR_NHWC,
    };
}

/* Plans that can be made, of the first proposals; each again from its text, with the same
 * workspace. */
enum { TRIED = 6 };

static int plans_count(const cudnn_convolution *conv, const cudnn_graph *graph,
                       const cudnn_engines *engines)
{
    int n = 0;
    for (int32_t i = 0; i < engines->n && i < TRIED; i++) {
        char text[CUDNN_ENGINE_TEXT];
        cudnn_engine again;
        cudnn_execution *made = cudnn_execution_make(conv, graph, &engines->list[i]);
        if (!made)
            continue;
        cudnn_engine_write(&engines->list[i], text);
        CU_ASSERT_FATAL(cudnn_engine_read(text, &again));
        cudnn_execution *remade = cudnn_execution_make(conv, graph, &again);
        CU_ASSERT_PTR_NOT_NULL_FATAL(remade);
        CU_ASSERT_EQUAL(remade->workspace_bytes, made->workspace_bytes);
        CU_ASSERT_EQUAL(remade->notes, made->notes);
        cudnn_execution_free(remade);
        cudnn_execution_free(made);
        n++;
    }
    return n;
}

/* What was found for one GPU. */
typedef struct tally {
    int graphs, proposed, only_fallbacks;
} tally;

static void graph_check(const shape *s, conv2d_pass pass, int type, epilogue after, tally *found)
{
    static const char *const PASSES[] = { "forward", "grad_input", "grad_weight" };
    rn_context context;
    cudnn_graph graph;
    cudnn_engines preferred, safe;
    const cudnn_convolution conv = convolution_of(&context, s, pass, type, after);
    const cudnnStatus_t error = cudnn_graph_make(&conv, &graph);
    cudnn_engines_find(&graph, CUDNN_HEUR_MODE_A, &preferred);
    cudnn_engines_find(&graph, CUDNN_HEUR_MODE_FALLBACK, &safe);
    const int n = plans_count(&conv, &graph, &preferred);
    const int n_safe = plans_count(&conv, &graph, &safe);
    if (error || n + n_safe == 0)
        printf("%s, %s, %s, epilogue %d: status %d, %d and %d engines\n", s->name, PASSES[pass],
               TYPES[type].name, (int)after, (int)error, (int)preferred.n, (int)safe.n);
    CU_ASSERT(!error && n + n_safe > 0);
    found->graphs++;
    found->proposed += preferred.n;
    found->only_fallbacks += n == 0;
    cudnn_graph_free(&graph);
}

static void passes_check(int type, tally *found)
{
    for (int i = 0; i < N_SHAPES; i++)
        for (int pass = 0; pass < 3; pass++)
            graph_check(&SHAPES[i], (conv2d_pass)pass, type, NOTHING, found);
    for (int i = 0; i < N_SHAPES; i++)
        graph_check(&SHAPES[i], CONV2D_GRAD_INPUT, type, SUM, found);
}

static void epilogues_check(int type, tally *found)
{
    for (int i = 0; i < N_SHAPES; i++)
        for (int after = BIAS; after <= RELU_ALONE && SHAPES[i].groups == 1; after++)
            graph_check(&SHAPES[i], CONV2D_FORWARD, type, (epilogue)after, found);
}

/* Compute capabilities 8.0, 9.0 and 10.0: A100, H100, B200. */
static void test_graphs(void)
{
    static const int ARCHES[] = { 80, 90, 100 };
    for (int i = 0; i < 3; i++) {
        tally found = { 0, 0, 0 };
        const char *why = nvidia_graphs_open(ARCHES[i]);
        if (why) {
            printf("skipped: plans by NVIDIA's cuDNN: %s\n", why);
            return;
        }
        for (int type = 0; type < 3; type++) {
            passes_check(type, &found);
            epilogues_check(type, &found);
        }
        printf("compute capability %d: %d graphs, %d configurations proposed, %d graphs with "
               "fallbacks alone\n",
               ARCHES[i], found.graphs, found.proposed, found.only_fallbacks);
        nvidia_graphs_close();
    }
}

static void test_texts(void)
{
    static const char *const WRONG[] = { "",
                                         "engine",
                                         "engine 62",
                                         "engine x:",
                                         "engine 62: 2",
                                         "engine 62: 2=",
                                         "engine 62: 2=x",
                                         "engine 62: 2=4,13=0",
                                         "engine 62: 2=4 ",
                                         "implicit precomp GEMM, tensor cores" };
    cudnn_engine engine;
    char text[CUDNN_ENGINE_TEXT];
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        CU_ASSERT_FALSE(cudnn_engine_read(WRONG[i], &engine));
    CU_ASSERT_FATAL(cudnn_engine_read("engine 62: 2=4 13=0", &engine));
    CU_ASSERT(engine.number == 62 && engine.n_knobs == 2);
    CU_ASSERT(engine.knobs[0].type == 2 && engine.knobs[0].value == 4);
    CU_ASSERT(engine.knobs[1].type == 13 && engine.knobs[1].value == 0);
    cudnn_engine_write(&engine, text);
    CU_ASSERT_STRING_EQUAL(text, "engine 62: 2=4 13=0");
    CU_ASSERT(cudnn_engine_read("engine 7:", &engine) && engine.n_knobs == 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "engines and their texts", test_texts },
        { "NVIDIA's cuDNN has engines for all graphs", test_graphs },
        CU_TEST_INFO_NULL,
    };
    return check_run("cudnn_engines", tests);
}
