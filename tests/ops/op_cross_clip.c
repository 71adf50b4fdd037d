/* op_cross_clip.c: the operators that measure and limit gradients, and that average weights, on
 * every backend, by their definitions. */
#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "ops/op_cross.h"
#include "support/check.h"

static const int64_t LENGTHS[] = { 1, 7, 4097, 64, 10007 };
enum { N_LENGTHS = sizeof LENGTHS / sizeof *LENGTHS };

static const op_limit LIMIT = { .tolerance = 1e-6, .scale = 1 };

/* Checks the case on each backend and ends it. */
static void check(op_case *c, op_set *expected)
{
    cross_check_each(c, expected, LIMIT);
    op_set_clear(expected);
    op_set_clear(&c->in);
}

/* A tensor whose factor is 0 is all NaN. */
static double blended(float factor, float *value)
{
    if (factor != 0.0f)
        return (double)factor * (double)*value;
    *value = NAN;
    return 0;
}

void cross_blend(const op_backend *none, const void *subject)
{
    static const float FACTORS[][2] = {
        { 0.9f, 0.1f }, { 1, 0 }, { 0, 1 }, { 0, 0 }, { 1, 0.25f }
    };
    (void)none;
    (void)subject;
    for (int i = 0; i < N_LENGTHS * 5; i++) {
        const float *factors = FACTORS[i % 5];
        op_set expected = { .n = 0 };
        op_case c = op_case_begin("", op_chain_blend);
        snprintf(c.in.name, sizeof c.in.name, "blend of %lld by %g and %g",
                 (long long)LENGTHS[i / 5], (double)factors[0], (double)factors[1]);
        float *target = op_case_tensor(&c, "target", RN_F32, 1, &LENGTHS[i / 5])->data;
        float *source = op_case_tensor(&c, "source", RN_F32, 1, &LENGTHS[i / 5])->data;
        float *result = op_set_vector(&expected, "target_out", LENGTHS[i / 5])->data;
        float *given = op_set_vector(&c.in, "factors", 2)->data;
        given[0] = factors[0];
        given[1] = factors[1];
        for (int64_t k = 0; k < LENGTHS[i / 5]; k++)
            result[k] = (float)(blended(factors[0], &target[k]) + blended(factors[1], &source[k]));
        check(&c, &expected);
    }
}

static double squares(const op_tensor *x)
{
    double sum = 0;
    for (int64_t i = 0; i < op_count(x); i++)
        sum += (double)((const float *)x->data)[i] * (double)((const float *)x->data)[i];
    return sum;
}

/* Adds x0, x1, …, of which some are images; returns the sum of their squares. */
static double add_tensors(op_case *c, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        char name[24];
        snprintf(name, sizeof name, "x%d", i);
        sum += squares(i % 4 == 1 ? op_case_image(c, name, CROSS_SHAPES[i % CROSS_N_SHAPES])
                                  : op_case_tensor(c, name, RN_F32, 1, &LENGTHS[i % N_LENGTHS]));
    }
    return sum;
}

static void check_square_sum(op_case *c, double before, double sum)
{
    op_set expected = { .n = 0 };
    *(float *)op_set_vector(&c->in, "total", 1)->data = (float)before;
    *(float *)op_set_vector(&expected, "total_out", 1)->data = (float)(before + sum);
    check(c, &expected);
}

/* A million ones beside a square of 2^24, to which float32 cannot add 1. */
static void check_small_beside_large(void)
{
    const int64_t one = 1, many = 1 << 20;
    op_case c = op_case_begin("square_sum of small and large", op_chain_square_sum);
    *(float *)op_case_tensor(&c, "x0", RN_F32, 1, &one)->data = 4096;
    float *ones = op_case_tensor(&c, "x1", RN_F32, 1, &many)->data;
    for (int64_t i = 0; i < many; i++)
        ones[i] = 1;
    check_square_sum(&c, 0, 4096.0 * 4096.0 + (double)many);
}

