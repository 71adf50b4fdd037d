/* plans.c: the plans of a context, in a list. */
#include "onednn/conv2d/plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct onednn_conv2d_planned {
    struct onednn_conv2d_planned *next;
    char key[ONEDNN_CONV2D_KEY];
    conv2d_plan plan;
};
typedef struct onednn_conv2d_planned planned;

static const char *pass_name(const conv2d_problem *p)
{
    if (p->pass == CONV2D_GRAD_INPUT)
        return p->z ? "sum of gradients of x" : "gradient of x";
    return p->pass == CONV2D_FORWARD ? "forward" : "gradient of weight";
}

void onednn_conv2d_key_write(const conv2d_problem *p, char key[ONEDNN_CONV2D_KEY])
{
    const int64_t *x = p->x->shape, *y = p->y->shape;
    const shape_window h = shape_conv2d_window(p->attrs, p->x, p->y, 0);
    const shape_window w = shape_conv2d_window(p->attrs, p->x, p->y, 1);
    snprintf(key, ONEDNN_CONV2D_KEY,
             "%s|x %lld %lld %lld %lld|y %lld %lld %lld|"
             "kernel %lld %lld|stride %lld %lld|padding %lld %lld|dilation %lld %lld|groups %lld|"
             "bias %d|epilogue %d",
             pass_name(p), (long long)x[0], (long long)x[1], (long long)x[2], (long long)x[3],
             (long long)y[1], (long long)y[2], (long long)y[3], (long long)h.kernel,
             (long long)w.kernel, (long long)h.stride, (long long)w.stride, (long long)h.padding,
             (long long)w.padding, (long long)h.dilation, (long long)w.dilation,
             (long long)p->attrs->groups, p->bias != NULL, (int)p->attrs->epilogue);
}

const conv2d_plan *onednn_conv2d_plans_find(const onednn_state *state, const char *key)
{
    for (const planned *each = state->planned; each; each = each->next)
        if (strcmp(each->key, key) == 0)
            return &each->plan;
    return NULL;
}

const conv2d_plan *onednn_conv2d_plans_add(onednn_state *state, const char *key, conv2d_plan *plan)
{
    planned *added = malloc(sizeof *added);
    if (!added) {
        onednn_conv2d_plan_clear(plan);
        return NULL;
    }
    *added = (planned){ .next = state->planned, .plan = *plan };
    snprintf(added->key, sizeof added->key, "%s", key);
    state->planned = added;
    return &added->plan;
}

void onednn_conv2d_plans_free(onednn_state *state)
{
    while (state->planned) {
        planned *first = state->planned;
        state->planned = first->next;
        onednn_conv2d_plan_clear(&first->plan);
        free(first);
    }
}
