/* test_ops_cross.c: operators other than convolution, on every backend, compared with the oracle:
 * fused and separate operators, ties, both types of masks, odd shapes, non-finite values. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ops/op_cross.h"

/* Reduces x to a few values, so that maxima are tied. */
static void coarsen(op_tensor *tensor)
{
    float *data = tensor->data;
    for (int64_t i = 0; i < op_count(tensor); i++)
        data[i] = (float)(int)(data[i] * 2.5f);
}

/* Adds a vector of values around `base`. */
static void vector(op_case *c, const char *name, int64_t length, float base)
{
    float *data = op_case_tensor(c, name, RN_F32, 1, &length)->data;
    for (int64_t i = 0; i < length; i++)
        data[i] = base + 0.5f * data[i];
}

const int64_t CROSS_SHAPES[CROSS_N_SHAPES][4] = {
    { 1, 1, 1, 2 },   { 3, 1, 1, 1 },  { 2, 3, 7, 5 },   { 5, 17, 3, 3 }, { 1, 64, 9, 8 },
    { 9, 2, 13, 11 }, { 4, 33, 1, 1 }, { 2, 8, 28, 28 }, { 1, 3, 31, 1 },
};

/* Channels with so many values that GPUs divide them among blocks, which take neighbouring pixels
 * or channels, eight at a time or one. */
static const int64_t LARGE_SHAPES[][4] = {
    { 3, 64, 16, 20 }, { 2, 3, 128, 136 }, { 5, 2, 21, 23 }, { 70, 25, 5, 5 }, { 700, 24, 1, 1 },
};

/* Checks one variant of batch norm; `offset` is added to x. */
static void check_batch_norm(const int64_t shape[4], const cross_norm *variant)
{
    op_case c = op_case_begin("", op_chain_batch_norm);
    snprintf(c.in.name, sizeof c.in.name, "batch_norm %s %lldx%lldx%lldx%lld epilogue %d mask %d",
             variant->training ? "training" : "inference", (long long)shape[0], (long long)shape[1],
             (long long)shape[2], (long long)shape[3], variant->epilogue, variant->mask_dtype);
    c.attrs.batch_norm = (rn_batch_norm_attrs){ .size = sizeof c.attrs.batch_norm,
                                                .training = variant->training,
                                                .epsilon = 1e-5,
                                                .momentum = 0.1,
                                                .epilogue = variant->epilogue };
    op_tensor *x = op_case_image(&c, "x", shape);
    for (int64_t i = 0; i < op_count(x); i++)
        ((float *)x->data)[i] += variant->offset;
    vector(&c, "weight", shape[1], 1);
    vector(&c, "bias", shape[1], 0);
    vector(&c, "running_mean", shape[1], variant->offset);
    vector(&c, "running_var", shape[1], 1);
    op_case_image(&c, "z", shape);
    if (variant->training)
        op_case_image(&c, "dy", shape);
    c.tolerance = variant->tolerance;
    /* With two pixels, dx is a difference of nearly equal numbers: its terms are of size inv_std *
     * dy. */
    c.dx_scale = 1;
    c.mean_scale = 1; /* the values'; the mean of many values drawn around 0 is nearly 0 */
    if (variant->epilogue) {
        c.optional = true;
        c.oracle_chain = op_chain_batch_norm_apart;
        c.settled = variant->training;
        c.in.mask_dtype = variant->mask_dtype;
    }
    op_case_end(&c);
}

void cross_batch_norm(const op_backend *none, const void *variant)
{
    (void)none;
    for (size_t i = 0; i < CROSS_N_SHAPES; i++) {
        const int64_t *s = CROSS_SHAPES[i];
        /* Training cannot use the variance of a single value. */
        if (s[0] * s[2] * s[3] > 1)
            check_batch_norm(s, variant);
    }
    for (size_t i = 0; i < sizeof LARGE_SHAPES / sizeof *LARGE_SHAPES; i++)
        check_batch_norm(LARGE_SHAPES[i], variant);
}

