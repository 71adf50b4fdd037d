/* choose.c: selects how cuDNN computes a convolution: an engine of its graph interface, or an
 * algorithm of its older calls; by cuDNN's heuristics, or by timing, once per device and shape,
 * after which the choice is kept. */
#include "cudnn/conv2d/choose.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choices.h"
#include "cudnn/conv2d/contest.h"
#include "cudnn/conv2d/descs.h"
#include "cudnn/conv2d/execution.h"
#include "cudnn/conv2d/library.h"
#include "cudnn/conv2d/scratch.h"
#include "cudnn/conv2d/text.h"

/* The workspace limit of an algorithm, in bytes and as a share of the GPU's memory. All
 * convolutions share the same workspace, so a network allocates it once. MXNet's limit is also 1
 * GiB, with which it has the highest published figures for ResNet-50 on an A100 (NGC, MXNet 22.10);
 * only transforms of whole batches need more. */
#define WORKSPACE_MOST (UINT64_C(1) << 30)
enum { WORKSPACE_SHARE = 16 };

/* A session's time budget for timing; once it is spent, the heuristics decide. A shape takes tens
 * of milliseconds, and ResNet-50 has 23 shapes in three passes. */
#define QUICK_S 30.0
#define FULL_S 60.0

enum { KEY_BYTES = 512 };

typedef struct decision {
    struct decision *next;
    bool has_plan;
    cudnn_plan plan;
    char
        refusal[2 * CUDNN_PLAN_TEXT]; /* of the last plan that was offered, but failed when tried */
    char key[KEY_BYTES];
} decision;

/* A choice, kept for the session: `prepare` must use the plan whose workspace `query` reported. */
struct cudnn_decided {
    decision *first;
    uint64_t workspace_most;
    double spent_s;
};

void cudnn_decided_free(cudnn_decided *decided)
{
    for (decision *d = decided ? decided->first : NULL; d;) {
        decision *next = d->next;
        cudnn_execution_free(d->plan.execution);
        free(d);
        d = next;
    }
    free(decided);
}

static rn_status decided_make(rn_context *context)
{
    size_t left = 0, total = 0;
    if (context->decided)
        return RN_OK;
    rn_status status = cudnn_cuda_check(cudaMemGetInfo(&left, &total), "tell its memory");
    if (status)
        return status;
    context->decided = calloc(1, sizeof *context->decided);
    if (!context->decided)
        return gpu_host->fail(RN_E_NOMEM, "no memory for choices of algorithms");
    const uint64_t share = (uint64_t)total / WORKSPACE_SHARE;
    context->decided->workspace_most = share < WORKSPACE_MOST ? share : WORKSPACE_MOST;
    return RN_OK;
}

static double now_s(void)
{
    return (double)gpu_host->time_ns() * 1e-9;
}

/* ---- Which plans are allowed ---- */

static bool is_winograd(const cudnn_convolution *conv, const cudnn_plan *plan)
{
    return cudnn_algorithm_is_winograd(conv->shape.pass, plan->algorithm);
}

static bool may_multiply(const cudnn_convolution *conv, cudnnMathType_t math)
{
    if (conv->context->precision == RN_PRECISION_FP32)
        return math == CUDNN_FMA_MATH;
    return math != CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
}

/* Only one algorithm of cuDNN adds a bias or z without a relu
 * (cudnnConvolutionBiasActivationForward()). */
static bool may_fuse(const cudnn_convolution *conv, const cudnn_plan *plan)
{
    return !cudnn_conv2d_is_fused(conv) || conv->shape.relu || plan->bias_after ||
           plan->algorithm == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
}

static bool may_take(const cudnn_convolution *conv, const cudnn_plan *plan)
{
    const rn_context *context = conv->context;
    const bool transforms =
        is_winograd(conv, plan) || cudnn_algorithm_is_fourier(conv->shape.pass, plan->algorithm);
    return !(context->deterministic && !plan->deterministic) &&
           !(context->convolution == RN_CONVOLUTION_DIRECT && transforms) &&
           plan->workspace_bytes <= context->decided->workspace_most &&
           may_multiply(conv, plan->math) && may_fuse(conv, plan);
}

/* ---- The choice ---- */

/* Runs the plan once: cuDNN offers algorithms, with workspaces, that it then refuses to run, and
 * only a call tells which epilogues it has. If there is no memory to try it, it is believed. */
static bool works(const cudnn_convolution *conv, const cudnn_plan *plan, const char *text,
                  decision *d)
{
    cudnn_scratch s = { .block = NULL };
    cudnnStatus_t error = CUDNN_STATUS_SUCCESS;
    cudaError_t late = cudnn_scratch_make(conv, plan->workspace_bytes, &s);
    if (late == cudaErrorMemoryAllocation)
        return true;
    if (!late) {
        error = cudnn_conv2d_call(conv, plan, &s.pointers);
        late = cudnn_scratch_free(conv, &s);
    }
    if (error || late)
        snprintf(d->refusal, sizeof d->refusal, "%s: %s", text,
                 error ? cudnnGetErrorString(error) : cudaGetErrorName(late));
    return !error && !late;
}

