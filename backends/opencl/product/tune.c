/* tune.c: which division of products of matrices is fastest on the device: as it was found before,
 * or by a search that ends in time. */
#include "opencl/product/tune.h"

#include <stdio.h>
#include <string.h>

#include "base/choices.h"
#include "opencl/product/gemm.h"
#include "opencl/product/product.h"

/* Seconds after which no other candidate is tried; compiling one takes about one. The rest of the
 * minute is for CLBlast (clblast_tune.c) and for convolutions (conv2d/choose.c). */
#define QUICK_S 6.0
#define FULL_S 9.0

/* A candidate's time is the fastest of RUNS; it must win by more than noise, the factor BETTER. */
enum { RUNS = 4 };
#define BETTER 0.97

/* What is timed: products as of Winograd's transforms and of a convolution in the middle of a
 * residual network. */
static const opencl_gemm TIMED[] = {
    { .m = 64,
      .n = 1568,
      .k = 64,
      .batches = 16,
      .lda = 64,
      .ldb = 1568,
      .ldc = 1568,
      .a_stride = 64 * 64,
      .b_stride = 64 * 1568,
      .c_stride = 64 * 1568 },
    { .m = 256,
      .n = 784,
      .k = 576,
      .batches = 2,
      .lda = 576,
      .ldb = 784,
      .ldc = 784,
      .a_stride = 0,
      .b_stride = 576 * 784,
      .c_stride = 256 * 784 },
};
enum { N_TIMED = sizeof TIMED / sizeof *TIMED };

static const char KEY[] = "product";

/* a, b, c and what is between, of each of the products, lie in a buffer, one after the other. */
enum { PART_FLOATS = 64 * 1568 * 16, PARTS = 4 };

static void product_text(const opencl_product *p, char text[80])
{
    snprintf(text, 80, "%d x %d x %d by %d x %d x %d depth %d%s", (int)p->rows, (int)p->vector,
             (int)p->vectors, (int)p->items_m, (int)p->items_n, (int)p->blocks, (int)p->depth,
             p->fused ? " fused" : "");
}

/* Uses the stored choice if the device still allows it. */
static bool take_kept(rn_context *context, const opencl_product *list, int32_t n)
{
    const char *kept = choices_find(context->choices, KEY);
    char text[80];
    for (int32_t i = 0; kept && i < n; i++) {
        product_text(&list[i], text);
        if (strcmp(text, kept) == 0) {
            context->product = list[i];
            return true;
        }
    }
    return false;
}

double opencl_tune_now_s(void)
{
    return (double)gpu_host->time_ns() * 1e-9;
}

rn_status opencl_tune_buffer(rn_context *context, uint64_t bytes, rn_buffer **buffer)
{
    const cl_float value = 0.3f;
    rn_status status = opencl_buffer_create(context, bytes, buffer);
    if (status)
        return status;
    const rn_operand all = { *buffer, 0 };
    return opencl_check(clEnqueueFillBuffer(context->queue, opencl_memory(all), &value,
                                            sizeof value, 0, bytes, 0, NULL, NULL),
                        "fill a buffer");
}

double opencl_tune_time(rn_context *context, rn_status (*run)(rn_context *context, void *argument),
                        void *argument)
{
    double best = 0;
    for (int i = 0; i <= RUNS; i++) {
        double begin = opencl_tune_now_s();
        if (run(context, argument) || opencl_synchronize(context))
            return 0;
        double took = opencl_tune_now_s() - begin;
        best = i <= 1 || took < best ? took : best;
    }
    return best;
}

typedef struct timed_gemm {
    opencl_gemm_plan plan;
    rn_operand operands[4], workspace;
} timed_gemm;

static rn_status gemm_run(rn_context *context, void *argument)
{
    const timed_gemm *t = argument;
    return opencl_gemm_run(context, &t->plan, t->operands, t->workspace);
}

