/* clblast_tune.c: the parameters of CLBlast's kernel: kept ones, or a short search. */
#include "opencl/product/clblast_tune.h"

#include <stdio.h>
#include <string.h>

#include "base/choices.h"
#include "opencl/product/clblast_run.h"
#include "opencl/product/tune.h"

/* Seconds after which no other candidate is compiled. On a processor one takes 10 to 25 (Zen 4,
 * PoCL), and reaches 7 to 11 GFLOP/s where product.cl reaches 130, so none is tried there. */
#define SEARCH_S 6.0

enum { N_PARAMETERS = 10 };

static const char *const NAMES[N_PARAMETERS] = { "KWID", "MDIMAD", "MDIMCD", "NDIMBD", "NDIMCD",
                                                 "PADA", "PADB",   "VWMD",   "VWND",   "WGD" };

/* Tiles of 32 and 64 by 64 to 256 items; of the first the tiles are in 8.25 KB of local memory. */
static const size_t CANDIDATES[][N_PARAMETERS] = {
    { 2, 8, 8, 8, 8, 1, 1, 4, 4, 32 },
    { 8, 16, 16, 16, 16, 1, 1, 2, 2, 32 },
    { 2, 16, 16, 16, 16, 1, 1, 4, 4, 64 },
    { 2, 8, 8, 8, 8, 1, 1, 2, 2, 16 },
};
enum { N_CANDIDATES = sizeof CANDIDATES / sizeof *CANDIDATES };

static const char KEY[] = "clblast";

/* What is timed: a 1x1 convolution in the middle of a residual network. */
static const opencl_gemm TIMED = { .m = 256,
                                   .n = 784,
                                   .k = 256,
                                   .batches = 8,
                                   .lda = 256,
                                   .ldb = 784,
                                   .ldc = 784,
                                   .b_stride = 256 * 784,
                                   .c_stride = 256 * 784 };
enum { PART_FLOATS = 256 * 784 * 8 };

static void parameters_text(int candidate, char text[80])
{
    size_t used = 0;
    for (int i = 0; i < N_PARAMETERS; i++)
        used += (size_t)snprintf(text + used, 80 - used, "%s%d", i ? " " : "",
                                 (int)CANDIDATES[candidate][i]);
}

/* False where CLBlast does not take them. */
static bool parameters_set(const rn_context *context, int candidate)
{
    const char *names[N_PARAMETERS];
    memcpy(names, NAMES, sizeof names);
    return CLBlastOverrideParameters(context->device, "XgemmDirect", CLBlastPrecisionSingle,
                                     N_PARAMETERS, names, CANDIDATES[candidate]) == CLBlastSuccess;
}

static void take_kept(rn_context *context)
{
    const char *kept = choices_find(context->choices, KEY);
    char text[80];
    for (int i = 0; kept && i < N_CANDIDATES; i++) {
        parameters_text(i, text);
        if (strcmp(text, kept) == 0)
            parameters_set(context, i);
    }
}

static rn_status timed_run(rn_context *context, void *argument)
{
    return opencl_clblast_run(context, &TIMED, argument);
}

/* CLBlast cannot return to its default parameters, so they are timed first. If they are the
 * fastest, the second best are used until the next start. */
static void search(rn_context *context, rn_buffer *buffer)
{
    const rn_operand a = { buffer, 0 };
    rn_operand operands[] = { a, gpu_part(a, PART_FLOATS * 4), gpu_part(a, PART_FLOATS * 8) };
    const double end_s = opencl_tune_now_s() + SEARCH_S;
    const double default_s = opencl_tune_time(context, timed_run, operands);
    double best_s = 0;
    int best = 0;
    char text[80] = "its own";
    for (int i = 0; i < N_CANDIDATES && opencl_tune_now_s() < end_s; i++) {
        double took =
            parameters_set(context, i) ? opencl_tune_time(context, timed_run, operands) : 0;
        if (took > 0 && (best_s <= 0 || took < best_s)) {
            best_s = took;
            best = i;
        }
    }
    if (best_s <= 0)
        return;
    parameters_set(context, best);
    if (default_s <= 0 || best_s < default_s)
        parameters_text(best, text);
    choices_set(context->choices, KEY, text);
    gpu_host->note(RN_LOG_INFO, "opencl: CLBlast's fastest parameters here are %s", text);
}

void opencl_clblast_tune(rn_context *context)
{
    rn_buffer *buffer = NULL;
    if (context->deterministic)
        return;
    if (context->tuning != RN_TUNING_FULL) {
        take_kept(context);
        return;
    }
    if (context->limits.is_cpu)
        return;
    if (opencl_tune_buffer(context, PART_FLOATS * 12, &buffer) == RN_OK)
        search(context, buffer);
    opencl_buffer_destroy(context, buffer);
}
