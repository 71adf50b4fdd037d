/* winograd.c: convolutions by our kernels of Winograd's algorithm. */
#include "onednn/conv2d/winograd.h"

#include <stdio.h>
#include <string.h>

static void pack_winograd(rn_context *context, const void *plan, const float *weight, void *to)
{
    winograd_weights(context, plan, weight, to);
}

bool onednn_conv2d_winograd_make(const conv2d_problem *p, conv2d_plan *plan)
{
    const winograd_params params = { .attrs = p->attrs,
                                     .x = p->x,
                                     .y = p->y,
                                     .pass = p->pass,
                                     .n_threads = p->context->n_threads,
                                     .blocked = true };
    if (onednn_stores_bf16(p->context) || !winograd_fits(&params))
        return false;
    winograd_plan_make(&params, &plan->winograd);
    plan->workspace_bytes = plan->winograd.workspace_bytes;
    onednn_packing packing = { .pack = pack_winograd,
                               .plan = &plan->winograd,
                               .plan_bytes = sizeof plan->winograd,
                               .bytes = plan->winograd.weight_bytes };
    snprintf(packing.key, sizeof packing.key, "%s %lldx%lld %s", plan->winograd.algorithm,
             (long long)p->w->shape[0], (long long)p->w->shape[1],
             p->pass == CONV2D_FORWARD ? "forward" : "turned");
    return onednn_conv2d_own_layouts(p, &packing, plan);
}

/* dbias: sums of dy over images and pixels, in blocks of channels. */
typedef struct bias_call {
    const conv2d_state *state;
    const float *dy;
    float *dbias;
} bias_call;

static void bias_gradient(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const bias_call *call = argument;
    const conv2d_state *s = call->state;
    int64_t blocks = (s->channels + ONEDNN_LANES - 1) / ONEDNN_LANES;
    (void)thread;
    for (int64_t b = begin; b < end; b++) {
        double sums[ONEDNN_LANES] = { 0 };
        for (int64_t n = 0; n < s->n; n++) {
            const float *dy = call->dy + (n * blocks + b) * s->pixels * ONEDNN_LANES;
            float part[ONEDNN_LANES] = { 0 };
            for (int64_t i = 0; i < s->pixels; i++)
                for (int l = 0; l < ONEDNN_LANES; l++)
                    part[l] += dy[i * ONEDNN_LANES + l];
            for (int l = 0; l < ONEDNN_LANES; l++)
                sums[l] += (double)part[l];
        }
        for (int64_t c = b * ONEDNN_LANES; c < s->channels && c < (b + 1) * ONEDNN_LANES; c++)
            call->dbias[c] = (float)sums[c % ONEDNN_LANES];
    }
}

void onednn_conv2d_winograd_run(rn_context *context, const conv2d_state *state,
                                const conv2d_pointers *at)
{
    bool of_weight = state->pass == CONV2D_GRAD_WEIGHT;
    const winograd_call call = { .plan = &state->plan.winograd,
                                 .context = context,
                                 .x = at->x,
                                 .y = at->y,
                                 .transformed = of_weight ? NULL : at->w,
                                 .dweight = of_weight ? at->w : NULL,
                                 .bias = of_weight ? NULL : at->bias,
                                 .z = at->z,
                                 .relu = state->relu,
                                 .workspace = at->workspace };
    winograd_run(&call);
    bias_call bias = { state, at->y, at->bias };
    if (of_weight && at->bias)
        cpu_parallel(context, (state->channels + ONEDNN_LANES - 1) / ONEDNN_LANES, bias_gradient,
                     &bias);
}
