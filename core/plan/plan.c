/* plan.c: from a graph to kernels, operands and one loop. */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/start.h"
#include "base/status.h"
#include "device/calls.h"
#include "graph/op.h"
#include "plan/constant.h"
#include "plan/layout.h"
#include "plan/refusals.h"
#include "plan/spend.h"
#include "plan/waits.h"

static rn_status query_all(rn_plan *plan)
{
    rn_refusals refused = { 0 };
    for (int32_t i = 0; i < plan->dag->n_nodes; i++) {
        rn_node *node = plan->dag->nodes[i];
        rn_op_answer answer;
        if (rn_node_is_view(node))
            continue;
        rn_status status = rn_device_query(plan->device, node, &answer);
        plan->workspace_bytes[i] = answer.workspace_bytes;
        node->inplace_inputs = answer.inplace_inputs;
        if (status == RN_E_UNSUPPORTED)
            rn_refusals_add(&refused, node->op->name);
        else if (status)
            return rn_fail_at(status, "%s", plan->device->label);
    }
    return rn_refusals_status(&refused, plan->device->label, plan->dag->n_nodes);
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

static rn_status settle(rn_plan *plan)
{
    int32_t n_before = plan->dag->n_nodes;
    rn_status status = rn_layout_settle(plan->dag, plan->device);
    if (status)
        return status;
    plan->n_reorders = plan->dag->n_nodes - n_before;
    status = rn_constant_settle(plan->dag, &plan->n_constants);
    if (status)
        return status;
    status = make_lists(plan);
    if (status)
        return status;
    status = query_all(plan);
    if (status)
        return status;
    return rn_memory_plan(plan->dag, plan->workspace_bytes, &plan->memory);
}

void rn_plan_log_created(const rn_plan *plan)
{
    uint64_t unshared = rn_memory_unshared(plan->memory, plan->dag, plan->workspace_bytes);
    rn_log(RN_LOG_DEBUG, "layout: %d reorders", plan->n_reorders);
    rn_log(RN_LOG_DEBUG, "constants: %d operators, %llu bytes", plan->n_constants,
           (unsigned long long)plan->memory->constant_bytes);
    rn_log(RN_LOG_DEBUG, "memory: an arena of %llu bytes, %llu without sharing",
           (unsigned long long)plan->memory->arena_bytes, (unsigned long long)unshared);
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
    rn_status status = settle(plan);
    if (status) {
        rn_plan_destroy(plan);
        return status;
    }
    *out = plan;
    return RN_OK;
}

void rn_plan_destroy(rn_plan *plan)
{
    if (!plan)
        return;
    rn_device *device = plan->device;
    if (plan->recording)
        device->capture.destroy(device->context, plan->recording);
    for (int32_t i = 0; i < plan->n_launches; i++)
        rn_device_release(device, &plan->launches[i].ready);
    for (int32_t i = 0; plan->constants && i < plan->n_constants; i++)
        rn_device_release(device, &plan->constants[i].ready);
    if (plan->constant_buffer)
        device->backend->buffer_destroy(device->context, plan->constant_buffer);
    free(plan->launches);
    free(plan->constants);
    free(plan->workspace_bytes);
    rn_memory_destroy(plan->memory);
    rn_dag_destroy(plan->dag);
    free(plan);
}

rn_operand rn_plan_operand(const rn_plan *plan, const rn_value *value)
{
    return (rn_operand){ value->is_constant ? plan->constant_buffer : plan->arena,
                         plan->memory->value_offsets[value->index] };
}

static rn_status resolve_kept(const rn_plan *plan, const rn_store *store, const rn_value *value,
                              rn_operand *to)
{
    const rn_store_entry *entry = plan->averaged ? rn_store_find_average(store, value->name) : NULL;
    entry = entry ? entry : rn_store_find(store, value->name);
    if (!entry || !rn_desc_same_shape(&entry->desc, &value->desc))
        return rn_fail(RN_E_SHAPE, "parameter \"%s\" of shape %s is not among the kept tensors",
                       value->name, RN_DESC_STRING(&value->desc));
    *to = (rn_operand){ plan->kept->buffer, entry->offset_bytes };
    return RN_OK;
}

static rn_status resolve_run(const rn_plan *plan, const rn_store *store, const rn_value *run,
                             rn_operand *to)
{
    rn_status status = resolve_kept(plan, store, run->parts[0], to);
    uint64_t end = to->offset_bytes + run->parts[0]->desc.size_bytes;
    for (int32_t i = 1; i < run->n_parts && !status; i++) {
        rn_operand part = { 0 };
        status = resolve_kept(plan, store, run->parts[i], &part);
        if (!status && part.offset_bytes != end)
            status = rn_fail(RN_E_SHAPE, "parameter \"%s\" does not follow \"%s\" in memory",
                             run->parts[i]->name, run->parts[i - 1]->name);
        end += run->parts[i]->desc.size_bytes;
    }
    return status;
}

/* The memory of any value; an absent one has no buffer. */
static rn_status resolve(const rn_plan *plan, const rn_store *store, const rn_value *value,
                         rn_operand *to)
{
    *to = (rn_operand){ 0 };
    if (!value)
        return RN_OK;
    if (plan->memory->value_offsets[value->index] != RN_MEMORY_NONE) {
        *to = rn_plan_operand(plan, value);
        return RN_OK;
    }
    return value->parts ? resolve_run(plan, store, value, to)
                        : resolve_kept(plan, store, value, to);
}

static rn_status bind_node(rn_plan *plan, const rn_store *store, int32_t i, rn_launch *launch)
{
    const rn_node *node = plan->dag->nodes[i];
    launch->node = node;
    for (int32_t k = 0; k < node->n_inputs + node->n_outputs; k++) {
        const rn_value *value =
            k < node->n_inputs ? node->inputs[k] : node->outputs[k - node->n_inputs];
        rn_status status = resolve(plan, store, value, &launch->operands[k]);
        if (status)
            return status;
    }
    if (plan->memory->workspace_offsets[i] != RN_MEMORY_NONE)
        launch->workspace = (rn_operand){ plan->arena, plan->memory->workspace_offsets[i] };
    rn_status status = rn_device_prepare(plan->device, node, &launch->ready);
    plan->uses_host = plan->uses_host || launch->ready.host;
    return status;
}

static rn_status create_constant_buffer(rn_plan *plan)
{
    const rn_device *device = plan->device;
    uint64_t bytes = plan->memory->constant_bytes;
    if (!bytes)
        return RN_OK;
    rn_status status = rn_device_buffer(device, bytes, &plan->constant_buffer);
    return status ? rn_fail_at(status, "backend %s", device->label) : RN_OK;
}

static bool records(const rn_plan *plan)
{
    bool waits_for_ranks = plan->device->group && plan->dag->is_parallel;
    return plan->device->capture.size && !plan->uses_host && !waits_for_ranks;
}

rn_status rn_plan_bind(rn_plan *plan, const rn_store *store, int32_t rank, rn_buffer *arena)
{
    plan->arena = arena;
    plan->kept = &store->copies[rank];
    rn_status status = create_constant_buffer(plan);
    for (int32_t i = 0; i < plan->n_constants && !status; i++)
        status = bind_node(plan, store, i, &plan->constants[i]);
    for (int32_t i = plan->n_constants; i < plan->dag->n_nodes && !status; i++) {
        if (rn_node_is_view(plan->dag->nodes[i]))
            continue;
        status = bind_node(plan, store, i, &plan->launches[plan->n_launches]);
        if (!status)
            plan->n_launches++;
    }
    return status ? status : rn_waits_settle(plan);
}

void rn_plan_log_bound(const rn_plan *plan)
{
    rn_log(RN_LOG_DEBUG, "bind: %d kernels of a step and %d constant ones on %s; %s",
           plan->n_launches, plan->n_constants, plan->device->label,
           records(plan) ? "the second step is recorded" : "steps are not recorded");
}

static rn_status launch_one(const rn_plan *plan, const rn_launch *launch)
{
    rn_device *device = plan->device;
    rn_status status = rn_device_run(device, &launch->ready, launch->operands, launch->workspace);
    if (status)
        rn_fail_at(status, "%s: %s (%s)", device->label, launch->node->name,
                   launch->node->op->name);
    return status;
}

rn_status rn_plan_refresh(rn_plan *plan)
{
    const rn_store_copy *kept = plan->kept;
    uint64_t version = plan->dag->training ? kept->uploads : kept->version;
    if (plan->constant_version == version)
        return RN_OK;
    rn_stage before = rn_start_enter(RN_STAGE_CONSTANTS);
    rn_status status = RN_OK;
    for (int32_t i = 0; i < plan->n_constants && !status; i++) {
        status = launch_one(plan, &plan->constants[i]);
        if (!status && plan->spends)
            rn_spend(plan, i);
    }
    rn_start_enter(before);
    if (!status)
        plan->constant_version = version;
    return status;
}

/* A training step will change the kept tensors, for this plan and for others. */
rn_status rn_plan_begin(rn_plan *plan)
{
    rn_status status = rn_plan_refresh(plan);
    if (!status && plan->dag->training)
        plan->kept->version++;
    return status;
}

rn_status rn_plan_launch(const rn_plan *plan, int32_t i)
{
    rn_status status = rn_waits_before(plan, i);
    return status ? status : launch_one(plan, &plan->launches[i]);
}

static rn_status launch_all(const rn_plan *plan)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < plan->n_launches && !status; i++)
        status = rn_plan_launch(plan, i);
    return status ? status : rn_waits_before(plan, plan->n_launches);
}

