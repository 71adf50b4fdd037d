/* groups.c: the groups of a cfg, and the decay of learning rates by layers. */
#include "passes/groups.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "config/tree.h"

static bool is_param(const rn_value *value)
{
    return value->role == RN_ROLE_PARAM;
}

static double default_decay(const rn_config *config, const rn_value *param)
{
    bool decays = true;
    if (param->is_norm)
        decays = config->train.decay_norm;
    else if (param->is_bias)
        decays = config->train.decay_bias;
    return decays ? config->train.weight_decay : 0;
}

/* ---- Groups ---- */

static void apply(const rn_param_group *group, rn_value *param)
{
    if (group->sets_rate)
        param->rate_factor = group->rate_factor;
    if (group->sets_decay)
        param->weight_decay = group->weight_decay;
    if (group->sets_freeze)
        param->is_frozen = group->freeze;
}

static rn_status apply_group(rn_dag *dag, const rn_param_group *group)
{
    int32_t n_matches = 0;
    const char *example = "";
    for (int32_t i = 0; i < dag->n_values; i++) {
        rn_value *value = dag->values[i];
        if (!is_param(value))
            continue;
        example = value->name;
        if (fnmatch(group->match, value->name, 0) != 0)
            continue;
        apply(group, value);
        n_matches++;
    }
    if (n_matches)
        return RN_OK;
    return rn_tree_fail(group->origin,
                        "train: groups: no parameter's name matches \"%s\"; expected a pattern of "
                        "names such as \"%s\"",
                        group->match, example);
}

/* ---- Decay by layers ---- */

/* A layer's parameters; a normalisation belongs to the layer before it. */
static void find_params(const rn_dag *dag, const rn_layer *layer, bool *has_any, bool *has_weight)
{
    *has_any = *has_weight = false;
    for (int32_t i = layer->first_node; i < layer->first_node + layer->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++) {
            const rn_value *value = dag->nodes[i]->inputs[k];
            bool is_one = value && is_param(value);
            *has_any = *has_any || is_one;
            *has_weight = *has_weight || (is_one && !value->is_norm);
        }
}

static void scale_layer(rn_dag *dag, const rn_layer *layer, double factor, bool *is_done)
{
    for (int32_t i = layer->first_node; i < layer->first_node + layer->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++) {
            rn_value *value = dag->nodes[i]->inputs[k];
            if (!value || !is_param(value) || is_done[value->index])
                continue;
            value->rate_factor *= factor;
            is_done[value->index] = true;
        }
}

/* From the last layer to the first. */
static rn_status decay_by_layers(rn_dag *dag, double decay)
{
    bool *is_done = calloc((size_t)dag->n_values + 1, sizeof *is_done);
    double n_behind = 0;
    if (!is_done)
        return rn_fail(RN_E_NOMEM, "no memory for the graph");
    for (int32_t i = dag->n_layers - 1; i >= 0; i--) {
        bool has_any, has_weight;
        find_params(dag, &dag->layers[i], &has_any, &has_weight);
        if (has_any)
            scale_layer(dag, &dag->layers[i], pow(decay, n_behind), is_done);
        n_behind += has_weight;
    }
    free(is_done);
    return RN_OK;
}

static rn_status check_some_train(const rn_dag *dag, const rn_config *config)
{
    for (int32_t i = 0; i < dag->n_values; i++)
        if (is_param(dag->values[i]) && !dag->values[i]->is_frozen)
            return RN_OK;
    return rn_fail(RN_E_CONFIG, "%s: train: no parameter is left to train: all are frozen",
                   config->path);
}

rn_status rn_groups_apply(rn_dag *dag, const rn_config *config)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (is_param(dag->values[i]))
            dag->values[i]->weight_decay = default_decay(config, dag->values[i]);
    for (int64_t i = 0; i < config->train.n_groups && !status; i++)
        status = apply_group(dag, &config->train.groups[i]);
    if (!status && config->train.layer_decay != 1)
        status = decay_by_layers(dag, config->train.layer_decay);
    return status || !config->train.n_groups ? status : check_some_train(dag, config);
}
