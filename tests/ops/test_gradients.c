/* test_gradients.c: every gradient operator of the oracle compared with finite differences of its
 * forward operator.
 *
 * f = sum over all results of dy * y, summed in double. For a direction v of +-1 the derivative is
 * measured by central differences of steps h and h/2, extrapolated (4 D(h/2) - D(h)) / 3, which
 * leaves an error of order h^4, and compared with sum(gradient * v), whose size over random v is
 * the gradient's Euclidean norm: |measured - expected| <= 1e-4 * norm.
 *
 * Inputs are multiples of 2^-10 and steps are powers of 2, so x + h*v is exact in float32. What
 * remains is the rounding of y to float32, divided by h, and the term in h^4. Measured: below 2e-7
 * of the norm for operators that are linear in the moved input, 5e-6 for the loss, 1.1e-5 for batch
 * norm. Relu has no gradient at 0 and max_pool none at ties: there dy is 0, or values differ by
 * more than all steps. An error above 1e-4 of the norm in any one element shows in every
 * direction. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/gradients.h"

#define DIRECTIONS 12
#define TOLERANCE 1e-4

static void shift(op_tensor *tensor, float by)
{
    for (int64_t i = 0; i < op_count(tensor); i++)
        ((float *)tensor->data)[i] += by;
}

static void make_conv2d(op_case *c)
{
    rn_conv2d_attrs *a = &c->attrs.conv2d;
    int64_t y[4];
    *a = (rn_conv2d_attrs){ .size = sizeof *a,
                            .has_bias = 1,
                            .channels = 6,
                            .kernel = { 3, 2 },
                            .stride = { 2, 1 },
                            .padding = { 1, 0 },
                            .padding_end = { 2, 1 },
                            .dilation = { 1, 2 },
                            .groups = 2,
                            .padding_mode = RN_PADDING_EXPLICIT };
    op_conv2d_shape(a, gradient_image(c, "x", 2, 4, 7, 6), y);
    gradient_image(c, "weight", 6, 2, 3, 2);
    gradient_tensor(c, "bias", 1, &a->channels);
    gradient_tensor(c, "dy", 4, y);
}

static void make_conv2d_plain(op_case *c)
{
    rn_conv2d_attrs *a = &c->attrs.conv2d;
    *a = (rn_conv2d_attrs){ .size = sizeof *a,
                            .channels = 5,
                            .kernel = { 3, 3 },
                            .stride = { 1, 1 },
                            .padding = { 1, 1 },
                            .padding_end = { 1, 1 },
                            .dilation = { 1, 1 },
                            .groups = 1 };
    gradient_image(c, "x", 2, 3, 6, 5);
    gradient_image(c, "weight", 5, 3, 3, 3);
    gradient_image(c, "dy", 2, 5, 6, 5);
}

static void make_batch_norm(op_case *c)
{
    const int64_t channels = 3;
    c->attrs.batch_norm = (rn_batch_norm_attrs){
        .size = sizeof c->attrs.batch_norm, .training = 1, .epsilon = 1e-5, .momentum = 0.1
    };
    gradient_image(c, "x", 4, channels, 5, 4);
    shift(gradient_tensor(c, "weight", 1, &channels), 1.5f);
    gradient_tensor(c, "bias", 1, &channels);
    gradient_tensor(c, "running_mean", 1, &channels);
    shift(gradient_tensor(c, "running_var", 1, &channels), 2);
    gradient_image(c, "z", 4, channels, 5, 4);
    gradient_image(c, "dy", 4, channels, 5, 4);
}

/* Sets dy to 0 where a step could move relu's input across 0. */
static void avoid_kinks(op_case *c, op_chain *separate, float margin)
{
    op_set out = { .n = 0 };
    float *dy = op_set_find(&c->in, "dy")->data;
    if (op_accepted(op_backend_at(0), separate(op_backend_at(0), &c->in, &c->attrs, &out),
                    c->in.name)) {
        const op_tensor *given = op_set_find(&out, "relu_input");
        for (int64_t i = 0; i < op_count(given); i++)
            dy[i] = fabsf(((const float *)given->data)[i]) < margin ? 0 : dy[i];
    }
    op_set_clear(&out);
}

