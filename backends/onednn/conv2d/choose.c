/* choose.c: the fastest algorithm for a convolution, found with the clock once for each
 * processor, library, number of threads and shape, and kept in the file of choices. */
#include "onednn/conv2d/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choices.h"
#include "onednn/conv2d/algorithms.h"

/* Below so many multiplications timing is only noise, so a rule decides. */
#define MACS_TIMED 1e6

/* Up to so many channels of dy, the rule has a sum of gradients computed by our kernel for 1x1,
 * which adds. Of the time of oneDNN's and a pass that adds it takes 0.94 with 64 channels, 0.97
 * with 128, 1.04 with 256 (ResNet-50's, batch 16, two threads of a Zen 4). */
#define SUM_CHANNELS 128

/* The candidates run in turns, so that a busy moment hits them all alike, once to warm up, then so
 * often or so long at least; the fastest run of each counts. */
#define TIMED_ROUNDS 2
#define TIMED_MS 20.0

/* False if reorders between this convolution and others are likely, as it has plain images. */
static bool is_in_blocks(const conv2d_plan *plan)
{
    return plan->y.layout != RN_LAYOUT_PLAIN && plan->y.layout != ONEDNN_PLAIN_BF16;
}

/* Is the gradient of x added to z? */
static bool is_sum(const conv2d_problem *p)
{
    return p->pass == CONV2D_GRAD_INPUT && p->z;
}

/* Ours add; oneDNN's kernels for gradients do not, and need a pass of their own for it. */
static bool adds(conv2d_algorithm algorithm)
{
    return algorithm != CONV2D_DIRECT && algorithm != CONV2D_LIBRARY_WINOGRAD;
}

static bool plan_own(const conv2d_problem *p, conv2d_plan *plan)
{
    return onednn_conv2d_plan_make(p, CONV2D_POINTWISE, plan) ||
           onednn_conv2d_plan_make(p, CONV2D_STEM, plan);
}

/* oneDNN's, or ours where oneDNN has none in blocks. These two are not timed: ours is as fast as
 * oneDNN's plain product or faster, and needs no reorders; timing would double the first start of a
 * ResNet-50. */
static bool plan_direct(const conv2d_problem *p, conv2d_plan *plan)
{
    conv2d_plan own;
    if (!onednn_conv2d_plan_make(p, CONV2D_DIRECT, plan))
        return plan_own(p, plan);
    if (!is_in_blocks(plan) && plan_own(p, &own)) {
        onednn_conv2d_plan_clear(plan);
        *plan = own;
    }
    return true;
}

/* The plans that may be taken. */
typedef struct candidates {
    conv2d_plan plans[CONV2D_ALGORITHMS];
    int32_t n;
} candidates;

static void candidates_make(const conv2d_problem *p, candidates *list)
{
    list->n = plan_direct(p, &list->plans[0]);
    for (conv2d_algorithm a = CONV2D_LIBRARY_WINOGRAD; a <= CONV2D_GROUPED; a++)
        if (onednn_conv2d_plan_make(p, a, &list->plans[list->n]))
            list->n++;
    if (is_sum(p) && list->n > 0 && !adds(list->plans[0].algorithm) &&
        plan_own(p, &list->plans[list->n]))
        list->n++;
}

/* The choice without timing, best first; algorithms that do not apply are skipped. */
static bool plan_by_rule(const conv2d_problem *p, conv2d_plan *plan)
{
    const winograd_params params = { .attrs = p->attrs, .x = p->x, .y = p->y, .pass = p->pass };
    bool wants_winograd =
        p->context->convolution == RN_CONVOLUTION_WINOGRAD ||
        (p->context->convolution == RN_CONVOLUTION_FASTEST && winograd_pays(&params));
    return (wants_winograd && onednn_conv2d_plan_make(p, CONV2D_WINOGRAD, plan)) ||
           onednn_conv2d_plan_make(p, CONV2D_GROUPED, plan) ||
           (is_sum(p) && p->y->shape[1] <= SUM_CHANNELS && plan_own(p, plan)) ||
           plan_direct(p, plan);
}

static rn_status refuse(void)
{
    return cpu_host->fail(RN_E_UNSUPPORTED, "oneDNN has no such convolution");
}

static double macs_of(const conv2d_problem *p)
{
    return (double)shape_count(p->y) * (double)shape_product(p->w, 1, 4);
}

