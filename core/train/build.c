/* build.c: the graph of a pass, stage by stage.
 *
 * Every pass starts as the network that the cfg describes. Where no gradient is needed, batch norms
 * are folded into convolutions; all passes but the examining ones fuse neighbouring operators that
 * the backend offers as one. Training then appends the gradients, the exchange of gradients where
 * several devices share the step, and the optimizer. session.c plans the finished graph. */
#include "train/build.h"

#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "graph/net.h"
#include "graph/op.h"
#include "passes/accumulate.h"
#include "passes/autodiff.h"
#include "passes/fold.h"
#include "passes/freeze.h"
#include "passes/fuse.h"
#include "passes/groups.h"
#include "passes/optim.h"
#include "passes/parallel.h"

bool rn_pass_trains(rn_pass pass)
{
    return pass == RN_PASS_TRAIN || pass == RN_PASS_ACCUMULATE;
}

bool rn_pass_is_training(rn_pass pass)
{
    return rn_pass_trains(pass) || pass == RN_PASS_EXAMINE_TRAIN;
}

static bool merges(const rn_build_params *params)
{
    return !params->unmerged && params->pass != RN_PASS_EXAMINE_TRAIN &&
           params->pass != RN_PASS_EXAMINE_EVALUATE;
}

rn_status rn_build_network(const rn_build_params *params, rn_dag **out)
{
    rn_net_params net = { .config = params->config,
                          .registry = params->registry,
                          .batch = params->batch,
                          .height = params->size.height,
                          .width = params->size.width,
                          .training = rn_pass_is_training(params->pass),
                          .has_labels = params->pass != RN_PASS_PREDICT,
                          .bytes = params->bytes,
                          .soft_labels = params->soft_labels && rn_pass_trains(params->pass) };
    rn_status status = rn_device_mask_dtype(params->device, &net.mask_dtype);
    return status ? status : rn_net_build(&net, out);
}

/* A result that can be downloaded once it is computed belongs to an operator of its own. */
static bool joins(const rn_build_params *params)
{
    return merges(params) && !params->show_all && !params->apart;
}

static const char *pass_name(rn_pass pass)
{
    switch (pass) {
        case RN_PASS_TRAIN: return "training";
        case RN_PASS_ACCUMULATE: return "training without an update";
        case RN_PASS_EVALUATE: return "evaluation";
        case RN_PASS_EVALUATE_AVERAGE: return "evaluation of the averages";
        case RN_PASS_PREDICT: return "prediction";
        case RN_PASS_EXAMINE_TRAIN: return "training to examine";
        case RN_PASS_EXAMINE_EVALUATE: return "evaluation to examine";
    }
    return "";
}

static void log_network(const rn_build_params *params, const rn_dag *dag)
{
    int n_parameters = 0;
    long long n_elements = 0;
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        if (value->role != RN_ROLE_PARAM)
            continue;
        n_parameters++;
        n_elements += (long long)rn_desc_count(&value->desc);
    }
    rn_log(RN_LOG_DEBUG,
           "build: %s, batch %lld%s, rank %d on %s: %d operators, %d parameters of %lld elements",
           pass_name(params->pass), (long long)params->batch, dag->bytes ? " of bytes" : "",
           params->rank, params->device->label, dag->n_nodes, n_parameters, n_elements);
}

/* A batch norm in training needs more than one value a channel to take their variance. */
static rn_status check_norms(const rn_config *config, const rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        const rn_tensor_desc *x = node->n_inputs ? &node->inputs[RN_BATCH_NORM_X]->desc : NULL;
        if (!rn_node_is(node, "batch_norm") || rn_desc_count(x) > x->shape[1] ||
            !((const rn_batch_norm_attrs *)node->attrs)->training ||
            ((const rn_batch_norm_attrs *)node->attrs)->synchronised)
            continue;
        return rn_fail(RN_E_CONFIG,
                       "%s: %s: a batch of one image gives each channel one value, "
                       "and a batch norm that is trained needs more; give it more images, or, "
                       "where it is the last and smaller batch of an epoch, leave it out by "
                       "train.drop_last = true, or change train.batch or data.train_limit",
                       config->path, node->name);
    }
    return RN_OK;
}

/* rn_batch_norm_attrs.synchronised: a backend whose collective operations do not know of groups is
 * not asked for any. */
static rn_status choose_synchronised(const rn_build_params *params, int32_t *synchronised)
{
    const rn_device *device = params->device;
    bool is_whole = params->norm_group == params->n_ranks;
    *synchronised = params->norm_group > 1;
    if (!device->collective.size || is_whole || params->norm_group == 1)
        return RN_OK;
    *synchronised = params->norm_group;
    if (device->collective.make_key)
        return RN_OK;
    return rn_fail(RN_E_UNSUPPORTED,
                   "%s: backend %s synchronises batch norms over all devices; set "
                   "train.synchronise_norms to \"all\" or \"device\"",
                   params->config->path, device->label);
}

/* Is there anything to be synchronised, and can it be? */
static rn_status check_synchronised(const rn_build_params *params, const rn_dag *dag)
{
    const rn_device *device = params->device;
    if (params->norm_group == 1 || device->collective.size || device->rank_sums.size)
        return RN_OK;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (rn_node_is(dag->nodes[i], "batch_norm") &&
            ((const rn_batch_norm_attrs *)dag->nodes[i]->attrs)->synchronised)
            return rn_fail(RN_E_UNSUPPORTED,
                           "%s: %s: backend %s cannot synchronise batch norms over several "
                           "devices; set train.synchronise_norms = \"device\"",
                           params->config->path, dag->nodes[i]->name, device->label);
    return RN_OK;
}

