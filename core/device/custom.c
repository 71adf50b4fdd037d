/* custom.c: runs operators that plugins bring. Where the backend's buffers lie in host memory,
 * `run` sees the operands where they are; elsewhere they are copied to the device's staging memory
 * and back. */
#include "device/custom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/split.h"
#include "base/status.h"
#include "graph/custom.h"

#define ALIGNMENT 64
#define MOST_WORKSPACE ((uint64_t)1 << 46) /* bytes; more cannot be addressed */

/* Who computes an operator. */
typedef enum means {
    BY_SOURCE, /* a kernel of the device, from the operator's source */
    IN_PLACE,  /* `run`, on the backend's own memory */
    COPIED     /* `run`, on copies */
} means;

struct rn_host_op {
    rn_device *device;
    const rn_node *node;
    rn_custom_described described;
    means by;
    uint64_t workspace_bytes;
};

static const rn_custom_op *table_of(const rn_node *node)
{
    return &node->custom->loaded->op;
}

/* The operator's source in the language of the device; NULL: none. */
static const rn_custom_source *source_of(const rn_device *device, const rn_node *node)
{
    if (!device->source_kernel.size)
        return NULL;
    switch (device->source_kernel.language) {
        case RN_SOURCE_OPENCL: return table_of(node)->opencl;
        case RN_SOURCE_CUDA: return table_of(node)->cuda;
        default: return NULL;
    }
}

static means means_of(const rn_device *device, const rn_node *node)
{
    if (source_of(device, node))
        return BY_SOURCE;
    return device->host_memory.size ? IN_PLACE : COPIED;
}

static uint64_t workspace_of(const rn_node *node)
{
    rn_custom_described d;
    if (!table_of(node)->workspace)
        return 0;
    rn_custom_describe(node, &d);
    return table_of(node)->workspace(&d.desc);
}

/* ---- Query ---- */

static rn_status check(const rn_device *device, const rn_node *node, means by)
{
    if (by == COPIED && device->strict)
        return rn_fail(RN_E_UNSUPPORTED,
                       "it has no source for backend %s, and --strict does not allow that it is "
                       "computed in host memory",
                       device->label);
    if (workspace_of(node) > MOST_WORKSPACE)
        return rn_fail(RN_E_PLUGIN, "it asks for %llu bytes of workspace",
                       (unsigned long long)workspace_of(node));
    if (device->deterministic && !table_of(node)->deterministic)
        return rn_fail(RN_E_UNSUPPORTED, "equal inputs may give different bits, which "
                                         "--deterministic does not allow");
    return RN_OK;
}

rn_status rn_custom_query(rn_device *device, const rn_node *node, rn_op_answer *answer)
{
    static const char *const names[] = { [BY_SOURCE] = "the plugin's source",
                                         [IN_PLACE] = "the plugin's code",
                                         [COPIED] = "the plugin's code, on copies" };
    means by = means_of(device, node);
    *answer =
        (rn_op_answer){ .size = sizeof *answer, .deterministic = table_of(node)->deterministic };
    rn_status status = check(device, node, by);
    if (status)
        return rn_fail_at(status, "%s (%s)", node->name, node->op->name);
    for (int32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i]->desc.layout != RN_LAYOUT_PLAIN)
            answer->layouts[i] = RN_LAYOUT_PLAIN;
    answer->workspace_bytes = by == IN_PLACE ? workspace_of(node) : 0;
    snprintf(answer->algorithm, sizeof answer->algorithm, "%s", names[by]);
    return RN_OK;
}

/* ---- Kernels of the device ---- */

static bool is_arg(const rn_custom_arg *arg)
{
    return arg->type == RN_CUSTOM_I64 || arg->type == RN_CUSTOM_F32 ||
           (arg->type == RN_CUSTOM_I32 && arg->int_value >= INT32_MIN &&
            arg->int_value <= INT32_MAX);
}

static rn_status check_axis(const char *what, int32_t axis, int64_t n, int64_t most)
{
    if (n >= 1 && n <= most)
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "it asks for %s[%d] = %lld, expected 1 to %lld", what, axis,
                   (long long)n, (long long)most);
}

