/* test_winograd.c: the backends' shared Winograd convolution, on planar images and on blocks of 16
 * channels, compared with the oracle: odd sizes and channel counts, both strides, all three passes.
 *
 * Metric: rms(got - oracle) <= 3e-6 * rms(oracle); at most 1.7e-6 was measured in these cases. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/threads.h"
#include "cpu/winograd/winograd.h"
#include "support/check.h"
#include "support/op_backends.h"
#include "support/op_chains.h"

#define LIMIT 3e-6
#define LANES 16
#define GUARD 64 /* floats after the memory that may be written */

typedef struct winograd_case {
    int64_t x[4], k, stride, padding;
} winograd_case;

static const winograd_case CASES[] = {
    { { 2, 5, 7, 9 }, 17, 1, 1 },     { { 3, 17, 13, 5 }, 40, 1, 1 },
    { { 1, 40, 3, 3 }, 5, 1, 1 },     { { 9, 16, 6, 6 }, 32, 1, 1 },
    { { 1, 33, 27, 30 }, 16, 1, 0 },  { { 2, 16, 11, 4 }, 31, 1, 2 },
    { { 1, 1, 1, 1 }, 1, 1, 1 },      { { 70, 20, 8, 8 }, 20, 1, 1 },
    { { 1, 48, 4, 56 }, 64, 1, 1 },   { { 2, 5, 7, 9 }, 17, 2, 1 },
    { { 3, 17, 13, 5 }, 40, 2, 1 },   { { 1, 40, 3, 3 }, 5, 2, 1 },
    { { 30, 32, 12, 12 }, 16, 2, 1 }, { { 1, 16, 29, 31 }, 48, 2, 1 },
    { { 2, 16, 10, 9 }, 16, 2, 0 },
};

/* How images are stored, and the context to run in. */
typedef struct layout {
    struct rn_context *context;
    bool blocked;
} layout;

static int64_t blocked_at(const int64_t s[4], int64_t n, int64_t c, int64_t pixel)
{
    int64_t blocks = (s[1] + LANES - 1) / LANES;
    return ((n * blocks + c / LANES) * s[2] * s[3] + pixel) * LANES + c % LANES;
}

static int64_t image_floats(const layout *f, const int64_t s[4])
{
    int64_t channels = f->blocked ? (s[1] + LANES - 1) / LANES * LANES : s[1];
    return s[0] * channels * s[2] * s[3];
}

/* Allocates `count` floats and a guard, all NaN. */
static float *allocate_guarded(int64_t count)
{
    float *memory = aligned_alloc(64, (size_t)((count + GUARD + 15) / 16 * 16) * sizeof *memory);
    if (!memory)
        abort();
    for (int64_t i = 0; i < count + GUARD; i++)
        memory[i] = NAN;
    return memory;
}

static bool guarded(const float *memory, int64_t count)
{
    for (int64_t i = count; i < count + GUARD; i++)
        if (!isnan(memory[i]))
            return false;
    return true;
}

static float *make_image(const layout *f, const op_tensor *plain)
{
    const int64_t *s = plain->desc.shape;
    const float *from = plain->data;
    float *to = allocate_guarded(image_floats(f, s));
    if (!f->blocked) {
        memcpy(to, from, plain->desc.size_bytes);
        return to;
    }
    memset(to, 0, (size_t)image_floats(f, s) * sizeof *to);
    for (int64_t n = 0; n < s[0]; n++) {
        for (int64_t c = 0; c < s[1]; c++)
            for (int64_t i = 0; i < s[2] * s[3]; i++)
                to[blocked_at(s, n, c, i)] = *from++;
    }
    return to;
}

/* Copies the image to a plain tensor and frees it; lanes beyond C must be 0. */
static void read_image(const layout *f, const char *where, float *image, op_tensor *plain)
{
    const int64_t *s = plain->desc.shape;
    float *to = plain->data;
    int64_t count = image_floats(f, s);
    op_check(guarded(image, count), "%s: writes beyond %s", where, plain->name);
    for (int64_t n = 0; n < s[0]; n++) {
        for (int64_t c = 0; c < s[1]; c++) {
            for (int64_t i = 0; i < s[2] * s[3]; i++) {
                int64_t at = f->blocked ? blocked_at(s, n, c, i) : (n * s[1] + c) * s[2] * s[3] + i;
                *to++ = image[at];
                image[at] = 0.0f;
            }
        }
    }
    bool zero = true;
    for (int64_t i = 0; i < count; i++)
        zero = zero && image[i] == 0.0f;
    op_check(zero, "%s: lanes of %s beyond its channels are not 0", where, plain->name);
    free(image);
}