rn_status rn_plan_run_each(rn_plan *plan)
{
    rn_status status = rn_plan_begin(plan);
    return status ? status : launch_all(plan);
}

static rn_status capture_launches(rn_plan *plan)
{
    const rn_capture *capture = &plan->device->capture;
    rn_context *context = plan->device->context;
    rn_slot_begin();
    rn_status status = rn_slot_end(capture->begin(context), "capture.begin");
    if (status)
        return status;
    status = launch_all(plan);
    if (status) {
        capture->end(context, NULL);
        return status;
    }
    status = capture->end(context, &plan->recording);
    status = rn_slot_made(status, "capture.end", plan->recording);
    if (status)
        plan->recording = NULL;
    return status;
}

/* Records the launches, unless the backend does not support recording them. */
static rn_status record(rn_plan *plan)
{
    rn_device *device = plan->device;
    rn_status status = capture_launches(plan);
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
    if (status)
        return status;
    if (records(plan) && !plan->recording && plan->n_runs == 1) {
        status = record(plan);
        if (status)
            return status;
    }
    if (!plan->recording) {
        plan->n_runs += plan->n_runs < 2;
        return launch_all(plan);
    }
    rn_slot_begin();
    status =
        rn_slot_end(device->capture.launch(device->context, plan->recording), "capture.launch");
    return status ? rn_fail_at(status, "%s: a recorded step", device->label) : RN_OK;
}