/* Memory for a run: values that are neither 0 nor denormal, which would be faster or slower. */
static void *memory_make(uint64_t bytes)
{
    uint64_t rounded = (bytes + 63) / 64 * 64 + 64;
    uint16_t *memory = aligned_alloc(64, rounded);
    for (uint64_t i = 0; memory && i < rounded / 2; i++)
        memory[i] = (uint16_t)(0x3e80 + i % 97); /* about 0.3, as bfloat16 and as a float's half */
    return memory;
}

static double now_ms(void)
{
    return (double)cpu_host->time_ns() * 1e-6;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What the candidates work on. */
typedef struct operands {
    conv2d_pointers at;
    void *copy; /* as large as the larger image */
} operands;

/* Allocates enough memory for every candidate; false if memory ran out. */
static bool operands_make(const conv2d_problem *p, const candidates *list, operands *made)
{
    conv2d_pointers *at = &made->at;
    uint64_t x = 0, w = 0, y = 0, workspace = 0;
    for (int32_t i = 0; i < list->n; i++) {
        const conv2d_plan *plan = &list->plans[i];
        x = most(x, plan->x.bytes);
        w = most(w, plan->w.bytes);
        y = most(y, plan->y.bytes);
        workspace = most(workspace, plan->workspace_bytes);
    }
    *at = (conv2d_pointers){ .x = memory_make(x),
                             .w = memory_make(w),
                             .y = memory_make(y),
                             .bias = p->bias ? memory_make(p->bias->size_bytes) : NULL,
                             .workspace = memory_make(workspace) };
    made->copy = memory_make(most(x, y));
    if (p->z)
        at->z = is_sum(p) ? at->x : at->y;
    return at->x && at->w && at->y && at->workspace && (at->bias || !p->bias) && made->copy;
}

static void operands_free(operands *made)
{
    free(made->at.x);
    free(made->at.w);
    free(made->at.y);
    free(made->at.bias);
    free(made->at.workspace);
    free(made->copy);
}

/* Every other operator has images in blocks, so one that has them plain needs reorders, of which
 * copies take the time. */
static void plain_copy(const conv2d_plan *plan, const operands *on)
{
    if (is_in_blocks(plan))
        return;
    memcpy(on->copy, on->at.x, plan->x.bytes);
    memcpy(on->copy, on->at.y, plan->y.bytes);
}

/* Items are floats, of two bfloat16 where images hold these: the time is memory's. */
static void sum_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const operands *on = argument;
    float *x = on->at.x;
    const float *z = on->copy;
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        x[i] += z[i];
}

/* Runs a candidate, with the pass that adds where it does not. */
static void candidate_run(const conv2d_problem *p, const conv2d_state *state, const operands *on)
{
    operands copy = *on;
    bool needs_sum = is_sum(p) && !adds(state->plan.algorithm);
    if (needs_sum)
        copy.at.z = NULL;
    onednn_conv2d_state_run(p->context, state, &copy.at);
    if (needs_sum)
        cpu_parallel(p->context, (int64_t)(state->plan.x.bytes / sizeof(float)), sum_work, &copy);
    plain_copy(&state->plan, on);
}

/* The fastest of the states. */
static int32_t states_time(const conv2d_problem *p, conv2d_state *const *states, int32_t n,
                           const operands *on)
{
    double best_ms[CONV2D_ALGORITHMS] = { 0 }, begin_ms = 0;
    int32_t best = 0;
    for (int round = 0; round <= TIMED_ROUNDS || now_ms() - begin_ms < n * TIMED_MS; round++) {
        if (round == 1)
            begin_ms = now_ms();
        for (int32_t i = 0; i < n; i++) {
            double start_ms = now_ms();
            candidate_run(p, states[i], on);
            double ms = now_ms() - start_ms;
            best_ms[i] = round <= 1 || ms < best_ms[i] ? ms : best_ms[i];
        }
    }
    for (int32_t i = 1; i < n; i++)
        best = best_ms[i] < best_ms[best] ? i : best;
    return best;
}

/* The fastest candidate. Uses the candidates up. RN_E_NOMEM where memory is too short to time. */
static rn_status candidates_time(const conv2d_problem *p, candidates *list, int32_t *best)
{
    operands on;
    conv2d_state *states[CONV2D_ALGORITHMS] = { NULL };
    rn_status status = operands_make(p, list, &on) ? onednn_room_check(p->context) : RN_E_NOMEM;
    for (int32_t i = 0; i < list->n; i++)
        if (status)
            onednn_conv2d_plan_clear(&list->plans[i]);
        else
            status = onednn_conv2d_state_make(p, &list->plans[i], &states[i]);
    if (!status)
        *best = states_time(p, states, list->n, &on);
    for (int32_t i = 0; i < list->n; i++)
        onednn_conv2d_state_free(states[i]);
    operands_free(&on);
    return status;
}