/* Takes the offered plan if it is allowed and works. With `name`, only the plan of that name. */
static bool take(const cudnn_convolution *conv, const cudnn_plan *offered, bool has_run,
                 const char *name, decision *d)
{
    char text[CUDNN_PLAN_TEXT];
    cudnn_plan *plan = &d->plan;
    *plan = *offered;
    if (conv->context->precision == RN_PRECISION_FP32 && plan->math == CUDNN_DEFAULT_MATH)
        plan->math = CUDNN_FMA_MATH; /* the same before the A100 (cudnnMathType_t) */
    for (int after = 0; after <= (conv->shape.has_bias && !conv->shape.has_z && !conv->shape.relu);
         after++) {
        plan->bias_after = after;
        cudnn_plan_text(conv, plan, text);
        if (name && strcmp(name, text) != 0)
            continue;
        if (may_take(conv, plan) && cudnn_plan_confirm(conv, plan) && may_take(conv, plan) &&
            (has_run || works(conv, plan, text, d)))
            return true;
    }
    return false;
}

/* Takes the first plan that can be taken; Winograd first, if it is requested. Plans that were timed
 * have run, but without the epilogue. */
static bool take_first(const cudnn_convolution *conv, const cudnn_plans *plans, const char *name,
                       decision *d)
{
    const bool wants = conv->context->convolution == RN_CONVOLUTION_WINOGRAD;
    const bool has_run = plans->are_timed && !cudnn_conv2d_is_fused(conv);
    for (int round = wants ? 0 : 1; round < 2; round++)
        for (int32_t i = 0; i < plans->n; i++)
            if ((round == 1 || is_winograd(conv, &plans->list[i])) &&
                take(conv, &plans->list[i], has_run, name, d))
                return true;
    return false;
}

/* Times the plans; finds none if the GPU has not enough memory or cuDNN fails. */
static void find_by_clock(const cudnn_convolution *conv, const cudnn_plans *by_rule,
                          cudnn_plans *plans)
{
    const double begin_s = now_s();
    uint64_t workspace_bytes = 0;
    cudnn_scratch s = { .block = NULL };
    plans->n = 0;
    for (int32_t i = 0; i < by_rule->n; i++)
        if (by_rule->list[i].workspace_bytes > workspace_bytes &&
            by_rule->list[i].workspace_bytes <= conv->context->decided->workspace_most)
            workspace_bytes = by_rule->list[i].workspace_bytes;
    if (!cudnn_scratch_make(conv, workspace_bytes, &s)) {
        if (cudnn_plans_find(conv, &s.pointers, plans))
            plans->n = 0;
        cudnn_scratch_free(conv, &s);
    }
    conv->context->decided->spent_s += now_s() - begin_s;
}

/* The seconds that are left for timing; 0: a rule chooses. */
static double seconds_left(const rn_context *context)
{
    const double most = context->tuning == RN_TUNING_FULL ? FULL_S : QUICK_S;
    if (context->deterministic || context->tuning == RN_TUNING_OFF ||
        context->decided->spent_s >= most)
        return 0;
    return most - context->decided->spent_s;
}

/* The choice of an earlier session, or NULL. */
static const char *kept_find(const rn_context *context, const decision *d)
{
    const bool may = !context->deterministic && context->tuning != RN_TUNING_FULL;
    return may ? choices_find(context->choices, d->key) : NULL;
}

/* By an engine of cuDNN's graph interface. */
static void search_engines(const cudnn_convolution *conv, decision *d)
{
    rn_context *context = conv->context;
    const cudnn_contest contest = { .workspace_most = context->decided->workspace_most,
                                    .seconds = seconds_left(context),
                                    .is_full = context->tuning == RN_TUNING_FULL,
                                    .kept = kept_find(context, d) };
    const double begin_s = now_s();
    char text[CUDNN_ENGINE_TEXT];
    bool timed;
    cudnn_execution *execution = cudnn_contest_hold(conv, &contest, &timed);
    if (timed) {
        cudnn_engine_write(&execution->engine, text);
        choices_set(context->choices, d->key, text);
        context->decided->spent_s += now_s() - begin_s;
    }
    if (!execution) {
        gpu_host->note(RN_LOG_INFO,
                       "%s: cuDNN's graph interface has no engine; its older calls compute it: %s",
                       conv->op, d->key);
        return;
    }
    d->has_plan = true;
    d->plan =
        (cudnn_plan){ .execution = execution,
                      .workspace_bytes = execution->workspace_bytes,
                      .deterministic =
                          !cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) };
}

/* By an algorithm of cuDNN's older calls. */
static rn_status search_algorithms(const cudnn_convolution *conv, decision *d)
{
    rn_context *context = conv->context;
    const char *kept = kept_find(context, d);
    cudnn_plans by_rule, timed = { .n = 0 };
    char text[CUDNN_PLAN_TEXT];
    rn_status status = cudnn_plans_find(conv, NULL, &by_rule);
    if (status)
        return status;
    d->has_plan = kept && take_first(conv, &by_rule, kept, d);
    if (d->has_plan)
        return RN_OK;
    if (seconds_left(context) > 0)
        find_by_clock(conv, &by_rule, &timed);
    d->has_plan = take_first(conv, &timed, NULL, d);
    if (d->has_plan) {
        cudnn_plan_text(conv, &d->plan, text);
        choices_set(context->choices, d->key, text);
    } else {
        d->has_plan = take_first(conv, &by_rule, NULL, d);
    }
    /* A GPU that a trial has lost is no refusal. */
    return d->has_plan
               ? RN_OK
               : cudnn_cuda_check(cudaStreamSynchronize(context->stream), "try a convolution");
}

