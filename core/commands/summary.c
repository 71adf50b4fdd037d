/* summary.c: the table of layers and the memory plans. */
#include "commands/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "commands/summary_peak.h"
#include "graph/op.h"
#include "passes/groups.h"
#include "plan/algorithms.h"
#include "plan/spend.h"
#include "train/session.h"

/* One row: a layer, or the sum of all layers. */
typedef struct row {
    int64_t n_parameters, macs; /* macs of one image */
    int64_t n_frozen;           /* of the parameters */
    uint64_t output_bytes;      /* of the batch */
} row;

static row measure(const rn_dag *dag, const rn_layer *layer)
{
    row r = { 0 };
    int64_t batch = dag->images->desc.shape[0];
    for (int32_t i = layer->first_node; i < layer->first_node + layer->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        rn_cost cost = { 0 };
        if (node->op->rule->cost)
            node->op->rule->cost(node, &cost);
        r.macs += cost.macs / batch;
        for (int32_t k = 0; k < node->n_inputs; k++)
            if (node->inputs[k] && node->inputs[k]->role == RN_ROLE_PARAM) {
                int64_t count = rn_desc_count(&node->inputs[k]->desc);
                r.n_parameters += count;
                r.n_frozen += node->inputs[k]->is_frozen ? count : 0;
            }
        if (node->outputs[0] && !node->outputs[0]->base)
            r.output_bytes += node->outputs[0]->desc.size_bytes;
    }
    return r;
}

static void add(row *total, const row *r)
{
    total->n_parameters += r->n_parameters;
    total->n_frozen += r->n_frozen;
    total->macs += r->macs;
    total->output_bytes += r->output_bytes;
}

/* Multiply-adds of one image in a phase of a training step. */
static int64_t phase_macs(const rn_plan *plan, rn_phase phase)
{
    int64_t macs = 0;
    for (int32_t i = 0; i < plan->dag->n_nodes; i++) {
        const rn_node *node = plan->dag->nodes[i];
        rn_cost cost = { 0 };
        if (node->phase == phase && node->op->rule->cost)
            node->op->rule->cost(node, &cost);
        macs += cost.macs;
    }
    return macs / plan->dag->images->desc.shape[0];
}

static void print_frozen(const row *total, const rn_plan *train)
{
    if (total->n_frozen && train)
        rn_print(stdout,
                 "%lld of the %lld parameters are frozen; a training step takes %lld multiply-adds "
                 "an image forward and %lld backward.\n",
                 (long long)total->n_frozen, (long long)total->n_parameters,
                 (long long)phase_macs(train, RN_PHASE_FORWARD),
                 (long long)phase_macs(train, RN_PHASE_BACKWARD));
}

static void print_table(const rn_config *config, const rn_dag *dag, const rn_plan *train)
{
    row total = { 0 };
    char text[32];
    rn_print(stdout, "%s: %s\n", config->name, config->path);
    rn_print(stdout, "%-16s %-28s %-22s %12s %15s %12s\n", "layer", "block", "output", "parameters",
             "multiply-adds", "outputs");
    for (int32_t i = 0; i < dag->n_layers; i++) {
        const rn_layer *layer = &dag->layers[i];
        row r = measure(dag, layer);
        add(&total, &r);
        rn_print(stdout, "%-16s %-28s %-22s %12lld %15lld %12s\n", layer->path, layer->block,
                 RN_DESC_STRING(&layer->output->desc), (long long)r.n_parameters, (long long)r.macs,
                 rn_text_mib(r.output_bytes, text));
    }
    rn_print(stdout, "%-16s %-28s %-22s %12lld %15lld %12s\n", "total", "", "",
             (long long)total.n_parameters, (long long)total.macs,
             rn_text_mib(total.output_bytes, text));
    rn_print(stdout,
             "Multiply-adds are of one image in the forward pass, convolutions and linear "
             "layers; outputs are of the\nwhole batch of %lld images, before memory is shared.\n",
             (long long)dag->images->desc.shape[0]);
    print_frozen(&total, train);
}

/* Bytes of the kept tensors of a role. */
static uint64_t kept_bytes(const rn_dag *dag, rn_role role)
{
    uint64_t bytes = 0;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == role)
            bytes += dag->values[i]->desc.size_bytes;
    return bytes;
}

/* What training keeps besides: states of the optimizer, averages, sums of gradients. */
static uint64_t optimizer_bytes(const rn_dag *dag)
{
    return kept_bytes(dag, RN_ROLE_OPTIMIZER) + kept_bytes(dag, RN_ROLE_AVERAGE) +
           kept_bytes(dag, RN_ROLE_SCRATCH);
}

static uint64_t largest_workspace(const rn_plan *plan)
{
    return rn_memory_workspace(plan->dag, plan->workspace_bytes);
}