void cross_relu(const op_backend *none, const void *mask_dtype)
{
    (void)none;
    for (size_t i = 0; i < CROSS_N_SHAPES; i++) {
        op_case c = op_case_begin("relu", op_chain_relu);
        op_tensor *x = op_case_image(&c, "x", CROSS_SHAPES[i]);
        ((float *)x->data)[0] = -0.0f;
        op_case_image(&c, "dy", CROSS_SHAPES[i]);
        c.in.mask_dtype = *(const int32_t *)mask_dtype;
        c.optional = c.in.mask_dtype == RN_BIT;
        op_case_end(&c);
    }
}

/* Non-finite values must propagate, so that training sees that it diverges. */
void cross_not_finite(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_chain *const chains[] = { op_chain_relu, op_chain_max_pool, op_chain_add,
                                 op_chain_global_avg_pool };
    static const char *const NAMES[] = { "relu", "max_pool", "add", "global_avg_pool" };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        op_case c = op_case_begin("", chains[i]);
        snprintf(c.in.name, sizeof c.in.name, "%s of NaN and infinities", NAMES[i]);
        c.attrs.pool = (rn_pool_attrs){ .size = sizeof c.attrs.pool,
                                        .kernel = { 3, 3 },
                                        .stride = { 2, 2 },
                                        .padding = { 1, 1 },
                                        .padding_end = { 1, 1 } };
        float *x = op_case_image(&c, "x", CROSS_SHAPES[2])->data;
        op_case_image(&c, "z", CROSS_SHAPES[2]);
        x[3] = x[40] = x[41] = NAN;
        x[11] = INFINITY;
        x[77] = -INFINITY;
        op_case_end(&c);
    }
}

/* Pools of random shapes; the subject selects max, average, or average without padding. */
void cross_pool(const op_backend *none, const void *subject)
{
    (void)none;
    cross_pool_type type = *(const cross_pool_type *)subject;
    op_random random = { .seed = 77 + (uint32_t)type };
    for (int i = 0; i < 60; i++) {
        op_case c =
            op_case_begin("", type == CROSS_MAX_POOL ? op_chain_max_pool : op_chain_avg_pool);
        int64_t x[4] = { op_pick(&random, 1, 3), op_pick(&random, 1, i % 4 ? 9 : 40) }, y[4];
        rn_pool_attrs *a = &c.attrs.pool;
        *a = (rn_pool_attrs){ .size = sizeof *a,
                              .exclude_padding = type == CROSS_AVG_POOL_INSIDE,
                              .padding_mode = RN_PADDING_EXPLICIT };
        for (int axis = 0; axis < 2; axis++) {
            a->kernel[axis] = op_pick(&random, 1, 5);
            a->stride[axis] = op_pick(&random, 1, 4);
            a->padding[axis] = op_pick(&random, 0, a->kernel[axis] / 2);
            a->padding_end[axis] = op_pick(&random, 0, a->kernel[axis] / 2);
            int64_t smallest = a->kernel[axis] - a->padding[axis] - a->padding_end[axis];
            x[2 + axis] = op_pick(&random, smallest > 1 ? smallest : 1, 20);
        }
        op_tensor *given = op_case_image(&c, "x", x);
        if (i % 2)
            coarsen(given);
        op_pool_shape(a, given, y);
        op_case_image(&c, "dy", y);
        snprintf(c.in.name, sizeof c.in.name,
                 "%s pool %lldx%lld k%lld,%lld s%lld,%lld p%lld,%lld+%lld,%lld%s",
                 type == CROSS_MAX_POOL ? "max" : "average", (long long)x[2], (long long)x[3],
                 (long long)a->kernel[0], (long long)a->kernel[1], (long long)a->stride[0],
                 (long long)a->stride[1], (long long)a->padding[0], (long long)a->padding[1],
                 (long long)a->padding_end[0], (long long)a->padding_end[1], i % 2 ? " ties" : "");
        op_case_end(&c);
    }
}