rn_status rn_plan_run_timed(rn_plan *plan, double *times_ms)
{
    const rn_device *device = plan->device;
    rn_status status = rn_plan_begin(plan);
    if (status)
        return status;
    status = rn_device_synchronize(device);
    if (status)
        return status;
    for (int32_t i = 0; i < plan->n_launches; i++) {
        uint64_t start = rn_host_table()->time_ns();
        status = rn_plan_launch(plan, i);
        if (status)
            return status;
        status = rn_device_synchronize(device);
        if (status)
            return status;
        times_ms[i] += (double)(rn_host_table()->time_ns() - start) * 1e-6;
    }
    return rn_waits_before(plan, plan->n_launches);
}

rn_status rn_plan_upload(rn_plan *plan, const rn_value *value, const void *from)
{
    const rn_device *device = plan->device;
    rn_operand to = { plan->arena, plan->memory->value_offsets[value->index] };
    rn_status status = rn_device_upload(device, to, from, value->desc.size_bytes);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

rn_status rn_plan_upload_pinned(rn_plan *plan, const rn_value *value, const void *from)
{
    const rn_device *device = plan->device;
    rn_status status =
        rn_device_upload_pinned(device, rn_plan_operand(plan, value), from, value->desc.size_bytes);
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
    rn_status status =
        rn_device_download(device, to, rn_plan_operand(plan, value), value->desc.size_bytes);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}
