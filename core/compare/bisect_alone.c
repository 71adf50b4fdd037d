/* bisect_alone.c: one operator in a buffer of its own, with guard bytes between the operands. */
#include "compare/bisect_alone.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/calls.h"
#include "graph/op.h"

#define GUARD_BYTES 256
#define ALIGNMENT 64
#define MAX_LAUNCHES (RN_MAX_OPERANDS + 1) /* reorders and the operator */

/* A part of the buffer. */
typedef struct part {
    uint64_t offset, size;
    bool changes;
} part;

typedef struct launch {
    rn_ready ready;
    uint64_t offsets[RN_MAX_OPERANDS]; /* 0: absent; a guard is at the buffer's start */
    bool has_workspace;
} launch;

struct rn_alone {
    rn_device *device;
    const rn_case *subject;
    rn_alone_form form;
    part parts[2 * RN_MAX_OPERANDS]; /* of the operands, then of their copies in other layouts */
    rn_tensor_desc in_layout[RN_MAX_OPERANDS]; /* as the kernel has them; rank 0: absent */
    uint64_t operand_bytes;                    /* with the last guard; then comes the workspace */
    uint64_t workspace_bytes;
    uint64_t all_bytes; /* with the guard after the workspace */
    rn_buffer *buffer;
    uint8_t *before, *after; /* all_bytes */
    launch launches[MAX_LAUNCHES];
    int32_t n_launches;
    rn_case_node described; /* the operator with its operands in those layouts */
};

static bool is_moved(const rn_alone *a, int32_t i)
{
    return a->in_layout[i].rank && a->in_layout[i].layout != RN_LAYOUT_PLAIN;
}

/* ---- Layouts and memory ---- */

/* Asks for layouts, then what the operator needs in them. */
static rn_status settle_layouts(rn_alone *a)
{
    rn_case_node described;
    rn_op_answer answer;
    rn_case_describe(a->subject, &described);
    rn_status status = rn_device_query(a->device, &described.node, &answer);
    if (status)
        return status;
    for (int32_t i = 0; i < rn_case_n_operands(a->subject); i++) {
        a->in_layout[i] = a->subject->tensors[i].desc;
        if (!rn_case_has(a->subject, i) || !answer.layouts[i])
            continue;
        a->in_layout[i].layout = answer.layouts[i];
        a->in_layout[i].size_bytes = answer.layout_bytes[i];
        described.values[i].desc = a->in_layout[i];
    }
    status = rn_device_query(a->device, &described.node, &answer);
    a->workspace_bytes = answer.workspace_bytes;
    return status;
}