static rn_status check_grid(rn_custom_launch *launch)
{
    static const int64_t most[3] = { RN_CUSTOM_MOST_GROUPS, RN_CUSTOM_MOST_GROUPS_YZ,
                                     RN_CUSTOM_MOST_GROUPS_YZ };
    rn_status status = RN_OK;
    for (int32_t i = 0; i < 3 && !status; i++) {
        launch->groups[i] = launch->groups[i] ? launch->groups[i] : 1;
        launch->group[i] = launch->group[i] ? launch->group[i] : 1;
        status = check_axis("groups", i, launch->groups[i], most[i]);
        if (!status)
            status = check_axis("group", i, launch->group[i], RN_CUSTOM_MOST_ITEMS);
    }
    return status;
}

static rn_status check_launch(rn_custom_launch *launch)
{
    rn_status status = check_grid(launch);
    if (status)
        return status;
    int64_t items = (int64_t)launch->group[0] * launch->group[1] * launch->group[2];
    if (items > RN_CUSTOM_MOST_ITEMS)
        return rn_fail(RN_E_PLUGIN, "it asks for groups of %lld items, expected at most %d",
                       (long long)items, RN_CUSTOM_MOST_ITEMS);
    if (launch->local_bytes > RN_CUSTOM_MOST_LOCAL)
        return rn_fail(RN_E_PLUGIN, "it asks for %u bytes of local memory, expected at most %d",
                       launch->local_bytes, RN_CUSTOM_MOST_LOCAL);
    if (launch->n_args > RN_CUSTOM_MAX_ARGS)
        return rn_fail(RN_E_PLUGIN, "it gives %u arguments, expected at most %d", launch->n_args,
                       RN_CUSTOM_MAX_ARGS);
    for (uint32_t i = 0; i < launch->n_args; i++)
        if (!is_arg(&launch->args[i]))
            return rn_fail(RN_E_PLUGIN, "argument %u has a wrong type or does not fit in it", i);
    return RN_OK;
}

static rn_status prepare_source(rn_device *device, const rn_node *node, rn_kernel **kernel)
{
    rn_custom_described d;
    rn_custom_launch launch = { .size = sizeof launch };
    const rn_custom_source *source = source_of(device, node);
    rn_custom_describe(node, &d);
    rn_fail_clear();
    rn_status status = source->launch(&d.desc, &launch);
    if (status)
        return rn_custom_failed(node, "launch", status);
    status = check_launch(&launch);
    if (status)
        return rn_custom_failed(node, "launch", status);
    const rn_source_desc desc = { .size = sizeof desc,
                                  .n_inputs = node->n_inputs,
                                  .n_outputs = node->n_outputs,
                                  .op = node->op->name,
                                  .text = source->text,
                                  .entry = source->entry,
                                  .launch = &launch };
    status = device->source_kernel.prepare(device->context, &desc, kernel);
    return status ? rn_fail_at(status, "operator %s", node->op->name) : RN_OK;
}

/* ---- Host memory ---- */

