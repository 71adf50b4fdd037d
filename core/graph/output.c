/* output.c: finds results inside a network. */
#include "graph/output.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"

static rn_status fail_unknown(const rn_dag *dag, const char *layer)
{
    size_t count = (size_t)dag->n_layers + (size_t)dag->n_nodes;
    const char **names = calloc(count + 1, sizeof *names);
    if (!names)
        return rn_fail(RN_E_NOMEM, "no memory for the names of the layers");
    for (int32_t i = 0; i < dag->n_layers; i++)
        names[i] = dag->layers[i].path;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        names[dag->n_layers + i] = dag->nodes[i]->name;
    const char *near = rn_nearest(layer, names);
    rn_status status =
        rn_fail(RN_E_USAGE, "the network has no layer \"%s\"%s%s%s; resnet-run summary lists them",
                layer, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    free(names);
    return status;
}

/* A block's result is that of its last operator, whose name is another. */
static rn_status find_layer(const rn_dag *dag, const char *layer, rn_value **value)
{
    const char *name = layer;
    for (int32_t i = 0; i < dag->n_layers; i++)
        if (strcmp(dag->layers[i].path, layer) == 0 && dag->layers[i].output)
            name = dag->layers[i].output->name;
    *value = rn_dag_find(dag, name);
    bool is_result = *value && (*value)->producer && (*value)->desc.dtype == RN_F32;
    return is_result ? RN_OK : fail_unknown(dag, layer);
}

static rn_status find_features(const rn_dag *dag, rn_value **value)
{
    const rn_node *last = dag->logits ? dag->logits->producer : NULL;
    if (!last || !rn_node_is(last, "linear"))
        return rn_fail(RN_E_USAGE, "the network does not end in a linear layer, whose input would "
                                   "be its features; name a layer by --activation");
    *value = last->inputs[RN_LINEAR_X];
    return RN_OK;
}

rn_status rn_output_find(const rn_dag *dag, const rn_output *output, rn_value **value)
{
    switch (output->kind) {
        case RN_OUTPUT_LAYER: return find_layer(dag, output->layer, value);
        case RN_OUTPUT_FEATURES: return find_features(dag, value);
        case RN_OUTPUT_LOGITS: break;
    }
    *value = dag->logits;
    return RN_OK;
}
