/* test_onnx.c: ONNX's node tests for our operators, on every backend. They are read from
 * $ONNX_TESTDATA, else from the folder of Debian's libonnx-testdata. A case that our operators
 * cannot express is a skipped test with its reason. Only the Momentum optimizer has tests that
 * involve gradients.
 *
 * Metric: |got - expected| <= 1e-5 * max(|expected|, rms of the expected tensor). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "ops/onnx_cases.h"
#include "support/check.h"
#include "support/op_backends.h"

#define MAX_CASES 512

static const char *root; /* folder of the data */
static char *folders[MAX_CASES];
static int n_folders;

static rn_status read_tensor(const char *folder, const char *prefix, int number,
                             onnx_tensor *tensor)
{
    char path[CHECK_PATH_MAX];
    uint8_t *bytes = NULL;
    uint64_t size = 0;
    snprintf(path, sizeof path, "%s/test_data_set_0/%s_%d.pb", folder, prefix, number);
    if (access(path, R_OK) != 0)
        return RN_E_IO; /* no more tensors */
    rn_status status = rn_file_read(path, &bytes, &size);
    status = status ? status : onnx_tensor_parse(bytes, size, tensor);
    free(bytes);
    return status;
}

static rn_status read_model(const char *folder, onnx_model *model)
{
    char path[CHECK_PATH_MAX];
    uint8_t *bytes = NULL;
    uint64_t size = 0;
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    rn_status status = rn_file_read(path, &bytes, &size);
    status = status ? status : onnx_model_parse(bytes, size, model);
    free(bytes);
    return status;
}

static void clear(onnx_case *o)
{
    for (int i = 0; i < ONNX_MAX; i++) {
        onnx_tensor_clear(&o->given[i]);
        onnx_tensor_clear(&o->expected[i]);
    }
    onnx_model_clear(&o->model);
}

/* The node's inputs are initializers found by name, else the given tensors in order. */
static rn_status connect(onnx_case *o)
{
    int used = 0;
    for (int i = 0; i < o->model.n_inputs; i++) {
        for (int k = 0; k < o->model.n_initializers; k++)
            if (!strcmp(o->model.inputs[i], o->model.initializers[k].name))
                o->inputs[i] = &o->model.initializers[k];
        if (!o->inputs[i] && *o->model.inputs[i]) {
            if (used == o->n_given)
                return rn_fail(RN_E_DATA, "input %s is missing", o->model.inputs[i]);
            o->inputs[i] = &o->given[used++];
        }
    }
    return RN_OK;
}

static rn_status read_case(const char *folder, onnx_case *o)
{
    memset(o, 0, sizeof *o);
    rn_status status = read_model(folder, &o->model);
    while (!status && o->n_given < ONNX_MAX &&
           !read_tensor(folder, "input", o->n_given, &o->given[o->n_given]))
        o->n_given++;
    while (!status && o->n_expected < ONNX_MAX &&
           !read_tensor(folder, "output", o->n_expected, &o->expected[o->n_expected]))
        o->n_expected++;
    status = status ? status : connect(o);
    if (status)
        clear(o);
    return status;
}

static void test_case(const op_backend *backend, const void *subject)
{
    static onnx_case o;
    op_case c = { .chain = NULL };
    op_set expected = { .n = 0 }, got = { .n = 0 };
    rn_status status = read_case(subject, &o);
    op_check(!status, "%s: %s", (const char *)subject, rn_fail_text());
    if (status)
        return;
    snprintf(c.in.name, sizeof c.in.name, "%s", strrchr(subject, '/') + 1);
    const char *reason = onnx_case_express(&o, &c, &expected);
    op_check(!reason, "%s: %s", c.in.name, reason);
    if (!reason && op_accepted(backend, c.chain(backend, &c.in, &c.attrs, &got), c.in.name)) {
        for (int i = 0; i < expected.n; i++) {
            op_compare(backend, c.in.name, op_set_find(&got, expected.tensors[i]->name),
                       expected.tensors[i], (op_limit){ .tolerance = 1e-5 });
        }
    }
    op_set_clear(&got);
    op_set_clear(&expected);
    op_set_clear(&c.in);
    clear(&o);
}

