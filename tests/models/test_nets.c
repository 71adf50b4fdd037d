/* test_nets.c: compares whole networks with PyTorch in double precision, on every backend with one
 * and two threads: logits in both modes, gradients, five steps of training. In lower precisions
 * compares only the tiny networks, with wider limits, and checks that a network learns as in
 * fp32. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "train/synthetic.h"
#include "support/check.h"
#include "support/net_harness.h"

#define N_STEPS 5
#define LEARNING_LIMIT 0.01 /* of the first loss; 0.0014 with onednn on Zen 4 */
#define TINY_LIMIT 1e-4     /* of the largest element */
#define FULL_LIMIT 1e-3
#define HALF_LOSS_LIMIT 0.04 /* of the first loss; 0.013 with onednn in bf16 on Zen 4 */

static rn_safetensors *open_golden(const char *name)
{
    char path[CHECK_PATH_MAX], file_name[256];
    rn_safetensors *file = NULL;
    snprintf(file_name, sizeof file_name, "nets/%s.safetensors", name);
    if (check_golden(path, file_name))
        op_check(!rn_safetensors_read(path, &file), "%s", rn_fail_text());
    return file;
}

static rn_batch golden_batch(const rn_safetensors *file)
{
    const rn_named_tensor *x = rn_safetensors_find(file, "x");
    return (rn_batch){ .images = x->data,
                       .count = x->shape[0],
                       .labels = rn_safetensors_find(file, "labels")->data };
}

static void compare_value(const net_trial *t, rn_plan *plan, const rn_value *value,
                          const rn_named_tensor *expected, double limit)
{
    float *found = net_download(t, plan, value, expected->name);
    if (found)
        net_compare(t, expected, found, limit, 0);
    free(found);
}

/* ---- The tiny networks ---- */

static void compare_gradients(const net_trial *t, const rn_safetensors *file)
{
    for (int64_t i = 0; i < file->n_tensors; i++) {
        const rn_named_tensor *expected = &file->tensors[i];
        if (strncmp(expected->name, "grad.", 5) != 0)
            continue;
        const rn_value *parameter = rn_dag_find(t->train->by_rank[0]->dag, expected->name + 5);
        op_check(parameter != NULL, "there is no %s", expected->name + 5);
        float *found =
            !parameter ? NULL
                       : net_download(t, t->train->by_rank[0], parameter->gradient, expected->name);
        if (found)
            net_compare(t, expected, found, TINY_LIMIT,
                        net_gradient_scale(t->train->by_rank[0], parameter));
        free(found);
    }
}

/* Compares the logits in both modes and the gradients of the first step. */
static void check_first_step(const net_trial *t, const rn_safetensors *file)
{
    rn_batch batch = golden_batch(file);
    const rn_step_params params = { .learning_rate = t->config->train.learning_rate };
    rn_step_result result;
    rn_status status = rn_step_run(t->session, t->evaluate, &batch, &params, &result);
    if (op_accepted(t->backend, status, "evaluation"))
        compare_value(t, t->evaluate->by_rank[0], t->evaluate->by_rank[0]->dag->logits,
                      rn_safetensors_find(file, "logits_infer"), TINY_LIMIT);
    status = rn_step_run(t->session, t->train, &batch, &params, &result);
    if (!op_accepted(t->backend, status, "training step"))
        return;
    compare_value(t, t->train->by_rank[0], t->train->by_rank[0]->dag->logits,
                  rn_safetensors_find(file, "logits_train"), TINY_LIMIT);
    compare_gradients(t, file);
}

/* Compares the losses of five steps, and all kept tensors after them. */
static void check_trajectory(const net_trial *t, const rn_safetensors *file)
{
    rn_batch batch = golden_batch(file);
    const rn_step_params params = { .learning_rate = t->config->train.learning_rate };
    const float *losses = rn_safetensors_find(file, "losses")->data;
    bool is_half = op_is_rounded(t->backend);
    for (int step = 0; step < N_STEPS; step++) {
        rn_step_result result = { 0 };
        double limit =
            is_half ? HALF_LOSS_LIMIT * (double)losses[0] : TINY_LIMIT * (double)losses[step];
        rn_status status = rn_step_run(t->session, t->train, &batch, &params, &result);
        if (!op_accepted(t->backend, status, "training step"))
            return;
        op_check(fabs(result.loss - (double)losses[step]) <= limit,
                 "%s: the loss of step %d is %.7g, not %.7g", t->backend->label, step + 1,
                 result.loss, (double)losses[step]);
    }
    for (int64_t i = 0; i < file->n_tensors; i++) {
        const rn_named_tensor *expected = &file->tensors[i];
        if (strncmp(expected->name, "after.", 6) != 0)
            continue;
        const rn_store_entry *entry = rn_store_find(t->session->store, expected->name + 6);
        float *found = calloc((size_t)net_count(expected), sizeof *found);
        if (found && entry && !rn_store_download(t->session->store, entry, found))
            net_compare(t, expected, found, TINY_LIMIT, 0);
        op_check(entry && found, "there is no %s", expected->name + 6);
        free(found);
    }
}