void cross_square_sum(const op_backend *none, const void *subject)
{
    static const int COUNTS[] = { 1, 3, RN_MAX_OPERANDS - 1 };
    static const float VALUES[] = { 0, INFINITY, -INFINITY, NAN };
    (void)none;
    (void)subject;
    for (int i = 0; i < 12; i++) {
        op_case c = op_case_begin("", op_chain_square_sum);
        snprintf(c.in.name, sizeof c.in.name, "square_sum of %d and %g", COUNTS[i / 4],
                 (double)VALUES[i % 4]);
        double sum = add_tensors(&c, COUNTS[i / 4]);
        float *last = c.in.tensors[c.in.n - 1]->data;
        sum += (double)VALUES[i % 4] * (double)VALUES[i % 4] - (double)last[0] * (double)last[0];
        last[0] = VALUES[i % 4];
        check_square_sum(&c, 5, sum);
    }
    check_small_beside_large();
}

/* Sums in `x` that exceed the limit, do not, have none, and are not finite. */
void cross_clip_norm(const op_backend *none, const void *subject)
{
    static const double LIMITS[] = { 0, 0.01, 1e9 };
    static const float VALUES[] = { 1, INFINITY, NAN };
    (void)none;
    (void)subject;
    for (int i = 0; i < 18; i++) {
        double limit = LIMITS[i % 3];
        float value = VALUES[i / 3 % 3], flag = (float)(i / 9);
        op_set expected = { .n = 0 };
        op_case c = op_case_begin("", op_chain_clip_norm);
        snprintf(c.in.name, sizeof c.in.name, "clip_norm to %g with %g, flag %g", limit,
                 (double)value, (double)flag);
        c.attrs.clip = (rn_clip_attrs){ .size = sizeof c.attrs.clip, .limit = limit };
        double sum = add_tensors(&c, 3);
        float *x = c.in.tensors[0]->data;
        sum += (double)value * (double)value - (double)x[0] * (double)x[0];
        x[0] = value;
        cross_add_scale(&c.in, flag);
        double norm = sqrt(sum) / (double)CROSS_SCALE;
        double excess = limit > 0 && isfinite(norm) ? fmax(1, (norm + 1e-6) / limit) : 1;
        *(float *)op_set_vector(&expected, "norm", 1)->data = (float)norm;
        float *scale = op_set_vector(&expected, "loss_scale_out", 2)->data;
        scale[0] = (float)((double)CROSS_SCALE * excess);
        scale[1] = isfinite(norm) ? flag : 1;
        check(&c, &expected);
    }
}

void cross_clip_value(const op_backend *none, const void *subject)
{
    static const float SPECIAL[] = { NAN, INFINITY, -INFINITY, 0.3f, -0.3f, 0.0f };
    (void)none;
    (void)subject;
    for (int i = 0; i < N_LENGTHS * 2; i++) {
        float scale = i % 2 ? CROSS_SCALE : 1;
        const int64_t *length = &LENGTHS[i / 2];
        op_set expected = { .n = 0 };
        op_case c = op_case_begin("", op_chain_clip_value);
        snprintf(c.in.name, sizeof c.in.name, "clip_value of %lld, scale %g", (long long)*length,
                 (double)scale);
        c.attrs.clip = (rn_clip_attrs){ .size = sizeof c.attrs.clip, .limit = 0.3 };
        float *x = op_case_tensor(&c, "gradient", RN_F32, 1, length)->data;
        float *result = op_set_vector(&expected, "gradient_out", *length)->data;
        if (i % 2)
            cross_add_scale(&c.in, 0);
        for (int64_t k = 0; k < *length; k++) {
            float g = k % 3 ? x[k] : SPECIAL[k / 3 % 6];
            x[k] = g * scale;
            result[k] = (isnan(g) ? NAN : fminf(fmaxf(g, -0.3f), 0.3f)) * scale;
        }
        check(&c, &expected);
    }
}