void cross_global_avg_pool(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < CROSS_N_SHAPES; i++) {
        const int64_t *s = CROSS_SHAPES[i];
        const int64_t y[4] = { s[0], s[1], 1, 1 };
        op_case c = op_case_begin("global_avg_pool", op_chain_global_avg_pool);
        op_case_image(&c, "x", s);
        op_case_image(&c, "dy", y);
        c.y_scale = 1 / sqrt((double)(s[2] * s[3]));
        op_case_end(&c);
    }
}

void cross_add(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < CROSS_N_SHAPES; i++) {
        op_case c = op_case_begin("add", op_chain_add);
        op_case_image(&c, "x", CROSS_SHAPES[i]);
        op_case_image(&c, "z", CROSS_SHAPES[i]);
        op_case_end(&c);
    }
}

void cross_subsample(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_random random = { .seed = 5 };
    for (size_t i = 0; i < 2 * CROSS_N_SHAPES; i++) {
        const int64_t *s = CROSS_SHAPES[i / 2];
        const int64_t max_channels = i % 2 ? 40 : 5; /* more than a block of channels, or less */
        op_case c = op_case_begin("subsample", op_chain_subsample);
        rn_subsample_attrs *a = &c.attrs.subsample;
        *a = (rn_subsample_attrs){ .size = sizeof *a,
                                   .stride = { op_pick(&random, 1, 3), op_pick(&random, 1, 3) },
                                   .channels_before = op_pick(&random, 0, max_channels),
                                   .channels_after = op_pick(&random, 0, max_channels) };
        const int64_t y[4] = { s[0], s[1] + a->channels_before + a->channels_after,
                               (s[2] + a->stride[0] - 1) / a->stride[0],
                               (s[3] + a->stride[1] - 1) / a->stride[1] };
        op_case_image(&c, "x", s);
        op_case_image(&c, "dy", y);
        op_case_end(&c);
    }
}

void cross_concat(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_random random = { .seed = 6 };
    for (int n = 1; n <= 9; n++) {
        op_case c = op_case_begin("concat", op_chain_concat);
        int64_t shape[4] = { op_pick(&random, 1, 4), 0, op_pick(&random, 1, 9),
                             op_pick(&random, 1, 9) };
        int64_t channels = 0;
        for (int i = 0; i < n; i++) {
            char name[16];
            snprintf(name, sizeof name, "x%d", i);
            shape[1] = op_pick(&random, 1, 7);
            channels += shape[1];
            op_case_image(&c, name, shape);
        }
        shape[1] = channels;
        op_case_image(&c, "dy", shape);
        op_case_end(&c);
    }
}

static void add_update(const cross_update *update)
{
    static const struct {
        const char *what;
        op_test *run;
    } TESTS[] = { { "", cross_updates },
                  { " with a scale", cross_updates_scaled },
                  { " changes nothing", cross_updates_unchanged },
                  { " without its velocity", cross_updates_refused } };
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", update->op, TESTS[i].what);
        op_tests_add_once(name, TESTS[i].run, update);
    }
}

