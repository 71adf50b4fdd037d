/* choose.c: the fastest algorithm for a convolution, found with the clock once for each
 * processor, library, number of threads and shape, and kept in the file of choices. */
#include "onednn/conv2d/choose.h"

#include <string.h>

#include "base/choices.h"
#include "onednn/conv2d/algorithms.h"
#include "onednn/conv2d/plans.h"
#include "onednn/conv2d/timing.h"

/* Below so many multiplications timing is only noise, so a rule decides. */
#define MACS_TIMED 1e6

/* Up to so many channels of dy, the rule has a sum of gradients computed by our kernel for 1x1,
 * which adds. Of the time of oneDNN's and a pass that adds it takes 0.94 with 64 channels, 0.97
 * with 128, 1.04 with 256 (ResNet-50's, batch 16, two threads of a Zen 4). */
#define SUM_CHANNELS 128

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
    if (!onednn_conv2d_is_usual(p, plan) && plan_own(p, &own)) {
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
    for (conv2d_algorithm a = CONV2D_DIRECT_BLOCKS; a <= CONV2D_GROUPED; a++)
        if (onednn_conv2d_plan_make(p, a, &list->plans[list->n]))
            list->n++;
    if (onednn_conv2d_is_sum(p) && list->n > 0 && !onednn_conv2d_adds(&list->plans[0]) &&
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
           onednn_conv2d_plan_make(p, CONV2D_PRODUCT, plan) ||
           (onednn_conv2d_is_sum(p) && p->y->shape[1] <= SUM_CHANNELS && plan_own(p, plan)) ||
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

static bool plan_named(const conv2d_problem *p, const char *name, conv2d_plan *plan)
{
    for (conv2d_algorithm a = CONV2D_DIRECT; a <= (conv2d_algorithm)CONV2D_ALGORITHMS; a++)
        if (strcmp(onednn_conv2d_algorithm_name(a), name) == 0)
            return onednn_conv2d_plan_make(p, a, plan);
    return false;
}

/* The plan that an earlier session found; false where there is none, or it does not apply any more,
 * or the user wants another search. */
static bool plan_kept(const conv2d_problem *p, const char *key, conv2d_plan *plan)
{
    const onednn_state *state = onednn_of(p->context);
    const char *name = state->tuning == RN_TUNING_FULL ? NULL : choices_find(state->choices, key);
    return name && plan_named(p, name, plan);
}

static rn_status take_rule(const conv2d_problem *p, conv2d_plan *plan)
{
    return plan_by_rule(p, plan) ? RN_OK : refuse();
}

/* Times the candidates if there are several, and stores the name of the fastest. */
static rn_status plan_by_clock(const conv2d_problem *p, const char *key, conv2d_plan *plan)
{
    candidates list;
    int32_t best = 0;
    candidates_make(p, &list);
    if (list.n == 0)
        return refuse();
    rn_status status = list.n > 1 ? onednn_conv2d_time(p, list.plans, list.n, &best) : RN_OK;
    for (int32_t i = 0; i < list.n; i++)
        if (status || i != best)
            onednn_conv2d_plan_clear(&list.plans[i]);
    if (status == RN_E_NOMEM) {
        /* Timing takes more memory than computing, as it holds what every candidate needs. */
        cpu_host->note(RN_LOG_INFO,
                       "%s: there is no memory to time its algorithms, so a rule chooses",
                       p->op->name);
        return take_rule(p, plan);
    }
    if (status)
        return status;
    *plan = list.plans[best];
    if (list.n > 1)
        choices_set(onednn_of(p->context)->choices, key,
                    onednn_conv2d_algorithm_name(plan->algorithm));
    return RN_OK;
}

static rn_status plan_make(const conv2d_problem *p, const char *key, conv2d_plan *plan)
{
    if (p->context->convolution != RN_CONVOLUTION_FASTEST || p->context->deterministic ||
        macs_of(p) < MACS_TIMED)
        return take_rule(p, plan);
    if (plan_kept(p, key, plan))
        return RN_OK;
    return onednn_conv2d_may_time(onednn_of(p->context)) ? plan_by_clock(p, key, plan)
                                                         : take_rule(p, plan);
}

rn_status onednn_conv2d_choose(const conv2d_problem *p, const conv2d_plan **plan)
{
    onednn_state *state = onednn_of(p->context);
    char key[ONEDNN_CONV2D_KEY];
    conv2d_plan made;
    onednn_conv2d_key_write(p, key);
    *plan = onednn_conv2d_plans_find(state, key);
    rn_status status = *plan ? RN_OK : plan_make(p, key, &made);
    if (status)
        return status;
    if (!*plan)
        *plan = onednn_conv2d_plans_add(state, key, &made);
    if (!*plan)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    if (!onednn_conv2d_is_sum(p) || onednn_conv2d_adds(*plan))
        return RN_OK;
    return cpu_host->fail(RN_E_UNSUPPORTED, "oneDNN's kernel adds its gradient to nothing");
}
