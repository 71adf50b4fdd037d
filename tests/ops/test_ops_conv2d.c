/* test_ops_conv2d.c: convolutions of many shapes on every backend compared with the oracle, with
 * gradients and fused epilogues, and the core's shapes compared with those computed here.
 *
 * Metric: |got - oracle| <= 1e-5 * max(|oracle|, rms, the expected size of one sum of random
 * terms). Winograd's rms error of 1.4e-6 stays below that at 6 standard deviations. */
#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"
#include "support/op_oracle.h"

typedef enum shape_family {
    ANY_SHAPE = 1,
    ONE_PIXEL,
    SAME_PADDING,
    THREE_BY_THREE,
    LARGE,
    GROUPED,
    COLUMN,    /* 3x3 on images 1 pixel wide */
    POINTWISE, /* 1x1 */
    STEM,      /* an input of few channels */
    BLOCKS     /* 1x1 and 3x3, with channels that are multiples of 16 */
} shape_family;

/* A swept_case case is drawn_case from its family and number. */
typedef struct swept_case {
    shape_family family;
    uint32_t number;
    int32_t epilogue, mask_dtype;
    bool inference; /* no mask, no gradients */
} swept_case;

/* A drawn_case case: shapes of x and w, and the attributes. */
typedef struct drawn_case {
    int64_t x[4];
    rn_conv2d_attrs a;
    int64_t macs;
} drawn_case;

/* TensorFlow's "same": y is ceil(x / stride); an odd pixel of padding goes to the end. */
static void pad_same(drawn_case *d, int axis)
{
    rn_conv2d_attrs *a = &d->a;
    int64_t input = d->x[2 + axis], stride = a->stride[axis];
    int64_t outputs = (input + stride - 1) / stride;
    int64_t total = (outputs - 1) * stride + a->dilation[axis] * (a->kernel[axis] - 1) + 1 - input;
    total = total > 0 ? total : 0;
    a->padding[axis] = total / 2;
    a->padding_end[axis] = total - total / 2;
}

static void draw_any(drawn_case *d, shape_family family, op_random *random)
{
    static const int64_t GROUPS[] = { 1, 1, 1, 2, 3, 4, 8 };
    rn_conv2d_attrs *a = &d->a;
    int64_t groups = GROUPS[op_pick(random, 0, 6)];
    a->groups = groups;
    a->channels = groups * op_pick(random, 1, 6);
    d->x[0] = op_pick(random, 1, 4);
    d->x[1] = groups * op_pick(random, 1, 6);
    a->padding_mode = family == SAME_PADDING ? RN_PADDING_SAME : (int32_t)op_pick(random, 0, 1) * 2;
    for (int i = 0; i < 2; i++) {
        d->x[2 + i] = family == ONE_PIXEL ? 1 : op_pick(random, 1, 17);
        a->kernel[i] = op_pick(random, 1, 5);
        a->stride[i] = op_pick(random, 1, 3);
        a->dilation[i] = op_pick(random, 1, 3);
        a->padding[i] = op_pick(random, 0, 4);
        a->padding_end[i] =
            a->padding_mode == RN_PADDING_EXPLICIT ? op_pick(random, 0, 4) : a->padding[i];
        if (family == SAME_PADDING)
            pad_same(d, i);
    }
}

static void draw_three_by_three(drawn_case *d, shape_family family, op_random *random)
{
    int64_t padding = op_pick(random, 0, 3) > 0; /* mostly 1, as in networks */
    int64_t stride = op_pick(random, 0, 2) ? 1 : 2;
    bool uneven = op_pick(random, 0, 3) == 0;
    d->a.padding_mode = uneven ? RN_PADDING_EXPLICIT : RN_PADDING_SYMMETRIC;
    d->a.groups = op_pick(random, 0, 7) ? 1 : 2;
    d->a.channels = op_pick(random, 1, 70) * d->a.groups;
    d->x[0] = op_pick(random, 0, 3) ? op_pick(random, 1, 9) : op_pick(random, 60, 130);
    d->x[1] = op_pick(random, 1, 70) * d->a.groups;
    for (int i = 0; i < 2; i++) {
        d->x[2 + i] = family == COLUMN && i ? 1 : op_pick(random, 1, 30);
        d->a.kernel[i] = 3;
        d->a.stride[i] = stride;
        d->a.dilation[i] = 1;
        d->a.padding[i] = uneven ? op_pick(random, 0, 2) : padding;
        d->a.padding_end[i] = uneven ? op_pick(random, 0, 2) : padding;
    }
}

