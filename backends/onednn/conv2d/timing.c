/* timing.c: runs plans for a convolution, on memory of its own, to find the fastest. */
#include "onednn/conv2d/timing.h"

#include <stdlib.h>
#include <string.h>

#include "onednn/conv2d/algorithms.h"

/* The candidates run in turns, so that a busy moment hits them all alike, and the fastest run of
 * each counts. After so many rounds only those go on that may still win, for so long at most. */
#define ROUNDS 2
#define MAY_WIN 1.5
#define QUICK_MS 20.0
#define FULL_MS 200.0

/* A first start takes no longer than this for timing; then rules choose. */
#define QUICK_S 30.0
#define FULL_S 60.0

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Memory for a run: values that are neither 0 nor denormal, which would be faster or slower. */
static void *memory_make(uint64_t bytes)
{
    uint16_t pattern[97 * 32];
    uint64_t rounded = (bytes + 63) / 64 * 64 + 64;
    char *memory = aligned_alloc(64, rounded);
    for (uint32_t i = 0; i < sizeof pattern / sizeof *pattern; i++)
        pattern[i] = (uint16_t)(0x3e80 + i % 97); /* about 0.3, as bfloat16 and as a float's half */
    for (uint64_t at = 0; memory && at < rounded; at += sizeof pattern)
        memcpy(memory + at, pattern, least(rounded - at, sizeof pattern));
    return memory;
}

static double now_ms(void)
{
    return (double)cpu_host->time_ns() * 1e-6;
}

/* What the plans work on. */
typedef struct operands {
    conv2d_pointers at;
    void *copy; /* as large as the larger image; NULL: none is made */
} operands;

/* Allocates enough memory for every plan; false if memory ran out. */
static bool operands_make(const conv2d_problem *p, const conv2d_plan *plans, int32_t n,
                          operands *made)
{
    conv2d_pointers *at = &made->at;
    uint64_t x = 0, w = 0, y = 0, workspace = 0;
    bool copies = onednn_conv2d_is_sum(p);
    for (int32_t i = 0; i < n; i++) {
        const conv2d_plan *plan = &plans[i];
        x = most(x, plan->x.bytes);
        w = most(w, plan->w.bytes);
        y = most(y, plan->y.bytes);
        workspace = most(workspace, plan->workspace_bytes);
        copies = copies || !onednn_conv2d_is_in_blocks(plan);
    }
    *at = (conv2d_pointers){ .x = memory_make(x),
                             .w = memory_make(w),
                             .y = memory_make(y),
                             .bias = p->bias ? memory_make(p->bias->size_bytes) : NULL,
                             .workspace = memory_make(workspace) };
    made->copy = copies ? memory_make(most(x, y)) : NULL;
    if (p->z)
        at->z = onednn_conv2d_is_sum(p) ? at->x : at->y;
    return at->x && at->w && at->y && at->workspace && (at->bias || !p->bias) &&
           (made->copy || !copies);
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
    if (onednn_conv2d_is_in_blocks(plan))
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
    bool needs_sum = onednn_conv2d_is_sum(p) && !onednn_conv2d_adds(&state->plan);
    if (needs_sum)
        copy.at.z = NULL;
    onednn_conv2d_state_run(p->context, state, &copy.at);
    if (needs_sum)
        cpu_parallel(p->context, (int64_t)(state->plan.x.bytes / sizeof(float)), sum_work, &copy);
    plain_copy(&state->plan, on);
}

/* How fast each candidate was at best. */
typedef struct contest {
    double ms[CONV2D_ALGORITHMS];
    int32_t n, best;
} contest;

static bool may_win(const contest *c, int32_t i)
{
    return c->ms[i] < c->ms[c->best] * MAY_WIN;
}

static int32_t contenders(const contest *c)
{
    int32_t n = 0;
    for (int32_t i = 0; i < c->n; i++)
        n += may_win(c, i);
    return n;
}

/* The fastest of the states. */
static int32_t states_time(const conv2d_problem *p, conv2d_state *const *states, int32_t n,
                           const operands *on)
{
    const bool is_full = onednn_of(p->context)->tuning == RN_TUNING_FULL;
    const double begin_ms = now_ms(), most_ms = is_full ? FULL_MS : QUICK_MS;
    contest c = { .n = n };
    for (int round = 0; round < ROUNDS || (contenders(&c) > 1 && now_ms() - begin_ms < most_ms);
         round++) {
        for (int32_t i = 0; i < n; i++) {
            if (round >= ROUNDS && !may_win(&c, i))
                continue;
            double start_ms = now_ms();
            candidate_run(p, states[i], on);
            double ms = now_ms() - start_ms;
            c.ms[i] = round == 0 || ms < c.ms[i] ? ms : c.ms[i];
        }
        for (int32_t i = 0; i < n; i++)
            c.best = c.ms[i] < c.ms[c.best] ? i : c.best;
    }
    return c.best;
}

bool onednn_conv2d_may_time(const onednn_state *state)
{
    const double most_s = state->tuning == RN_TUNING_FULL ? FULL_S : QUICK_S;
    return state->tuning != RN_TUNING_OFF && state->timed_ms < most_s * 1e3;
}

rn_status onednn_conv2d_time(const conv2d_problem *p, const conv2d_plan *plans, int32_t n,
                             int32_t *best)
{
    onednn_state *state = onednn_of(p->context);
    const double begin_ms = now_ms();
    operands on;
    conv2d_state *states[CONV2D_ALGORITHMS] = { NULL };
    rn_status status = operands_make(p, plans, n, &on) ? onednn_room_check(p->context) : RN_E_NOMEM;
    for (int32_t i = 0; i < n && !status; i++)
        status = onednn_conv2d_state_make(p, &plans[i], &states[i]);
    if (!status)
        *best = states_time(p, states, n, &on);
    for (int32_t i = 0; i < n; i++)
        onednn_conv2d_state_free(states[i]);
    operands_free(&on);
    state->n_timed += !status;
    state->timed_ms += now_ms() - begin_ms;
    return status;
}
