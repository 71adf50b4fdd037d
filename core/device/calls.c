/* calls.c: what a backend may do wrong, checked where it is called. */
#include "device/calls.h"

#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

#define MOST_BYTES ((uint64_t)1 << 47) /* of an operand or workspace; a process addresses no more */

void rn_slot_begin(void)
{
    rn_fail_clear();
}

rn_status rn_slot_end(rn_status status, const char *slot)
{
    if (!status || rn_fail_text()[0])
        return status;
    return rn_fail(status, "its slot \"%s\" failed (%s) and gave no reason", slot,
                   rn_status_meaning(status));
}

rn_status rn_slot_made(rn_status status, const char *slot, const void *made)
{
    if (status || made)
        return rn_slot_end(status, slot);
    return rn_fail(RN_E_PLUGIN,
                   "its slot \"%s\" returned RN_OK and NULL; expected what it has made, "
                   "or a failure",
                   slot);
}

/* ---- Devices ---- */

rn_status rn_backend_count(const rn_backend *backend, int32_t *count)
{
    rn_slot_begin();
    *count = 0;
    rn_status status = rn_slot_end(backend->device_count(count), "device_count");
    if (!status && (*count < 0 || *count > RN_MAX_DEVICES))
        status =
            rn_fail(RN_E_PLUGIN, "its slot \"device_count\" found %d devices; expected 0 to %d",
                    (int)*count, RN_MAX_DEVICES);
    if (status)
        *count = 0;
    return status;
}

rn_status rn_slot_info(rn_status status, const char *slot, rn_device_info *info)
{
    info->name[sizeof info->name - 1] = 0;
    info->library[sizeof info->library - 1] = 0;
    if (status || info->threads >= 0)
        return rn_slot_end(status, slot);
    return rn_fail(RN_E_PLUGIN, "its slot \"%s\" tells of %d threads; expected 0 or more", slot,
                   (int)info->threads);
}

rn_status rn_backend_device(const rn_backend *backend, int32_t index, rn_device_info *info)
{
    rn_slot_begin();
    *info = (rn_device_info){ .size = sizeof *info };
    return rn_slot_info(backend->device_info(index, info), "device_info", info);
}

/* ---- Answers ---- */

/* An opaque layout takes what the backend says; the size in another one is known. */
static rn_status check_layout(const rn_tensor_desc *desc, int32_t operand, int32_t layout,
                              uint64_t *size_bytes)
{
    uint64_t bytes = *size_bytes;
    if (!layout)
        return RN_OK;
    bool is_known = layout == RN_LAYOUT_PLAIN || layout == RN_LAYOUT_NHWC;
    if ((!is_known && layout < RN_LAYOUT_OPAQUE) || (layout == RN_LAYOUT_NHWC && desc->rank != 4))
        return rn_fail(RN_E_PLUGIN,
                       "the backend's slot \"query\" wants operand %d in layout %d, which a "
                       "tensor of shape %s cannot have",
                       (int)operand, (int)layout, RN_DESC_STRING(desc));
    uint64_t plain = rn_desc_like(desc, desc->dtype).size_bytes;
    if (is_known && !bytes)
        bytes = *size_bytes = plain;
    if (is_known ? bytes == plain : bytes > 0 && bytes <= MOST_BYTES)
        return RN_OK;
    return rn_fail(RN_E_PLUGIN,
                   "the backend's slot \"query\" wants %" PRIu64 " bytes for operand %d in layout "
                   "%d, whose numbers take %" PRIu64,
                   bytes, (int)operand, (int)layout, plain);
}

rn_status rn_slot_answer(const rn_op_desc *op, rn_op_answer *answer)
{
    answer->algorithm[sizeof answer->algorithm - 1] = 0;
    if (answer->workspace_bytes > MOST_BYTES)
        return rn_fail(RN_E_PLUGIN,
                       "the backend's slot \"query\" wants a workspace of %" PRIu64
                       " bytes; expected %" PRIu64 " at most",
                       answer->workspace_bytes, MOST_BYTES);
    if (answer->inplace_inputs >> op->n_inputs)
        return rn_fail(RN_E_PLUGIN,
                       "the backend's slot \"query\" lets output 0 overwrite the inputs 0x%x, but "
                       "there are %d",
                       answer->inplace_inputs, (int)op->n_inputs);
    rn_status status = RN_OK;
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs && !status; i++) {
        const rn_tensor_desc *desc =
            i < op->n_inputs ? op->inputs[i] : op->outputs[i - op->n_inputs];
        if (desc)
            status = check_layout(desc, i, answer->layouts[i], &answer->layout_bytes[i]);
    }
    return status;
}

/* ---- An opened device ---- */

rn_status rn_device_buffer(const rn_device *device, uint64_t size_bytes, rn_buffer **buffer)
{
    rn_slot_begin();
    *buffer = NULL;
    rn_status status = device->backend->buffer_create(device->context, size_bytes, buffer);
    status = rn_slot_made(status, "buffer_create", *buffer);
    if (status)
        *buffer = NULL;
    return status;
}

rn_status rn_device_upload(const rn_device *device, rn_operand to, const void *from,
                           uint64_t size_bytes)
{
    rn_slot_begin();
    return rn_slot_end(device->backend->upload(device->context, to, from, size_bytes), "upload");
}

rn_status rn_device_download(const rn_device *device, void *to, rn_operand from,
                             uint64_t size_bytes)
{
    rn_slot_begin();
    return rn_slot_end(device->backend->download(device->context, to, from, size_bytes),
                       "download");
}

rn_status rn_device_run_kernel(const rn_device *device, rn_kernel *kernel,
                               const rn_operand *operands, rn_operand workspace)
{
    rn_slot_begin();
    return rn_slot_end(device->backend->run(device->context, kernel, operands, workspace), "run");
}

rn_status rn_device_synchronize(const rn_device *device)
{
    rn_slot_begin();
    return rn_slot_end(device->backend->synchronize(device->context), "synchronize");
}

rn_status rn_device_pin(const rn_device *device, uint64_t size_bytes, void **memory)
{
    *memory = NULL;
    rn_slot_begin();
    rn_status status = device->pinned_memory.allocate(device->context, size_bytes, memory);
    return rn_slot_made(status, "pinned_memory.allocate", *memory);
}

void rn_device_unpin(const rn_device *device, void *memory)
{
    device->pinned_memory.release(device->context, memory);
}

rn_status rn_device_upload_pinned(const rn_device *device, rn_operand to, const void *from,
                                  uint64_t size_bytes)
{
    rn_slot_begin();
    return rn_slot_end(device->pinned_memory.upload(device->context, to, from, size_bytes),
                       "pinned_memory.upload");
}
