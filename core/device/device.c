/* device.c: opening a backend's device and asking it about nodes. */
#include "device/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/processors.h"
#include "base/status.h"
#include "device/calls.h"
#include "device/custom.h"
#include "device/exchange.h"
#include "device/search.h"
#include "graph/op.h"
#include "plugin/check.h"

/* The index in "cudnn:1"; 0 where the device has a name or none. */
static int32_t index_of(const char *device)
{
    char *end = NULL;
    long index = strtol(device, &end, 10);
    return *device && *end == 0 && index >= 0 && index < 1024 ? (int32_t)index : 0;
}

/* What the backend offers beside its table. */
static rn_status find_extensions(rn_device *device)
{
    const rn_backend *backend = device->backend;
    rn_context *context = device->context;
    rn_status status = RN_OK;
    const void *found;
    if (!backend->extension)
        return RN_OK;
    if ((found = backend->extension(context, RN_CAPTURE_ID)))
        status = rn_plugin_check_capture(found, &device->capture);
    if (!status && (found = backend->extension(context, RN_COLLECTIVE_ID)))
        status = rn_plugin_check_collective(found, &device->collective);
    if (!status && (found = backend->extension(context, RN_SOURCE_KERNEL_ID)))
        status = rn_plugin_check_source_kernel(found, &device->source_kernel);
    if (!status && (found = backend->extension(context, RN_HOST_MEMORY_ID)))
        status = rn_plugin_check_host_memory(found, &device->host_memory);
    if (!status && (found = backend->extension(context, RN_RANK_SUMS_ID)))
        status = rn_plugin_check_rank_sums(found, &device->rank_sums);
    if (!status && (found = backend->extension(context, RN_PINNED_MEMORY_ID)))
        status = rn_plugin_check_pinned_memory(found, &device->pinned_memory);
    return status;
}

static rn_status describe_device(rn_device *device, const rn_device_params *params)
{
    const rn_backend *backend = device->backend;
    if (!backend->context_info)
        return rn_backend_device(backend, index_of(params->device), &device->info);
    rn_slot_begin();
    device->info.size = sizeof device->info;
    return rn_slot_info(backend->context_info(device->context, &device->info), "context_info",
                        &device->info);
}

static rn_status open_context(rn_device *device, const rn_device_params *params)
{
    rn_open_params open = { .size = sizeof open,
                            .threads = params->threads,
                            .precision = params->precision,
                            .deterministic = params->deterministic,
                            .device = params->device,
                            .convolution = params->convolution,
                            .tuning = params->tuning };
    rn_context *context = NULL;
    rn_slot_begin();
    rn_status status = device->backend->open(&open, &context);
    status = rn_slot_made(status, "open", context);
    if (status)
        return status;
    device->context = context;
    status = describe_device(device, params);
    return status ? status : find_extensions(device);
}

rn_status rn_device_open(rn_registry *registry, const rn_device_params *params, rn_device **out)
{
    rn_device *device = calloc(1, sizeof *device);
    if (!device)
        return rn_fail(RN_E_NOMEM, "no memory to open backend %s", params->backend);
    device->deterministic = params->deterministic;
    device->strict = params->strict;
    device->threads = params->threads > 0 ? params->threads : (int32_t)rn_processors_computing();
    rn_status status = rn_registry_backend(registry, params->backend, &device->backend);
    if (status)
        goto done;
    size_t size = strlen(params->backend) + strlen(params->device) + 2;
    device->label = malloc(size);
    if (!device->label) {
        status = rn_fail(RN_E_NOMEM, "no memory to open backend %s", params->backend);
        goto done;
    }
    snprintf(device->label, size, "%s%s%s", params->backend, params->device[0] ? ":" : "",
             params->device);
    status = open_context(device, params);
    if (status)
        rn_fail_at(status, "backend %s", device->label);
done:
    if (status)
        rn_device_close(device);
    else
        *out = device;
    return status;
}

void rn_device_close(rn_device *device)
{
    if (!device)
        return;
    if (device->context)
        device->backend->close(device->context);
    free(device->staging);
    free(device->label);
    free(device);
}

/* The length of the number at the start of a list; 0 where there is none. */
static size_t number_length(const char *text)
{
    size_t length = strspn(text, "0123456789");
    return length < 6 ? length : 0;
}

rn_status rn_device_list(const char *text, int32_t *count)
{
    long numbers[RN_MAX_RANKS];
    int32_t n = 0;
    *count = 1;
    for (const char *at = text;; at++) {
        size_t length = number_length(at);
        if (!length || (at[length] && at[length] != ',') || n == RN_MAX_RANKS)
            return RN_OK;
        numbers[n] = strtol(at, NULL, 10);
        for (int32_t i = 0; i < n; i++)
            if (numbers[i] == numbers[n])
                return rn_fail(RN_E_CONFIG,
                               "device %ld is named twice in \"%s\"; name each device "
                               "once",
                               numbers[n], text);
        n++;
        at += length;
        if (!*at)
            break;
    }
    *count = n;
    return RN_OK;
}

char *rn_device_list_name(const char *text, int32_t index)
{
    for (; index > 0; index--)
        text = strchr(text, ',') + 1;
    return strndup(text, strcspn(text, ","));
}

/* A node's operands as the ABI describes them. */
typedef struct described {
    const rn_tensor_desc *inputs[RN_MAX_PORTS], *outputs[RN_MAX_PORTS];
    rn_op_desc desc;
} described;

