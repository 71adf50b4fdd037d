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
#include "support/check.h"
#include "support/net_golden.h"
#include "train/synthetic.h"

#define LEARNING_LIMIT 0.01 /* of the first loss; 0.0014 with onednn on Zen 4 */
#define FULL_LIMIT 1e-3

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
        net_golden_compare(t, t->evaluate->by_rank[0], t->evaluate->by_rank[0]->dag->logits,
                           rn_safetensors_find(file, "logits_infer"), FULL_LIMIT);
    status = rn_step_run(t->session, t->train, &batch, &params, &result);
    if (!op_accepted(t->backend, status, "training step"))
        return;
    net_golden_compare(t, t->train->by_rank[0], t->train->by_rank[0]->dag->logits,
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
    rn_safetensors *file = net_golden_open("d2l_resnet18_96");
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
    op_tests_add("d2l_tiny", net_golden_test, "d2l_tiny");
    op_tests_add("d2l_tiny_momentum", net_golden_test, "d2l_tiny_momentum");
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