static uint64_t aligned(uint64_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* One staging memory serves all operators of a device, which run one after the other. */
static rn_status reserve_staging(rn_device *device, const rn_host_op *host)
{
    uint64_t bytes = aligned(host->workspace_bytes);
    for (int32_t i = 0; i < host->node->n_inputs; i++)
        bytes += aligned(host->described.inputs[i]->size_bytes);
    for (int32_t i = 0; i < host->node->n_outputs; i++)
        bytes += aligned(host->described.outputs[i]->size_bytes);
    if (bytes <= device->staging_bytes)
        return RN_OK;
    free(device->staging);
    device->staging_bytes = 0;
    device->staging = aligned_alloc(ALIGNMENT, bytes);
    if (!device->staging)
        return rn_fail(RN_E_NOMEM, "no memory for copies of the operands, %llu bytes",
                       (unsigned long long)bytes);
    device->staging_bytes = bytes;
    return RN_OK;
}

/* Says once for each operator of a device that it costs copies. */
static void note_copies(rn_device *device, const rn_node *node)
{
    const rn_loaded_op *loaded = node->custom->loaded;
    for (int32_t i = 0; i < device->n_noted; i++)
        if (device->noted[i] == loaded)
            return;
    if (device->n_noted < RN_MOST_NOTED)
        device->noted[device->n_noted++] = loaded;
    rn_log(RN_LOG_WARNING,
           "%s: operator %s has no source for this backend: it is computed in host memory, and its "
           "operands are copied there and back in each step",
           device->label, loaded->name);
}

static rn_status prepare_host(rn_device *device, const rn_node *node, means by, rn_host_op **out)
{
    rn_host_op *host = calloc(1, sizeof *host);
    if (!host)
        return rn_fail(RN_E_NOMEM, "no memory for the plan");
    *host = (rn_host_op){
        .device = device, .node = node, .by = by, .workspace_bytes = workspace_of(node)
    };
    rn_custom_describe(node, &host->described);
    rn_status status = RN_OK;
    if (by == COPIED) {
        note_copies(device, node);
        status = reserve_staging(device, host);
    }
    if (status)
        rn_custom_release(host);
    else
        *out = host;
    return status;
}

rn_status rn_custom_prepare(rn_device *device, const rn_node *node, rn_ready *ready)
{
    means by = means_of(device, node);
    rn_status status = by == BY_SOURCE ? prepare_source(device, node, &ready->kernel)
                                       : prepare_host(device, node, by, &ready->host);
    return status ? rn_fail_at(status, "%s: %s", device->label, node->name) : RN_OK;
}

void rn_custom_release(rn_host_op *host)
{
    free(host);
}

/* ---- Runs ---- */

static void parallel(const rn_custom_call *call, int64_t count, rn_custom_work work, void *argument)
{
    const rn_host_op *host = call->core;
    rn_device *device = host->device;
    if (host->by == IN_PLACE)
        device->host_memory.parallel(device->context, count, work, argument);
    else
        rn_split_run(count, device->threads, work, argument);
}

static int32_t threads_of(const rn_host_op *host)
{
    rn_device *device = host->device;
    return host->by == IN_PLACE ? device->host_memory.threads(device->context) : device->threads;
}

/* The addresses of the operands, inputs first, and of the workspace after them. */
static void find_memory(const rn_host_op *host, const rn_operand *operands, rn_operand workspace,
                        void *memory[RN_MAX_OPERANDS + 1])
{
    rn_device *device = host->device;
    int32_t n_inputs = host->node->n_inputs, n = n_inputs + host->node->n_outputs;
    char *at = device->staging;
    for (int32_t i = 0; i < n; i++) {
        const rn_tensor_desc *desc =
            i < n_inputs ? host->described.inputs[i] : host->described.outputs[i - n_inputs];
        memory[i] =
            host->by == COPIED ? at : device->host_memory.pointer(device->context, operands[i]);
        at += aligned(desc->size_bytes);
    }
    memory[n] = NULL;
    if (host->workspace_bytes)
        memory[n] =
            host->by == COPIED ? at : device->host_memory.pointer(device->context, workspace);
}

static rn_status call_run(rn_host_op *host, void *const *memory)
{
    const float *inputs[RN_CUSTOM_MAX_INPUTS];
    float *outputs[RN_CUSTOM_MAX_OUTPUTS];
    int32_t n_inputs = host->node->n_inputs, n_outputs = host->node->n_outputs;
    for (int32_t i = 0; i < n_inputs; i++)
        inputs[i] = memory[i];
    for (int32_t i = 0; i < n_outputs; i++)
        outputs[i] = memory[n_inputs + i];
    const rn_custom_call call = { .size = sizeof call,
                                  .n_threads = threads_of(host),
                                  .op = &host->described.desc,
                                  .inputs = inputs,
                                  .outputs = outputs,
                                  .workspace = memory[n_inputs + n_outputs],
                                  .core = host,
                                  .parallel = parallel };
    rn_fail_clear();
    rn_status status = table_of(host->node)->run(&call);
    return status ? rn_custom_failed(host->node, "run", status) : RN_OK;
}

static rn_status download(const rn_host_op *host, const rn_operand *operands, void *const *memory)
{
    const rn_device *device = host->device;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < host->node->n_inputs && !status; i++)
        status = device->backend->download(device->context, memory[i], operands[i],
                                           host->described.inputs[i]->size_bytes);
    return status;
}

static rn_status upload(const rn_host_op *host, const rn_operand *operands, void *const *memory)
{
    const rn_device *device = host->device;
    int32_t n_inputs = host->node->n_inputs;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < host->node->n_outputs && !status; i++)
        status =
            device->backend->upload(device->context, operands[n_inputs + i], memory[n_inputs + i],
                                    host->described.outputs[i]->size_bytes);
    return status;
}

rn_status rn_custom_run(rn_host_op *host, const rn_operand *operands, rn_operand workspace)
{
    void *memory[RN_MAX_OPERANDS + 1];
    bool is_copied = host->by == COPIED;
    find_memory(host, operands, workspace, memory);
    rn_status status = is_copied ? download(host, operands, memory) : RN_OK;
    if (!status)
        status = call_run(host, memory);
    return status || !is_copied ? status : upload(host, operands, memory);
}
