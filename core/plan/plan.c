/* plan.c: from a graph to kernels, operands and one loop. */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "graph/op.h"
#include "plan/constant.h"
#include "plan/layout.h"

#define REFUSALS_SHOWN 4 /* more do not help the reader */

/* Appends a reason to the list of refusals, as long as it fits. */
static void note_refusal(char *list, size_t size, int count)
{
    size_t used = strlen(list);
    if (count < REFUSALS_SHOWN)
        snprintf(list + used, size - used, "%s%s", used ? "; " : "", rn_fail_text());
    else if (count == REFUSALS_SHOWN)
        snprintf(list + used, size - used, "; …");
}

static rn_status query_all(rn_plan *plan)
{
    char refusals[1536] = "";
    int n_refused = 0;
    for (int32_t i = 0; i < plan->dag->n_nodes; i++) {
        rn_node *node = plan->dag->nodes[i];
        rn_op_answer answer;
        if (rn_node_is_view(node))
            continue;
        rn_status status = rn_device_query(plan->device, node, &answer);
        plan->workspace_bytes[i] = answer.workspace_bytes;
        node->inplace_inputs = answer.inplace_inputs;
        if (status == RN_E_UNSUPPORTED)
            note_refusal(refusals, sizeof refusals, n_refused++);
        else if (status)
            return rn_fail_at(status, "%s", plan->device->label);
    }
    if (!n_refused)
        return RN_OK;
    return rn_fail(RN_E_UNSUPPORTED, "backend %s declines %d of %d operators: %s",
                   plan->device->label, n_refused, plan->dag->n_nodes, refusals);
}

static rn_status make_lists(rn_plan *plan)
{
    size_t n_nodes = (size_t)plan->dag->n_nodes, n_constants = (size_t)plan->n_constants;
    plan->workspace_bytes = calloc(n_nodes + 1, sizeof *plan->workspace_bytes);
    plan->launches = calloc(n_nodes + 1, sizeof *plan->launches);
    plan->constants = calloc(n_constants + 1, sizeof *plan->constants);
    if (!plan->workspace_bytes || !plan->launches || !plan->constants)
        return rn_fail(RN_E_NOMEM, "no memory for the plan");
    return RN_OK;
}

rn_status rn_plan_create(rn_device *device, rn_dag *dag, rn_plan **out)
{
    rn_plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        rn_dag_destroy(dag);
        return rn_fail(RN_E_NOMEM, "no memory for the plan");
    }
    plan->device = device;
    plan->dag = dag;
    plan->n_ranks = 1;
    rn_status status = rn_layout_settle(dag, device);
    if (!status)
        status = rn_constant_settle(dag, &plan->n_constants);
    if (!status)
        status = make_lists(plan);
    if (!status)
        status = query_all(plan);
    if (!status)
        status = rn_memory_plan(dag, plan->workspace_bytes, &plan->memory);
    if (status)
        rn_plan_destroy(plan);
    else
        *out = plan;
    return status;
}

void rn_plan_destroy(rn_plan *plan)
{
    if (!plan)
        return;
    const rn_device *device = plan->device;
    if (plan->recording)
        device->capture.destroy(device->context, plan->recording);
    for (int32_t i = 0; i < plan->n_launches; i++)
        device->backend->kernel_destroy(device->context, plan->launches[i].kernel);
    for (int32_t i = 0; plan->constants && i < plan->n_constants; i++)
        if (plan->constants[i].kernel)
            device->backend->kernel_destroy(device->context, plan->constants[i].kernel);
    if (plan->constant_buffer)
        device->backend->buffer_destroy(device->context, plan->constant_buffer);
    free(plan->launches);
    free(plan->constants);
    free(plan->workspace_bytes);
    rn_memory_destroy(plan->memory);
    rn_dag_destroy(plan->dag);
    free(plan);
}

/* Where a value that is not kept lies. */
static rn_operand place_of(const rn_plan *plan, const rn_value *value)
{
    return (rn_operand){ value->is_constant ? plan->constant_buffer : plan->arena,
                         plan->memory->value_offsets[value->index] };
}

/* Where any value lies; an absent one has no buffer. */
static rn_status resolve(const rn_plan *plan, const rn_store *store, const rn_value *value,
                         rn_operand *to)
{
    *to = (rn_operand){ 0 };
    if (!value)
        return RN_OK;
    if (plan->memory->value_offsets[value->index] != RN_MEMORY_NONE) {
        *to = place_of(plan, value);
        return RN_OK;
    }
    const rn_store_entry *entry = rn_store_find(store, value->name);
    if (!entry || !rn_desc_same_shape(&entry->desc, &value->desc))
        return rn_fail(RN_E_SHAPE, "parameter \"%s\" of shape %s is not among the kept tensors",
                       value->name, RN_DESC_STRING(&value->desc));
    *to = (rn_operand){ store->buffer, entry->offset_bytes };
    return RN_OK;
}

static rn_status bind_node(rn_plan *plan, const rn_store *store, int32_t i, rn_launch *launch)
{
    const rn_node *node = plan->dag->nodes[i];
    rn_status status = RN_OK;
    launch->node = node;
    for (int32_t k = 0; k < node->n_inputs && !status; k++)
        status = resolve(plan, store, node->inputs[k], &launch->operands[k]);
    for (int32_t k = 0; k < node->n_outputs && !status; k++)
        status = resolve(plan, store, node->outputs[k], &launch->operands[node->n_inputs + k]);
    if (plan->memory->workspace_offsets[i] != RN_MEMORY_NONE)
        launch->workspace = (rn_operand){ plan->arena, plan->memory->workspace_offsets[i] };
    return status ? status : rn_device_prepare(plan->device, node, &launch->kernel);
}