static void make_batch_norm_fused(op_case *c)
{
    make_batch_norm(c);
    c->attrs.batch_norm.epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU;
    avoid_kinks(c, op_chain_batch_norm_apart, 0.5f);
}

static void make_batch_norm_pair(op_case *c)
{
    const int64_t channels = 3;
    make_batch_norm_fused(c);
    shift(gradient_tensor(c, "z_weight", 1, &channels), -1.5f);
    gradient_tensor(c, "z_bias", 1, &channels);
    gradient_tensor(c, "z_running_mean", 1, &channels);
    shift(gradient_tensor(c, "z_running_var", 1, &channels), 2);
    avoid_kinks(c, op_chain_batch_norm_pair_apart, 0.5f);
}

static void make_relu(op_case *c)
{
    const op_tensor *x = gradient_image(c, "x", 2, 3, 5, 7);
    float *dy = gradient_image(c, "dy", 2, 3, 5, 7)->data;
    for (int64_t i = 0; i < op_count(x); i++)
        dy[i] = fabsf(((const float *)x->data)[i]) < 0.25f ? 0 : dy[i];
}

/* Values half a unit separate, in random order. */
static void make_max_pool(op_case *c)
{
    rn_pool_attrs *a = &c->attrs.pool;
    int64_t y[4];
    *a = (rn_pool_attrs){ .size = sizeof *a,
                          .kernel = { 3, 2 },
                          .stride = { 2, 1 },
                          .padding = { 1, 0 },
                          .padding_end = { 1, 1 },
                          .padding_mode = RN_PADDING_EXPLICIT };
    op_tensor *x = gradient_image(c, "x", 2, 2, 7, 5);
    float order[140];
    memcpy(order, x->data, sizeof order);
    for (int i = 0; i < 140; i++) {
        int smaller = 0;
        for (int j = 0; j < 140; j++)
            smaller += order[j] < order[i] || (order[j] == order[i] && j < i);
        ((float *)x->data)[i] = 0.5f * (float)smaller - 35;
    }
    op_pool_shape(a, x, y);
    gradient_tensor(c, "dy", 4, y);
}

static void make_avg_pool(op_case *c)
{
    rn_pool_attrs *a = &c->attrs.pool;
    int64_t y[4];
    *a = (rn_pool_attrs){ .size = sizeof *a,
                          .kernel = { 3, 2 },
                          .stride = { 2, 1 },
                          .padding = { 1, 1 },
                          .padding_end = { 1, 0 },
                          .padding_mode = RN_PADDING_EXPLICIT };
    op_pool_shape(a, gradient_image(c, "x", 2, 3, 8, 5), y);
    gradient_tensor(c, "dy", 4, y);
}

static void make_avg_pool_inside(op_case *c)
{
    make_avg_pool(c);
    c->attrs.pool.exclude_padding = 1;
}

static void make_global_avg_pool(op_case *c)
{
    gradient_image(c, "x", 3, 4, 5, 3);
    gradient_image(c, "dy", 3, 4, 1, 1);
}

static void make_linear(op_case *c)
{
    c->attrs.linear =
        (rn_linear_attrs){ .size = sizeof c->attrs.linear, .has_bias = 1, .units = 7 };
    gradient_tensor(c, "x", 2, (const int64_t[]){ 4, 11 });
    gradient_tensor(c, "weight", 2, (const int64_t[]){ 7, 11 });
    gradient_tensor(c, "bias", 1, &c->attrs.linear.units);
    gradient_tensor(c, "dy", 2, (const int64_t[]){ 4, 7 });
}

static void make_cross_entropy(op_case *c)
{
    const int64_t rows = 5;
    c->attrs.cross_entropy = (rn_cross_entropy_attrs){ .size = sizeof c->attrs.cross_entropy };
    gradient_tensor(c, "logits", 2, (const int64_t[]){ rows, 4 });
    int32_t *labels = op_case_tensor(c, "labels", RN_I32, 1, &rows)->data;
    for (int i = 0; i < rows; i++)
        labels[i] = i * 3 % 4;
}

static void make_cross_entropy_smooth(op_case *c)
{
    make_cross_entropy(c);
    c->attrs.cross_entropy.label_smoothing = 0.2;
}