/* As in ResNeXt: few channels per group, several groups in one vector. */
static void draw_grouped(drawn_case *d, op_random *random)
{
    int64_t channels = 16 * op_pick(random, 1, 3), stride = op_pick(random, 1, 2);
    d->a.groups = channels >> op_pick(random, 2, 4);
    d->a.channels = channels;
    d->x[0] = op_pick(random, 1, 3);
    d->x[1] = channels;
    for (int i = 0; i < 2; i++) {
        d->x[2 + i] = op_pick(random, 1, i ? 61 : 20);
        d->a.kernel[i] = 3;
        d->a.stride[i] = stride;
        d->a.dilation[i] = 1;
        d->a.padding[i] = d->a.padding_end[i] = 1;
    }
}

/* As in bottlenecks. Some read only the padding at the end of an image. */
static void draw_pointwise(drawn_case *d, op_random *random)
{
    bool padded = op_pick(random, 0, 7) == 0;
    d->a.groups = 1;
    d->a.channels = op_pick(random, 1, op_pick(random, 0, 3) ? 70 : 300);
    d->x[0] = op_pick(random, 1, 5);
    d->x[1] = op_pick(random, 1, op_pick(random, 0, 3) ? 70 : 600);
    d->a.padding_mode = padded ? RN_PADDING_EXPLICIT : RN_PADDING_SYMMETRIC;
    for (int i = 0; i < 2; i++) {
        d->x[2 + i] = op_pick(random, 1, 20);
        d->a.kernel[i] = d->a.dilation[i] = 1;
        d->a.stride[i] = op_pick(random, 0, 1) ? 1 : op_pick(random, 1, 3);
        d->a.padding_end[i] = padded ? op_pick(random, 0, 2) : 0;
    }
}

static void draw_stem(drawn_case *d, op_random *random)
{
    d->a.groups = 1;
    d->a.channels = op_pick(random, 1, 70);
    d->a.padding_mode = RN_PADDING_EXPLICIT;
    d->x[0] = op_pick(random, 1, 4);
    d->x[1] = op_pick(random, 1, 3);
    for (int i = 0; i < 2; i++) {
        d->x[2 + i] = op_pick(random, 1, 40);
        d->a.kernel[i] = op_pick(random, 0, 3) ? op_pick(random, 2, 5) : op_pick(random, 6, 11);
        d->a.dilation[i] = 1;
        d->a.stride[i] = op_pick(random, 1, 3);
        d->a.padding[i] = op_pick(random, 0, 5);
        d->a.padding_end[i] = op_pick(random, 0, 5);
    }
}

/* As in most networks: backends that store 16 channels together have kernels for these alone. */
static void draw_blocks(drawn_case *d, op_random *random)
{
    int64_t kernel = op_pick(random, 0, 1) ? 3 : 1, stride = op_pick(random, 0, 2) ? 1 : 2;
    d->a.groups = 1;
    d->a.channels = 16 * op_pick(random, 1, 4);
    d->x[0] = op_pick(random, 1, 3);
    d->x[1] = 16 * op_pick(random, 1, 4);
    for (int i = 0; i < 2; i++) {
        d->x[2 + i] = op_pick(random, 1, 14);
        d->a.kernel[i] = kernel;
        d->a.stride[i] = stride;
        d->a.dilation[i] = 1;
        d->a.padding[i] = d->a.padding_end[i] = kernel / 2;
    }
}

/* Draws until the window fits and the work suits the slow oracle. */
static drawn_case draw(const swept_case *s)
{
    int64_t min_macs = s->family == LARGE ? 8000000 : 1;
    int64_t max_macs = s->family == LARGE            ? 16000000
                       : s->family >= THREE_BY_THREE ? 3000000
                                                     : 1000000;
    op_random random = { .seed = (uint32_t)s->family * 1000 + s->number };
    drawn_case d;
    do {
        int64_t y[4];
        d = (drawn_case){ .a = { .size = sizeof d.a, .epilogue = s->epilogue } };
        if (s->family == THREE_BY_THREE || s->family == COLUMN || s->family == LARGE)
            draw_three_by_three(&d, s->family, &random);
        else if (s->family == GROUPED)
            draw_grouped(&d, &random);
        else if (s->family == POINTWISE)
            draw_pointwise(&d, &random);
        else if (s->family == STEM)
            draw_stem(&d, &random);
        else if (s->family == BLOCKS)
            draw_blocks(&d, &random);
        else
            draw_any(&d, s->family, &random);
        d.a.has_bias = (int32_t)op_pick(&random, 0, 1);
        const op_tensor x = { .desc = { .shape = { d.x[0], d.x[1], d.x[2], d.x[3] } } };
        op_conv2d_shape(&d.a, &x, y);
        d.macs = y[0] * y[1] * y[2] * y[3] * (d.x[1] / d.a.groups) * d.a.kernel[0] * d.a.kernel[1];
    } while (d.macs < min_macs || d.macs > max_macs);
    return d;
}

