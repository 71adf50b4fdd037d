/* net_harness.c: opens sessions for tests and compares their tensors. */
#include "support/net_harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"

static rn_registry *registry;

rn_registry *net_registry(void)
{
    if (!registry)
        op_check(!rn_registry_create(NULL, &registry), "%s", rn_fail_text());
    return registry;
}

void net_registry_close(void)
{
    rn_registry_destroy(registry);
    registry = NULL;
}

rn_config *net_config_text(const char *path, const char *text, const op_backend *backend)
{
    char name[96], threads[32];
    static const char *const PRECISIONS[] = {
        [RN_PRECISION_FP32] = "backend.precision=fp32",
        [RN_PRECISION_TF32] = "backend.precision=tf32",
        [RN_PRECISION_BF16] = "backend.precision=bf16",
        [RN_PRECISION_FP16] = "backend.precision=fp16",
    };
    const char *settings[] = { name, threads, PRECISIONS[backend->precision] };
    rn_config *config = NULL;
    snprintf(name, sizeof name, "backend.name=%s", backend->table->name);
    snprintf(threads, sizeof threads, "run.threads=%d", (int)backend->threads);
    const rn_config_source source = {
        .path = path, .text = text, .settings = settings, .n_settings = 3
    };
    op_check(!rn_config_load_source(&source, &config), "%s", rn_fail_text());
    return config;
}

rn_config *net_config(const char *path, const op_backend *backend)
{
    return net_config_text(path, NULL, backend);
}

rn_status net_open(net_trial *trial, const op_backend *backend, const char *cfg, int64_t batch,
                   bool keep_all)
{
    char path[CHECK_PATH_MAX];
    trial->backend = backend;
    trial->config = net_config(check_source(path, cfg), backend);
    if (!trial->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    rn_status status = rn_session_open(trial->config, net_registry(), &trial->session);
    if (status)
        return status;
    trial->session->soft_labels = trial->soft_labels;
    status = rn_session_add(trial->session, RN_PASS_TRAIN, batch, keep_all, &trial->train);
    if (status)
        return status;
    status = rn_session_add(trial->session, RN_PASS_EVALUATE, batch, keep_all, &trial->evaluate);
    if (status)
        return status;
    status = rn_session_bind(trial->session);
    if (status)
        return status;
    return rn_store_initialise(trial->session->store, trial->config->network.init, 1);
}

void net_close(net_trial *trial)
{
    rn_session_close(trial->session);
    rn_config_destroy(trial->config);
    *trial = (net_trial){ 0 };
}

int64_t net_count(const rn_named_tensor *tensor)
{
    int64_t count = 1;
    for (int32_t i = 0; i < tensor->rank; i++)
        count *= tensor->shape[i];
    return count;
}

rn_status net_fill(net_trial *trial, const rn_safetensors *file)
{
    rn_store *store = trial->session->store;
    int n_kept = 0, n_golden = 0;
    for (int64_t i = 0; i < file->n_tensors; i++)
        n_golden += strncmp(file->tensors[i].name, "param.", 6) == 0;
    for (int32_t i = 0; i < store->n_entries; i++) {
        const rn_store_entry *entry = &store->entries[i];
        char name[256];
        if (entry->role != RN_ROLE_PARAM && entry->role != RN_ROLE_STATE)
            continue;
        n_kept++;
        snprintf(name, sizeof name, "param.%s", entry->name);
        const rn_named_tensor *tensor = rn_safetensors_find(file, name);
        if (!tensor || memcmp(tensor->shape, entry->desc.shape, sizeof tensor->shape) != 0)
            return rn_fail(RN_E_DATA, "%s is not in the file, or has another shape", name);
        rn_status status = rn_store_upload(store, entry, tensor->data);
        if (status)
            return status;
    }
    op_check(n_kept == n_golden, "%d parameters and statistics, not %d", n_kept, n_golden);
    return RN_OK;
}

void net_compare(const net_trial *trial, const rn_named_tensor *expected, const float *found,
                 double limit, double scale)
{
    const float *wanted = expected->data;
    double largest = scale, difference = 0;
    if (op_is_rounded(trial->backend)) {
        bool is_gradient = strncmp(expected->name, "grad.", 5) == 0;
        double off = op_relative_rms(found, wanted, net_count(expected), scale);
        op_check(off <= (is_gradient ? NET_HALF_GRADIENT_LIMIT : NET_HALF_LIMIT),
                 "%s: %s is off by %.3g of its RMS", trial->backend->label, expected->name, off);
        return;
    }
    for (int64_t i = 0; i < net_count(expected); i++) {
        double d = fabs((double)found[i] - (double)wanted[i]);
        largest = fmax(largest, fabs((double)wanted[i]));
        difference = d > difference || isnan(d) ? d : difference;
    }
    op_check(difference <= limit * largest, "%s: %s is off by %.3g of %.3g", trial->backend->label,
             expected->name, difference, largest);
}

float *net_download(const net_trial *trial, rn_plan *plan, const rn_value *value, const char *what)
{
    float *values = value ? malloc(rn_plan_bytes(value)) : NULL;
    if (values && rn_plan_download(plan, value, values)) {
        free(values);
        values = NULL;
    }
    op_check(values != NULL, "%s: nothing computes %s", trial->backend->label, what);
    return values;
}

/* The result of the forward operator that reads the parameter or its copy in another layout. */
static const rn_value *result_of(const rn_dag *dag, const rn_value *parameter)
{
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++) {
            const rn_node *node = dag->nodes[i];
            if (node->inputs[k] != parameter)
                continue;
            bool is_reorder = strcmp(node->op->name, "reorder") == 0;
            return is_reorder ? result_of(dag, node->outputs[0]) : node->outputs[0];
        }
    return NULL;
}

double net_gradient_scale(rn_plan *plan, const rn_value *parameter)
{
    const rn_value *y = result_of(plan->dag, parameter);
    if (parameter->desc.rank != 1 || !y || !y->gradient)
        return 0;
    float *dy = malloc(rn_plan_bytes(y->gradient));
    double sum = 0;
    if (dy && !rn_plan_download(plan, y->gradient, dy))
        for (int64_t i = 0; i < rn_desc_count(&y->desc); i++)
            sum += (double)dy[i] * (double)dy[i];
    free(dy);
    return sqrt(sum / (double)parameter->desc.shape[0]);
}
