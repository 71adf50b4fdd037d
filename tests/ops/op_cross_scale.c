/* op_cross_scale.c: check_finite, and the loss scale in the operators that take it, on every
 * backend. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "ops/op_cross.h"
#include "support/check.h"

void cross_add_scale(op_set *set, float flag)
{
    float *data = op_set_vector(set, "loss_scale", 2)->data;
    data[0] = CROSS_SCALE;
    data[1] = flag;
}

/* ---- check_finite ---- */

/* Odd lengths, whole vectors, more than a cache line; and an image. */
static const int64_t LENGTHS[] = { 1, 7, 4097, 64, 33 };
static const int64_t IMAGE[4] = { 5, 3, 3, 3 };

typedef struct finite_case {
    op_set in, out;
    op_call call;
} finite_case;

static void finite_begin(finite_case *c, int n_gradients)
{
    *c = (finite_case){ .call = { .op = "check_finite",
                                  .n_inputs = RN_CHECK_FINITE_GRADIENT + n_gradients } };
    snprintf(c->in.name, sizeof c->in.name, "check_finite of %d", n_gradients);
    c->call.where = c->in.name;
    cross_add_scale(&c->in, 0);
    c->call.inputs[RN_CHECK_FINITE_LOSS_SCALE] = c->in.tensors[0];
    c->call.updated[RN_CHECK_FINITE_LOSS_SCALE] = op_set_vector(&c->out, "loss_scale_out", 2);
    for (int i = 1; i <= n_gradients; i++) {
        char name[24];
        snprintf(name, sizeof name, "gradient%d", i);
        op_tensor *gradient = i % 6 == 0 ? op_set_image(&c->in, name, IMAGE)
                                         : op_set_vector(&c->in, name, LENGTHS[i % 6 - 1]);
        op_fill(gradient, (uint32_t)i);
        c->call.inputs[i] = gradient;
    }
}

static void finite_end(finite_case *c)
{
    op_set_clear(&c->in);
    op_set_clear(&c->out);
}

/* Checks that the flag is set as it should be and that the scale is unchanged. */
static void finite_check(const op_backend *backend, finite_case *c, float flag, const char *what)
{
    if (op_accepted(backend, op_run(backend, &c->call), c->in.name)) {
        const float *found = c->call.updated[0]->data;
        op_check(found[0] == CROSS_SCALE && found[1] == flag,
                 "%s: %s: %s: scale %g, flag %g, not %g, %g", backend->label, c->in.name, what,
                 (double)found[0], (double)found[1], (double)CROSS_SCALE, (double)flag);
    }
}

/* Tries each value at the start, middle and end of a gradient. */
static void finite_check_gradient(const op_backend *backend, finite_case *c, int i)
{
    static const float VALUES[] = { NAN,
                                    -NAN,
                                    INFINITY,
                                    -INFINITY,
                                    FLT_MAX,
                                    -FLT_MAX,
                                    FLT_TRUE_MIN,
                                    -FLT_TRUE_MIN,
                                    -0.0f,
                                    FLT_MIN / 2,
                                    65536.0f * CROSS_SCALE };
    const op_tensor *gradient = c->call.inputs[i];
    float *data = gradient->data;
    const int64_t positions[] = { 0, op_count(gradient) / 2, op_count(gradient) - 1 };
    for (size_t v = 0; v < sizeof VALUES / sizeof *VALUES; v++) {
        for (int p = 0; p < 3; p++) {
            char what[96];
            float before = data[positions[p]];
            snprintf(what, sizeof what, "%g in %s[%lld]", (double)VALUES[v], gradient->name,
                     (long long)positions[p]);
            data[positions[p]] = VALUES[v];
            finite_check(backend, c, isfinite(VALUES[v]) ? 0.0f : 1.0f, what);
            data[positions[p]] = before;
        }
    }
}

void cross_check_finite(const op_backend *none, const void *subject)
{
    static const int COUNTS[] = { 1, 3, RN_MAX_OPERANDS - 1 };
    (void)none;
    (void)subject;
    for (int b = 0; b < op_backends_count(); b++) {
        for (size_t n = 0; n < sizeof COUNTS / sizeof *COUNTS; n++) {
            finite_case c;
            finite_begin(&c, COUNTS[n]);
            finite_check(op_backend_at(b), &c, 0, "all are finite");
            for (int i = 1; i <= COUNTS[n]; i++)
                finite_check_gradient(op_backend_at(b), &c, i);
            ((float *)c.call.inputs[0]->data)[1] = 1;
            finite_check(op_backend_at(b), &c, 1, "an earlier operator has set the flag");
            finite_end(&c);
        }
    }
}

/* ---- Operators that take the scale ---- */

void cross_multiply(op_tensor *tensor, float by)
{
    for (int64_t i = 0; i < op_count(tensor); i++)
        ((float *)tensor->data)[i] *= by;
}

bool cross_run_oracle(const op_case *c, op_set *expected)
{
    const op_backend *oracle = op_backend_at(0);
    return op_backends_count() > 0 &&
           op_accepted(oracle, c->chain(oracle, &c->in, &c->attrs, expected), c->in.name);
}

void cross_check_each(op_case *c, const op_set *expected, op_limit limit)
{
    for (int b = 0; b < op_backends_count(); b++) {
        const op_backend *backend = op_backend_at(b);
        op_set out = { .n = 0 };
        rn_status status = c->chain(backend, &c->in, &c->attrs, &out);
        for (int i = 0; i < expected->n && op_accepted(backend, status, c->in.name); i++) {
            const op_tensor *e = expected->tensors[i];
            op_compare(backend, c->in.name, op_set_find(&out, e->name), e,
                       op_limit_on(backend, e, limit));
        }
        op_set_clear(&out);
    }
}

void cross_entropy_scaled(const op_backend *none, const void *subject)
{
    static const int64_t SHAPES[][2] = { { 1, 2 }, { 3, 7 }, { 64, 10 }, { 5, 1000 } };
    op_random random = { .seed = 31 };
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES * 2; i++) {
        const int64_t *shape = SHAPES[i / 2];
        op_set expected = { .n = 0 };
        op_case c = op_case_begin("scaled cross entropy", op_chain_cross_entropy);
        c.attrs.cross_entropy = (rn_cross_entropy_attrs){ .size = sizeof c.attrs.cross_entropy,
                                                          .label_smoothing = i % 2 ? 0.1 : 0 };
        cross_multiply(op_case_tensor(&c, "logits", RN_F32, 2, shape), 5);
        int32_t *labels = op_case_tensor(&c, "labels", RN_I32, 1, shape)->data;
        for (int64_t n = 0; n < shape[0]; n++)
            labels[n] = (int32_t)op_pick(&random, 0, shape[1] - 1);
        if (cross_run_oracle(&c, &expected)) {
            cross_multiply(op_set_find(&expected, "dlogits"), CROSS_SCALE);
            cross_add_scale(&c.in, 0);
            cross_check_each(&c, &expected, (op_limit){ .tolerance = 1e-5 });
        }
        op_set_clear(&expected);
        op_set_clear(&c.in);
    }
}