/* Adds the case on all backends, or its skip; nothing if the operator has no equivalent. */
static void add_case(const char *folder)
{
    static onnx_case o;
    op_case c = { .chain = NULL };
    op_set expected = { .n = 0 };
    const char *name = strrchr(folder, '/') + 1;
    if (read_case(folder, &o))
        return; /* invalid, or a model of several nodes */
    const char *reason =
        onnx_case_supported(&o.model) ? onnx_case_express(&o, &c, &expected) : NULL;
    if (reason) {
        op_tests_skip(name, reason);
    } else if (c.chain && n_folders < MAX_CASES) {
        folders[n_folders] = strdup(folder);
        op_tests_add(name, test_case, folders[n_folders++]);
    }
    op_set_clear(&c.in);
    op_set_clear(&expected);
    clear(&o);
}

static void add_cases(const char *group)
{
    char path[CHECK_PATH_MAX], folder[CHECK_PATH_MAX + 300];
    struct dirent **entries = NULL;
    snprintf(path, sizeof path, "%s/%s", root, group);
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(folder, sizeof folder, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            add_case(folder);
        free(entries[i]);
    }
    free(entries);
}

/* A file that is truncated anywhere, or has any byte changed, is rejected or read without memory
 * errors (which sanitizers would detect). */
static void test_damaged(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    static const uint8_t MODEL[] = { 8,   3, 58,  30,  10,  21,  10, 1, 'x', 18, 1,   'y',
                                     34,  4, 'R', 'e', 'l', 'u', 42, 7, 10,  1,  'a', 24,
                                     255, 1, 160, 1,   2,   42,  3,  8, 0,   8 };
    static const uint8_t TENSOR[] = { 8, 1, 8, 2,   16, 1, 66, 1, 'x', 74,
                                      8, 0, 0, 128, 63, 0, 0,  0, 64 };
    onnx_tensor tensor;
    onnx_model model;
    op_check(!onnx_tensor_parse(TENSOR, sizeof TENSOR, &tensor), "a valid tensor is rejected");
    op_check(tensor.count == 2 && tensor.rank == 2 && tensor.floats[1] == 2.0f,
             "the tensor's values are wrong");
    onnx_tensor_clear(&tensor);
    for (size_t i = 0; i < sizeof MODEL * 257; i++) {
        size_t at = i / 257, cut = i % 257 == 256 ? at : sizeof MODEL;
        uint8_t *bytes = malloc(cut + 1);
        memcpy(bytes, MODEL, cut);
        bytes[at < cut ? at : cut] = (uint8_t)(i % 257);
        if (!onnx_model_parse(bytes, cut, &model))
            onnx_model_clear(&model);
        free(bytes);
    }
    for (size_t i = 0; i < sizeof TENSOR * 257; i++) {
        size_t at = i / 257, cut = i % 257 == 256 ? at : sizeof TENSOR;
        uint8_t *bytes = malloc(cut + 1);
        memcpy(bytes, TENSOR, cut);
        bytes[at < cut ? at : cut] = (uint8_t)(i % 257);
        rn_status status = onnx_tensor_parse(bytes, cut, &tensor);
        op_check(cut == sizeof TENSOR || status, "a tensor truncated at byte %zu is accepted", cut);
        onnx_tensor_clear(&tensor);
        free(bytes);
    }
}

int main(void)
{
    const char *given = getenv("ONNX_TESTDATA");
    root = given && *given ? given : "/usr/share/libonnx-testdata/data";
    op_backends_open();
    op_tests_add_once("damaged files", test_damaged, NULL);
    add_cases("node");
    add_cases("pytorch-converted");
    add_cases("pytorch-operator");
    if (n_folders == 0)
        op_tests_skip("node tests", "no data; install libonnx-testdata or set ONNX_TESTDATA");
    int result = op_tests_run("operators, ONNX node tests");
    for (int i = 0; i < n_folders; i++)
        free(folders[i]);
    return result;
}