static void place(part *p, uint64_t *end, uint64_t size, bool changes)
{
    *end = (*end + GUARD_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *p = (part){ .offset = *end, .size = size, .changes = changes };
    *end += size;
}

/* Only where both have one layout. */
static bool can_share(const rn_alone *a, int32_t input)
{
    int32_t output = a->subject->n_inputs;
    return input >= 0 && a->in_layout[input].layout == a->in_layout[output].layout &&
           a->in_layout[input].size_bytes == a->in_layout[output].size_bytes;
}

/* Output 0 has no guard of its own where it is in an input's memory. */
static void share(rn_alone *a, int32_t input)
{
    const int32_t output = a->subject->n_inputs, both[] = { 0, RN_MAX_OPERANDS };
    for (int i = 0; i < 2; i++) {
        part *from = &a->parts[both[i] + input], *to = &a->parts[both[i] + output];
        from->changes = true;
        *to = (part){ .offset = from->offset };
    }
}

static void place_all(rn_alone *a)
{
    uint64_t end = a->form.shift;
    int32_t n = rn_case_n_operands(a->subject);
    for (int32_t i = 0; i < n; i++)
        if (rn_case_has(a->subject, i))
            place(&a->parts[i], &end, a->subject->tensors[i].desc.size_bytes,
                  rn_case_writes(a->subject, i));
    for (int32_t i = 0; i < n; i++)
        if (is_moved(a, i))
            place(&a->parts[RN_MAX_OPERANDS + i], &end, a->in_layout[i].size_bytes, true);
    end += GUARD_BYTES;
    a->operand_bytes = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (can_share(a, a->form.shared_input))
        share(a, a->form.shared_input);
}

/* What is uploaded before each run: NaN, and the inputs. */
static rn_status make_image(rn_alone *a)
{
    a->all_bytes = a->operand_bytes + a->workspace_bytes + GUARD_BYTES;
    a->before = malloc(a->all_bytes);
    a->after = malloc(a->all_bytes);
    if (!a->before || !a->after)
        return rn_fail(RN_E_NOMEM, "no memory to run \"%s\" alone; lower --batch",
                       a->subject->layer);
    memset(a->before, a->form.garbage, a->all_bytes);
    for (int32_t i = 0; i < a->subject->n_inputs; i++)
        if (a->subject->tensors[i].data)
            memcpy(a->before + a->parts[i].offset, a->subject->tensors[i].data, a->parts[i].size);
    return RN_OK;
}

/* ---- Kernels ---- */

/* The memory of an operand as the kernel sees it. */
static const part *seen_part(const rn_alone *a, int32_t i)
{
    return &a->parts[is_moved(a, i) ? RN_MAX_OPERANDS + i : i];
}

/* Appends the copy of an operand to its layout, or back. */
static rn_status add_reorder(rn_alone *a, int32_t i, bool back)
{
    rn_op_answer answer;
    rn_value plain = { .name = a->subject->layer, .desc = a->subject->tensors[i].desc };
    rn_value moved = { .name = a->subject->layer, .desc = a->in_layout[i] };
    rn_node node = { .op = rn_op_find("reorder"),
                     .name = a->subject->layer,
                     .n_inputs = RN_REORDER_N_INPUTS,
                     .inputs = { back ? &moved : &plain },
                     .n_outputs = RN_REORDER_N_OUTPUTS,
                     .outputs = { back ? &plain : &moved } };
    rn_status status = rn_device_query(a->device, &node, &answer);
    if (status)
        return status;
    if (answer.workspace_bytes > a->workspace_bytes)
        a->workspace_bytes = answer.workspace_bytes;
    launch *l = &a->launches[a->n_launches];
    uint64_t plain_at = a->parts[i].offset, moved_at = a->parts[RN_MAX_OPERANDS + i].offset;
    *l = (launch){ .offsets = { back ? moved_at : plain_at, back ? plain_at : moved_at },
                   .has_workspace = answer.workspace_bytes > 0 };
    status = rn_device_prepare(a->device, &node, &l->ready);
    a->n_launches += !status;
    return status;
}

static rn_status add_operator(rn_alone *a, bool has_workspace)
{
    rn_case_node *described = &a->described;
    rn_case_describe(a->subject, described);
    launch *l = &a->launches[a->n_launches];
    *l = (launch){ .has_workspace = has_workspace };
    for (int32_t i = 0; i < rn_case_n_operands(a->subject); i++) {
        described->values[i].desc = a->in_layout[i];
        if (rn_case_has(a->subject, i))
            l->offsets[i] = seen_part(a, i)->offset;
    }
    rn_status status = rn_device_prepare(a->device, &described->node, &l->ready);
    a->n_launches += !status;
    return status;
}

static rn_status add_launches(rn_alone *a)
{
    rn_status status = RN_OK;
    bool has_workspace = a->workspace_bytes > 0;
    int32_t n = rn_case_n_operands(a->subject);
    for (int32_t i = 0; i < a->subject->n_inputs && !status; i++)
        if (is_moved(a, i))
            status = add_reorder(a, i, false);
    if (!status)
        status = add_operator(a, has_workspace);
    for (int32_t i = 0; i < n && !status; i++)
        if (is_moved(a, i) && rn_case_writes(a->subject, i))
            status = add_reorder(a, i, true);
    return status;
}

static rn_status make_buffer(rn_alone *a)
{
    const rn_device *device = a->device;
    rn_status status = rn_device_buffer(device, a->all_bytes, &a->buffer);
    return status ? rn_fail_at(status, "backend %s", device->label) : RN_OK;
}

static rn_status prepare(rn_alone *a)
{
    rn_status status = settle_layouts(a);
    if (status)
        return status;
    place_all(a);
    status = add_launches(a);
    if (!status)
        status = make_image(a);
    return status ? status : make_buffer(a);
}

rn_status rn_alone_prepare(rn_device *device, const rn_case *c, rn_alone **out)
{
    const rn_alone_form usual = { .garbage = 0xFF, .shared_input = -1 };
    return rn_alone_prepare_as(device, c, &usual, out);
}

rn_status rn_alone_prepare_as(rn_device *device, const rn_case *c, const rn_alone_form *form,
                              rn_alone **out)
{
    rn_alone *alone = calloc(1, sizeof *alone);
    if (!alone)
        return rn_fail(RN_E_NOMEM, "no memory to run \"%s\" alone", c->layer);
    alone->device = device;
    alone->subject = c;
    alone->form = *form;
    rn_status status = prepare(alone);
    if (status)
        rn_alone_destroy(alone);
    else
        *out = alone;
    return status;
}

void rn_alone_destroy(rn_alone *alone)
{
    if (!alone)
        return;
    rn_device *device = alone->device;
    for (int32_t i = 0; i < alone->n_launches; i++)
        rn_device_release(device, &alone->launches[i].ready);
    if (alone->buffer)
        device->backend->buffer_destroy(device->context, alone->buffer);
    free(alone->before);
    free(alone->after);
    free(alone);
}

/* ---- Running ---- */

static rn_status enqueue(rn_alone *a)
{
    rn_device *device = a->device;
    for (int32_t i = 0; i < a->n_launches; i++) {
        const launch *l = &a->launches[i];
        rn_operand operands[RN_MAX_OPERANDS] = { { 0 } };
        for (int32_t k = 0; k < RN_MAX_OPERANDS; k++)
            if (l->offsets[k])
                operands[k] = (rn_operand){ a->buffer, l->offsets[k] };
        rn_operand workspace = { l->has_workspace ? a->buffer : NULL,
                                 l->has_workspace ? a->operand_bytes : 0 };
        rn_status status = rn_device_run(device, &l->ready, operands, workspace);
        if (status)
            return status;
    }
    return rn_device_synchronize(device);
}

static bool differs(const rn_alone *a, uint64_t begin, uint64_t end)
{
    return memcmp(a->before + begin, a->after + begin, end - begin) != 0;
}

/* Whether bytes have changed that no operator may write: guards, and inputs. */
static bool wrote_outside(const rn_alone *a)
{
    uint64_t end = 0;
    for (int32_t i = 0; i < 2 * RN_MAX_OPERANDS; i++) {
        const part *p = &a->parts[i];
        if (!p->size)
            continue;
        if (differs(a, end, p->offset) ||
            (!p->changes && differs(a, p->offset, p->offset + p->size)))
            return true;
        end = p->offset + p->size;
    }
    return differs(a, end, a->operand_bytes) ||
           differs(a, a->operand_bytes + a->workspace_bytes, a->all_bytes);
}

static rn_status run(rn_alone *a)
{
    const rn_device *device = a->device;
    rn_operand all = { a->buffer, 0 };
    rn_status status = rn_device_upload(device, all, a->before, a->all_bytes);
    if (status)
        return status;
    status = enqueue(a);
    return status ? status : rn_device_download(device, a->after, all, a->all_bytes);
}

rn_status rn_alone_run(rn_alone *alone, rn_case_results *results, bool *outside)
{
    const rn_case *c = alone->subject;
    rn_status status = run(alone);
    if (status)
        return rn_fail_at(status, "%s: %s (%s)", alone->device->label, c->layer, c->op->name);
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        if (results->data[i])
            memcpy(results->data[i], alone->after + alone->parts[i].offset,
                   c->tensors[i].desc.size_bytes);
    *outside = wrote_outside(alone);
    return RN_OK;
}