static void name_case(op_case *c, const drawn_case *d)
{
    const rn_conv2d_attrs *a = &d->a;
    snprintf(
        c->in.name, sizeof c->in.name,
        "x %lldx%lldx%lldx%lld k%lld %lldx%lld s%lld,%lld p%lld,%lld+%lld,%lld d%lld,%lld g%lld%s",
        (long long)d->x[0], (long long)d->x[1], (long long)d->x[2], (long long)d->x[3],
        (long long)a->channels, (long long)a->kernel[0], (long long)a->kernel[1],
        (long long)a->stride[0], (long long)a->stride[1], (long long)a->padding[0],
        (long long)a->padding[1], (long long)a->padding_end[0], (long long)a->padding_end[1],
        (long long)a->dilation[0], (long long)a->dilation[1], (long long)a->groups,
        a->has_bias ? " bias" : "");
}

static void make_case(op_case *c, const swept_case *s)
{
    drawn_case d = draw(s);
    int64_t y[4];
    const int64_t w[4] = { d.a.channels, d.x[1] / d.a.groups, d.a.kernel[0], d.a.kernel[1] };
    *c = (op_case){ .attrs.conv2d = d.a, .chain = op_chain_conv2d };
    name_case(c, &d);
    op_fill(op_set_image(&c->in, "x", d.x), s->number * 8);
    op_fill(op_set_image(&c->in, "weight", w), s->number * 8 + 1);
    op_conv2d_shape(&d.a, op_set_find(&c->in, "x"), y);
    op_fill(op_set_image(&c->in, "dy", y), s->number * 8 + 2);
    op_fill(op_set_image(&c->in, "z", y), s->number * 8 + 3);
    if (d.a.has_bias)
        op_fill(op_set_vector(&c->in, "bias", d.a.channels), s->number * 8 + 4);
    /* Products of two numbers that are uniform in [-1,1) have an rms of 1/3. */
    double outputs = (double)(y[0] * y[2] * y[3]), area = (double)(w[2] * w[3]);
    c->y_scale = sqrt((double)w[1] * area) / 3;
    c->dweight_scale = sqrt(outputs) / 3;
    c->dx_scale = sqrt((double)(w[0] / d.a.groups) * area) / 3;
}

/* The core must compute the same padding and shape; for "same" it is given only the mode. */
static void check_inference(const op_case *c)
{
    rn_dag *dag = NULL;
    rn_node *node = NULL;
    rn_conv2d_attrs given = c->attrs.conv2d;
    const rn_conv2d_attrs *expected = &c->attrs.conv2d;
    given.epilogue = 0;
    if (given.padding_mode != RN_PADDING_EXPLICIT)
        given.padding_end[0] = given.padding_end[1] = 0;
    if (given.padding_mode == RN_PADDING_SAME)
        given.padding[0] = given.padding[1] = 0;
    const op_tensor *dy = op_set_find(&c->in, "dy");
    rn_status status = rn_dag_create(true, RN_U8, &dag);
    rn_value *x = status ? NULL : rn_dag_input(dag, "x", &op_set_find(&c->in, "x")->desc);
    status = status ? status : rn_dag_op(dag, "conv2d", "conv", &given, &x, 1, &node);
    op_check(!status, "%s: the core rejects the shape: %s", c->in.name, rn_fail_text());
    for (int i = 0; i < 2 && !status; i++) {
        const rn_conv2d_attrs *found = node->attrs;
        op_check(found->padding[i] == expected->padding[i] &&
                     found->padding_end[i] == expected->padding_end[i],
                 "%s: axis %d: the core pads by %lld and %lld", c->in.name, i,
                 (long long)found->padding[i], (long long)found->padding_end[i]);
    }
    for (int i = 0; i < 4 && !status; i++) {
        op_check(node->outputs[0]->desc.shape[i] == dy->desc.shape[i],
                 "%s: axis %d: the core computes a length of %lld, expected %lld", c->in.name, i,
                 (long long)node->outputs[0]->desc.shape[i], (long long)dy->desc.shape[i]);
    }
    rn_dag_destroy(dag);
}

static void test_swept(const op_backend *none, const void *subject)
{
    (void)none;
    const swept_case *s = subject;
    op_case c;
    make_case(&c, s);
    if (!s->epilogue) {
        check_inference(&c);
    } else {
        c.oracle_chain = op_chain_conv2d_apart;
        c.optional = true;
        c.settled = !s->inference;
        c.in.mask_dtype = s->mask_dtype;
    }
    if (s->inference)
        op_set_find(&c.in, "dy")->name[0] = 0;
    op_case_check(&c);
    op_set_clear(&c.in);
}

/* A window larger than the padded image has no output: the core rejects it before asking any
 * backend. */
