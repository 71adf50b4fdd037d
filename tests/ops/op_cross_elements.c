/* op_cross_elements.c: activation, multiply, and slices of channels, compared with the oracle; what
 * activations make of numbers at the ends. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/op_cross.h"

static void name_shape(op_case *c, const char *what, const int64_t *s, int32_t rank)
{
    snprintf(c->in.name, sizeof c->in.name, "%s %lldx%lld", what, (long long)s[0], (long long)s[1]);
    if (rank == 4)
        snprintf(c->in.name, sizeof c->in.name, "%s %lldx%lldx%lldx%lld", what, (long long)s[0],
                 (long long)s[1], (long long)s[2], (long long)s[3]);
}

static void set_kind(op_case *c, int32_t kind)
{
    c->attrs.activation = (rn_activation_attrs){ .size = sizeof c->attrs.activation,
                                                 .kind = kind,
                                                 .alpha = kind == RN_ACTIVATION_LEAKY_RELU ? 0.2
                                                          : kind == RN_ACTIVATION_SCALE    ? -1.5
                                                                                           : 0,
                                                 .beta = kind == RN_ACTIVATION_SCALE ? 0.7 : 0 };
}

/* The kinds' kinks are within these x. Of few elements far from 0, all results may be too small for
 * fp16. */
void cross_activation(const op_backend *none, const void *kind)
{
    static const float SIZES[] = { 1, 8, 60 };
    (void)none;
    for (size_t i = 0; i < (CROSS_N_SHAPES + 1) * 3; i++) {
        const int64_t matrix[] = { 9, 13 };
        const int64_t *shape = i / 3 < CROSS_N_SHAPES ? CROSS_SHAPES[i / 3] : matrix;
        int32_t rank = shape == matrix ? 2 : 4;
        op_case c = op_case_begin("", op_chain_activation);
        name_shape(&c, "activation", shape, rank);
        set_kind(&c, *(const int32_t *)kind);
        op_tensor *x = op_case_tensor(&c, "x", RN_F32, rank, shape);
        cross_multiply(x, op_count(x) < 30 ? 1 : SIZES[i % 3]);
        op_case_tensor(&c, "dy", RN_F32, rank, shape);
        op_case_end(&c);
    }
}

/* What goes in, and what has to come out in every precision: x, y and dx of dy = 1. */
typedef struct end_case {
    int32_t kind;
    float x, y, dx;
} end_case;

