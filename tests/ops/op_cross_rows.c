/* op_cross_rows.c: linear, softmax, loss, dropout, drop_path, reorder compared with the oracle. */
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
        c.attrs.dropout = (rn_dropout_attrs){ .size = sizeof c.attrs.dropout,
                                              .stream = i,
                                              .rate = rate,
                                              .first_element = (int64_t)i * 1234567 };
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
            double u = (double)rn_random_uniform((uint32_t)random[0], (uint32_t)random[1], i,
                                                 (uint64_t)(c.attrs.dropout.first_element + n));
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

/* Which samples are kept is what random.h defines; what a dropped one holds does not matter. */
static void define_drop_path(const op_case *c, const int32_t random[2], op_set *expected)
{
    const rn_dropout_attrs *a = &c->attrs.dropout;
    op_tensor *x = op_set_find(&c->in, "x");
    const float *dy = op_set_find(&c->in, "dy")->data;
    float *y = op_set_like(expected, "y", x)->data, *dx = op_set_like(expected, "dx", x)->data;
    int64_t size = op_count(x) / x->desc.shape[0];
    for (int64_t i = 0; i < op_count(x); i++) {
        uint64_t sample = (uint64_t)(a->first_element + i / size);
        double u =
            (double)rn_random_uniform((uint32_t)random[0], (uint32_t)random[1], a->stream, sample);
        double kept = u >= a->rate ? 1 / (1 - a->rate) : 0;
        y[i] = (float)(kept * (double)((float *)x->data)[i]);
        dx[i] = (float)(kept * (double)dy[i]);
        if (kept == 0.0 && i % size == 0)
            ((float *)x->data)[i] = NAN;
    }
}

void cross_drop_path(const op_backend *none, const void *subject)
{
    static const double RATES[] = { 0, 0.1, 0.5, 0.9 };
    (void)none;
    (void)subject;
    for (uint32_t i = 0; i < (CROSS_N_SHAPES + 1) * 4; i++) {
        const int64_t two = 2, matrix[] = { 9, 13 };
        const int64_t *shape = i / 4 < CROSS_N_SHAPES ? CROSS_SHAPES[i / 4] : matrix;
        const int32_t rank = shape == matrix ? 2 : 4;
        const int32_t random[2] = { (int32_t)(i * 0x9E3779B9u), (int32_t)(i * 7) };
        op_case c = op_case_begin("drop_path", op_chain_drop_path);
        op_set expected = { .n = 0 }, out = { .n = 0 };
        c.attrs.dropout = (rn_dropout_attrs){ .size = sizeof c.attrs.dropout,
                                              .stream = i,
                                              .rate = RATES[i % 4],
                                              .first_element = i / 2 };
        op_case_tensor(&c, "x", RN_F32, rank, shape);
        op_case_tensor(&c, "dy", RN_F32, rank, shape);
        memcpy(op_case_tensor(&c, "random", RN_I32, 1, &two)->data, random, sizeof random);
        define_drop_path(&c, random, &expected);
        const op_backend *oracle = op_backend_at(0);
        rn_status status = op_chain_drop_path(oracle, &c.in, &c.attrs, &out);
        for (int t = 0; t < expected.n && op_accepted(oracle, status, c.in.name); t++)
            op_compare(oracle, c.in.name, op_set_find(&out, expected.tensors[t]->name),
                       expected.tensors[t], (op_limit){ .tolerance = 1e-6 });
        op_set_clear(&out);
        op_set_clear(&expected);
        op_case_end(&c);
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
