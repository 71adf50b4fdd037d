/* test_builder.c: the builder refuses what a block must not pass: operator fields that are out of
 * range or reserved for the core, and structures, names and values that violate the ABI. */
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "graph/op.h"
#include "support/check.h"

typedef union any_attrs {
    uint32_t size;
    rn_conv2d_attrs conv2d;
    rn_batch_norm_attrs batch_norm;
    rn_pool_attrs pool;
    rn_linear_attrs linear;
    rn_dropout_attrs dropout;
    rn_subsample_attrs subsample;
    rn_cross_entropy_attrs cross_entropy;
    char bytes[256];
} any_attrs;

/* Attributes that the operator accepts. */
static any_attrs legal(const char *op)
{
    any_attrs a = { 0 };
    if (strcmp(op, "conv2d") == 0)
        a.conv2d = (rn_conv2d_attrs){ .channels = 8, .kernel = { 3, 3 } };
    else if (strstr(op, "_pool"))
        a.pool = (rn_pool_attrs){ .kernel = { 2, 2 } };
    a.size = rn_op_find(op)->attrs_size;
    return a;
}

typedef struct graph {
    rn_dag *dag;
    rn_graph *g;
    rn_value *image, *vector, *labels;
} graph;

static graph open_graph(void)
{
    graph t = { 0 };
    rn_tensor_desc image = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 4, 6, 6 });
    rn_tensor_desc vector = rn_desc_make(RN_F32, 2, (const int64_t[]){ 2, 5 });
    rn_tensor_desc labels = rn_desc_make(RN_I32, 1, (const int64_t[]){ 2 });
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, &t.dag), RN_OK);
    t.g = &t.dag->builder;
    t.dag->path = strdup("layer1.0");
    t.dag->location = strdup("net.cfg:7");
    t.dag->n_classes = 10;
    t.image = rn_dag_input(t.dag, "image", &image);
    t.vector = rn_dag_input(t.dag, "vector", &vector);
    t.labels = rn_dag_input(t.dag, "labels", &labels);
    return t;
}

/* Builds a single operator in a new graph. */
static rn_status build(const char *op, const void *attrs)
{
    graph t = open_graph();
    bool is_loss = strcmp(op, "softmax_cross_entropy") == 0;
    rn_value *inputs[2] = { is_loss || strcmp(op, "linear") == 0 ? t.vector : t.image, t.labels };
    t.g->op(t.g, op, "a", attrs, inputs, is_loss ? 2 : 1);
    rn_status status = t.dag->status;
    rn_dag_destroy(t.dag);
    return status;
}

/* ---- Fields ---- */

typedef struct field_case {
    const char *op;
    size_t offset;
    char type; /* 'i': int32_t, 'l': int64_t, 'd': double */
    double value;
    const char *words; /* of the message; NULL if the value is legal */
} field_case;

#define CONV(type, field, value, words)                                                            \
    {                                                                                              \
        "conv2d", offsetof(rn_conv2d_attrs, field), type, value, words                             \
    }
#define NORM(type, field, value, words)                                                            \
    {                                                                                              \
        "batch_norm", offsetof(rn_batch_norm_attrs, field), type, value, words                     \
    }
#define POOL(op, type, field, value, words)                                                        \
    {                                                                                              \
        op "_pool", offsetof(rn_pool_attrs, field), type, value, words                             \
    }
#define LINEAR(type, field, value, words)                                                          \
    {                                                                                              \
        "linear", offsetof(rn_linear_attrs, field), type, value, words                             \
    }
#define DROPOUT(type, field, value, words)                                                         \
    {                                                                                              \
        "dropout", offsetof(rn_dropout_attrs, field), type, value, words                           \
    }
#define SUBSAMPLE(type, field, value, words)                                                       \
    {                                                                                              \
        "subsample", offsetof(rn_subsample_attrs, field), type, value, words                       \
    }
#define LOSS(type, field, value, words)                                                            \
    {                                                                                              \
        "softmax_cross_entropy", offsetof(rn_cross_entropy_attrs, field), type, value, words       \
    }
#define OF_CORE ", expected 0: only the core sets it"

