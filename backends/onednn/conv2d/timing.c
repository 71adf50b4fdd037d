/* timing.c: runs plans for a convolution, on memory of its own, to find the fastest. */
#include "onednn/conv2d/timing.h"

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

static double now_ms(void)
{
    return (double)cpu_host->time_ns() * 1e-6;
}

/* What the plans work on. */
typedef struct operands {
    rn_buffer *buffer; /* holds all of them */
    conv2d_pointers at;
    void *copy; /* as large as the larger image */
} operands;

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Values that are neither 0 nor denormal, which would be faster or slower. */
static void fill(char *memory, uint64_t bytes)
{
    uint16_t pattern[97 * 32];
    for (uint32_t i = 0; i < sizeof pattern / sizeof *pattern; i++)
        pattern[i] = (uint16_t)(0x3e80 + i % 97); /* about 0.3, as bfloat16 and as a float's half */
    for (uint64_t at = 0; at < bytes; at += sizeof pattern)
        memcpy(memory + at, pattern, bytes - at < sizeof pattern ? bytes - at : sizeof pattern);
}

/* The next part of the memory. */
static void *part(char **memory, uint64_t bytes)
{
    void *begin = *memory;
    *memory += (bytes + 63) / 64 * 64;
    return begin;
}

/* Allocates enough memory for every plan, as the host does for a network. */
static rn_status operands_make(const conv2d_problem *p, const conv2d_plan *plans, int32_t n,
                               operands *made)
{
    uint64_t x = 0, w = 0, y = 0, workspace = 0, bias = p->bias ? p->bias->size_bytes : 0;
    for (int32_t i = 0; i < n; i++) {
        const conv2d_plan *plan = &plans[i];
        x = most(x, plan->x.bytes);
        w = most(w, plan->w.bytes);
        y = most(y, plan->y.bytes);
        workspace = most(workspace, plan->workspace_bytes);
    }
    uint64_t bytes = x + w + y + bias + workspace + most(x, y) + 6 * 64;
    rn_status status = cpu_buffer_create(p->context, bytes, &made->buffer);
    if (status)
        return status;
    char *memory = cpu_operand_pointer((rn_operand){ .buffer = made->buffer });
    fill(memory, bytes);
    conv2d_pointers *at = &made->at;
    at->x = part(&memory, x);
    at->w = part(&memory, w);
    at->y = part(&memory, y);
    at->bias = p->bias ? part(&memory, bias) : NULL;
    at->workspace = part(&memory, workspace);
    at->z = p->z ? onednn_conv2d_is_sum(p) ? at->x : at->y : NULL;
    made->copy = part(&memory, most(x, y));
    return RN_OK;
}

/* One that stores images in another way than other operators needs reorders, of which copies take
 * the time. */
static void unusual_copy(const conv2d_problem *p, const conv2d_plan *plan, const operands *on)
{
    if (onednn_conv2d_is_usual(p, plan))
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
    unusual_copy(p, &state->plan, on);
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
    operands on = { 0 };
    conv2d_state *states[CONV2D_ALGORITHMS] = { NULL };
    rn_status status = operands_make(p, plans, n, &on);
    if (!status)
        status = onednn_room_check(p->context);
    for (int32_t i = 0; i < n && !status; i++)
        status = onednn_conv2d_state_make(p, &plans[i], &states[i]);
    if (!status)
        *best = states_time(p, states, n, &on);
    for (int32_t i = 0; i < n; i++)
        onednn_conv2d_state_free(states[i]);
    cpu_buffer_destroy(p->context, on.buffer);
    state->n_timed += !status;
    state->timed_ms += now_ms() - begin_ms;
    return status;
}