static rn_status open_tiny(net_trial *t, const op_backend *backend, const char *cfg,
                           const rn_safetensors *file, bool keep_all)
{
    rn_status status = net_open(t, backend, cfg, golden_batch(file).count, keep_all);
    if (status)
        return status;
    return net_fill(t, file);
}

static void test_tiny(const op_backend *backend, const void *subject)
{
    const char *name = subject;
    char cfg[256];
    rn_safetensors *file = open_golden(name);
    snprintf(cfg, sizeof cfg, "tests/config/nets/%s.cfg", name);
    for (int keep_all = 1; file && keep_all >= 0; keep_all--) {
        net_trial trial = { 0 };
        if (op_accepted(backend, open_tiny(&trial, backend, cfg, file, keep_all), name)) {
            if (keep_all)
                check_first_step(&trial, file);
            else
                check_trajectory(&trial, file);
        }
        net_close(&trial);
    }
    rn_safetensors_destroy(file);
}

/* ---- The book's network, with parameters from the formula in the file's metadata ---- */

static double formula(uint64_t k, uint64_t i, double bound)
{
    uint32_t h = (uint32_t)(i * 2654435761u + (k * 40503 + 12345));
    h ^= h >> 16;
    h *= 0x45d9f3bu;
    h ^= h >> 16;
    return ((double)h / 4294967296.0 - 0.5) * 2 * bound;
}

static void fill_parameter(const rn_store_entry *entry, uint64_t k, float *values)
{
    int64_t count = rn_desc_count(&entry->desc);
    bool is_vector = entry->desc.rank == 1;
    bool is_norm = is_vector && strcmp(entry->name + strlen(entry->name) - 6, "weight") == 0;
    double bound = is_vector ? 0.1 : sqrt(6 / ((double)count / (double)entry->desc.shape[0]));
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(formula(k, (uint64_t)i, bound) + (is_norm ? 1 : 0));
}

/* The names of the parameters in PyTorch's order; freed with json_decref. */
static json_t *golden_names(const rn_safetensors *file)
{
    const char *attrs = rn_safetensors_metadata(file, "attrs");
    json_t *all = json_loads(attrs ? attrs : "", 0, NULL);
    json_t *names = json_incref(json_object_get(all, "names"));
    json_decref(all);
    op_check(json_is_array(names), "the golden file has no list of names");
    return names;
}

static rn_status fill_by_formula(const net_trial *t, const json_t *names)
{
    for (size_t k = 0; k < json_array_size(names); k++) {
        const char *name = json_string_value(json_array_get(names, k));
        const rn_store_entry *entry = rn_store_find(t->session->store, name);
        float *values = entry ? malloc(entry->desc.size_bytes) : NULL;
        if (!values)
            return rn_fail(RN_E_DATA, "there is no parameter %s", name);
        fill_parameter(entry, k, values);
        rn_status status = rn_store_upload(t->session->store, entry, values);
        free(values);
        if (status)
            return status;
    }
    return RN_OK;
}

static double norm_of(const float *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return sqrt(sum);
}

static void compare_norms(const net_trial *t, const json_t *names, const float *expected)
{
    for (size_t k = 0; k < json_array_size(names); k++) {
        const char *name = json_string_value(json_array_get(names, k));
        const rn_value *parameter = rn_dag_find(t->train->by_rank[0]->dag, name);
        float *gradient = net_download(t, t->train->by_rank[0], parameter->gradient, name);
        if (!gradient)
            continue;
        double found = norm_of(gradient, rn_desc_count(&parameter->desc));
        double scale = net_gradient_scale(t->train->by_rank[0], parameter) *
                       sqrt((double)parameter->desc.shape[0]);
        double wanted = (double)expected[k];
        op_check(fabs(found - wanted) <= FULL_LIMIT * fmax(wanted, 1e-2 * scale),
                 "%s: the norm of the gradient of %s is %.6g, not %.6g", t->backend->label, name,
                 found, wanted);
        free(gradient);
    }
}