static const field_case field_cases[] = {
    CONV('i', epilogue, RN_EPILOGUE_RELU, "conv2d: epilogue is 2" OF_CORE),
    CONV('i', epilogue, RN_EPILOGUE_ADD, "conv2d: epilogue is 1" OF_CORE),
    CONV('i', epilogue, INT_MIN, "conv2d: epilogue is -2147483648" OF_CORE),
    CONV('i', padding_mode, 77, "conv2d: padding_mode is 77, expected 0 to 2"),
    CONV('i', padding_mode, -1, "conv2d: padding_mode is -1, expected 0 to 2"),
    CONV('i', padding_mode, RN_PADDING_SAME, NULL),
    CONV('i', has_bias, 1, NULL),
    CONV('i', has_bias, 2, "conv2d: has_bias is 2, expected 0 to 1"),
    CONV('l', channels, 0, "conv2d: channels is 0, expected 1 to 16777216"),
    CONV('l', channels, -8, "conv2d: channels is -8, expected"),
    CONV('l', channels, 17179869184.0, "conv2d: channels is 17179869184, expected"),
    CONV('l', kernel[0], 0, "conv2d: kernel height is 0, expected 1 to 65536"),
    CONV('l', kernel[1], -3, "conv2d: kernel width is -3, expected 1 to 65536"),
    CONV('l', kernel[1], 0x1p62, "conv2d: kernel width is 4.6"),
    CONV('l', kernel[1], 9, "window of 9 pixels is larger than the padded input of 6"),
    CONV('l', stride[1], -1, "conv2d: stride width is -1, expected 1 to 65536, or 0 for the def"),
    CONV('l', stride[0], 65537, "conv2d: stride height is 65537, expected"),
    CONV('l', stride[0], 65536, NULL),
    CONV('l', padding[0], -1, "conv2d: padding height is -1, expected 0 to 65536"),
    CONV('l', padding_end[1], -1, "conv2d: padding_end width is -1, expected 0 to 65536"),
    CONV('l', padding_end[1], 1, "padding_end is 1, expected 0, as padding_mode is not \"exp"),
    CONV('l', dilation[0], -2, "conv2d: dilation height is -2, expected"),
    CONV('l', dilation[1], -0x1p63, "conv2d: dilation width is -9.2"),
    CONV('l', groups, -1, "conv2d: groups is -1, expected"),
    CONV('l', groups, 4, NULL),
    CONV('l', groups, 3, "cannot be divided into 3 groups"),

    NORM('i', epilogue, RN_EPILOGUE_RELU, "batch_norm: epilogue is 2" OF_CORE),
    NORM('i', epilogue, 8, "batch_norm: epilogue is 8" OF_CORE),
    NORM('i', training, 1, "batch_norm: training is 1" OF_CORE),
    NORM('i', synchronised, 1, "batch_norm: synchronised is 1" OF_CORE),
    NORM('i', reserved, 1, "batch_norm: reserved is 1" OF_CORE),
    NORM('i', zero_init, 1, NULL),
    NORM('i', zero_init, -1, "batch_norm: zero_init is -1, expected 0 to 1"),
    NORM('d', epsilon, -1, "batch_norm: epsilon is -1, expected 1e-12 to 1, or 0 for the default"),
    NORM('d', epsilon, 1e-300, "batch_norm: epsilon is 1e-300, expected"),
    NORM('d', epsilon, 1e-12, NULL),
    NORM('d', epsilon, NAN, "batch_norm: epsilon is nan, expected"),
    NORM('d', epsilon, INFINITY, "batch_norm: epsilon is inf, expected"),
    NORM('d', momentum, 9, "batch_norm: momentum is 9, expected 1e-06 to 1, or 0 for the default"),
    NORM('d', momentum, -0.1, "batch_norm: momentum is -0.1, expected"),
    NORM('d', momentum, NAN, "batch_norm: momentum is nan, expected"),
    NORM('d', momentum, -INFINITY, "batch_norm: momentum is -inf, expected"),
    NORM('d', momentum, 1, NULL),

    POOL("max", 'i', padding_mode, 3, "max_pool: padding_mode is 3, expected 0 to 2"),
    POOL("max", 'i', exclude_padding, 2, "max_pool: exclude_padding is 2, expected 0 to 1"),
    POOL("avg", 'i', exclude_padding, 1, NULL),
    POOL("avg", 'i', exclude_padding, -1, "avg_pool: exclude_padding is -1, expected 0 to 1"),
    POOL("avg", 'i', reserved, 1, "avg_pool: reserved is 1" OF_CORE),
    POOL("max", 'l', kernel[0], 0, "max_pool: kernel height is 0, expected 1 to 65536"),
    POOL("avg", 'l', kernel[1], -0x1p63, "avg_pool: kernel width is -9.2"),
    POOL("max", 'l', stride[0], -1, "max_pool: stride height is -1, expected"),
    POOL("avg", 'l', stride[1], 0x1p40, "avg_pool: stride width is 1099511627776, expected"),
    POOL("max", 'l', padding[1], -1, "max_pool: padding width is -1, expected 0 to 65536"),
    POOL("max", 'l', padding[1], 2, "padding 2 is more than half of the kernel 2"),
    POOL("avg", 'l', padding[1], 1, NULL),
    POOL("avg", 'l', padding_end[0], 1, "padding_end is 1, expected 0, as padding_mode is not"),

    LINEAR('i', has_bias, 3, "linear: has_bias is 3, expected 0 to 1"),
    LINEAR('l', units, -1, "linear: units is -1, expected 1 to 16777216, or 0 for the default"),
    LINEAR('l', units, 0x1p60, "linear: units is 1.1"),
    LINEAR('l', units, 3, NULL),

    DROPOUT('d', rate, -0.5, "dropout: rate is -0.5, expected 0 to 0.999999"),
    DROPOUT('d', rate, 1, "dropout: rate is 1, expected"),
    DROPOUT('d', rate, NAN, "dropout: rate is nan, expected"),
    DROPOUT('d', rate, 0.999999, NULL),
    DROPOUT('i', stream, 1, "dropout: stream is 1" OF_CORE),
    DROPOUT('l', first_element, -7, "dropout: first_element is -7" OF_CORE),

    SUBSAMPLE('l', stride[0], -2, "subsample: stride height is -2, expected"),
    SUBSAMPLE('l', channels_before, -1, "subsample: channels_before is -1, expected 0 to"),
    SUBSAMPLE('l', channels_after, 0x1p62, "subsample: channels_after is 4.6"),
    SUBSAMPLE('l', channels_after, 16777216, NULL),
    SUBSAMPLE('i', reserved, 5, "subsample: reserved is 5" OF_CORE),

    LOSS('d', label_smoothing, -0.1, "softmax_cross_entropy: label_smoothing is -0.1, expected 0"),
    LOSS('d', label_smoothing, 1.5, "softmax_cross_entropy: label_smoothing is 1.5, expected 0"),
    LOSS('d', label_smoothing, NAN, "softmax_cross_entropy: label_smoothing is nan, expected 0"),
    LOSS('d', label_smoothing, 0.1, NULL),
    LOSS('i', reserved, 1, "softmax_cross_entropy: reserved is 1" OF_CORE),
};

