/* test_ops_bf16.c: operators between convolutions, on every backend that stores images as bfloat16,
 * compared with the oracle. The input images hold bfloat16 values, so a result may differ only by
 * its own rounding: 2^-8 of its value, half a unit in the last place. Vectors stay float. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "support/op_oracle.h"

#define MAX_OPENED 8

static op_backend opened[MAX_OPENED];
static int n_opened;

/* The final rounding, plus float's in a sum before it. */
static const double IMAGE_TOLERANCE = 1.01 / 256, VECTOR_TOLERANCE = 1e-5;

static const int64_t SHAPES[][4] = {
    { 5, 17, 3, 3 },   { 3, 40, 9, 8 }, { 2, 5, 28, 28 }, { 64, 16, 4, 4 },
    { 2, 33, 48, 50 }, { 4, 20, 1, 1 }, { 3, 48, 9, 8 },  { 2, 128, 30, 28 },
};

/* Opens all backends once more, in bf16. */
static void open_all(void)
{
    rn_open_params params = { .size = sizeof params,
                              .threads = 2,
                              .precision = RN_PRECISION_BF16,
                              .deterministic = 1,
                              .device = "" };
    const rn_backend *last = NULL;
    for (int i = 0; i < op_backends_count() && n_opened < MAX_OPENED; i++) {
        op_backend b = { .table = op_backend_at(i)->table, .threads = 2, .complete = true };
        if (b.table == last)
            continue;
        last = b.table;
        if (b.table->open(&params, &b.context)) {
            printf("%s rejects it: %s\n", b.table->name, rn_fail_text());
            continue;
        }
        snprintf(b.label, sizeof b.label, "%s, bf16", b.table->name);
        opened[n_opened++] = b;
    }
}

static void check_closed(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    while (n_opened > 0) {
        n_opened--;
        opened[n_opened].table->close(opened[n_opened].context);
    }
}

/* Adds an image of bfloat16 values around `base`: floats whose lower half is 0. */
static void image(op_case *c, const char *name, const int64_t shape[4], float base)
{
    op_tensor *tensor = op_case_image(c, name, shape);
    float *data = tensor->data;
    for (int64_t i = 0; i < op_count(tensor); i++) {
        uint32_t bits;
        data[i] += base;
        memcpy(&bits, &data[i], sizeof bits);
        bits &= 0xffff0000;
        memcpy(&data[i], &bits, sizeof bits);
    }
}

static void vector(op_case *c, const char *name, int64_t length, float base)
{
    float *data = op_case_tensor(c, name, RN_F32, 1, &length)->data;
    for (int64_t i = 0; i < length; i++)
        data[i] = base + 0.5f * data[i];
}

static void compare(const op_backend *backend, const op_case *c, const op_set *expected)
{
    op_set got = { .n = 0 };
    if (op_accepted(backend, c->chain(backend, &c->in, &c->attrs, &got), c->in.name)) {
        for (int i = 0; i < got.n; i++) {
            const op_tensor *g = got.tensors[i], *e = op_set_find(expected, g->name);
            bool is_image = g->desc.rank == 4;
            /* Masks are checked by their effect on the gradient. */
            if (e && g->desc.dtype == RN_F32) {
                op_compare(backend, c->in.name, g, e,
                           (op_limit){ is_image ? IMAGE_TOLERANCE : VECTOR_TOLERANCE,
                                       is_image ? c->dx_scale : c->dweight_scale });
            }
        }
    }
    op_set_clear(&got);
}

/* Checks the case on each backend, and clears it. */
static void finish(op_case *c)
{
    op_set expected = { .n = 0 };
    op_set in = c->in;
    op_chain *chain = c->oracle_chain ? c->oracle_chain : c->chain;
    const op_backend *oracle = op_backend_at(0);
    in.mask_dtype = 0;
    if (op_accepted(oracle, chain(oracle, &in, &c->attrs, &expected), c->in.name))
        for (int i = 0; i < n_opened; i++)
            compare(&opened[i], c, &expected);
    op_set_clear(&expected);
    op_set_clear(&c->in);
}

typedef struct norm_variant {
    const char *name;
    int32_t training, epilogue, mask_dtype;
    float offset;
} norm_variant;

static void check_norm(const op_backend *none, const void *subject)
{
    const norm_variant *variant = subject;
    (void)none;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        const int64_t *s = SHAPES[i];
        op_case c = op_case_begin(variant->name, op_chain_batch_norm);
        c.attrs.batch_norm = (rn_batch_norm_attrs){ .size = sizeof c.attrs.batch_norm,
                                                    .training = variant->training,
                                                    .epsilon = 1e-5,
                                                    .momentum = 0.1,
                                                    .epilogue = variant->epilogue };
        image(&c, "x", s, variant->offset);
        image(&c, "z", s, 0);
        vector(&c, "weight", s[1], 1);
        vector(&c, "bias", s[1], 0);
        vector(&c, "running_mean", s[1], variant->offset);
        vector(&c, "running_var", s[1], 1);
        if (variant->training)
            image(&c, "dy", s, 0);
        c.oracle_chain = op_chain_batch_norm_apart;
        c.dx_scale = c.dweight_scale = 1;
        if (variant->training)
            op_case_settle(&c);
        c.in.mask_dtype = variant->mask_dtype;
        finish(&c);
    }
}

