/* op_cross_soft.c: the loss of targets on every backend: against the oracle, against the
 * definition, and against the loss of labels. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/op_cross.h"
#include "support/check.h"

static const int64_t SHAPES[][2] = { { 1, 1 },   { 1, 2 },   { 3, 7 },
                                     { 64, 10 }, { 17, 33 }, { 5, 1000 } };
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

static op_case begin(const char *what, const int64_t shape[2], double smoothing, float size)
{
    op_case c = op_case_begin("", op_chain_cross_entropy);
    snprintf(c.in.name, sizeof c.in.name, "%s %lldx%lld up to %g, smoothing %g", what,
             (long long)shape[0], (long long)shape[1], (double)size, smoothing);
    c.attrs.cross_entropy = (rn_cross_entropy_attrs){ .size = sizeof c.attrs.cross_entropy,
                                                      .label_smoothing = smoothing };
    op_tensor *logits = op_case_tensor(&c, "logits", RN_F32, 2, shape);
    for (int64_t i = 0; i < op_count(logits); i++)
        ((float *)logits->data)[i] *= size;
    return c;
}

/* Shares that are not negative; unless `any_sum`, those of a row add up to 1. */
static void add_targets(op_case *c, const int64_t shape[2], bool any_sum)
{
    float *targets = op_case_tensor(c, "targets", RN_F32, 2, shape)->data;
    for (int64_t n = 0; n < shape[0]; n++) {
        float *row = targets + n * shape[1], sum = 0;
        for (int64_t k = 0; k < shape[1]; k++)
            sum += row[k] = fabsf(row[k]);
        for (int64_t k = 0; k < shape[1] && !any_sum; k++)
            row[k] /= sum;
    }
}

void cross_entropy_soft(const op_backend *none, const void *subject)
{
    static const float SIZES[] = { 1, 30, 1e4f };
    (void)none;
    (void)subject;
    for (size_t i = 0; i < (size_t)N_SHAPES * 6; i++) {
        const int64_t *shape = SHAPES[i / 6];
        op_case c = begin("soft cross entropy", shape, i % 2 ? 0.1 : 0, SIZES[i % 3]);
        add_targets(&c, shape, i % 6 < 3);
        op_case_end(&c);
    }
}

/* The definition of PyTorch's cross_entropy with probabilities, and the derivative term by term:
 * that of log p[j] by the logit k is [j == k] - p[k]. */
static void define(const op_case *c, const int64_t shape[2], op_set *expected)
{
    const float *x = op_set_find(&c->in, "logits")->data, *t = op_set_find(&c->in, "targets")->data;
    const double e = c->attrs.cross_entropy.label_smoothing, n_rows = (double)shape[0];
    float *loss = op_set_vector(expected, "loss", 1)->data;
    float *probs = op_set_add(expected, "probs", RN_F32, 2, shape)->data;
    float *dlogits = op_set_add(expected, "dlogits", RN_F32, 2, shape)->data;
    double total = 0;
    for (int64_t n = 0; n < shape[0]; n++, x += shape[1], t += shape[1]) {
        double sum = 0;
        for (int64_t k = 0; k < shape[1]; k++)
            sum += exp((double)x[k]);
        for (int64_t k = 0; k < shape[1]; k++) {
            double p = exp((double)x[k]) / sum, slope = 0;
            for (int64_t j = 0; j < shape[1]; j++)
                slope -= ((double)t[j] * (1 - e) + e / (double)shape[1]) * ((j == k) - p);
            total -= ((double)t[k] * (1 - e) + e / (double)shape[1]) * log(p);
            *probs++ = (float)p;
            *dlogits++ = (float)((double)CROSS_SCALE * slope / n_rows);
        }
    }
    *loss = (float)(total / n_rows);
}

void cross_entropy_defined(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < (size_t)N_SHAPES * 4; i++) {
        const int64_t *shape = SHAPES[i / 4];
        op_set expected = { .n = 0 };
        op_case c = begin("soft cross entropy, defined,", shape, i % 2 ? 0.3 : 0, 5);
        add_targets(&c, shape, i % 4 < 2);
        cross_add_scale(&c.in, 0);
        define(&c, shape, &expected);
        cross_check_each(&c, &expected, (op_limit){ .tolerance = 1e-5 });
        op_set_clear(&expected);
        op_set_clear(&c.in);
    }
}

/* Targets of 1 for one class and 0 for the others are what a label says. */
static void check_one_hot(const op_backend *backend, const int64_t shape[2], double smoothing)
{
    op_random random = { .seed = 41 };
    op_set of_labels = { .n = 0 };
    op_case c = begin("one-hot cross entropy", shape, smoothing, 5);
    cross_add_scale(&c.in, 0);
    int32_t *labels = op_case_tensor(&c, "labels", RN_I32, 1, shape)->data;
    for (int64_t n = 0; n < shape[0]; n++)
        labels[n] = (int32_t)op_pick(&random, 0, shape[1] - 1);
    if (op_accepted(backend, c.chain(backend, &c.in, &c.attrs, &of_labels), c.in.name)) {
        op_set of_targets = { .n = 0 };
        float *targets = op_set_add(&c.in, "targets", RN_F32, 2, shape)->data;
        for (int64_t n = 0; n < shape[0]; n++)
            targets[n * shape[1] + labels[n]] = 1;
        rn_status status = c.chain(backend, &c.in, &c.attrs, &of_targets);
        for (int i = 0; i < of_labels.n && op_accepted(backend, status, c.in.name); i++)
            op_compare(backend, c.in.name, op_set_find(&of_targets, of_labels.tensors[i]->name),
                       of_labels.tensors[i], (op_limit){ .tolerance = 1e-6 });
        op_set_clear(&of_targets);
    }
    op_set_clear(&of_labels);
    op_set_clear(&c.in);
}

void cross_entropy_one_hot(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (int b = 0; b < op_backends_count(); b++)
        for (int i = 0; i < N_SHAPES * 2; i++)
            check_one_hot(op_backend_at(b), SHAPES[i / 2], i % 2 ? 0.1 : 0);
}

/* Neither operator reads the other's labels as numbers of its own type. */
void cross_entropy_types(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    const int64_t shape[] = { 4, 6 };
    op_case c = begin("swapped labels", shape, 0, 1);
    const op_tensor *logits = op_set_find(&c.in, "logits");
    const op_tensor *labels = op_case_tensor(&c, "labels", RN_I32, 1, shape);
    const op_tensor *targets = op_case_tensor(&c, "targets", RN_F32, 2, shape);
    op_tensor *loss = op_set_vector(&c.in, "loss", 1), *probs = op_set_like(&c.in, "probs", logits);
    for (int i = 0; i < op_backends_count() * 2; i++) {
        const op_backend *backend = op_backend_at(i / 2);
        op_call call = { .op = i % 2 ? "soft_cross_entropy" : "softmax_cross_entropy",
                         .where = c.in.name,
                         .attrs = &c.attrs,
                         .inputs = { logits, i % 2 ? labels : targets },
                         .outputs = { loss, probs } };
        rn_status status = op_run(backend, &call);
        op_check(status == RN_E_UNSUPPORTED && strstr(rn_fail_text(), "input 1 has type"),
                 "%s: %s took labels of the other: status %d", backend->label, call.op, status);
    }
    op_set_clear(&c.in);
}