static void set_field(any_attrs *attrs, const field_case *c)
{
    int32_t i = c->type == 'i' ? (int32_t)c->value : 0;
    int64_t l = c->type == 'l' ? (int64_t)c->value : 0;
    char *to = attrs->bytes + c->offset;
    if (c->type == 'i')
        memcpy(to, &i, sizeof i);
    else if (c->type == 'l')
        memcpy(to, &l, sizeof l);
    else
        memcpy(to, &c->value, sizeof c->value);
}

static void test_fields(void)
{
    for (size_t i = 0; i < sizeof field_cases / sizeof *field_cases; i++) {
        const field_case *c = &field_cases[i];
        any_attrs attrs = legal(c->op);
        set_field(&attrs, c);
        rn_status status = build(c->op, &attrs);
        bool is_expected = c->words ? status && strstr(rn_fail_text(), c->words) : !status;
        CU_ASSERT(is_expected);
        if (!is_expected)
            check_note("%s, case %zu: found \"%s\", expected \"%s\"", c->op, i,
                       status ? rn_fail_text() : "accepted", c->words ? c->words : "accepted");
    }
}

/* The message begins with the cfg's line and the layer. */
static void test_location(void)
{
    any_attrs attrs = legal("conv2d");
    attrs.conv2d.epilogue = RN_EPILOGUE_RELU;
    CU_ASSERT(check_failed(build("conv2d", &attrs), RN_E_CONFIG,
                           "net.cfg:7: layer1.0.a: conv2d: epilogue is 2"));
}

