/* test_onnx_broken.c: what is wrong with an ONNX model is said in one line, with the node or the
 * tensor, and costs no more memory and time than the file is worth. */
#define _GNU_SOURCE /* mkdtemp */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "support/check.h"
#include "weights/onnx_files.h"

#define MODEL "tests/weights/onnx/unfolded.onnx"
#define SHORTCUTS "tests/weights/onnx/shortcuts.onnx"
#define EXTERNAL "tests/weights/onnx/external.onnx"

/* ---- A model that a test changes ---- */

static Onnx__NodeProto *find_node(Onnx__ModelProto *model, const char *op)
{
    for (size_t i = 0; i < model->graph->n_node; i++)
        if (strcmp(model->graph->node[i]->op_type, op) == 0)
            return model->graph->node[i];
    CU_FAIL_FATAL("no such node");
    return NULL;
}

/* ---- One change each ---- */

static void cut_dims(Onnx__ModelProto *m)
{
    m->graph->initializer[0]->dims[0] = 3;
}
static void large_dims(Onnx__ModelProto *m)
{
    m->graph->initializer[0]->dims[0] = INT64_MAX;
}
static void negative_dims(Onnx__ModelProto *m)
{
    m->graph->initializer[0]->dims[0] = INT64_MIN;
}
static void other_type(Onnx__ModelProto *m)
{
    m->graph->initializer[0]->data_type = 8;
}
static void old_opset(Onnx__ModelProto *m)
{
    m->opset_import[0]->version = 6;
}
static void no_input(Onnx__ModelProto *m)
{
    onnx_set_text(&find_node(m, "Relu")->input[0], "nowhere");
}
static void cycle(Onnx__ModelProto *m)
{
    onnx_set_text(&find_node(m, "Relu")->input[0], "s");
}
static void twice(Onnx__ModelProto *m)
{
    onnx_set_text(&find_node(m, "Relu")->output[0], "c");
}
static void no_output(Onnx__ModelProto *m)
{
    onnx_set_text(&m->graph->output[0]->name, "nowhere");
}
static void other_op(Onnx__ModelProto *m)
{
    onnx_set_text(&find_node(m, "Relu")->op_type, "Selu");
}
static void image_output(Onnx__ModelProto *m)
{
    onnx_set_text(&m->graph->output[0]->name, "c2");
}

static void other_ops(Onnx__ModelProto *m)
{
    other_op(m);
    onnx_set_text(&find_node(m, "Clip")->op_type, "Mish");
}

static void no_initialiser(Onnx__ModelProto *m)
{
    onnx_set_text(&m->graph->initializer[0]->name, "conv9.weight");
}

static void large_input(Onnx__ModelProto *m)
{
    m->graph->input[0]->type->tensor_type->shape->dim[2]->dim_value = INT64_MAX;
}

static void other_channels(Onnx__ModelProto *m)
{
    m->graph->input[0]->type->tensor_type->shape->dim[1]->dim_value = 4;
}

static void large_pads(Onnx__ModelProto *m)
{
    find_node(m, "Conv")->attribute[0]->ints[0] = 1LL << 62;
}

static void set_epsilon(Onnx__ModelProto *m, float value)
{
    Onnx__NodeProto *node = find_node(m, "BatchNormalization");
    for (size_t i = 0; i < node->n_attribute; i++)
        if (strcmp(node->attribute[i]->name, "epsilon") == 0)
            node->attribute[i]->f = value;
}

static void no_epsilon(Onnx__ModelProto *m)
{
    set_epsilon(m, NAN);
}

static void large_epsilon(Onnx__ModelProto *m)
{
    set_epsilon(m, 2);
}

/* Several nodes of one fault. */
static void unknown_ops(Onnx__ModelProto *m)
{
    for (size_t i = 0; i < m->graph->n_node; i++)
        onnx_set_text(&m->graph->node[i]->op_type, "Selu");
}

static const struct change {
    void (*change)(Onnx__ModelProto *model);
    const char *words;
} changes[] = {
    { cut_dims, "tensor \"conv1.weight\" has 432 bytes of data, expected 324" },
    { large_dims, "tensor \"conv1.weight\" is too large" },
    { negative_dims, "tensor \"conv1.weight\" has a dimension of -9223372036854775808" },
    { other_type, "tensor \"conv1.weight\" is of ONNX's type 8" },
    { old_opset, "ONNX operator set 6, expected 7 or later" },
    { no_input, "reads \"nowhere\", which no node before it makes" },
    { cycle, "node \"relu_r\" (Relu) reads \"s\", which no node before it makes" },
    { twice, "two values are called \"c\"" },
    { no_output, "no node makes the model's output" },
    { other_op, "\"relu_r\" (Selu): there is no layer for this operator" },
    { other_ops,
      "\"relu_r\" (Selu): there is no layer for this operator; \"clip_h\" (Mish): there" },
    { unknown_ops, "\"conv_c\", \"batchnormalization_b\", \"relu_r\" and 7 more (Selu): there is" },
    { image_output, "the output \"c2\" is not one score for each class" },
    { no_initialiser, "(Conv) reads \"conv1.weight\", which no node before it makes" },
    { large_input, "the input \"x\" has a dimension of 9223372036854775807" },
    { other_channels, "a weight for 3 channels in 1 groups on an image of 4" },
    { no_epsilon, "(BatchNormalization): its epsilon is not from 1e-12 to 1" },
    { large_epsilon, "its epsilon is not from 1e-12 to 1" },
    { large_pads, "pads: expected four numbers from 0 to 1024" },
};