/* op_cross_elements.c */
static void add_elements(void)
{
    static const int32_t KINDS[] = {
#define KIND(CONSTANT, name, number, n_parameters, formula) number,
        RN_ACTIVATIONS(KIND)
#undef KIND
    };
    const int32_t *kind = KINDS;
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    op_tests_add_once("activation " #name, cross_activation, kind++);
    RN_ACTIVATIONS(KIND)
#undef KIND
    op_tests_add_once("activation at its ends", cross_activation_ends, NULL);
    op_tests_add_once("activation of unknown kinds", cross_activation_unknown, NULL);
    op_tests_add_once("multiply", cross_product, NULL);
    op_tests_add_once("slice", cross_slice, NULL);
    op_tests_add_once("lookup", cross_lookup, NULL);
}

int main(int n_args, char **args)
{
    static const int32_t BYTES = RN_U8, BITS = RN_BIT;
    static const cross_pool_type MAX = CROSS_MAX_POOL, AVG = CROSS_AVG_POOL,
                                 INSIDE = CROSS_AVG_POOL_INSIDE;
    static const cross_norm NORMS[] = {
        { .training = true },
        { .training = false },
        { .training = true, .offset = 1000, .tolerance = 1e-3 },
        { .training = false, .epilogue = RN_EPILOGUE_RELU },
        { .training = false, .epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU },
        { .training = true, .epilogue = RN_EPILOGUE_ADD },
        { .training = true, .epilogue = RN_EPILOGUE_RELU },
        { .training = true, .epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU },
        { .training = true, .epilogue = RN_EPILOGUE_RELU, .mask_dtype = RN_BIT },
        { .training = true, .epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU, .mask_dtype = RN_BIT },
    };
    op_backends_open();
    op_backends_add_halves();
    for (size_t i = 0; i < sizeof NORMS / sizeof *NORMS; i++) {
        char name[64];
        const cross_norm *n = &NORMS[i];
        snprintf(name, sizeof name, "batch_norm %s%s%s%s%s", n->training ? "training" : "inference",
                 n->epilogue & RN_EPILOGUE_ADD ? " + add" : "",
                 n->epilogue & RN_EPILOGUE_RELU ? " + relu" : "",
                 n->mask_dtype == RN_BIT ? ", bit mask" : "", n->offset > 0 ? ", around 1000" : "");
        op_tests_add_once(name, cross_batch_norm, n);
    }
    op_tests_add_once("batch_norm_fold", cross_fold, NULL);
    op_tests_add_once("batch_norm_pair", cross_batch_norm_pair, NULL);
    op_tests_add_once("relu, byte mask", cross_relu, &BYTES);
    op_tests_add_once("relu, bit mask", cross_relu, &BITS);
    op_tests_add_once("non-finite values", cross_not_finite, NULL);
    op_tests_add_once("max_pool", cross_pool, &MAX);
    op_tests_add_once("avg_pool", cross_pool, &AVG);
    op_tests_add_once("avg_pool, padding excluded", cross_pool, &INSIDE);
    op_tests_add_once("global_avg_pool", cross_global_avg_pool, NULL);
    op_tests_add_once("add", cross_add, NULL);
    op_tests_add_once("subsample", cross_subsample, NULL);
    op_tests_add_once("concat", cross_concat, NULL);
    op_tests_add_once("linear", cross_linear, NULL);
    op_tests_add_once("softmax", cross_softmax, NULL);
    op_tests_add_once("softmax_cross_entropy", cross_entropy, NULL);
    op_tests_add_once("dropout, byte mask", cross_dropout, &BYTES);
    op_tests_add_once("dropout, bit mask", cross_dropout, &BITS);
    op_tests_add_once("drop_path", cross_drop_path, NULL);
    op_tests_add_once("softmax_cross_entropy_grad with a scale", cross_entropy_scaled, NULL);
    op_tests_add_once("check_finite", cross_check_finite, NULL);
    for (int i = 0; i < CROSS_N_UPDATES; i++)
        add_update(&CROSS_UPDATES[i]);
    op_tests_add_once("blend", cross_blend, NULL);
    op_tests_add_once("square_sum", cross_square_sum, NULL);
    op_tests_add_once("clip_norm", cross_clip_norm, NULL);
    op_tests_add_once("clip_value", cross_clip_value, NULL);
    op_tests_add_once("reorder", cross_reorder, NULL);
    op_tests_add_once("soft_cross_entropy", cross_entropy_soft, NULL);
    op_tests_add_once("soft_cross_entropy by its definition", cross_entropy_defined, NULL);
    op_tests_add_once("soft_cross_entropy of one class", cross_entropy_one_hot, NULL);
    op_tests_add_once("losses refuse each other's labels", cross_entropy_types, NULL);
    add_elements();
    op_tests_only(n_args, args);
    return op_tests_run("other operators compared with the oracle");
}