static const end_case ENDS[] = {
    { RN_ACTIVATION_SIGMOID, INFINITY, 1, 0 },
    { RN_ACTIVATION_SIGMOID, -INFINITY, 0, 0 },
    { RN_ACTIVATION_SIGMOID, 30000, 1, 0 },
    { RN_ACTIVATION_SIGMOID, -30000, 0, 0 },
    { RN_ACTIVATION_SIGMOID, 1e-40f, 0.5f, 0.25f },
    { RN_ACTIVATION_SIGMOID, -1e-40f, 0.5f, 0.25f },
    { RN_ACTIVATION_SIGMOID, NAN, NAN, NAN },
    { RN_ACTIVATION_TANH, INFINITY, 1, 0 },
    { RN_ACTIVATION_TANH, -INFINITY, -1, 0 },
    { RN_ACTIVATION_TANH, -30000, -1, 0 },
    { RN_ACTIVATION_TANH, NAN, NAN, NAN },
    { RN_ACTIVATION_SILU, INFINITY, INFINITY, 1 },
    { RN_ACTIVATION_SILU, -INFINITY, 0, 0 },
    { RN_ACTIVATION_SILU, 30000, 30000, 1 },
    { RN_ACTIVATION_SILU, -30000, 0, 0 },
    { RN_ACTIVATION_SILU, NAN, NAN, NAN },
    { RN_ACTIVATION_HARD_SIGMOID, INFINITY, 1, 0 },
    { RN_ACTIVATION_HARD_SIGMOID, -INFINITY, 0, 0 },
    { RN_ACTIVATION_HARD_SIGMOID, 3, 1, 0 },
    { RN_ACTIVATION_HARD_SIGMOID, -3, 0, 0 },
    { RN_ACTIVATION_HARD_SIGMOID, NAN, NAN, 1 / 6.0f },
    { RN_ACTIVATION_HARD_SWISH, INFINITY, INFINITY, 1 },
    { RN_ACTIVATION_HARD_SWISH, -INFINITY, 0, 0 },
    { RN_ACTIVATION_HARD_SWISH, 3, 3, 1 },
    { RN_ACTIVATION_HARD_SWISH, -3, 0, 0 },
    { RN_ACTIVATION_HARD_SWISH, NAN, NAN, NAN },
    { RN_ACTIVATION_LEAKY_RELU, INFINITY, INFINITY, 1 },
    { RN_ACTIVATION_LEAKY_RELU, -INFINITY, -INFINITY, 0.2f },
    { RN_ACTIVATION_LEAKY_RELU, 0, 0, 0.2f },
    { RN_ACTIVATION_LEAKY_RELU, NAN, NAN, 0.2f },
    { RN_ACTIVATION_RELU6, INFINITY, 6, 0 },
    { RN_ACTIVATION_RELU6, -INFINITY, 0, 0 },
    { RN_ACTIVATION_RELU6, 0, 0, 0 },
    { RN_ACTIVATION_RELU6, 6, 6, 0 },
    { RN_ACTIVATION_RELU6, NAN, NAN, 1 },
    { RN_ACTIVATION_GELU, INFINITY, INFINITY, 1 },
    { RN_ACTIVATION_GELU, -INFINITY, 0, 0 },
    { RN_ACTIVATION_GELU, 30000, 30000, 1 },
    { RN_ACTIVATION_GELU, -30000, 0, 0 },
    { RN_ACTIVATION_GELU, NAN, NAN, NAN },
    { RN_ACTIVATION_SCALE, INFINITY, -INFINITY, -1.5f },
    { RN_ACTIVATION_SCALE, NAN, NAN, -1.5f },
};

static bool is_near(float got, float wanted)
{
    if (isnan(wanted) || isinf(wanted))
        return isnan(wanted) ? isnan(got) : got == wanted;
    return fabsf(got - wanted) <= 0.004f * fabsf(wanted);
}

/* An image of 17 channels in which every element is the same. */
static void check_end(const op_backend *backend, const end_case *e)
{
    const int64_t shape[4] = { 1, 17, 1, 3 };
    op_case c = op_case_begin("", op_chain_activation);
    op_set out = { .n = 0 };
    snprintf(c.in.name, sizeof c.in.name, "activation %d of %g", (int)e->kind, (double)e->x);
    set_kind(&c, e->kind);
    op_tensor *x = op_case_image(&c, "x", shape), *dy = op_case_image(&c, "dy", shape);
    for (int64_t i = 0; i < op_count(x); i++) {
        ((float *)x->data)[i] = e->x;
        ((float *)dy->data)[i] = 1;
    }
    if (op_accepted(backend, op_chain_activation(backend, &c.in, &c.attrs, &out), c.in.name)) {
        const float *y = op_set_find(&out, "y")->data, *dx = op_set_find(&out, "dx")->data;
        for (int64_t i = 0; i < op_count(x); i++)
            op_check(is_near(y[i], e->y) && is_near(dx[i], e->dx),
                     "%s: %s: element %d is %g, its derivative %g, expected %g and %g",
                     backend->label, c.in.name, (int)i, (double)y[i], (double)dx[i], (double)e->y,
                     (double)e->dx);
    }
    op_set_clear(&out);
    op_set_clear(&c.in);
}

/* Of a later program. */
static void check_unknown(const op_backend *backend, int32_t kind)
{
    const int64_t shape[4] = { 1, 2, 1, 3 };
    op_case c = op_case_begin("activation of an unknown kind", op_chain_activation);
    op_set out = { .n = 0 };
    set_kind(&c, kind);
    op_case_image(&c, "x", shape);
    rn_status status = op_chain_activation(backend, &c.in, &c.attrs, &out);
    op_check(status == RN_E_UNSUPPORTED && strstr(rn_fail_text(), "this backend has kinds 1 to 9"),
             "%s: kind %d: status %d, \"%s\"", backend->label, (int)kind, (int)status,
             rn_fail_text());
    op_set_clear(&out);
    op_set_clear(&c.in);
}