static void compare(const char *where, const op_tensor *got, const op_tensor *expected)
{
    const float *g = got->data, *e = expected->data;
    double error = 0, size = 0;
    for (int64_t i = 0; i < op_count(expected); i++) {
        double d = (double)g[i] - (double)e[i];
        error += d * d;
        size += (double)e[i] * (double)e[i];
    }
    op_check(sqrt(error) <= LIMIT * sqrt(size), "%s: %s differs by %g of its rms, more than %g",
             where, expected->name, sqrt(error / size), LIMIT);
}

/* Plans the pass and runs it. `call` holds the images and the epilogue's operands. */
static void run(const layout *f, const winograd_params *params, const op_set *in,
                winograd_call *call)
{
    winograd_plan plan;
    winograd_plan_make(params, &plan);
    int64_t n_weights = (int64_t)(plan.weight_bytes / sizeof(float));
    int64_t n_workspace = (int64_t)(plan.workspace_bytes / sizeof(float));
    float *weights = allocate_guarded(n_weights), *workspace = allocate_guarded(n_workspace);
    if (params->pass != CONV2D_GRAD_WEIGHT) {
        winograd_weights(f->context, &plan, op_set_find(in, "weight")->data, weights);
        call->transformed = weights;
    }
    call->plan = &plan;
    call->context = f->context;
    call->workspace = workspace;
    winograd_run(call);
    op_check(guarded(weights, n_weights), "%s: writes beyond the weights", in->name);
    op_check(guarded(workspace, n_workspace), "%s: writes beyond the workspace", in->name);
    free(weights);
    free(workspace);
}

/* Checks y = relu(conv + bias + z), in blocks with y in place of z; then both gradients without the
 * epilogue. */
static void check_layout(const layout *f, const rn_conv2d_attrs *attrs, const op_set *in,
                         const op_set *expected, const op_set *fused)
{
    const op_tensor *x = op_set_find(in, "x"), *dy = op_set_find(in, "dy");
    winograd_params params = {
        attrs, &x->desc, &dy->desc, CONV2D_FORWARD, f->context->n_threads, f->blocked
    };
    op_set out = { .n = 0 };
    const op_tensor *z = op_set_find(in, "z");
    float *images[2] = { make_image(f, x), make_image(f, z) };
    winograd_call call = { .x = images[0],
                           .y = images[1],
                           .relu = true,
                           .z = f->blocked ? images[1] : z->data,
                           .bias = op_set_find(in, "bias")->data };
    run(f, &params, in, &call);
    read_image(f, in->name, images[1], op_set_like(&out, "y", dy));
    compare(in->name, op_set_find(&out, "y"), op_set_find(fused, "y"));

    images[1] = make_image(f, dy);
    op_tensor *dweight = op_set_like(&out, "dweight", op_set_find(in, "weight"));
    params.pass = CONV2D_GRAD_WEIGHT;
    call = (winograd_call){ .x = images[0], .y = images[1], .dweight = dweight->data };
    run(f, &params, in, &call);
    compare(in->name, dweight, op_set_find(expected, "dweight"));
    free(images[0]);

    params.pass = CONV2D_GRAD_INPUT;
    if (winograd_fits(&params)) {
        images[0] = allocate_guarded(image_floats(f, x->desc.shape));
        call = (winograd_call){ .x = images[0], .y = images[1] };
        run(f, &params, in, &call);
        read_image(f, in->name, images[0], op_set_like(&out, "dx", x));
        compare(in->name, op_set_find(&out, "dx"), op_set_find(expected, "dx"));
    }
    free(images[1]);
    op_set_clear(&out);
}