static void test_changes(void)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        Onnx__ModelProto *model = onnx_read_model(MODEL);
        changes[i].change(model);
        CU_ASSERT_TRUE(check_failed(onnx_open_model(model), RN_E_DATA, changes[i].words));
    }
}

/* ---- Shortcuts: a number of a constant that a slice or a Pad reads ---- */

static void test_shortcuts(void)
{
    static const struct {
        const char *constant;
        int64_t value;
        const char *words;
    } rows[] = {
        { "from", 1, "it cuts images; only every n-th pixel from the first on can be taken" },
        { "to", 3, "it cuts images; only every n-th pixel from the first on can be taken" },
        { "to", INT64_MIN + 1, "it cuts images" },
        { "both", 7, "an axis that its input does not have" },
        { "both", INT64_MIN, "an axis that its input does not have" },
        { "steps", 0, "its steps are not from 1 to 1024" },
        { "steps", INT64_MAX, "its steps are not from 1 to 1024" },
        { "pads", 1LL << 62, "zeros around the channels and the pixels at once" },
        { "after", INT64_MIN, "only zeros around channels, height and width" },
        { "two", INT64_MAX, "it makes other than up to 16 integers in a row" },
        { "minus", INT64_MIN, "it cuts other than a shape" },
        { "least", 5, "only zeros around channels, height and width" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Onnx__ModelProto *model = onnx_read_model(SHORTCUTS);
        for (size_t k = 0; k < model->graph->n_initializer; k++)
            if (strcmp(model->graph->initializer[k]->name, rows[i].constant) == 0)
                memcpy(model->graph->initializer[k]->raw_data.data, &rows[i].value, 8);
        CU_ASSERT_TRUE(check_failed(onnx_open_model(model), RN_E_DATA, rows[i].words));
    }
}

/* Every file that is a beginning of the model is refused. */
static void test_cut(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t *bytes = NULL;
    uint64_t size = 0;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, MODEL), &bytes, &size), RN_OK);
    int taken = 0;
    for (uint64_t n = 4; n < size; n += 1 + n % 7) {
        onnx_write_bytes("cut.onnx", bytes, n);
        taken += onnx_open_scratch("cut.onnx") != RN_E_DATA;
    }
    rn_fail_clear();
    CU_ASSERT_EQUAL(taken, 0);
    free(bytes);
}

/* ---- Data in other files ---- */

static void test_external(void)
{
    static const struct {
        const char *location, *offset, *words;
    } rows[] = {
        { "/etc/hostname", "0", "is not in the model's own folder" },
        { "../outside.data", "0", "is not in the model's own folder" },
        { "link.data", "0", "is not in the model's own folder" },
        { "sub/../../outside.data", "0", "is not in the model's own folder" },
        { "missing.data", "0", "No such file or directory" },
        { "short.data", "0", "which has 100" },
        { "short.data", "18446744073709551615", "which has 100" },
        { "short.data", "18446744073709551616", "offset or length is no number" },
        { "short.data", "-1", "offset or length is no number" },
        { "", "0", "does not say which file its data are in" },
    };
    char folder[CHECK_PATH_MAX], path[CHECK_PATH_MAX], target[CHECK_PATH_MAX];
    static const uint8_t zeros[4096];
    CU_ASSERT_EQUAL_FATAL(mkdir(check_scratch(folder, "in"), 0755), 0);
    CU_ASSERT_EQUAL_FATAL(mkdir(check_scratch(path, "in/sub"), 0755), 0);
    onnx_write_bytes("outside.data", zeros, sizeof zeros);
    onnx_write_bytes("in/short.data", zeros, 100);
    CU_ASSERT_EQUAL_FATAL(symlink(check_scratch(target, "outside.data"),
                                  check_scratch(path, "in/link.data")),
                          0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Onnx__ModelProto *model = onnx_read_model(EXTERNAL);
        Onnx__TensorProto *tensor = model->graph->initializer[0];
        for (size_t k = 0; k < tensor->n_external_data; k++) {
            const char *key = tensor->external_data[k]->key;
            if (strcmp(key, "length") != 0)
                onnx_set_text(&tensor->external_data[k]->value,
                              strcmp(key, "location") == 0 ? rows[i].location : rows[i].offset);
        }
        size_t size = onnx__model_proto__get_packed_size(model);
        uint8_t *bytes = malloc(size);
        onnx__model_proto__pack(model, bytes);
        onnx__model_proto__free_unpacked(model, NULL);
        onnx_write_bytes("in/m.onnx", bytes, size);
        free(bytes);
        rn_status status = onnx_open_scratch("in/m.onnx");
        CU_ASSERT_TRUE(
            check_failed(status, status == RN_E_IO ? RN_E_IO : RN_E_DATA, rows[i].words));
    }
}

