/* op_cross_rows.c: linear, softmax, loss, dropout, sgd and reorder compared with the oracle. */
#include <math.h>
#include <resnet/random.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/op_cross.h"
#include "support/check.h"

void cross_linear(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_random random = { .seed = 8 };
    for (int i = 0; i < 30; i++) {
        op_case c = op_case_begin("", op_chain_linear);
        const int64_t x[2] = { op_pick(&random, 1, 70), op_pick(&random, 1, i % 3 ? 70 : 700) };
        const int64_t w[2] = { op_pick(&random, 1, 70), x[1] }, y[2] = { x[0], w[0] };
        snprintf(c.in.name, sizeof c.in.name, "linear %lldx%lld to %lld%s", (long long)x[0],
                 (long long)x[1], (long long)w[0], i % 2 ? " bias" : "");
        c.attrs.linear =
            (rn_linear_attrs){ .size = sizeof c.attrs.linear, .has_bias = i % 2, .units = w[0] };
        op_case_tensor(&c, "x", RN_F32, 2, x);
        op_case_tensor(&c, "weight", RN_F32, 2, w);
        op_case_tensor(&c, "dy", RN_F32, 2, y);
        if (i % 2)
            op_case_tensor(&c, "bias", RN_F32, 1, w);
        c.y_scale = sqrt((double)x[1]) / 3;
        c.dx_scale = sqrt((double)w[0]) / 3;
        c.dweight_scale = sqrt((double)x[0]) / 3;
        op_case_end(&c);
    }
}

/* Multiplies every element by `size`. */
static void scale_by(op_tensor *tensor, float size)
{
    for (int64_t i = 0; i < op_count(tensor); i++)
        ((float *)tensor->data)[i] *= size;
}

static const float SIZES[] = { 1, 30, 1e4f };
static const int64_t ROWS[][2] = {
    { 1, 1 }, { 1, 2 }, { 3, 5 }, { 17, 10 }, { 64, 33 }, { 5, 1000 }
};

void cross_softmax(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS * 3; i++) {
        op_case c = op_case_begin("softmax", op_chain_softmax);
        scale_by(op_case_tensor(&c, "x", RN_F32, 2, ROWS[i / 3]), SIZES[i % 3]);
        op_case_end(&c);
    }
}

void cross_entropy(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_random random = { .seed = 9 };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS * 6; i++) {
        const int64_t *shape = ROWS[i / 6];
        op_case c = op_case_begin("", op_chain_cross_entropy);
        double smoothing = i % 2 ? 0.1 : 0;
        snprintf(c.in.name, sizeof c.in.name, "cross entropy %lldx%lld up to %g, smoothing %g",
                 (long long)shape[0], (long long)shape[1], (double)SIZES[i % 3], smoothing);
        c.attrs.cross_entropy = (rn_cross_entropy_attrs){ .size = sizeof c.attrs.cross_entropy,
                                                          .label_smoothing = smoothing };
        scale_by(op_case_tensor(&c, "logits", RN_F32, 2, shape), SIZES[i % 3]);
        int32_t *labels = op_case_tensor(&c, "labels", RN_I32, 1, shape)->data;
        for (int64_t n = 0; n < shape[0]; n++)
            labels[n] = (int32_t)op_pick(&random, 0, shape[1] - 1);
        op_case_end(&c);
    }
}

/* The mask must be the one that random.h defines, on every backend, also if planes end within a
 * byte. */
void cross_dropout(const op_backend *none, const void *mask_dtype)
{
    (void)none;
    for (uint32_t i = 0; i < CROSS_N_SHAPES * 2; i++) {
        op_case c = op_case_begin("dropout", op_chain_dropout);
        const int32_t random[2] = { (int32_t)(i * 0x9E3779B9u), (int32_t)(i * 7) };
        const int64_t two = 2;
        double rate = i % 3 ? 0.5 : 0.1;
        c.attrs.dropout =
            (rn_dropout_attrs){ .size = sizeof c.attrs.dropout, .stream = i, .rate = rate };
        c.in.mask_dtype = *(const int32_t *)mask_dtype;
        c.optional = c.in.mask_dtype == RN_BIT;
        op_case_image(&c, "x", CROSS_SHAPES[i / 2]);
        op_tensor *dy = op_case_image(&c, "dy", CROSS_SHAPES[i / 2]);
        memcpy(op_case_tensor(&c, "random", RN_I32, 1, &two)->data, random, sizeof random);
        op_set computed = { .n = 0 }, out = { .n = 0 };
        op_set plain = c.in;
        plain.mask_dtype = RN_U8;
        op_tensor *mask = op_set_add(&computed, "mask", RN_U8, 4, CROSS_SHAPES[i / 2]);
        for (int64_t n = 0; n < op_count(dy); n++) {
            double u =
                (double)rn_random_uniform((uint32_t)random[0], (uint32_t)random[1], i, (uint64_t)n);
            ((uint8_t *)mask->data)[n] = u >= rate;
        }
        const op_backend *oracle = op_backend_at(0);
        if (op_accepted(oracle, op_chain_dropout(oracle, &plain, &c.attrs, &out), c.in.name))
            op_compare(oracle, c.in.name, op_set_find(&out, "mask"), mask, (op_limit){ 0 });
        op_set_clear(&out);
        op_set_clear(&computed);
        op_case_end(&c);
    }
}