rn_status rn_plan_bind(rn_plan *plan, rn_store *store, rn_buffer *arena)
{
    const rn_device *device = plan->device;
    rn_status status = RN_OK;
    plan->arena = arena;
    plan->store = store;
    if (plan->memory->constant_bytes)
        status = device->backend->buffer_create(device->context, plan->memory->constant_bytes,
                                                &plan->constant_buffer);
    if (status)
        return rn_fail_at(status, "backend %s", device->label);
    for (int32_t i = 0; i < plan->n_constants && !status; i++)
        status = bind_node(plan, store, i, &plan->constants[i]);
    for (int32_t i = plan->n_constants; i < plan->dag->n_nodes && !status; i++) {
        if (rn_node_is_view(plan->dag->nodes[i]))
            continue;
        status = bind_node(plan, store, i, &plan->launches[plan->n_launches]);
        if (!status)
            plan->n_launches++;
    }
    return status;
}

static rn_status launch_one(const rn_plan *plan, const rn_launch *launch)
{
    const rn_device *device = plan->device;
    rn_status status =
        device->backend->run(device->context, launch->kernel, launch->operands, launch->workspace);
    if (status)
        rn_fail_at(status, "%s: %s (%s)", device->label, launch->node->name,
                   launch->node->op->name);
    return status;
}

rn_status rn_plan_refresh(rn_plan *plan)
{
    rn_status status = RN_OK;
    bool is_old = plan->constant_version != plan->store->version;
    for (int32_t i = 0; is_old && i < plan->n_constants && !status; i++)
        status = launch_one(plan, &plan->constants[i]);
    if (!status)
        plan->constant_version = plan->store->version;
    return status;
}

/* A step uses its inputs up, and one that trains will change the kept tensors, for this plan and
 * for others. */
rn_status rn_plan_begin(rn_plan *plan)
{
    rn_status status = rn_plan_refresh(plan);
    plan->fed = NULL;
    if (!status && plan->dag->training)
        plan->store->version++;
    return status;
}

rn_status rn_plan_launch(const rn_plan *plan, int32_t i)
{
    return launch_one(plan, &plan->launches[i]);
}

static rn_status launch_all(const rn_plan *plan)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < plan->n_launches && !status; i++)
        status = rn_plan_launch(plan, i);
    return status;
}

rn_status rn_plan_run_each(rn_plan *plan)
{
    rn_status status = rn_plan_begin(plan);
    return status ? status : launch_all(plan);
}

/* Records the launches. That the backend cannot is no failure. */
static rn_status record(rn_plan *plan)
{
    rn_device *device = plan->device;
    const rn_capture *capture = &device->capture;
    rn_status status = capture->begin(device->context);
    if (!status) {
        status = launch_all(plan);
        if (status)
            capture->end(device->context, NULL);
        else
            status = capture->end(device->context, &plan->recording);
    }
    if (status != RN_E_UNSUPPORTED)
        return status ? rn_fail_at(status, "%s: recording a step", device->label) : RN_OK;
    if (!device->declines_capture)
        rn_log(RN_LOG_INFO, "%s: steps are not recorded: %s", device->label, rn_fail_text());
    device->declines_capture = true;
    rn_fail_clear();
    return RN_OK;
}

rn_status rn_plan_run(rn_plan *plan)
{
    const rn_device *device = plan->device;
    rn_status status = rn_plan_begin(plan);
    if (!status && device->capture.size && !plan->recording && plan->n_runs == 1)
        status = record(plan);
    if (status)
        return status;
    if (!plan->recording) {
        plan->n_runs += plan->n_runs < 2;
        return launch_all(plan);
    }
    status = device->capture.launch(device->context, plan->recording);
    return status ? rn_fail_at(status, "%s: a recorded step", device->label) : RN_OK;
}

rn_status rn_plan_run_timed(rn_plan *plan, double *times_ms)
{
    const rn_device *device = plan->device;
    rn_status status = rn_plan_begin(plan);
    if (!status)
        status = device->backend->synchronize(device->context);
    for (int32_t i = 0; i < plan->n_launches && !status; i++) {
        uint64_t start = rn_host_table()->time_ns();
        status = rn_plan_launch(plan, i);
        if (!status)
            status = device->backend->synchronize(device->context);
        times_ms[i] += (double)(rn_host_table()->time_ns() - start) * 1e-6;
    }
    return status;
}

rn_status rn_plan_upload(rn_plan *plan, const rn_value *value, const void *from)
{
    const rn_device *device = plan->device;
    rn_operand to = { plan->arena, plan->memory->value_offsets[value->index] };
    rn_status status = device->backend->upload(device->context, to, from, value->desc.size_bytes);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

static const rn_value *readable(const rn_value *value)
{
    return value->plain ? value->plain : value;
}

uint64_t rn_plan_bytes(const rn_value *value)
{
    return readable(value)->desc.size_bytes;
}

rn_status rn_plan_download(rn_plan *plan, const rn_value *value, void *to)
{
    const rn_device *device = plan->device;
    value = readable(value);
    rn_status status = device->backend->download(device->context, to, place_of(plan, value),
                                                 value->desc.size_bytes);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}