static void check_full(const net_trial *t, const rn_safetensors *file, const json_t *names)
{
    enum { N_PIXELS = 2 * 96 * 96 };
    static float images[N_PIXELS];
    const rn_step_params params = { .learning_rate = 0 };
    rn_step_result result = { 0 };
    for (uint64_t i = 0; i < N_PIXELS; i++)
        images[i] = (float)formula(1000, i, 1);
    rn_batch batch = { .images = images,
                       .count = 2,
                       .labels = rn_safetensors_find(file, "labels")->data };
    rn_status status = rn_step_run(t->session, t->evaluate, &batch, &params, &result);
    if (op_accepted(t->backend, status, "evaluation"))
        compare_value(t, t->evaluate->by_rank[0], t->evaluate->by_rank[0]->dag->logits,
                      rn_safetensors_find(file, "logits_infer"), FULL_LIMIT);
    status = rn_step_run(t->session, t->train, &batch, &params, &result);
    if (!op_accepted(t->backend, status, "training step"))
        return;
    compare_value(t, t->train->by_rank[0], t->train->by_rank[0]->dag->logits,
                  rn_safetensors_find(file, "logits_train"), FULL_LIMIT);
    double loss = (double)*(const float *)rn_safetensors_find(file, "loss")->data;
    op_check(fabs(result.loss - loss) <= FULL_LIMIT * loss, "%s: the loss is %.7g, not %.7g",
             t->backend->label, result.loss, loss);
    compare_norms(t, names, rn_safetensors_find(file, "grad_l2")->data);
}

static rn_status open_full(net_trial *t, const op_backend *backend, const json_t *names)
{
    rn_status status = net_open(t, backend, "share/models/d2l_resnet18_fashion_mnist.cfg", 2, true);
    if (status)
        return status;
    return fill_by_formula(t, names);
}

static void test_full(const op_backend *none, const void *subject)
{
    (void)none;
    const op_backend *backend = subject;
    rn_safetensors *file = open_golden("d2l_resnet18_96");
    json_t *names = file ? golden_names(file) : NULL;
    if (file) {
        net_trial trial = { 0 };
        if (op_accepted(backend, open_full(&trial, backend, names), "the book's network"))
            check_full(&trial, file, names);
        net_close(&trial);
    }
    json_decref(names);
    rn_safetensors_destroy(file);
}

/* ---- Learning in lower precisions ---- */

#define N_LEARNED 60

/* Trains on one synthetic batch, which the network memorises; stores the loss of each step. */
static bool learn(const op_backend *backend, double losses[N_LEARNED])
{
    net_trial trial = { 0 };
    rn_synthetic images = { 0 };
    const rn_step_params params = { .learning_rate = 0.05 };
    rn_status status = net_open(&trial, backend, "share/models/fashion_mnist_small.cfg", 16, false);
    if (status)
        goto done;
    status = rn_synthetic_make(trial.config, 16, &images);
    if (status)
        goto done;
    for (int step = 0; step < N_LEARNED; step++) {
        rn_step_result result = { 0 };
        status = rn_step_run(trial.session, trial.train, &images.batch, &params, &result);
        if (status)
            goto done;
        losses[step] = result.loss;
    }
    for (int32_t i = 0; i < trial.session->store->n_entries; i++)
        CU_ASSERT_EQUAL(trial.session->store->entries[i].desc.dtype, RN_F32);
done:
    rn_synthetic_clear(&images);
    net_close(&trial);
    return op_accepted(backend, status, "learning");
}

/* Both precisions learn the batch, with nearly equal losses; kept tensors are fp32. */
static void test_learning(const op_backend *none, const void *subject)
{
    const op_backend *half = subject, *fp32 = NULL;
    double narrow[N_LEARNED], wide[N_LEARNED], worst = 0;
    (void)none;
    for (int i = 0; i < op_backends_count() && !fp32; i++)
        if (op_backend_at(i)->table == half->table && op_backend_at(i)->threads == half->threads)
            fp32 = op_backend_at(i);
    if (!learn(fp32, wide) || !learn(half, narrow))
        return;
    for (int step = 0; step < N_LEARNED; step++)
        worst = fmax(worst, fabs(narrow[step] - wide[step]));
    op_check(worst <= LEARNING_LIMIT * wide[0], "%s: a loss is off by %.3g, the first being %.3g",
             half->label, worst, wide[0]);
    op_check(wide[N_LEARNED - 1] < 0.1 * wide[0] && narrow[N_LEARNED - 1] < 0.1 * narrow[0],
             "%s: the loss is %.3g after %d steps, and %.3g in fp32", half->label,
             narrow[N_LEARNED - 1], N_LEARNED, wide[N_LEARNED - 1]);
}

int main(void)
{
    int n_fp32 = op_backends_open();
    op_backends_add_halves();
    op_tests_add("d2l_tiny", test_tiny, "d2l_tiny");
    op_tests_add("d2l_tiny_momentum", test_tiny, "d2l_tiny_momentum");
    /* Not on the oracle, which is slow. */
    for (int i = 1; i < n_fp32; i++) {
        char name[128];
        snprintf(name, sizeof name, "d2l_resnet18_96 on %s", op_backend_at(i)->label);
        op_tests_add_once(name, test_full, op_backend_at(i));
    }
    for (int i = n_fp32; i < op_backends_count(); i++) {
        char name[128];
        snprintf(name, sizeof name, "learning on %s", op_backend_at(i)->label);
        op_tests_add_once(name, test_learning, op_backend_at(i));
    }
    int result = op_tests_run("nets");
    net_registry_close();
    return result;
}