static uint64_t unshared_bytes(const rn_plan *plan)
{
    return rn_memory_unshared(plan->memory, plan->dag, plan->workspace_bytes);
}

static void print_plan(const char *title, const rn_plan *plan)
{
    const rn_dag *dag = plan->dag;
    char a[32], b[32], c[32], d[32], e[32], f[32], g[32];
    uint64_t kept = kept_bytes(dag, RN_ROLE_PARAM) + kept_bytes(dag, RN_ROLE_STATE) +
                    optimizer_bytes(dag) + plan->memory->constant_bytes;
    rn_print(
        stdout,
        "%-9s  batch %-5lld  %4d operators   parameters %s, statistics %s, optimizer %s, derived "
        "%s\n"
        "           arena %s (without sharing %s), of which workspace up to %s; in all %s\n",
        title, (long long)dag->images->desc.shape[0], dag->n_nodes,
        rn_text_mib(kept_bytes(dag, RN_ROLE_PARAM), a),
        rn_text_mib(kept_bytes(dag, RN_ROLE_STATE), b), rn_text_mib(optimizer_bytes(dag), c),
        rn_text_mib(plan->memory->constant_bytes, g), rn_text_mib(plan->memory->arena_bytes, d),
        rn_text_mib(unshared_bytes(plan), e), rn_text_mib(largest_workspace(plan), f),
        rn_text_mib(kept + plan->memory->arena_bytes, (char[32]){ 0 }));
    if (rn_spend_bytes(plan))
        rn_print(stdout,
                 "           in eval, predict and bench without %s of parameters that are packed\n",
                 rn_text_mib(rn_spend_bytes(plan), a));
}

static json_t *plan_json(const rn_plan *plan)
{
    const rn_dag *dag = plan->dag;
    return json_pack("{s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "batch",
                     (json_int_t)dag->images->desc.shape[0], "operators", dag->n_nodes,
                     "parameter_bytes", (json_int_t)kept_bytes(dag, RN_ROLE_PARAM), "state_bytes",
                     (json_int_t)kept_bytes(dag, RN_ROLE_STATE), "optimizer_bytes",
                     (json_int_t)optimizer_bytes(dag), "constant_bytes",
                     (json_int_t)plan->memory->constant_bytes, "arena_bytes",
                     (json_int_t)plan->memory->arena_bytes, "unshared_bytes",
                     (json_int_t)unshared_bytes(plan), "workspace_bytes",
                     (json_int_t)largest_workspace(plan), "spent_bytes",
                     (json_int_t)rn_spend_bytes(plan));
}

static json_t *shape_json(const rn_tensor_desc *desc)
{
    json_t *shape = json_array();
    for (int32_t i = 0; i < desc->rank; i++)
        json_array_append_new(shape, json_integer(desc->shape[i]));
    return shape;
}

/* The memory plan, and the algorithms if requested. */
static rn_status add_plan(json_t *all, const char *key, const rn_plan *plan, bool algorithms)
{
    if (!plan)
        return json_object_set_new(all, key, json_null())
                   ? rn_fail(RN_E_NOMEM, "no memory for the summary")
                   : RN_OK;
    json_t *rows = NULL, *peak = NULL, *about = plan_json(plan);
    rn_status status = rn_summary_peak_json(plan, &peak);
    if (!status && algorithms)
        status = rn_algorithms_json(plan, &rows);
    if (peak)
        json_object_set_new(about, "peak", peak);
    if (rows)
        json_object_set_new(about, "algorithms", rows);
    if (json_object_set_new(all, key, about) && !status)
        status = rn_fail(RN_E_NOMEM, "no memory for the summary");
    return status;
}

static rn_status print_json(const rn_config *config, const rn_dag *dag, const rn_plan *train,
                            const rn_plan *infer, bool algorithms)
{
    row total = { 0 };
    json_t *layers = json_array();
    for (int32_t i = 0; i < dag->n_layers; i++) {
        const rn_layer *layer = &dag->layers[i];
        row r = measure(dag, layer);
        add(&total, &r);
        json_array_append_new(layers,
                              json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "name",
                                        rn_json_text(layer->path), "block",
                                        rn_json_text(layer->block), "output",
                                        shape_json(&layer->output->desc), "parameters",
                                        (json_int_t)r.n_parameters, "macs", (json_int_t)r.macs,
                                        "output_bytes", (json_int_t)r.output_bytes));
    }
    json_t *all =
        json_pack("{s:s, s:o, s:I, s:I, s:I, s:o}", "network", config->name, "layers", layers,
                  "parameters", (json_int_t)total.n_parameters, "frozen_parameters",
                  (json_int_t)total.n_frozen, "macs", (json_int_t)total.macs, "backward_macs",
                  train ? json_integer(phase_macs(train, RN_PHASE_BACKWARD)) : json_null());
    if (!all)
        return rn_fail(RN_E_NOMEM, "no memory for the summary");
    rn_status status = add_plan(all, "training", train, algorithms);
    if (status)
        goto done;
    status = add_plan(all, "inference", infer, algorithms);
    if (status)
        goto done;
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
done:
    json_decref(all);
    return status;
}