static void test_case(const op_backend *none, const void *subject)
{
    (void)none;
    const winograd_case *c = subject;
    const op_backend *oracle = op_backend_at(0);
    op_set in = { .n = 0 }, expected = { .n = 0 }, fused = { .n = 0 };
    const int64_t w[4] = { c->k, c->x[1], 3, 3 };
    int64_t y[4];
    rn_conv2d_attrs attrs = { .size = sizeof attrs,
                              .has_bias = 1,
                              .channels = c->k,
                              .kernel = { 3, 3 },
                              .stride = { c->stride, c->stride },
                              .padding = { c->padding, c->padding },
                              .padding_end = { c->padding, c->padding },
                              .dilation = { 1, 1 },
                              .groups = 1 };
    op_fill(op_set_image(&in, "x", c->x), 1);
    op_fill(op_set_image(&in, "weight", w), 2);
    op_fill(op_set_vector(&in, "bias", c->k), 3);
    op_conv2d_shape(&attrs, op_set_find(&in, "x"), y);
    op_fill(op_set_image(&in, "z", y), 4);
    op_fill(op_set_image(&in, "dy", y), 5);
    rn_status status = op_chain_conv2d(oracle, &in, &attrs, &expected);
    attrs.epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU;
    status = status ? status : op_chain_conv2d_apart(oracle, &in, &attrs, &fused);
    op_check(!status, "the oracle rejects the case");
    for (int i = 0; i < 4 && !status; i++) {
        int32_t threads = i / 2 ? 3 : 1;
        struct rn_context context = { .n_threads = threads };
        CU_ASSERT_EQUAL_FATAL(cpu_pool_create(threads, &context.pool), RN_OK);
        snprintf(in.name, sizeof in.name, "%s, %d threads", i % 2 ? "blocks" : "planes",
                 (int)threads);
        check_layout(&(layout){ &context, i % 2 }, &attrs, &in, &expected, &fused);
        cpu_pool_destroy(context.pool);
    }
    op_set_clear(&in);
    op_set_clear(&expected);
    op_set_clear(&fused);
}

/* The backend reports the algorithm that was requested. */
static void test_choice(const op_backend *b, const void *subject)
{
    (void)subject;
    const int64_t x[4] = { 4, 32, 8, 8 }, w[4] = { 32, 32, 3, 3 };
    op_set set = { .n = 0 };
    const rn_tensor_desc *image = &op_set_image(&set, "x", x)->desc;
    const rn_tensor_desc *inputs[RN_CONV2D_N_INPUTS] = {
        [RN_CONV2D_X] = image,
        [RN_CONV2D_WEIGHT] = &op_set_image(&set, "weight", w)->desc,
    };
    const rn_tensor_desc *outputs[RN_CONV2D_N_OUTPUTS] = { [RN_CONV2D_Y] = image };
    const rn_conv2d_attrs attrs = { .size = sizeof attrs,
                                    .channels = 32,
                                    .kernel = { 3, 3 },
                                    .stride = { 1, 1 },
                                    .padding = { 1, 1 },
                                    .padding_end = { 1, 1 },
                                    .dilation = { 1, 1 },
                                    .groups = 1 };
    const rn_op_desc op = { .size = sizeof op,
                            .op = "conv2d",
                            .name = "conv1",
                            .attrs = &attrs,
                            .inputs = inputs,
                            .outputs = outputs,
                            .n_inputs = RN_CONV2D_N_INPUTS,
                            .n_outputs = RN_CONV2D_N_OUTPUTS };
    rn_op_answer answer = { .size = sizeof answer };
    rn_status status = b->table->query(b->context, &op, &answer);
    if (op_accepted(b, status, "a convolution") && b->convolution) {
        bool winograd = strstr(answer.algorithm, "inograd") != NULL;
        op_check(winograd == (b->convolution == RN_CONVOLUTION_WINOGRAD), "%s uses \"%s\"",
                 b->label, answer.algorithm);
    }
    op_set_clear(&set);
}

int main(void)
{
    int n_backends = op_backends_open();
    op_backends_add_convolutions();
    for (size_t i = 0; n_backends > 0 && i < sizeof CASES / sizeof *CASES; i++) {
        const winograd_case *c = &CASES[i];
        char name[96];
        snprintf(name, sizeof name,
                 "x %lldx%lldx%lldx%lld, %lld channels, stride %lld, padding "
                 "%lld",
                 (long long)c->x[0], (long long)c->x[1], (long long)c->x[2], (long long)c->x[3],
                 (long long)c->k, (long long)c->stride, (long long)c->padding);
        op_tests_add_once(name, test_case, c);
    }
    op_tests_add("choice of algorithm", test_choice, NULL);
    return op_tests_run("Winograd convolutions compared with the oracle");
}