static void describe(const rn_node *node, described *d)
{
    for (int32_t i = 0; i < node->n_inputs; i++)
        d->inputs[i] = node->inputs[i] ? &node->inputs[i]->desc : NULL;
    for (int32_t i = 0; i < node->n_outputs; i++)
        d->outputs[i] = node->outputs[i] ? &node->outputs[i]->desc : NULL;
    d->desc = (rn_op_desc){ .size = sizeof d->desc,
                            .op = node->op->name,
                            .name = node->name,
                            .attrs = node->op->attrs_size ? node->attrs : NULL,
                            .inputs = d->inputs,
                            .outputs = d->outputs,
                            .n_inputs = node->n_inputs,
                            .n_outputs = node->n_outputs };
}

rn_status rn_device_query(rn_device *device, const rn_node *node, rn_op_answer *answer)
{
    described d;
    if (node->custom)
        return rn_custom_query(device, node, answer);
    if (rn_exchange_is(device, node))
        return rn_exchange_query(node, answer);
    describe(node, &d);
    memset(answer, 0, sizeof *answer);
    answer->size = sizeof *answer;
    rn_slot_begin();
    const uint64_t begin_ns = rn_host_table()->time_ns();
    rn_status status =
        rn_slot_end(device->backend->query(device->context, &d.desc, answer), "query");
    rn_search_add(device->label, rn_host_table()->time_ns() - begin_ns);
    if (!status)
        status = rn_slot_answer(&d.desc, answer);
    if (!status && device->deterministic && answer->deterministic != 1)
        status = rn_fail(RN_E_UNSUPPORTED, "equal inputs may give different bits, which "
                                           "--deterministic does not allow");
    return status ? rn_fail_at(status, "%s (%s)", node->name, node->op->name) : RN_OK;
}

rn_status rn_device_prepare(rn_device *device, const rn_node *node, rn_ready *ready)
{
    described d;
    *ready = (rn_ready){ 0 };
    if (node->custom)
        return rn_custom_prepare(device, node, ready);
    if (rn_exchange_is(device, node))
        return rn_exchange_prepare(device, node, &ready->exchange);
    describe(node, &d);
    rn_slot_begin();
    rn_status status = device->backend->prepare(device->context, &d.desc, &ready->kernel);
    status = rn_slot_made(status, "prepare", ready->kernel);
    if (status)
        ready->kernel = NULL;
    return status ? rn_fail_at(status, "%s: %s (%s)", device->label, node->name, node->op->name)
                  : RN_OK;
}

rn_status rn_device_run(rn_device *device, const rn_ready *ready, const rn_operand *operands,
                        rn_operand workspace)
{
    if (ready->host)
        return rn_custom_run(ready->host, operands, workspace);
    if (ready->exchange)
        return rn_exchange_start(ready->exchange, operands);
    return rn_device_run_kernel(device, ready->kernel, operands, workspace);
}

void rn_device_release(rn_device *device, rn_ready *ready)
{
    if (ready->kernel)
        device->backend->kernel_destroy(device->context, ready->kernel);
    if (ready->host)
        rn_custom_release(ready->host);
    if (ready->exchange)
        rn_exchange_release(ready->exchange);
    *ready = (rn_ready){ 0 };
}

rn_status rn_device_accepts(rn_device *device, const rn_node *node, bool *accepts, char *reason)
{
    rn_op_answer answer;
    rn_status status = rn_device_query(device, node, &answer);
    *accepts = !status;
    if (status != RN_E_UNSUPPORTED)
        return status;
    if (reason)
        snprintf(reason, RN_REFUSAL_BYTES, "%s", rn_fail_text());
    rn_fail_clear();
    return RN_OK;
}

rn_status rn_device_mask_dtype(rn_device *device, int32_t *dtype)
{
    bool has_bits;
    rn_value x = { .desc = rn_desc_make(RN_F32, 4, (const int64_t[]){ 1, 1, 8, 8 }) };
    rn_value mask = { .desc = rn_desc_like(&x.desc, RN_BIT) };
    const rn_node relu = { .op = rn_op_find("relu"),
                           .name = (char[]){ "relu" },
                           .n_inputs = RN_RELU_N_INPUTS,
                           .inputs = { [RN_RELU_X] = &x },
                           .n_outputs = RN_RELU_N_OUTPUTS,
                           .outputs = { [RN_RELU_Y] = &x, [RN_RELU_MASK] = &mask } };
    rn_status status = rn_device_accepts(device, &relu, &has_bits, NULL);
    *dtype = has_bits ? RN_BIT : RN_U8;
    return status;
}

rn_status rn_device_takes_bytes(rn_device *device, bool *takes)
{
    rn_value x = { .desc = rn_desc_make(RN_U8, 4, (const int64_t[]){ 1, 8, 8, 3 }) };
    rn_value table = { .desc = rn_desc_make(RN_F32, 2, (const int64_t[]){ 3, 256 }) };
    rn_value y = { .desc = rn_desc_make(RN_F32, 4, (const int64_t[]){ 1, 3, 8, 8 }) };
    const rn_node lookup = { .op = rn_op_find("lookup"),
                             .name = (char[]){ "lookup" },
                             .n_inputs = RN_LOOKUP_N_INPUTS,
                             .inputs = { [RN_LOOKUP_X] = &x, [RN_LOOKUP_TABLE] = &table },
                             .n_outputs = RN_LOOKUP_N_OUTPUTS,
                             .outputs = { [RN_LOOKUP_Y] = &y } };
    return rn_device_accepts(device, &lookup, takes, NULL);
}