static void test_invalid(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    static const struct {
        int64_t height, width, kernel, padding, dilation;
    } CASES[] = { { 2, 9, 3, 0, 1 }, { 9, 2, 3, 0, 1 }, { 1, 1, 7, 2, 1 }, { 4, 4, 3, 0, 2 } };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        rn_dag *dag = NULL;
        rn_node *node = NULL;
        op_set set = { .n = 0 };
        const int64_t shape[4] = { 1, 2, CASES[i].height, CASES[i].width };
        int64_t k = CASES[i].kernel, p = CASES[i].padding, d = CASES[i].dilation;
        rn_conv2d_attrs attrs = { .size = sizeof attrs,
                                  .channels = 2,
                                  .kernel = { k, k },
                                  .padding = { p, p },
                                  .dilation = { d, d } };
        CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, &dag), RN_OK);
        rn_value *x = rn_dag_input(dag, "x", &op_set_image(&set, "x", shape)->desc);
        rn_status status = rn_dag_op(dag, "conv2d", "conv", &attrs, &x, 1, &node);
        op_check(status == RN_E_SHAPE, "case %zu: %s, expected RN_E_SHAPE", i,
                 rn_status_name(status));
        rn_dag_destroy(dag);
        op_set_clear(&set);
    }
}

#define MAX_SWEPT 640

static swept_case all[MAX_SWEPT];
static int n_all;

/* In short, a third of them. */
static void add(const char *name, swept_case s, uint32_t count)
{
    count = check_is_long() ? count : (count + 2) / 3;
    for (uint32_t i = 0; i < count; i++) {
        char numbered[96];
        s.number = i + 1;
        snprintf(numbered, sizeof numbered, "%s %u", name, s.number);
        all[n_all] = s;
        op_tests_add_once(numbered, test_swept, &all[n_all++]);
    }
}

int main(void)
{
    const int32_t relu = RN_EPILOGUE_RELU, both = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU;
    op_backends_open();
    op_backends_add_convolutions();
    op_backends_add_halves();
    op_tests_add_once("conv2d invalid windows", test_invalid, NULL);
    add("conv2d any shape", (swept_case){ .family = ANY_SHAPE }, 150);
    add("conv2d 1 pixel", (swept_case){ .family = ONE_PIXEL }, 15);
    add("conv2d same padding", (swept_case){ .family = SAME_PADDING }, 25);
    add("conv2d 3x3", (swept_case){ .family = THREE_BY_THREE }, 60);
    add("conv2d 3x3 of a column", (swept_case){ .family = COLUMN }, 12);
    add("conv2d large 3x3", (swept_case){ .family = LARGE }, 4);
    add("conv2d grouped 3x3", (swept_case){ .family = GROUPED }, 60);
    add("conv2d grouped 3x3 + add + relu, inference",
        (swept_case){ .family = GROUPED, .epilogue = both, .inference = true }, 12);
    add("conv2d grouped 3x3 + relu, bit mask",
        (swept_case){ .family = GROUPED, .epilogue = relu, .mask_dtype = RN_BIT }, 8);
    add("conv2d 1x1", (swept_case){ .family = POINTWISE }, 60);
    add("conv2d 1x1 + add + relu, inference",
        (swept_case){ .family = POINTWISE, .epilogue = both, .inference = true }, 18);
    add("conv2d of few channels", (swept_case){ .family = STEM }, 45);
    add("conv2d of few channels + add + relu, inference",
        (swept_case){ .family = STEM, .epilogue = both, .inference = true }, 9);
    add("conv2d of blocks of channels", (swept_case){ .family = BLOCKS }, 36);
    add("conv2d of blocks of channels + add + relu, inference",
        (swept_case){ .family = BLOCKS, .epilogue = both, .inference = true }, 9);
    add("conv2d + add", (swept_case){ .family = ANY_SHAPE, .epilogue = RN_EPILOGUE_ADD }, 8);
    add("conv2d + relu, inference",
        (swept_case){ .family = THREE_BY_THREE, .epilogue = relu, .inference = true }, 8);
    add("conv2d + relu, byte mask", (swept_case){ .family = ANY_SHAPE, .epilogue = relu }, 8);
    add("conv2d + relu, bit mask",
        (swept_case){ .family = ANY_SHAPE, .epilogue = relu, .mask_dtype = RN_BIT }, 8);
    add("conv2d + add + relu, byte mask",
        (swept_case){ .family = THREE_BY_THREE, .epilogue = both }, 8);
    add("conv2d + add + relu, bit mask",
        (swept_case){ .family = THREE_BY_THREE, .epilogue = both, .mask_dtype = RN_BIT }, 8);
    return op_tests_run("convolutions compared with the oracle");
}
