/* test_onnx_nodes.c: ONNX's node tests as whole models, on every backend. They are read from
 * $ONNX_TESTDATA, else from the folder of Debian's libonnx-testdata. A model's first input is the
 * images; the others become initialisers; its result is flattened into scores.
 *
 * Metric: |found - expected| <= 1e-4 * the largest |expected|. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "support/check.h"
#include "weights/onnx/onnx.pb-c.h"
#include "weights/onnx/ops.h"
#include "weights/open.h"
#include "weights/weights_net.h"

#define MAX_CASES 256
#define MAX_GIVEN 8
#define LIMIT 1e-4

typedef struct node_case {
    char name[256], model[CHECK_PATH_MAX];
    Onnx__TensorProto *given, *expected;
    rn_named_tensor x, scores;
} node_case;

static node_case cases[MAX_CASES];
static int n_cases;
static int n_other_operators, n_not_images, n_not_scores;

/* ---- A case from its files ---- */

static Onnx__TensorProto *read_tensor(const char *folder, const char *name, int number)
{
    char path[CHECK_PATH_MAX + 64];
    uint8_t *bytes = NULL;
    uint64_t size = 0;
    snprintf(path, sizeof path, "%s/test_data_set_0/%s_%d.pb", folder, name, number);
    if (access(path, R_OK) != 0 || rn_file_read(path, &bytes, &size))
        return NULL;
    Onnx__TensorProto *tensor = onnx__tensor_proto__unpack(NULL, size, bytes);
    free(bytes);
    return tensor;
}

static Onnx__ModelProto *read_model(const char *folder)
{
    char path[2 * CHECK_PATH_MAX + 32];
    uint8_t *bytes = NULL;
    uint64_t size = 0;
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    if (rn_file_read(path, &bytes, &size))
        return NULL;
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    free(bytes);
    return model;
}

static bool write_model(const Onnx__ModelProto *model, const char *path)
{
    size_t size = onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = malloc(size);
    FILE *out = bytes ? fopen(path, "wb") : NULL;
    bool written =
        out && onnx__model_proto__pack(model, bytes) == size && fwrite(bytes, 1, size, out) == size;
    if (out)
        written = fclose(out) == 0 && written;
    free(bytes);
    return written;
}

static void rename_tensor(Onnx__TensorProto *tensor, const char *name)
{
    if (tensor->name != (const char *)protobuf_c_empty_string)
        free(tensor->name);
    tensor->name = strdup(name);
}

/* Writes the model with its inputs but the first as initialisers, and a Flatten at its end. */
static bool write_whole(Onnx__ModelProto *model, const char *folder, const char *path)
{
    static char flat[] = "flat", op[] = "Flatten";
    Onnx__GraphProto *graph = model->graph, whole = *graph;
    Onnx__TensorProto *tensors[MAX_GIVEN] = { NULL };
    Onnx__NodeProto *nodes[64];
    char *input[1] = { graph->output[0]->name }, *output[1] = { flat };
    Onnx__NodeProto flatten = ONNX__NODE_PROTO__INIT;
    Onnx__ValueInfoProto scores = *graph->output[0], *results[1] = { &scores };
    for (size_t i = 1; i < graph->n_input && i <= MAX_GIVEN; i++) {
        tensors[i - 1] = read_tensor(folder, "input", (int)i);
        if (tensors[i - 1])
            rename_tensor(tensors[i - 1], graph->input[i]->name);
    }
    memcpy(nodes, graph->node, graph->n_node * sizeof *nodes);
    flatten.op_type = op;
    flatten.input = input;
    flatten.output = output;
    flatten.n_input = flatten.n_output = 1;
    nodes[graph->n_node] = &flatten;
    scores.name = flat;
    whole.node = nodes;
    whole.n_node = graph->n_node + 1;
    whole.initializer = tensors;
    whole.n_initializer = graph->n_input - 1;
    whole.output = results;
    whole.n_output = 1;
    model->graph = &whole;
    bool written = true;
    for (size_t i = 0; i < whole.n_initializer; i++)
        written = written && tensors[i];
    written = written && write_model(model, path);
    model->graph = graph;
    for (size_t i = 0; i < MAX_GIVEN; i++)
        if (tensors[i])
            onnx__tensor_proto__free_unpacked(tensors[i], NULL);
    return written;
}