static rn_status search(const cudnn_convolution *conv, decision *d)
{
    if (cudnn_contest_may(conv))
        search_engines(conv, d);
    return d->has_plan ? RN_OK : search_algorithms(conv, d);
}

static const char *precision_name(const rn_context *context)
{
    static const char *const NAMES[] = { "", "fp32", "tf32", "bf16", "fp16" };
    return NAMES[context->precision];
}

/* Everything except the device that determines the time of a convolution. */
static void key_write(const cudnn_convolution *conv, char key[KEY_BYTES])
{
    static const char *const REQUESTS[] = { "", "|direct", "|winograd" };
    /* Older calls compute a gradient that is added as they compute it alone. */
    const char *engines = "";
    if (cudnn_contest_may(conv))
        engines = conv->shape.sums ? "|engines that add" : "|engines";
    snprintf(key, KEY_BYTES,
             "%s|x %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "|y %" PRId64 " %" PRId64
             " %" PRId64 "|kernel %" PRId64 " %" PRId64 "|stride %" PRId64 " %" PRId64
             "|padding %" PRId64 " %" PRId64 "|dilation %" PRId64 " %" PRId64 "|groups %" PRId64
             "|epilogue %d%d%d|%s %s%s%s",
             conv->op, conv->shape.n, conv->shape.c, conv->bordered[0], conv->bordered[1],
             conv->shape.k, conv->shape.p, conv->shape.q, conv->shape.r, conv->shape.s,
             conv->shape.stride[0], conv->shape.stride[1],
             conv->has_border ? 0 : conv->shape.padding[0],
             conv->has_border ? 0 : conv->shape.padding[1], conv->shape.dilation[0],
             conv->shape.dilation[1], conv->shape.groups, conv->shape.has_bias, conv->shape.has_z,
             conv->shape.relu, precision_name(conv->context),
             conv->format == CUDNN_TENSOR_NHWC ? "nhwc" : "nchw",
             REQUESTS[conv->context->convolution], engines);
}

static rn_status refuse(const cudnn_convolution *conv, const decision *d)
{
    const rn_context *context = conv->context;
    const char *remedy = "another backend may have one";
    if (context->deterministic)
        remedy = "without --deterministic it may have one";
    else if (context->convolution == RN_CONVOLUTION_DIRECT)
        remedy = "without --conv=direct it may have one";
    else if (context->precision != RN_PRECISION_FP32)
        remedy = "with --precision=fp32 it may have one";
    return gpu_host->fail(RN_E_UNSUPPORTED,
                          "%s: cuDNN has no%s algorithm in %s for x %" PRId64 "x%" PRId64
                          "x%" PRId64 "x%" PRId64 ", weight %" PRId64 "x%" PRId64 "x%" PRId64
                          "x%" PRId64 ", stride %" PRId64 "x%" PRId64 ", dilation %" PRId64
                          "x%" PRId64 "%s%s%s; %s",
                          conv->op, context->deterministic ? " deterministic" : "",
                          precision_name(context), conv->shape.n, conv->shape.c, conv->bordered[0],
                          conv->bordered[1], conv->shape.k, conv->shape.c / conv->shape.groups,
                          conv->shape.r, conv->shape.s, conv->shape.stride[0],
                          conv->shape.stride[1], conv->shape.dilation[0], conv->shape.dilation[1],
                          cudnn_conv2d_is_fused(conv) ? ", with bias or epilogue" : "",
                          d->refusal[0] ? "; the last that it offered and then refused is " : "",
                          d->refusal, remedy);
}

static decision *decision_find(const rn_context *context, const char *key)
{
    decision *d = context->decided->first;
    while (d && strcmp(d->key, key) != 0)
        d = d->next;
    return d;
}

rn_status cudnn_conv2d_choose(const cudnn_convolution *conv, cudnn_plan *plan)
{
    rn_context *context = conv->context;
    char key[KEY_BYTES];
    rn_status status = decided_make(context);
    if (status)
        return status;
    key_write(conv, key);
    decision *d = decision_find(context, key);
    if (!d) {
        d = calloc(1, sizeof *d);
        if (!d)
            return gpu_host->fail(RN_E_NOMEM, "no memory for choices of algorithms");
        memcpy(d->key, key, sizeof key);
        status = search(conv, d);
        if (status) {
            free(d);
            return status;
        }
        d->next = context->decided->first;
        context->decided->first = d;
    }
    if (!d->has_plan)
        return refuse(conv, d);
    *plan = d->plan;
    return cudnn_dnn_check(cudnnSetConvolutionMathType(conv->descs.convolution, plan->math),
                           "describe a convolution");
}