void cross_activation_unknown(const op_backend *none, const void *subject)
{
    static const int32_t kinds[] = { 0, -1, 10, 77 };
    (void)none;
    (void)subject;
    for (int i = 0; i < op_backends_count(); i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            check_unknown(op_backend_at(i), kinds[k]);
}

void cross_activation_ends(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (int i = 0; i < op_backends_count(); i++)
        for (size_t e = 0; e < sizeof ENDS / sizeof *ENDS; e++)
            check_end(op_backend_at(i), &ENDS[e]);
}

/* A factor for each element, and one for each channel. */
void cross_product(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < (CROSS_N_SHAPES + 1) * 2; i++) {
        static const int64_t WIDE[4] = { 2, 24, 37, 23 };
        const int64_t *s = i / 2 < CROSS_N_SHAPES ? CROSS_SHAPES[i / 2] : WIDE;
        const int64_t factors[4] = { s[0], s[1], i % 2 ? 1 : s[2], i % 2 ? 1 : s[3] };
        op_case c = op_case_begin("", op_chain_multiply);
        name_shape(&c, i % 2 ? "multiply by channel" : "multiply", s, 4);
        op_case_image(&c, "x", s);
        op_case_image(&c, "z", factors);
        op_case_image(&c, "dy", s);
        op_case_end(&c);
    }
    op_case c = op_case_begin("multiply 9x13", op_chain_multiply);
    const int64_t matrix[] = { 9, 13 };
    op_case_tensor(&c, "x", RN_F32, 2, matrix);
    op_case_tensor(&c, "z", RN_F32, 2, matrix);
    op_case_tensor(&c, "dy", RN_F32, 2, matrix);
    op_case_end(&c);
}

void cross_slice(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_random random = { .seed = 15 };
    for (int i = 0; i < 24; i++) {
        op_case c = op_case_begin("", op_chain_slice);
        rn_subsample_attrs *a = &c.attrs.subsample;
        int64_t count = op_pick(&random, 1, 40), up = i % 3 ? 1 : 2;
        *a = (rn_subsample_attrs){ .size = sizeof *a,
                                   .stride = { up, up },
                                   .channels_before = op_pick(&random, 0, 40),
                                   .channels_after = op_pick(&random, 0, 20) };
        const int64_t x[4] = { 2, a->channels_before + count + a->channels_after, 5, 3 };
        const int64_t y[4] = { 2, count, 4 * up + 1, 2 * up + 1 };
        name_shape(&c, "slice", x, 4);
        op_case_image(&c, "x", x);
        op_case_image(&c, "dy", y);
        op_case_end(&c);
    }
}

/* Only moves numbers, so that there is nothing to be rounded in fp32. Shapes are those of y. */
void cross_lookup(const op_backend *none, const void *subject)
{
    const op_limit exact = { 0, 1 };
    (void)none;
    (void)subject;
    for (size_t i = 0; i < CROSS_N_SHAPES; i++) {
        const int64_t *y = CROSS_SHAPES[i], x_shape[4] = { y[0], y[2], y[3], y[1] };
        const int64_t table_shape[2] = { y[1], 256 }, plane = y[2] * y[3];
        op_set expected = { .n = 0 };
        op_case c = op_case_begin("", op_chain_lookup);
        name_shape(&c, "lookup", y, 4);
        op_tensor *x = op_set_add(&c.in, "x", RN_U8, 4, x_shape);
        const float *table = op_case_tensor(&c, "table", RN_F32, 2, table_shape)->data;
        float *values = op_set_image(&expected, "y", y)->data;
        for (int64_t k = 0; k < op_count(x); k++) {
            int64_t channel = k % y[1], pixel = k / y[1];
            uint8_t byte = ((uint8_t *)x->data)[k] = (uint8_t)(k * 151 + k / 256);
            values[(pixel / plane * y[1] + channel) * plane + pixel % plane] =
                table[channel * 256 + byte];
        }
        cross_check_each(&c, &expected, exact);
        op_set_clear(&expected);
        op_set_clear(&c.in);
    }
}