/* ---- What would cost memory or time ---- */

/* Bytes of a model that begins as one. */
typedef struct bytes {
    uint8_t *data;
    size_t size, room;
} bytes;

static void append(bytes *to, const void *from, size_t size)
{
    while (!to->data || to->size + size > to->room) {
        to->room = to->room ? 2 * to->room : 4096;
        to->data = realloc(to->data, to->room);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(to->data);
    memcpy(to->data + to->size, from, size);
    to->size += size;
}

/* A message of field `tag` around the bytes, which it replaces. */
static void wrap(bytes *inner, uint8_t tag)
{
    uint8_t head[11] = { tag };
    size_t n = 1;
    for (size_t rest = inner->size; n == 1 || rest; rest >>= 7)
        head[n++] = (uint8_t)((rest & 127) | (rest >> 7 ? 128 : 0));
    bytes outer = { NULL, 0, 0 };
    append(&outer, head, n);
    append(&outer, inner->data, inner->size);
    free(inner->data);
    *inner = outer;
}

/* Seconds of processor time, which other work of the machine does not add to. */
static double seconds(const struct rusage *used)
{
    return (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
           (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) * 1e-6;
}

/* Opens the bytes as a graph's model: refused, soon, and in little memory. */
static void check_cheap(bytes graph, const char *words)
{
    static const uint8_t head[] = { 0x08, 0x08, 0x12, 0x01, 'x' };
    bytes file = { NULL, 0, 0 };
    struct rusage before, after;
    append(&file, head, sizeof head);
    append(&file, graph.data, graph.size);
    free(graph.data);
    onnx_write_bytes("large.onnx", file.data, file.size);
    free(file.data);
    getrusage(RUSAGE_SELF, &before);
    CU_ASSERT_TRUE(check_failed(onnx_open_scratch("large.onnx"), RN_E_DATA, words));
    getrusage(RUSAGE_SELF, &after);
    CU_ASSERT_TRUE(seconds(&after) - seconds(&before) < 5);
    CU_ASSERT_TRUE((after.ru_maxrss - before.ru_maxrss) / 1024 < 200 + (long)(file.size >> 20));
}

/* A graph in an attribute of a node of a graph, and so on. */
static void test_nested(void)
{
    bytes inner = { NULL, 0, 0 };
    append(&inner, "", 0);
    for (int depth = 0; depth < 2000; depth++) {
        wrap(&inner, 0x32); /* AttributeProto.g */
        wrap(&inner, 0x2a); /* NodeProto.attribute */
        wrap(&inner, 0x0a); /* GraphProto.node */
    }
    wrap(&inner, 0x3a);
    check_cheap(inner, "ONNX operator set 0");
}

static void test_many_nodes(void)
{
    bytes graph = { NULL, 0, 0 };
    for (int i = 0; i < 100000; i++) {
        char node[64];
        int n =
            snprintf(node, sizeof node, "\x0a%c\x0a\x06%06d\x12\x06%06d\x22\x04Relu", 22, i, i + 1);
        append(&graph, node, (size_t)n);
    }
    wrap(&graph, 0x3a);
    static const uint8_t opset[] = { 0x42, 0x02, 0x10, 0x0d };
    append(&graph, opset, sizeof opset);
    check_cheap(graph, "has 100000 nodes, expected 20000 at most");
}

/* Empty messages, of which each takes many times its two bytes. */
static void test_small_parts(void)
{
    static uint8_t nodes[8 << 20];
    bytes graph = { NULL, 0, 0 };
    for (size_t i = 0; i < sizeof nodes; i += 2)
        nodes[i] = 0x0a;
    append(&graph, nodes, sizeof nodes);
    wrap(&graph, 0x3a);
    check_cheap(graph, "of more parts than 64 MB hold");
}

/* A graph that is repeated, which is merged with all before it. */
static void test_repeated(void)
{
    bytes file = { NULL, 0, 0 };
    static uint8_t graphs[400000 * 4];
    for (size_t i = 0; i < sizeof graphs; i += 4)
        memcpy(graphs + i, "\x3a\x02\x0a\x00", 4);
    append(&file, graphs, sizeof graphs);
    check_cheap(file, "of more parts than 64 MB hold");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "each change is said", test_changes },
        { "slices and pads that are no shortcut", test_shortcuts },
        { "a file that is cut short", test_cut },
        { "data in files elsewhere", test_external },
        { "nested graphs", test_nested },
        { "100,000 nodes", test_many_nodes },
        { "millions of empty nodes", test_small_parts },
        { "a repeated graph", test_repeated },
        CU_TEST_INFO_NULL,
    };
    return check_run("broken ONNX models", tests);
}