static rn_status prepare_ranks(const rn_build_params *params, rn_dag *dag)
{
    int32_t synchronised = 0;
    rn_status status = choose_synchronised(params, &synchronised);
    if (!status)
        status = rn_parallel_mark(dag, params->rank, synchronised);
    return status ? status : check_synchronised(params, dag);
}

/* Checks the network for training, and adapts it to a step that several devices share. */
static rn_status prepare_training(const rn_build_params *params, rn_dag *dag)
{
    rn_status status = rn_groups_apply(dag, params->config);
    if (status)
        return status;
    rn_births_mark(params->births, dag);
    rn_freeze_apply(dag);
    status = params->n_ranks > 1 ? prepare_ranks(params, dag) : RN_OK;
    return status ? status : check_norms(params->config, dag);
}

/* Where nothing needs a gradient: all of inference, and what is frozen in training. */
static rn_status merge_inference(const rn_build_params *params, rn_dag *dag)
{
    rn_status status = rn_fold_norm(dag, params->device);
    return status ? status : rn_fuse_conv(dag, params->device);
}

/* The forward graph, merged as far as the pass and the backend allow. */
static rn_status finish_forward(const rn_build_params *params, rn_dag *dag)
{
    rn_status status = dag->training ? prepare_training(params, dag) : RN_OK;
    if (status || !merges(params))
        return status;
    status = merge_inference(params, dag);
    if (!status)
        status = rn_fuse_norm(dag, params->device);
    return status ? status : rn_fuse_pair(dag, params->device);
}

/* fp16 cannot represent small gradients; a scaled loss makes them larger. */
static bool scales_loss(const rn_config *config)
{
    return config->backend.precision == RN_PRECISION_FP16;
}

/* Logs how many operators a stage has appended to the first n. */
static void log_appended(const char *stage, const rn_dag *dag, int32_t n)
{
    rn_log(RN_LOG_DEBUG, "%s: %d operators", stage, dag->n_nodes - n);
}

static rn_status append_gradients(const rn_build_params *params, rn_dag *dag)
{
    int32_t n = dag->n_nodes;
    rn_status status = scales_loss(params->config) ? rn_optim_scale_loss(dag) : RN_OK;
    if (status)
        return status;
    status = rn_autodiff_append(dag, dag->loss, NULL);
    if (!status && merges(params))
        status = rn_fuse_gradients(dag, params->device);
    if (!status && params->config->train.accumulate > 1)
        status = rn_accumulate_append(dag);
    log_appended("gradients", dag, n);
    return status;
}

static rn_status append_exchange(rn_dag *dag)
{
    int32_t n = dag->n_nodes;
    rn_status status = rn_parallel_reduce(dag);
    log_appended("exchange", dag, n);
    return status;
}

static rn_status append_optimizer(const rn_build_params *params, rn_dag *dag)
{
    int32_t n = dag->n_nodes;
    rn_status status = rn_optim_append(dag, params->config, joins(params) ? params->device : NULL);
    log_appended("optimizer", dag, n);
    return status;
}

static rn_status append_training(const rn_build_params *params, rn_dag *dag)
{
    rn_status status = append_gradients(params, dag);
    if (status || params->pass == RN_PASS_ACCUMULATE)
        return status;
    status = params->n_ranks > 1 ? append_exchange(dag) : RN_OK;
    return status ? status : append_optimizer(params, dag);
}

/* Before operators are merged: one that is to be downloaded has to remain. */
static rn_status pin_outputs(const rn_build_params *params, rn_dag *dag)
{
    for (int32_t i = 0; i < params->n_outputs; i++) {
        rn_value *value = NULL;
        rn_status status = rn_output_find(dag, &params->outputs[i], &value);
        if (status)
            return status;
        value->pinned = true;
        dag->outputs[i] = value;
    }
    return RN_OK;
}

/* Is it a weight that is folded with a batch norm, which no step computes? */
static bool is_weight(const rn_value *value)
{
    return value->producer && rn_node_is(value->producer, "batch_norm_fold");
}

/* Of host memory, whose operators have run when their call returns, the next images cannot come
 * sooner. */
static bool keeps_images(const rn_build_params *params)
{
    bool shows = params->keep_all || params->show_all || params->unmerged;
    return !params->reuses_images || shows || !params->device->host_memory.size;
}

/* Pins the values that the host reads after a step, and the inputs that it may write for the next
 * step while this one runs. */
static void pin(const rn_build_params *params, rn_dag *dag)
{
    rn_value *images = dag->bytes ? dag->bytes : dag->images;
    rn_value *wanted[] = { dag->loss,
                           dag->probabilities,
                           dag->update_scale,
                           dag->gradient_norm,
                           dag->labels,
                           dag->byte_values,
                           keeps_images(params) ? images : NULL };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i])
            wanted[i]->pinned = true;
    for (int32_t i = 0; params->keep_all && i < dag->n_values; i++)
        dag->values[i]->pinned = true;
    for (int32_t i = 0; params->show_all && i < dag->n_values; i++)
        dag->values[i]->shown = !is_weight(dag->values[i]);
}

static rn_status add_stages(const rn_build_params *params, rn_dag *dag)
{
    rn_status status = finish_forward(params, dag);
    if (status || !rn_pass_trains(params->pass))
        return status;
    return append_training(params, dag);
}

rn_status rn_build_graph(const rn_build_params *params, rn_dag **out)
{
    rn_dag *dag = NULL;
    rn_status status = rn_build_network(params, &dag);
    if (status)
        return status;
    log_network(params, dag);
    status = pin_outputs(params, dag);
    if (!status)
        status = add_stages(params, dag);
    if (status) {
        rn_dag_destroy(dag);
        return status;
    }
    pin(params, dag);
    *out = dag;
    return RN_OK;
}