/* A row of targets need not add up to 1. */
static void make_cross_entropy_soft(op_case *c)
{
    const int64_t shape[] = { 5, 4 };
    c->attrs.cross_entropy =
        (rn_cross_entropy_attrs){ .size = sizeof c->attrs.cross_entropy, .label_smoothing = 0.2 };
    gradient_tensor(c, "logits", 2, shape);
    float *targets = op_case_tensor(c, "targets", RN_F32, 2, shape)->data;
    for (int i = 0; i < 20; i++)
        targets[i] = (float)(i * 3 % 5) / 6;
}

static void make_dropout(op_case *c)
{
    const int64_t two = 2, samples = 7; /* of which drop_path keeps some, but not all */
    c->attrs.dropout =
        (rn_dropout_attrs){ .size = sizeof c->attrs.dropout, .stream = 3, .rate = 0.4 };
    gradient_image(c, "x", samples, 3, 5, 7);
    gradient_image(c, "dy", samples, 3, 5, 7);
    op_case_tensor(c, "random", RN_I32, 1, &two);
}

static void make_subsample(op_case *c)
{
    c->attrs.subsample = (rn_subsample_attrs){ .size = sizeof c->attrs.subsample,
                                               .stride = { 2, 3 },
                                               .channels_before = 1,
                                               .channels_after = 2 };
    gradient_image(c, "x", 2, 3, 5, 7);
    gradient_image(c, "dy", 2, 6, 3, 3);
}

static void make_concat(op_case *c)
{
    gradient_image(c, "x0", 2, 3, 4, 5);
    gradient_image(c, "x1", 2, 1, 4, 5);
    gradient_image(c, "x2", 2, 2, 4, 5);
    gradient_image(c, "dy", 2, 6, 4, 5);
}

/* Linear operators are exact with any step; a large one loses least to rounding. */
static const gradient_case CASES[] = {
    { "conv2d, explicit padding, groups, dilation",
      op_chain_conv2d,
      make_conv2d,
      { "x", "weight", "bias" },
      { "dx", "dweight", "dbias" },
      1 },
    { "conv2d 3x3", op_chain_conv2d, make_conv2d_plain, { "x", "weight" }, { "dx", "dweight" }, 1 },
    { "batch_norm",
      op_chain_batch_norm,
      make_batch_norm,
      { "x", "weight", "bias" },
      { "dx", "dweight", "dbias" },
      0.03125 },
    { "batch_norm + add + relu",
      op_chain_batch_norm,
      make_batch_norm_fused,
      { "x", "weight", "bias", "z" },
      { "dx", "dweight", "dbias", "dz" },
      0.03125 },
    { "batch_norm_pair",
      op_chain_batch_norm_pair,
      make_batch_norm_pair,
      { "x", "weight", "bias", "z", "z_weight", "z_bias" },
      { "dx", "dweight", "dbias", "dz", "dz_weight", "dz_bias" },
      0.03125 },
    { "relu", op_chain_relu, make_relu, { "x" }, { "dx" }, 0.125 },
    { "max_pool", op_chain_max_pool, make_max_pool, { "x" }, { "dx" }, 0.125 },
    { "avg_pool", op_chain_avg_pool, make_avg_pool, { "x" }, { "dx" }, 1 },
    { "avg_pool, padding excluded", op_chain_avg_pool, make_avg_pool_inside, { "x" }, { "dx" }, 1 },
    { "global_avg_pool", op_chain_global_avg_pool, make_global_avg_pool, { "x" }, { "dx" }, 1 },
    { "linear",
      op_chain_linear,
      make_linear,
      { "x", "weight", "bias" },
      { "dx", "dweight", "dbias" },
      1 },
    { "softmax_cross_entropy",
      op_chain_cross_entropy,
      make_cross_entropy,
      { "logits" },
      { "dlogits" },
      0.125 },
    { "softmax_cross_entropy, smoothed",
      op_chain_cross_entropy,
      make_cross_entropy_smooth,
      { "logits" },
      { "dlogits" },
      0.125 },
    { "soft_cross_entropy, smoothed",
      op_chain_cross_entropy,
      make_cross_entropy_soft,
      { "logits" },
      { "dlogits" },
      0.125 },
    { "dropout", op_chain_dropout, make_dropout, { "x" }, { "dx" }, 1 },
    { "drop_path", op_chain_drop_path, make_dropout, { "x" }, { "dx" }, 1 },
    { "subsample", op_chain_subsample, make_subsample, { "x" }, { "dx" }, 1 },
    { "concat", op_chain_concat, make_concat, { "x0", "x1", "x2" }, { "dx0", "dx1", "dx2" }, 1 },
};