/* Every field of every structure has a rule; fails when a field without one is appended. */
static void test_coverage(void)
{
    static const char *const ops[] = {
#define RN_OP(OPERATOR, name, bytes) #name,
#include <resnet/operators.h>
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        const rn_op *op = rn_op_find(ops[i]);
        size_t end = op->attrs_size ? sizeof(uint32_t) : 0;
        if (!op->rule->infer)
            continue;
        for (const rn_op_field *field = op->rule->fields; field && field->name; field++) {
            CU_ASSERT_EQUAL(field->offset, end);
            end = field->offset + field->size;
        }
        CU_ASSERT_EQUAL(end, op->attrs_size);
    }
}

/* ---- Structures ---- */

static void test_sizes(void)
{
    any_attrs attrs = legal("batch_norm");
    attrs.size = offsetof(rn_batch_norm_attrs, synchronised); /* an older structure */
    CU_ASSERT_EQUAL(build("batch_norm", &attrs), RN_OK);
    attrs.size = sizeof attrs.batch_norm + 8; /* of a later ABI */
    CU_ASSERT_EQUAL(build("batch_norm", &attrs), RN_OK);
    attrs.bytes[sizeof attrs.batch_norm + 5] = 1;
    CU_ASSERT(check_failed(build("batch_norm", &attrs), RN_E_PLUGIN,
                           "48 bytes, of which this program knows 40"));
    attrs.size = 0;
    CU_ASSERT(check_failed(build("batch_norm", &attrs), RN_E_PLUGIN, "size is 0; set it to"));
    CU_ASSERT(check_failed(build("batch_norm", NULL), RN_E_PLUGIN, "size is 0; set it to"));
    attrs.size = 8;
    CU_ASSERT(check_failed(build("relu", &attrs), RN_E_PLUGIN, "relu takes no attributes"));
}

/* ---- Calls ---- */

/* True if the graph has failed with this status and these words. Frees the graph. */
static bool failed(graph *t, rn_status status, const char *words)
{
    bool is_expected = check_failed(t->dag->status, status, words);
    rn_dag_destroy(t->dag);
    return is_expected;
}

static void test_operands(void)
{
    graph t = open_graph();
    t.g->op(t.g, "relu", NULL, NULL, NULL, 1);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "relu: input 0 is NULL"));
    t = open_graph();
    t.g->op(t.g, "relu", NULL, NULL, &t.image, -1);
    CU_ASSERT(failed(&t, RN_E_SHAPE, "relu takes 1 to 1 inputs, not -1"));
    t = open_graph();
    t.g->op(t.g, "conv2d_grad_input", NULL, NULL, &t.image, 1);
    CU_ASSERT(failed(&t, RN_E_UNSUPPORTED, "there is no operator \"conv2d_grad_input\""));
    t = open_graph();
    t.g->op(t.g, "con2d", NULL, NULL, &t.image, 1);
    CU_ASSERT(failed(&t, RN_E_UNSUPPORTED, "\"con2d\"; the closest is conv2d"));
    t = open_graph();
    rn_conv2d(t.g, t.image, "two words", legal("conv2d").conv2d);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "name: found \"two words\", expected letters"));
    t = open_graph();
    rn_conv2d(t.g, t.vector, "a", legal("conv2d").conv2d);
    CU_ASSERT(failed(&t, RN_E_SHAPE, "conv2d takes images (N, C, H, W), not (2, 5)"));
    t = open_graph();
    rn_linear(t.g, t.image, "a", (rn_linear_attrs){ .units = 3 });
    CU_ASSERT(failed(&t, RN_E_SHAPE, "linear takes vectors (N, F), not (2, 4, 6, 6)"));
}

