/* op_cross_fold.c: a convolution with the weight and bias made by batch_norm_fold, on every
 * backend, compared with separate conv2d and batch_norm on the oracle. */
#include <stdio.h>
#include <string.h>

#include "ops/op_cross.h"

#define EPSILON 1e-3 /* not the default */

static op_tensor *add_copy(op_set *set, const char *name, const op_tensor *from)
{
    op_tensor *copy = op_set_like(set, name, from);
    memcpy(copy->data, from->data, from->desc.size_bytes);
    return copy;
}

static rn_batch_norm_attrs norm_attrs(void)
{
    return (rn_batch_norm_attrs){ .size = sizeof(rn_batch_norm_attrs),
                                  .epsilon = EPSILON,
                                  .momentum = 0.1 };
}

/* x, weight, [bias], gamma, beta, running_mean, running_var -> y */
static rn_status chain_folded(const op_backend *backend, const op_set *in, const void *attrs,
                              op_set *out)
{
    rn_conv2d_attrs conv = *(const rn_conv2d_attrs *)attrs;
    const rn_batch_norm_attrs norm = norm_attrs();
    op_set folded = { .n = 0 };
    const op_tensor *weight = op_set_find(in, "weight"), *beta = op_set_find(in, "beta");
    add_copy(&folded, "x", op_set_find(in, "x"));
    op_call fold = { .op = "batch_norm_fold",
                     .where = in->name,
                     .attrs = &norm,
                     .inputs = { weight, op_set_find(in, "bias"), op_set_find(in, "gamma"), beta,
                                 op_set_find(in, "running_mean"), op_set_find(in, "running_var") },
                     .outputs = { op_set_like(&folded, "weight", weight),
                                  op_set_like(&folded, "bias", beta) } };
    rn_status status = op_run(backend, &fold);
    conv.has_bias = 1;
    if (!status)
        status = op_chain_conv2d(backend, &folded, &conv, out);
    op_set_clear(&folded);
    return status;
}

static rn_status chain_separate(const op_backend *backend, const op_set *in, const void *attrs,
                                op_set *out)
{
    static const char *const NAMES[][2] = { { "weight", "gamma" },
                                            { "bias", "beta" },
                                            { "running_mean", "running_mean" },
                                            { "running_var", "running_var" } };
    const rn_batch_norm_attrs norm = norm_attrs();
    op_set convolved = { .n = 0 }, normed = { .n = 0 };
    rn_status status = op_chain_conv2d(backend, in, attrs, &convolved);
    add_copy(&normed, "x", op_set_find(&convolved, "y"));
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        add_copy(&normed, NAMES[i][0], op_set_find(in, NAMES[i][1]));
    if (!status)
        status = op_chain_batch_norm(backend, &normed, &norm, out);
    op_set_clear(&convolved);
    op_set_clear(&normed);
    return status;
}

static void vector(op_case *c, const char *name, int64_t length, float base)
{
    float *data = op_case_tensor(c, name, RN_F32, 1, &length)->data;
    for (int64_t i = 0; i < length; i++)
        data[i] = base + 0.5f * data[i];
}

void cross_fold(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_random random = { .seed = 21 };
    for (int i = 0; i < 24; i++) {
        op_case c = op_case_begin("", chain_folded);
        int64_t groups = i % 3 == 2 ? 2 : 1, taps = i % 2 ? 3 : 1;
        int64_t per_group = op_pick(&random, 1, 9), channels = groups * op_pick(&random, 1, 20);
        const int64_t x[4] = { op_pick(&random, 1, 3), groups * per_group, 7, 6 };
        const int64_t weight[4] = { channels, per_group, taps, taps };
        bool has_bias = i % 4 > 1;
        snprintf(c.in.name, sizeof c.in.name, "fold of %lldx%lldx%lldx%lld%s", (long long)channels,
                 (long long)per_group, (long long)taps, (long long)taps, has_bias ? ", bias" : "");
        c.attrs.conv2d = (rn_conv2d_attrs){ .size = sizeof c.attrs.conv2d,
                                            .channels = channels,
                                            .has_bias = has_bias,
                                            .groups = groups,
                                            .kernel = { taps, taps },
                                            .stride = { 1, 1 },
                                            .padding = { taps / 2, taps / 2 },
                                            .padding_end = { taps / 2, taps / 2 },
                                            .dilation = { 1, 1 } };
        c.oracle_chain = chain_separate;
        c.half_tolerance = 1.0 / 64; /* the folded weights are rounded, too */
        op_case_image(&c, "x", x);
        op_case_image(&c, "weight", weight);
        if (has_bias)
            vector(&c, "bias", channels, 0);
        vector(&c, "gamma", channels, 1);
        vector(&c, "beta", channels, 0);
        vector(&c, "running_mean", channels, 0);
        vector(&c, "running_var", channels, 1);
        op_case_end(&c);
    }
}