/* f for the case's current tensors. */
static double evaluate(const op_case *c)
{
    op_set out = { .n = 0 };
    double sum = 0;
    rn_status status = c->chain(op_backend_at(0), &c->in, &c->attrs, &out);
    if (op_accepted(op_backend_at(0), status, c->in.name)) {
        const op_tensor *dy = op_set_find(&c->in, "dy");
        const op_tensor *y = op_set_find(&out, dy ? "y" : "loss");
        for (int64_t i = 0; i < op_count(y); i++) {
            sum += (double)((const float *)y->data)[i] *
                   (dy ? (double)((const float *)dy->data)[i] : 1);
        }
    }
    op_set_clear(&out);
    return sum;
}

/* (f(x + h v) - f(x - h v)) / 2h; restores x. */
static double central_difference(const op_case *c, op_tensor *x, const signed char *v, double h)
{
    double at[2];
    float *data = x->data;
    for (int side = 0; side < 2; side++) {
        float step = (float)(side ? -h : h);
        for (int64_t i = 0; i < op_count(x); i++)
            data[i] += step * (float)v[i];
        at[side] = evaluate(c);
        for (int64_t i = 0; i < op_count(x); i++)
            data[i] -= step * (float)v[i];
    }
    return (at[0] - at[1]) / (2 * h);
}

static void check_input(const op_case *c, const gradient_case *g, op_tensor *x, const op_tensor *dx)
{
    static signed char v[4096];
    op_random random = { .seed = 31 };
    const float *gradient = dx->data;
    double norm = 0;
    for (int64_t i = 0; i < op_count(dx); i++)
        norm += (double)gradient[i] * (double)gradient[i];
    norm = sqrt(norm);
    op_check(norm > 0, "%s: %s is 0, so nothing is tested", g->name, dx->name);
    for (int d = 0; d < DIRECTIONS; d++) {
        double expected = 0;
        for (int64_t i = 0; i < op_count(x); i++) {
            v[i] = (signed char)(2 * op_pick(&random, 0, 1) - 1);
            expected += (double)gradient[i] * (double)v[i];
        }
        double full = central_difference(c, x, v, g->step),
               half = central_difference(c, x, v, g->step / 2);
        double measured = (4 * half - full) / 3;
        op_check(
            fabs(measured - expected) <= TOLERANCE * norm,
            "%s: %s in direction %d: %.9g, finite differences give %.9g (norm %.3g, error %.2g)",
            g->name, dx->name, d, expected, measured, norm, fabs(measured - expected) / norm);
    }
}

static void test_case(const op_backend *none, const void *subject)
{
    (void)none;
    const gradient_case *g = subject;
    op_case c = op_case_begin(g->name, g->chain);
    op_set out = { .n = 0 };
    g->make(&c);
    rn_status status = c.chain(op_backend_at(0), &c.in, &c.attrs, &out);
    if (op_accepted(op_backend_at(0), status, g->name)) {
        for (int i = 0; i < 6 && g->inputs[i]; i++) {
            check_input(&c, g, op_set_find(&c.in, g->inputs[i]),
                        op_set_find(&out, g->gradients[i]));
        }
    }
    op_set_clear(&out);
    op_set_clear(&c.in);
}

int main(void)
{
    bool any = op_backends_open() > 0;
    for (size_t i = 0; any && i < sizeof CASES / sizeof *CASES; i++)
        op_tests_add_once(CASES[i].name, test_case, &CASES[i]);
    for (int i = 0; any && i < GRADIENT_N_ELEMENTS; i++)
        op_tests_add_once(GRADIENT_ELEMENTS[i].name, test_case, &GRADIENT_ELEMENTS[i]);
    return op_tests_run("gradients compared with finite differences");
}