static void test_overflow(void)
{
    rn_tensor_desc large = rn_desc_make(RN_F32, 4, (const int64_t[]){ 65536, 4096, 4096, 4096 });
    graph t = open_graph();
    rn_value *x = rn_dag_input(t.dag, "large", &large);
    rn_avg_pool(t.g, x, (rn_pool_attrs){ .kernel = { 1024, 1024 }, .stride = { 1, 1 } });
    CU_ASSERT(failed(&t, RN_E_SHAPE, "avg_pool: 1048576 products for each element of"));
}

static void test_block_calls(void)
{
    const rn_setting nameless = rn_set_int(NULL, 1);
    graph t = open_graph();
    t.g->block(t.g, NULL, "a", t.image, NULL, 0);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "a block is called without its name"));
    t = open_graph();
    t.g->block(t.g, "residual/basic", "a b", t.image, NULL, 0);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "name: found \"a b\", expected letters"));
    t = open_graph();
    t.g->block(t.g, "residual/basic", "a", t.image, NULL, 1);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "settings that are missing"));
    t = open_graph();
    t.g->block(t.g, "residual/basic", "a", t.image, &nameless, 1);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "settings that are missing or have no name"));
}

/* Reading an attribute as another type than its own is an error. */
static void test_attributes(void)
{
    static const rn_attr rows[] = {
        RN_ATTR_ROW(INT, "integer", "3", 0, 0, "", NULL, "an integer"),
        RN_ATTR_ROW(FLOAT, "float", "0.5", 0, 0, "", NULL, "a float"),
        RN_ATTR_ROW(PAIR, "pair", "3", 0, 0, "", NULL, "a pair"),
        RN_ATTR_ROW(STRING, "text", "yes", 0, 0, "", NULL, "a text"),
    };
    rn_attrs *attrs = NULL;
    int64_t pair[2];
    CU_ASSERT_EQUAL_FATAL(rn_attrs_from_settings(rows, 4, NULL, 0, "", &attrs), RN_OK);
    graph t = open_graph();
    CU_ASSERT_EQUAL(t.g->attr_int(t.g, attrs, "float"), 0);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "reads attribute \"float\" as a type other than its table"));
    t = open_graph();
    t.g->attr_float(t.g, attrs, "integer");
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "reads attribute \"integer\" as a type other"));
    t = open_graph();
    t.g->attr_pair(t.g, attrs, "text", pair);
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "reads attribute \"text\" as a type other"));
    t = open_graph();
    CU_ASSERT_STRING_EQUAL(t.g->attr_text(t.g, attrs, "pair"), "");
    CU_ASSERT(failed(&t, RN_E_PLUGIN, "reads attribute \"pair\" as a type other"));
    t = open_graph();
    t.g->attr_pair(t.g, attrs, "pair", pair);
    CU_ASSERT(pair[0] == 3 && pair[1] == 3);
    CU_ASSERT_EQUAL(t.g->attr_float(t.g, attrs, "float"), 0.5);
    CU_ASSERT_EQUAL(t.dag->status, RN_OK);
    rn_dag_destroy(t.dag);
    rn_attrs_destroy(attrs);
}

static void test_bools(void)
{
    static const rn_attr row = RN_ATTR_ROW(BOOL, "bias", "true", 0, 0, "", NULL, "a bias");
    const rn_setting seven = rn_set_bool("bias", 7);
    rn_attrs *attrs = NULL;
    CU_ASSERT(check_failed(rn_attrs_from_settings(&row, 1, &seven, 1, "block", &attrs), RN_E_CONFIG,
                           "block: bias: found 7, expected true or false"));
}

int main(void)
{
    /* clang-format off */
    static const CU_TestInfo tests[] = {
        { "fields of operators", test_fields },
        { "messages name the line and the layer", test_location },
        { "each field has a rule", test_coverage },
        { "sizes of structures", test_sizes },
        { "operands and names", test_operands },
        { "sums that would overflow", test_overflow },
        { "blocks that call blocks", test_block_calls },
        { "reading attributes", test_attributes },
        { "invalid bools", test_bools },
        CU_TEST_INFO_NULL,
    };
    /* clang-format on */
    return check_run("builder", tests);
}
