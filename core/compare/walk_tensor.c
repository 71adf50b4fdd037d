/* walk_tensor.c: downloads and uploads of values in other layouts than plain go through the plain
 * copy that the plan has beside them; for uploads the backend's own reorder is run backwards. */
#include "compare/walk_tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/calls.h"
#include "graph/op.h"

/* ---- Layouts ---- */

/* Prepares the way from a plain copy to the layout of `value`, if the backend has one. */
static rn_status prepare_back(rn_walk_tensors *tensors, rn_value *value, uint64_t *most_bytes)
{
    rn_device *device = tensors->plan->device;
    rn_launch *launch = &tensors->back[value->index];
    rn_op_answer answer;
    const rn_node reorder = { .op = rn_op_find("reorder"),
                              .name = value->name,
                              .n_inputs = RN_REORDER_N_INPUTS,
                              .inputs = { [RN_REORDER_X] = value->plain },
                              .n_outputs = RN_REORDER_N_OUTPUTS,
                              .outputs = { [RN_REORDER_Y] = value } };
    rn_status status = rn_device_query(device, &reorder, &answer);
    if (status == RN_E_UNSUPPORTED)
        rn_fail_clear();
    if (status)
        return status == RN_E_UNSUPPORTED ? RN_OK : status;
    *most_bytes = answer.workspace_bytes > *most_bytes ? answer.workspace_bytes : *most_bytes;
    launch->operands[RN_REORDER_X] = rn_plan_operand(tensors->plan, value->plain);
    launch->operands[RN_REORDER_N_INPUTS + RN_REORDER_Y] = rn_plan_operand(tensors->plan, value);
    return rn_device_prepare(device, &reorder, &launch->ready);
}

static rn_status create_workspace(rn_walk_tensors *tensors, uint64_t bytes)
{
    const rn_device *device = tensors->plan->device;
    if (!bytes)
        return RN_OK;
    rn_status status = rn_device_buffer(device, bytes, &tensors->workspace);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

static rn_status prepare_all(rn_walk_tensors *tensors)
{
    const rn_dag *dag = tensors->plan->dag;
    uint64_t bytes = 0;
    rn_status status = RN_OK;
    tensors->back = calloc((size_t)dag->n_values + 1, sizeof *tensors->back);
    if (!tensors->back)
        return rn_fail(RN_E_NOMEM, "no memory to walk a step");
    for (int32_t i = 0; i < dag->n_values && !status; i++)
        if (dag->values[i]->plain && !dag->values[i]->is_constant)
            status = prepare_back(tensors, dag->values[i], &bytes);
    return status ? status : create_workspace(tensors, bytes);
}

/* Runs the reorder from the plain copy of a value. */
static rn_status go_back(const rn_walk_tensors *tensors, const rn_value *value)
{
    rn_device *device = tensors->plan->device;
    const rn_launch *launch = &tensors->back[value->index];
    rn_status status = rn_device_run(device, &launch->ready, launch->operands,
                                     (rn_operand){ .buffer = tensors->workspace });
    return status ? rn_fail_at(status, "%s: %s (reorder)", device->label, value->name) : RN_OK;
}

/* ---- Masks ---- */

/* The elements of one plane, which begins at a byte of its own. */
static int64_t plane_size(const rn_tensor_desc *desc)
{
    int64_t last = desc->shape[desc->rank - 1];
    return desc->rank > 2 ? last * desc->shape[desc->rank - 2] : last;
}

static bool is_stored_as_bytes(const rn_value *value)
{
    return value->desc.dtype == RN_U8 || value->desc.dtype == RN_BIT;
}

/* How many bits follow each other without a gap. */
static int64_t run_of_bits(const rn_walk_tensors *tensors, const rn_tensor_desc *desc)
{
    return tensors->bits_run_on ? rn_desc_count(desc) : plane_size(desc);
}

/* Where element i of a mask of bits is. */
static uint64_t bit_of(int64_t plane, int64_t i)
{
    return (uint64_t)(i / plane * ((plane + 7) / 8) * 8 + i % plane);
}

static void unpack(const rn_walk_tensors *tensors, const rn_tensor_desc *desc, float *to)
{
    int64_t count = rn_desc_count(desc), plane = run_of_bits(tensors, desc);
    const unsigned char *stored = tensors->stored;
    for (int64_t i = 0; i < count; i++) {
        uint64_t bit = bit_of(plane, i);
        to[i] = desc->dtype == RN_U8 ? (float)stored[i] : (float)(stored[bit / 8] >> bit % 8 & 1);
    }
}

static void pack(const rn_walk_tensors *tensors, const rn_tensor_desc *desc, const float *from)
{
    int64_t count = rn_desc_count(desc), plane = run_of_bits(tensors, desc);
    unsigned char *stored = tensors->stored;
    memset(stored, 0, desc->size_bytes);
    for (int64_t i = 0; i < count; i++) {
        uint64_t bit = bit_of(plane, i);
        if (desc->dtype == RN_U8)
            stored[i] = (unsigned char)from[i];
        else if (from[i] != 0)
            stored[bit / 8] = (unsigned char)(stored[bit / 8] | 1u << bit % 8);
    }
}

static rn_status make_room(rn_walk_tensors *tensors, uint64_t bytes)
{
    if (bytes <= tensors->stored_bytes)
        return RN_OK;
    free(tensors->stored);
    tensors->stored = malloc(bytes);
    tensors->stored_bytes = tensors->stored ? bytes : 0;
    return tensors->stored ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for a mask; lower --batch");
}

/* ---- Values ---- */

/* Multiplies by the factor between a value on the device and what it would be without a scale of
 * the loss, to a power. */
static void rescale(const rn_walk_tensors *tensors, const rn_value *value, double power,
                    float *values)
{
    const rn_dag *dag = tensors->plan->dag;
    bool is_scale = value == dag->update_scale || value == dag->loss_scale;
    bool is_gradient = value->producer && value->producer->phase == RN_PHASE_BACKWARD;
    if (!dag->loss_scale || !(is_scale || is_gradient || value == dag->square_sum))
        return;
    double factor = pow(tensors->loss_scale, value == dag->square_sum ? 2 * power : power);
    int64_t count = is_scale ? 1 : rn_desc_count(&value->desc); /* a flag is behind the scale */
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)((double)values[i] * factor);
}