/* Seconds that the product takes with context->product; 0 if it fails. */
static double gemm_time(rn_context *context, const opencl_gemm *gemm, rn_buffer *buffer)
{
    const rn_operand a = { buffer, 0 };
    rn_kernel kernel = { .context = context, .desc.op = KEY };
    timed_gemm timed = { .operands = { a, gpu_part(a, PART_FLOATS * 4),
                                       gpu_part(a, PART_FLOATS * 8) },
                         .workspace = gpu_part(a, PART_FLOATS * 12) };
    bool made = opencl_gemm_add(&kernel, gemm, &timed.plan) == RN_OK;
    double took = made ? opencl_tune_time(context, gemm_run, &timed) : 0;
    gpu_launches_free(&kernel);
    return took;
}

/* GFLOP/s of a candidate; 0 if it fails, for example because the device has too few registers. */
static double candidate_time(rn_context *context, const opencl_product *p, rn_buffer *buffer)
{
    double seconds = 0, flops = 0;
    context->product = *p;
    for (int i = 0; i < N_TIMED; i++) {
        const opencl_gemm *g = &TIMED[i];
        double took = gemm_time(context, g, buffer);
        if (took <= 0)
            return 0;
        seconds += took;
        flops += 2.0 * (double)(g->m * g->n) * (double)(g->k * g->batches);
    }
    return flops / seconds * 1e-9;
}

/* Each in turn and then all again, as another program may have been busy at one time; how many
 * there was time for. */
static int32_t candidates_time(rn_context *context, const opencl_product *list, int32_t n,
                               rn_buffer *buffer, double rates[OPENCL_MAX_PRODUCTS])
{
    const bool full = context->tuning == RN_TUNING_FULL;
    const double end_s = opencl_tune_now_s() + (full ? FULL_S : QUICK_S);
    int32_t tried = 0;
    if (!full && n > OPENCL_QUICK_PRODUCTS)
        n = OPENCL_QUICK_PRODUCTS;
    for (; tried < n && (tried < 2 || opencl_tune_now_s() < end_s); tried++)
        rates[tried] = candidate_time(context, &list[tried], buffer);
    for (int32_t i = 0; i < tried; i++) {
        double rate = rates[i] > 0 ? candidate_time(context, &list[i], buffer) : 0;
        rates[i] = rate > rates[i] ? rate : rates[i];
    }
    return tried;
}

static void search(rn_context *context, const opencl_product *list, int32_t n, rn_buffer *buffer)
{
    double rates[OPENCL_MAX_PRODUCTS] = { 0 };
    int32_t tried = candidates_time(context, list, n, buffer, rates), best = 0;
    char text[80];
    for (int32_t i = 1; i < tried; i++)
        best = rates[i] * BETTER > rates[best] ? i : best;
    context->product = list[best];
    if (rates[best] <= 0)
        return;
    product_text(&list[best], text);
    choices_set(context->choices, KEY, text);
    gpu_host->note(RN_LOG_INFO,
                   "opencl: of %d divisions of products of matrices, %s is the "
                   "fastest: %.0f GFLOP/s, the default %.0f",
                   (int)tried, text, rates[best], rates[0]);
}

rn_status opencl_tune(rn_context *context)
{
    opencl_product list[OPENCL_MAX_PRODUCTS];
    int32_t n = opencl_product_list(context, list);
    rn_buffer *buffer = NULL;
    context->product = list[0];
    if (context->deterministic)
        return RN_OK;
    if (context->tuning != RN_TUNING_FULL && take_kept(context, list, n))
        return RN_OK;
    if (context->tuning == RN_TUNING_OFF)
        return RN_OK;
    gpu_host->note(RN_LOG_INFO, "opencl: looking for what is fastest on this device; --tune=off "
                                "does without");
    rn_status status = opencl_tune_buffer(context, PARTS * PART_FLOATS * 4, &buffer);
    if (!status)
        search(context, list, n, buffer);
    opencl_buffer_destroy(context, buffer);
    return status;
}
