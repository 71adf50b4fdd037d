/* grow.c: from a smaller network to a larger one. */
#include "train/grow.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "train/grow_identity.h"
#include "train/grow_width.h"

struct rn_grown {
    rn_dag *dag;      /* of the larger network, for inference */
    rn_store *before; /* names and shapes of the smaller one */
    rn_dag *smaller;  /* its graph */
    bool *is_new;     /* by the index of a layer: a block that the smaller network lacks */
    bool *is_zero;    /* by the index of a value: a parameter that starts at 0 */
};

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the growth");
}

/* ---- Comparing ---- */

/* A layer without parameters is known by its name. That matters where an operator of a plugin
 * computes it, which is never the identity. */
static bool is_new_custom(const rn_grown *grown, const rn_layer *layer)
{
    bool has_custom = false;
    for (int32_t i = 0; i < layer->n_nodes; i++)
        has_custom = has_custom || grown->dag->nodes[layer->first_node + i]->custom;
    for (int32_t i = 0; i < grown->smaller->n_layers; i++)
        if (strcmp(grown->smaller->layers[i].path, layer->path) == 0)
            return false;
    return has_custom;
}

/* True if the layer has parameters, and the smaller network none of them. */
static bool is_new_layer(const rn_grown *grown, const rn_layer *layer)
{
    int n_parameters = 0;
    for (int32_t i = 0; i < layer->n_nodes; i++) {
        const rn_node *node = grown->dag->nodes[layer->first_node + i];
        for (int32_t k = 0; k < node->n_inputs; k++) {
            const rn_value *value = node->inputs[k];
            if (!value || value->role != RN_ROLE_PARAM)
                continue;
            if (rn_store_find(grown->before, value->name))
                return false;
            n_parameters++;
        }
    }
    return n_parameters > 0 || is_new_custom(grown, layer);
}

static rn_status check_layers(rn_grown *grown)
{
    const rn_dag *dag = grown->dag;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < dag->n_layers && !status; i++) {
        grown->is_new[i] = is_new_layer(grown, &dag->layers[i]);
        if (grown->is_new[i])
            status = rn_grow_identity(dag, &dag->layers[i], grown->is_zero);
    }
    return status;
}

static rn_status check_nothing_lost(const rn_grown *grown)
{
    for (int32_t i = 0; i < grown->before->n_entries; i++)
        if (!rn_dag_find(grown->dag, grown->before->entries[i].name))
            return rn_fail(RN_E_CONFIG,
                           "the larger network has no \"%s\", which the smaller one has; expected "
                           "all of its layers",
                           grown->before->entries[i].name);
    return RN_OK;
}

static rn_status compare(rn_grown *grown)
{
    grown->is_new = calloc((size_t)grown->dag->n_layers + 1, sizeof *grown->is_new);
    grown->is_zero = calloc((size_t)grown->dag->n_values + 1, sizeof *grown->is_zero);
    if (!grown->is_new || !grown->is_zero)
        return no_memory();
    rn_status status = check_nothing_lost(grown);
    if (!status)
        status = check_layers(grown);
    return status ? status : rn_grow_width(grown->dag, grown->before, grown->is_new);
}

rn_status rn_grow_compare(const rn_config *before, const rn_config *after, rn_registry *registry,
                          rn_grown **out)
{
    rn_grown *grown = calloc(1, sizeof *grown);
    if (!grown)
        return no_memory();
    rn_status status = rn_births_network(before, registry, &grown->before);
    if (!status)
        status = rn_births_graph(before, registry, &grown->smaller);
    if (!status)
        status = rn_births_graph(after, registry, &grown->dag);
    if (!status)
        status = compare(grown);
    if (status)
        rn_grown_destroy(grown);
    else
        *out = grown;
    return status;
}

void rn_grown_destroy(rn_grown *grown)
{
    if (!grown)
        return;
    rn_dag_destroy(grown->smaller);
    rn_dag_destroy(grown->dag);
    rn_store_destroy(grown->before);
    free(grown->is_new);
    free(grown->is_zero);
    free(grown);
}

bool rn_grown_is_larger(const rn_grown *grown)
{
    for (int32_t i = 0; i < grown->dag->n_values; i++) {
        const rn_value *value = grown->dag->values[i];
        if (value->role != RN_ROLE_PARAM)
            continue;
        const rn_store_entry *entry = rn_store_find(grown->before, value->name);
        if (!entry || entry->desc.size_bytes != value->desc.size_bytes)
            return true;
    }
    return false;
}

/* ---- Filling ---- */

static const rn_named_tensor *find_tensor(const rn_named_tensor *tensors, int64_t count,
                                          const char *name)
{
    for (int64_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return &tensors[i];
    return NULL;
}

static bool starts_at_zero(const rn_grown *grown, const char *name)
{
    const rn_value *value = rn_dag_find(grown->dag, name);
    return value && grown->is_zero[value->index];
}

/* The average of a new tensor starts as the tensor. */
static rn_status start_average(rn_store *store, const rn_store_entry *entry, float *scratch)
{
    const rn_store_entry *average = rn_store_find_average(store, entry->name);
    if (!average)
        return RN_OK;
    rn_status status = rn_store_download(store, entry, scratch);
    return status ? status : rn_store_upload(store, average, scratch);
}

/* A tensor that the smaller network lacks; `scratch` is as large. */
static rn_status fill_new(const rn_grown *grown, rn_store *store, const rn_store_entry *entry,
                          float *scratch)
{
    rn_status status = RN_OK;
    if (starts_at_zero(grown, entry->name)) {
        memset(scratch, 0, entry->desc.size_bytes);
        status = rn_store_upload(store, entry, scratch);
    }
    return status ? status : start_average(store, entry, scratch);
}

/* Sets an entry that is not to keep its initial value. */
static rn_status fill_entry(const rn_grown *grown, rn_session *session, const rn_store_entry *entry,
                            const rn_named_tensor *from, float *scratch)
{
    if (!from)
        return fill_new(grown, session->store, entry, scratch);
    if (memcmp(from->shape, entry->desc.shape, sizeof from->shape) == 0)
        return rn_store_upload(session->store, entry, from->data);
    if (entry->role == RN_ROLE_OPTIMIZER)
        return RN_OK;
    rn_grow_widen(from, &entry->desc, (uint64_t)session->config->run.seed, scratch);
    return rn_store_upload(session->store, entry, scratch);
}

rn_status rn_grow_fill(const rn_grown *grown, rn_session *session, const rn_named_tensor *tensors,
                       int64_t count)
{
    rn_store *store = session->store;
    float *scratch = malloc(rn_store_largest_bytes(store) + 1);
    if (!scratch)
        return no_memory();
    rn_status status = rn_store_initialise(store, session->config->network.init,
                                           (uint64_t)session->config->run.seed);
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        status =
            fill_entry(grown, session, entry, find_tensor(tensors, count, entry->name), scratch);
    }
    free(scratch);
    return status;
}