static rn_status print_algorithms(const char *title, const rn_plan *plan)
{
    rn_print(stdout, "\nAlgorithms of %s on %s, batch %lld:\n", title, plan->device->label,
             (long long)plan->dag->images->desc.shape[0]);
    return rn_algorithms_print(plan);
}

static rn_status print_text(const rn_session *session, const rn_dag *dag, const rn_plan *train,
                            const rn_plan *infer, bool algorithms)
{
    print_table(session->config, dag, train);
    rn_print(stdout, "\nMemory on %s%s (%s, %s):\n", session->n_ranks > 1 ? "each of " : "",
             session->label, session->ranks[0].device->info.name,
             session->ranks[0].device->info.library);
    if (train)
        print_plan("training", train);
    print_plan("inference", infer);
    rn_status status = train ? rn_summary_peak_print("training", train) : RN_OK;
    if (!status)
        status = rn_summary_peak_print("inference", infer);
    if (status || !algorithms)
        return status;
    status = train ? print_algorithms("training", train) : RN_OK;
    return status ? status : print_algorithms("inference", infer);
}

/* Builds the network as the cfg describes it, without merging operators. */
static rn_status build_as_written(const rn_session *session, rn_dag **out)
{
    return rn_build_network(&(rn_build_params){ .config = session->config,
                                                .registry = session->registry,
                                                .device = session->ranks[0].device,
                                                .pass = RN_PASS_TRAIN,
                                                .batch = session->config->train.batch,
                                                .n_ranks = 1 },
                            out);
}

/* Adds a pass and sets *out to its plan on rank 0. */
static rn_status add_pass(rn_session *session, rn_pass pass, int64_t batch, const rn_plan **out)
{
    rn_pass_plans *plans = NULL;
    rn_status status = rn_session_add(session, pass, batch, false, &plans);
    *out = status ? NULL : plans->by_rank[0];
    return status;
}

static rn_status add_training(rn_session *session, const rn_plan **out)
{
    return add_pass(session, RN_PASS_TRAIN, session->config->train.batch, out);
}

/* A backend that has no gradients still infers: then there is no plan, and a warning why. */
static rn_status try_training(rn_session *session, const rn_plan **out)
{
    rn_status status = add_training(session, out);
    if (status != RN_E_UNSUPPORTED)
        return status;
    rn_log(RN_LOG_WARNING, "training is not possible: %s", rn_fail_text());
    rn_fail_clear();
    return RN_OK;
}

static rn_status add_inference(rn_session *session, const rn_plan **out)
{
    const rn_config *config = session->config;
    int64_t batch = config->train.eval_batch ? config->train.eval_batch : config->train.batch;
    return add_pass(session, RN_PASS_PREDICT, batch, out);
}

static rn_status summarise_network(rn_session *session, const rn_summary_options *options)
{
    rn_dag *dag = NULL;
    const rn_plan *train = NULL, *infer = NULL;
    rn_status status = build_as_written(session, &dag);
    if (!status)
        status = rn_groups_apply(dag, session->config);
    if (status)
        goto done;
    status = add_inference(session, &infer);
    if (!status && !options->infer)
        status = try_training(session, &train);
    if (status)
        goto done;
    if (options->json)
        status = print_json(session->config, dag, train, infer, options->algorithms);
    else
        status = print_text(session, dag, train, infer, options->algorithms);
done:
    rn_dag_destroy(dag);
    return status;
}

static rn_status print_graph_json(const rn_plan *plan)
{
    json_t *list = rn_graph_json(plan);
    if (!list)
        return rn_fail(RN_E_NOMEM, "no memory for the summary");
    json_dumpf(list, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(list);
    return RN_OK;
}

static rn_status summarise_graph(rn_session *session, const rn_summary_options *options)
{
    const rn_plan *plan = NULL;
    rn_status status =
        options->infer ? add_inference(session, &plan) : add_training(session, &plan);
    if (status)
        return status;
    if (options->json)
        return print_graph_json(plan);
    if (options->graph == RN_GRAPH_DOT)
        return rn_graph_print_dot(plan);
    rn_graph_print(plan);
    return RN_OK;
}

rn_status rn_summary(const rn_config *config, rn_registry *registry,
                     const rn_summary_options *options)
{
    rn_session *session = NULL;
    if (options->graph == RN_GRAPH_DOT && options->json)
        return rn_fail(RN_E_USAGE, "--graph=dot prints DOT; with --json give --graph alone");
    rn_status status = rn_session_open(config, registry, &session);
    if (status)
        return status;
    status =
        options->graph ? summarise_graph(session, options) : summarise_network(session, options);
    rn_session_close(session);
    return status;
}