/* Everything that the time of a convolution depends on. */
static void key_write(const conv2d_problem *p, char *key, size_t size)
{
    const rn_conv2d_attrs *a = p->attrs;
    const int64_t *x = p->x->shape, *y = p->y->shape;
    snprintf(key, size,
             "%s|%s|x %lld %lld %lld %lld|y %lld %lld %lld|"
             "kernel %lld %lld|stride %lld %lld|padding %lld %lld|dilation %lld %lld|groups %lld|"
             "bias %d|epilogue %d",
             onednn_of(p->context)->machine,
             p->pass == CONV2D_FORWARD      ? "forward"
             : is_sum(p)                    ? "sum of gradients of x"
             : p->pass == CONV2D_GRAD_INPUT ? "gradient of x"
                                            : "gradient of weight",
             (long long)x[0], (long long)x[1], (long long)x[2], (long long)x[3], (long long)y[1],
             (long long)y[2], (long long)y[3], (long long)a->kernel[0], (long long)a->kernel[1],
             (long long)a->stride[0], (long long)a->stride[1], (long long)a->padding[0],
             (long long)a->padding[1], (long long)a->dilation[0], (long long)a->dilation[1],
             (long long)a->groups, p->bias != NULL, (int)a->epilogue);
}

/* The plan of this name; false where there is no such name, or it does not apply any more. */
static bool plan_named(const conv2d_problem *p, const char *name, conv2d_plan *plan)
{
    for (conv2d_algorithm a = CONV2D_DIRECT; a <= (conv2d_algorithm)CONV2D_ALGORITHMS; a++)
        if (name && strcmp(onednn_conv2d_algorithm_name(a), name) == 0)
            return onednn_conv2d_plan_make(p, a, plan);
    return false;
}

/* Timing takes more memory than computing, as it holds what every candidate needs. The rule's
 * choice is kept for the session, so that each query and `prepare` give the same one. */
static rn_status plan_without_clock(const conv2d_problem *p, const char *key, conv2d_plan *plan)
{
    cpu_host->note(RN_LOG_INFO, "%s: there is no memory to time its algorithms, so a rule chooses",
                   p->op->name);
    if (!plan_by_rule(p, plan))
        return refuse();
    choices_set_for_now(onednn_of(p->context)->choices, key,
                        onednn_conv2d_algorithm_name(plan->algorithm));
    return RN_OK;
}

/* Times the candidates if there are several, and stores the name of the fastest. */
static rn_status plan_by_clock(const conv2d_problem *p, const char *key, conv2d_plan *plan)
{
    candidates list;
    int32_t best = 0;
    candidates_make(p, &list);
    if (list.n <= 1) {
        if (list.n == 1)
            *plan = list.plans[0];
        return list.n == 1 ? RN_OK : refuse();
    }
    rn_status status = candidates_time(p, &list, &best);
    if (status == RN_E_NOMEM)
        return plan_without_clock(p, key, plan);
    if (status)
        return status;
    /* Timing has consumed the candidates, except their names. */
    conv2d_algorithm fastest = list.plans[best].algorithm;
    choices_set(onednn_of(p->context)->choices, key, onednn_conv2d_algorithm_name(fastest));
    if (onednn_conv2d_plan_make(p, fastest, plan))
        return RN_OK;
    return cpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
}

static rn_status choose(const conv2d_problem *p, conv2d_plan *plan)
{
    char key[512];
    if (p->context->convolution != RN_CONVOLUTION_FASTEST || p->context->deterministic ||
        macs_of(p) < MACS_TIMED)
        return plan_by_rule(p, plan) ? RN_OK : refuse();
    key_write(p, key, sizeof key);
    if (plan_named(p, choices_find(onednn_of(p->context)->choices, key), plan))
        return RN_OK;
    return plan_by_clock(p, key, plan);
}

rn_status onednn_conv2d_choose(const conv2d_problem *p, conv2d_plan *plan)
{
    rn_status status = choose(p, plan);
    if (status || !is_sum(p) || adds(plan->algorithm))
        return status;
    onednn_conv2d_plan_clear(plan);
    return cpu_host->fail(RN_E_UNSUPPORTED, "oneDNN's kernel adds its gradient to nothing");
}