op_case cross_sgd_case(int i, float loss)
{
    static const int64_t LENGTHS[] = { 1, 7, 1000, 4097 };
    op_case c = op_case_begin("", op_chain_sgd);
    bool momentum = i & 1, nesterov = momentum && (i & 2), decay = i & 4;
    const int64_t one = 1, *length = &LENGTHS[i / 8 % 4];
    snprintf(c.in.name, sizeof c.in.name, "sgd of %lld%s%s%s", (long long)*length,
             momentum ? " momentum" : "", nesterov ? " nesterov" : "", decay ? " decay" : "");
    c.attrs.sgd = (rn_sgd_attrs){ .size = sizeof c.attrs.sgd,
                                  .nesterov = nesterov,
                                  .momentum = momentum ? 0.9 : 0,
                                  .weight_decay = decay ? 0.01 : 0 };
    op_case_tensor(&c, "param", RN_F32, 1, length);
    op_case_tensor(&c, "gradient", RN_F32, 1, length);
    if (momentum)
        op_case_tensor(&c, "velocity", RN_F32, 1, length);
    *(float *)op_case_tensor(&c, "learning_rate", RN_F32, 1, &one)->data = 0.05f;
    *(float *)op_case_tensor(&c, "loss", RN_F32, 1, &one)->data = loss;
    c.tolerance = 1e-6;
    c.y_scale = 1; /* of the terms; their sum may cancel */
    return c;
}

void cross_sgd(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (int i = 0; i < CROSS_N_SGD; i++) {
        op_case c = cross_sgd_case(i, 0.7f);
        op_case_end(&c);
    }
}

void cross_sgd_changes_nothing(const op_backend *backend, op_case *c, const char *why)
{
    op_set out = { .n = 0 };
    rn_status status = op_chain_sgd(backend, &c->in, &c->attrs, &out);
    for (int t = 0; t < out.n && op_accepted(backend, status, c->in.name); t++) {
        const op_tensor *after = out.tensors[t];
        const op_tensor *before =
            op_set_find(&c->in, strcmp(after->name, "param_out") ? "velocity" : "param");
        op_check(!memcmp(before->data, after->data, before->desc.size_bytes),
                 "%s: %s: %s, but %s changes", backend->label, c->in.name, why, before->name);
    }
    op_set_clear(&out);
    op_set_clear(&c->in);
}

void cross_sgd_not_finite(const op_backend *none, const void *subject)
{
    static const float LOSSES[] = { NAN, INFINITY, -INFINITY };
    (void)none;
    (void)subject;
    for (int i = 0; i < CROSS_N_SGD * 3 * op_backends_count(); i++) {
        op_case c = cross_sgd_case(i, LOSSES[i / CROSS_N_SGD % 3]);
        cross_sgd_changes_nothing(op_backend_at(i / (CROSS_N_SGD * 3)), &c,
                                  "the loss is not finite");
    }
}

/* Element i in NHWC order of a plain tensor. */
static float nhwc_at(const op_tensor *plain, int64_t i)
{
    const int64_t *s = plain->desc.shape;
    int64_t c = i % s[1], w = i / s[1] % s[3], h = i / s[1] / s[3] % s[2],
            n = i / s[1] / s[3] / s[2];
    return ((const float *)plain->data)[((n * s[1] + c) * s[2] + h) * s[3] + w];
}

static void check_reorder(const op_backend *backend, const int64_t shape[4])
{
    op_set set = { .name = "reorder" };
    op_tensor *plain = op_set_image(&set, "plain", shape),
              *nhwc = op_set_image(&set, "nhwc", shape);
    op_tensor *back = op_set_image(&set, "back", shape),
              *expected = op_set_image(&set, "nhwc", shape);
    op_fill(plain, 12);
    nhwc->desc.layout = RN_LAYOUT_NHWC;
    for (int64_t i = 0; i < op_count(plain); i++)
        ((float *)expected->data)[i] = nhwc_at(plain, i);
    op_call forth = {
        .op = "reorder", .where = set.name, .inputs = { plain }, .outputs = { nhwc }
    };
    op_call reverse = forth;
    reverse.inputs[0] = nhwc;
    reverse.outputs[0] = back;
    rn_status status = op_run(backend, &forth);
    status = status ? status : op_run(backend, &reverse);
    if (status == RN_E_UNSUPPORTED) {
        check_note("%s rejects it: %s", backend->label, rn_fail_text());
    } else if (op_accepted(backend, status, set.name)) {
        op_compare(backend, set.name, nhwc, expected, (op_limit){ 0 });
        op_compare(backend, set.name, back, plain, (op_limit){ 0 });
    }
    op_set_clear(&set);
}

void cross_reorder(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (int i = 0; i < op_backends_count(); i++)
        for (size_t s = 0; s < CROSS_N_SHAPES; s++)
            check_reorder(op_backend_at(i), CROSS_SHAPES[s]);
}