/* The order of a mask's bits is the backend's choice: with a gap after each plane, or without. A
 * relu's mask tells which, where planes do not end with a byte: its result is positive there. */
static bool tells_order(const rn_value *mask)
{
    const rn_node *node = mask->producer;
    const rn_value *y = node ? node->outputs[0] : NULL;
    return mask->desc.dtype == RN_BIT && plane_size(&mask->desc) % 8 != 0 && !mask->plain && y &&
           y->shown && !y->base && !y->plain && !rn_node_is(node, "dropout");
}

/* The number of elements in which the mask is not that of a relu with the result y. */
static int64_t contradictions(const rn_walk_tensors *tensors, const rn_tensor_desc *desc,
                              const float *y, float *mask)
{
    int64_t count = rn_desc_count(desc), n = 0;
    unpack(tensors, desc, mask);
    for (int64_t i = 0; i < count; i++)
        n += (mask[i] != 0) != (y[i] > 0);
    return n;
}

static rn_status find_order(rn_walk_tensors *tensors, const rn_value *mask, float *scratch)
{
    float *y = malloc((size_t)rn_desc_count(&mask->desc) * sizeof *y);
    rn_status status = y ? rn_plan_download(tensors->plan, mask->producer->outputs[0], y)
                         : rn_fail(RN_E_NOMEM, "no memory for a mask; lower --batch");
    if (!status) {
        int64_t with_gaps = contradictions(tensors, &mask->desc, y, scratch);
        tensors->bits_run_on = true;
        tensors->bits_run_on = contradictions(tensors, &mask->desc, y, scratch) < with_gaps;
        tensors->is_order_known = true;
    }
    free(y);
    return status;
}

bool rn_walk_tensor_is_readable(const rn_value *value)
{
    const rn_node *node = value->producer;
    bool is_opaque = node && node->n_outputs && node->outputs[0] && node->outputs[0]->plain;
    return value->desc.dtype != RN_BIT || !is_opaque;
}

rn_status rn_walk_tensor_read(rn_walk_tensors *tensors, const rn_value *value, float *to)
{
    rn_status status;
    if (is_stored_as_bytes(value)) {
        status = make_room(tensors, rn_plan_bytes(value));
        if (!status)
            status = rn_plan_download(tensors->plan, value, tensors->stored);
        if (!status && tells_order(value) && !tensors->is_order_known)
            status = find_order(tensors, value, to);
        if (!status)
            unpack(tensors, &value->desc, to);
        return status;
    }
    status = rn_plan_download(tensors->plan, value, to);
    if (!status)
        rescale(tensors, value, -1, to);
    return status;
}

rn_status rn_walk_tensor_write(rn_walk_tensors *tensors, const rn_value *value, float *from)
{
    const rn_value *plain = value->plain ? value->plain : value;
    const void *data = from;
    rn_status status = RN_OK;
    if (value->plain && !tensors->back[value->index].ready.kernel)
        return rn_fail(RN_E_UNSUPPORTED, "%s: \"%s\" cannot be set from outside",
                       tensors->plan->device->label, value->name);
    if (is_stored_as_bytes(value)) {
        status = make_room(tensors, plain->desc.size_bytes);
        if (status)
            return status;
        pack(tensors, &plain->desc, from);
        data = tensors->stored;
    } else {
        rescale(tensors, value, 1, from);
    }
    status = rn_plan_upload(tensors->plan, plain, data);
    return status || plain == value ? status : go_back(tensors, value);
}

/* ---- The whole ---- */

rn_status rn_walk_tensors_make(rn_plan *plan, double loss_scale, bool writes,
                               rn_walk_tensors *tensors)
{
    *tensors = (rn_walk_tensors){ .plan = plan, .loss_scale = loss_scale > 0 ? loss_scale : 1 };
    return writes ? prepare_all(tensors) : RN_OK;
}

void rn_walk_tensors_clear(rn_walk_tensors *tensors)
{
    rn_device *device = tensors->plan ? tensors->plan->device : NULL;
    for (int32_t i = 0; tensors->back && i < tensors->plan->dag->n_values; i++)
        rn_device_release(device, &tensors->back[i].ready);
    if (tensors->workspace)
        device->backend->buffer_destroy(device->context, tensors->workspace);
    free(tensors->back);
    free(tensors->stored);
    *tensors = (rn_walk_tensors){ 0 };
}
