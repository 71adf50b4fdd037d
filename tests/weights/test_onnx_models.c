/* test_onnx_models.c: ONNX models that PyTorch's two exporters wrote, and hand-made ones that hold
 * what those do not, give the scores that PyTorch and ONNX Runtime compute, on every backend.
 *
 * Metric: |found - expected| <= 1e-4 * the largest |expected|. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "weights/weights_net.h"

#define LIMIT 1e-4

/* ---- Goldens: PyTorch's scores ---- */

static const char *const exported[] = {
    "basic_torchscript",   "basic_dynamo",        "bottleneck_torchscript", "bottleneck_dynamo",
    "bottleneck_unfolded", "resnext_torchscript", "resnext_dynamo",
};

static void test_exported(const op_backend *backend, const void *subject)
{
    const char *name = subject;
    char model[CHECK_PATH_MAX], reference[CHECK_PATH_MAX], file[256];
    rn_safetensors *expected = NULL;
    snprintf(file, sizeof file, "weights/onnx/%s.onnx", name);
    if (!check_golden(model, file))
        return;
    snprintf(file, sizeof file, "weights/onnx/%.*s.reference.safetensors", (int)strcspn(name, "_"),
             name);
    if (!check_golden(reference, file))
        return;
    op_check(!rn_safetensors_read(reference, &expected), "%s", rn_fail_text());
    if (expected)
        weights_net_check(backend, model, rn_safetensors_find(expected, "x"),
                          rn_safetensors_find(expected, "logits"), LIMIT);
    rn_safetensors_destroy(expected);
}

/* ---- Hand-made models, with the scores of ONNX Runtime (make_onnx.py) ---- */

#define MODELS "tests/weights/onnx"

static const char *const made[] = {
    "folded7",    "unfolded", "external",         "halves",      "typed",
    "transposed", "padded",   "chains",           "joined",      "gemm",
    "matmul",     "pools",    "newest",           "shortcuts",   "expanded",
    "gates",      "gelu",     "gelu_torchscript", "gelu_dynamo",
};

static void test_made(const op_backend *backend, const void *subject)
{
    const char *name = subject;
    char model[CHECK_PATH_MAX], scores[CHECK_PATH_MAX], file[256];
    rn_safetensors *expected = NULL;
    snprintf(file, sizeof file, MODELS "/%s.onnx", name);
    check_source(model, file);
    check_source(scores, MODELS "/scores.safetensors");
    op_check(!rn_safetensors_read(scores, &expected), "%s", rn_fail_text());
    if (!expected)
        return;
    snprintf(file, sizeof file, "%s.x", name);
    const rn_named_tensor *x = rn_safetensors_find(expected, file);
    snprintf(file, sizeof file, "%s.scores", name);
    const rn_named_tensor *y = rn_safetensors_find(expected, file);
    op_check(x && y, "no scores of %s", name);
    if (x && y)
        weights_net_check(backend, model, x, y, LIMIT);
    rn_safetensors_destroy(expected);
}

int main(int argc, char **argv)
{
    op_backends_open();
    for (size_t i = 0; i < sizeof exported / sizeof *exported; i++)
        op_tests_add(exported[i], test_exported, exported[i]);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        op_tests_add(made[i], test_made, made[i]);
    op_tests_only(argc, argv);
    int status = op_tests_run("ONNX models");
    net_registry_close();
    return status;
}
