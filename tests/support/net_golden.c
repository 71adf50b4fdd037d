/* net_golden.c: small networks against tests/golden/nets. */
#include "support/net_golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"

#define N_STEPS 5
#define TINY_LIMIT 1e-4      /* of the largest element */
#define HALF_LOSS_LIMIT 0.04 /* of the first loss; 0.013 with onednn in bf16 on Zen 4 */

rn_safetensors *net_golden_open(const char *name)
{
    char path[CHECK_PATH_MAX], file_name[256];
    rn_safetensors *file = NULL;
    snprintf(file_name, sizeof file_name, "nets/%s.safetensors", name);
    if (check_golden(path, file_name))
        op_check(!rn_safetensors_read(path, &file), "%s", rn_fail_text());
    return file;
}

rn_batch net_golden_batch(const rn_safetensors *file)
{
    const rn_named_tensor *x = rn_safetensors_find(file, "x");
    return (rn_batch){ .images = x->data,
                       .count = x->shape[0],
                       .labels = rn_safetensors_find(file, "labels")->data };
}

void net_golden_compare(const net_trial *t, rn_plan *plan, const rn_value *value,
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
    rn_batch batch = net_golden_batch(file);
    const rn_step_params params = { .learning_rate = t->config->train.learning_rate };
    rn_step_result result;
    rn_status status = rn_step_run(t->session, t->evaluate, &batch, &params, &result);
    if (op_accepted(t->backend, status, "evaluation"))
        net_golden_compare(t, t->evaluate->by_rank[0], t->evaluate->by_rank[0]->dag->logits,
                           rn_safetensors_find(file, "logits_infer"), TINY_LIMIT);
    status = rn_step_run(t->session, t->train, &batch, &params, &result);
    if (!op_accepted(t->backend, status, "training step"))
        return;
    net_golden_compare(t, t->train->by_rank[0], t->train->by_rank[0]->dag->logits,
                       rn_safetensors_find(file, "logits_train"), TINY_LIMIT);
    compare_gradients(t, file);
}

/* Compares the losses of five steps, and all kept tensors after them. */
static void check_trajectory(const net_trial *t, const rn_safetensors *file)
{
    rn_batch batch = net_golden_batch(file);
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
    rn_status status = net_open(t, backend, cfg, net_golden_batch(file).count, keep_all);
    if (status)
        return status;
    return net_fill(t, file);
}

void net_golden_test(const op_backend *backend, const void *subject)
{
    const char *name = subject;
    char cfg[256];
    rn_safetensors *file = net_golden_open(name);
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