static void check_relu(const op_backend *none, const void *mask_dtype)
{
    (void)none;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        op_case c = op_case_begin("relu", op_chain_relu);
        image(&c, "x", SHAPES[i], 0);
        image(&c, "dy", SHAPES[i], 0);
        c.in.mask_dtype = *(const int32_t *)mask_dtype;
        finish(&c);
    }
}

static void check_add(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        op_case c = op_case_begin("add", op_chain_add);
        image(&c, "x", SHAPES[i], 0);
        image(&c, "z", SHAPES[i], 0);
        if (i == 0) {
            float *x = op_set_find(&c.in, "x")->data;
            x[3] = NAN;
            x[40] = INFINITY;
        }
        finish(&c);
    }
}

static void check_global_avg_pool(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        const int64_t y[4] = { SHAPES[i][0], SHAPES[i][1], 1, 1 };
        op_case c = op_case_begin("global_avg_pool", op_chain_global_avg_pool);
        image(&c, "x", SHAPES[i], 0);
        image(&c, "dy", y, 0);
        finish(&c);
    }
}

static void check_max_pool(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        op_case c = op_case_begin("max_pool", op_chain_max_pool);
        c.attrs.pool = (rn_pool_attrs){ .size = sizeof c.attrs.pool,
                                        .kernel = { 3, 3 },
                                        .stride = { 2, i % 2 ? 2 : 1 },
                                        .padding = { 1, 1 },
                                        .padding_end = { 1, 1 } };
        int64_t y[4];
        image(&c, "x", SHAPES[i], 0);
        op_pool_shape(&c.attrs.pool, op_set_find(&c.in, "x"), y);
        image(&c, "dy", y, 0);
        finish(&c);
    }
}

/* Zero channels that fill whole blocks, and half of one. */
static void check_subsample(const op_backend *none, const void *subject)
{
    static const int64_t CHANNELS[][3] = { { 16, 8, 8 }, { 32, 16, 16 }, { 20, 3, 30 } };
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++) {
        const int64_t *n = CHANNELS[i];
        const int64_t x[4] = { 3, n[0], 8, 7 }, y[4] = { 3, n[0] + n[1] + n[2], 4, 4 };
        op_case c = op_case_begin("subsample", op_chain_subsample);
        c.attrs.subsample = (rn_subsample_attrs){ .size = sizeof c.attrs.subsample,
                                                  .stride = { 2, 2 },
                                                  .channels_before = n[1],
                                                  .channels_after = n[2] };
        image(&c, "x", x, 0);
        image(&c, "dy", y, 0);
        finish(&c);
    }
}

/* Parts that fill their blocks, and parts that do not. */
static void check_concat(const op_backend *none, const void *subject)
{
    static const int64_t CHANNELS[][3] = { { 16, 32, 16 }, { 5, 17, 40 } };
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++) {
        op_case c = op_case_begin("concat", op_chain_concat);
        int64_t shape[4] = { 3, 0, 5, 4 }, sum = 0;
        for (int part = 0; part < 3; part++) {
            char name[16];
            snprintf(name, sizeof name, "x%d", part);
            shape[1] = CHANNELS[i][part];
            sum += shape[1];
            image(&c, name, shape, 0);
        }
        shape[1] = sum;
        image(&c, "dy", shape, 0);
        finish(&c);
    }
}

static void check_opened(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    if (n_opened == 0)
        check_skip("no backend supports bf16 here");
}

int main(void)
{
    static const int32_t BYTES = RN_U8, BITS = RN_BIT;
    static const norm_variant NORMS[] = {
        { "batch_norm", .training = 1 },
        { "batch_norm around 100", .training = 1, .offset = 100 },
        { "batch_norm inference", .training = 0 },
        { "batch_norm inference + add + relu", 0, RN_EPILOGUE_ADD | RN_EPILOGUE_RELU, 0, 0 },
        { "batch_norm + add", 1, RN_EPILOGUE_ADD, 0, 0 },
        { "batch_norm + relu, byte mask", 1, RN_EPILOGUE_RELU, RN_U8, 0 },
        { "batch_norm + relu, bit mask", 1, RN_EPILOGUE_RELU, RN_BIT, 0 },
        { "batch_norm + add + relu, bit mask", 1, RN_EPILOGUE_ADD | RN_EPILOGUE_RELU, RN_BIT, 0 },
    };
    op_backends_open();
    open_all();
    op_tests_add_once("opened", check_opened, NULL);
    for (size_t i = 0; i < sizeof NORMS / sizeof *NORMS; i++)
        op_tests_add_once(NORMS[i].name, check_norm, &NORMS[i]);
    op_tests_add_once("relu, byte mask", check_relu, &BYTES);
    op_tests_add_once("relu, bit mask", check_relu, &BITS);
    op_tests_add_once("add", check_add, NULL);
    op_tests_add_once("global_avg_pool", check_global_avg_pool, NULL);
    op_tests_add_once("max_pool", check_max_pool, NULL);
    op_tests_add_once("subsample", check_subsample, NULL);
    op_tests_add_once("concat", check_concat, NULL);
    /* Must be last: closing needs the plugins, which op_tests_run unloads. */
    op_tests_add_once("closed", check_closed, NULL);
    return op_tests_run("operators in bf16");
}