static bool set_tensor(const Onnx__TensorProto *proto, rn_named_tensor *tensor)
{
    if (!proto || proto->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT ||
        !proto->has_raw_data || proto->n_dims > RN_MAX_RANK)
        return false;
    *tensor = (rn_named_tensor){ .name = "scores",
                                 .dtype = RN_F32,
                                 .rank = (int32_t)proto->n_dims,
                                 .data = proto->raw_data.data };
    memcpy(tensor->shape, proto->dims, proto->n_dims * sizeof *proto->dims);
    return true;
}

/* ---- Which cases there are ---- */

static bool is_known(const char *op)
{
#define KNOWN(name) || strcmp(op, #name) == 0
    return false RN_ONNX_OPS(KNOWN);
}

static bool has_known_operators(const Onnx__GraphProto *graph)
{
    for (size_t i = 0; i < graph->n_node; i++)
        if (!is_known(graph->node[i]->op_type))
            return false;
    return true;
}

static void run_case(const op_backend *backend, const void *subject)
{
    const node_case *c = subject;
    weights_net_check(backend, c->model, &c->x, &c->scores, LIMIT);
}

static void close_tensors(node_case *c)
{
    if (c->given)
        onnx__tensor_proto__free_unpacked(c->given, NULL);
    if (c->expected)
        onnx__tensor_proto__free_unpacked(c->expected, NULL);
    c->given = c->expected = NULL;
}

/* True if the model can be imported and has scores; else counts it, or skips it with the importer's
 * reason. */
static bool is_imported(const node_case *c)
{
    static const char before[] = "because of these nodes: ";
    rn_weights *weights = NULL;
    if (rn_weights_open(c->model, NULL, &weights)) {
        const char *why = strstr(rn_fail_text(), before);
        op_tests_skip(c->name, why ? why + strlen(before) : rn_fail_text());
        rn_fail_clear();
        return false;
    }
    rn_weights_close(weights);
    bool has_scores = net_count(&c->scores) / c->scores.shape[0] >= 2;
    n_not_scores += !has_scores;
    return has_scores;
}

static void add_imported(const char *folder)
{
    node_case *c = &cases[n_cases];
    c->given = read_tensor(folder, "input", 0);
    c->expected = read_tensor(folder, "output", 0);
    bool has_images =
        set_tensor(c->given, &c->x) && set_tensor(c->expected, &c->scores) && c->x.rank == 4;
    n_not_images += !has_images;
    if (!has_images || !is_imported(c)) {
        close_tensors(c);
        return;
    }
    op_tests_add(c->name, run_case, c);
    n_cases++;
}

/* A test of one operator declares the set in which it came, older than that of any model. */
static void raise_opset(Onnx__ModelProto *model)
{
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (model->opset_import[i]->version < 7)
            model->opset_import[i]->version = 7;
}

static void add_case(const char *root, const char *name)
{
    char folder[2 * CHECK_PATH_MAX], file[300];
    node_case *c = &cases[n_cases];
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    Onnx__ModelProto *model = read_model(folder);
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(file, sizeof file, "%.200s.onnx", name);
    check_scratch(c->model, file);
    if (!model)
        return;
    raise_opset(model);
    if (!model->graph || model->graph->n_node > 60 || !has_known_operators(model->graph))
        n_other_operators++;
    else if (!model->graph->n_input || model->graph->n_input > MAX_GIVEN ||
             !write_whole(model, folder, c->model))
        n_not_images++;
    else
        add_imported(folder);
    onnx__model_proto__free_unpacked(model, NULL);
}

static void add_cases(void)
{
    static char left_out[256];
    char root[CHECK_PATH_MAX];
    struct dirent **entries = NULL;
    const char *given = getenv("ONNX_TESTDATA");
    snprintf(root, sizeof root, "%s/node",
             given && *given ? given : "/usr/lib/python3/dist-packages/onnx/backend/test/data");
    int n = scandir(root, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.' && n_cases < MAX_CASES)
            add_case(root, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (n < 0)
        snprintf(left_out, sizeof left_out, "there is no %.180s; install libonnx-testdata", root);
    else
        snprintf(left_out, sizeof left_out,
                 "%d have other operators, %d are not of images, %d have one result",
                 n_other_operators, n_not_images, n_not_scores);
    op_tests_skip("node tests", left_out);
}

int main(int argc, char **argv)
{
    op_backends_open();
    add_cases();
    op_tests_only(argc, argv);
    int status = op_tests_run("ONNX's node tests, imported");
    net_registry_close();
    for (int i = 0; i < n_cases; i++)
        close_tensors(&cases[i]);
    return status;
}
