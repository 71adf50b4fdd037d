/* exchange.c: what of an all_reduce is exchanged where it lies, and what through copies.
 *
 * A large tensor is a piece by itself: in host memory it is exchanged in place. Small ones are
 * packed into one piece, so that their number costs nothing; so are single numbers, such as the
 * loss, which stay fp32 where gradients are rounded on their way. */
#include "device/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/calls.h"
#include "device/group.h"
#include "graph/op.h"

/* An exchange of its own costs some 20 us; to copy this much twice, 100 us. */
#define LARGE_BYTES (1 << 20)
#define ALIGNMENT 64

typedef enum kind { NUMBERS, SMALL, LARGE } kind;

/* One operand's place. */
typedef struct part {
    uint64_t bytes;
    int32_t piece;
    float *copy; /* NULL: it is exchanged where it lies */
} part;

struct rn_exchange {
    rn_device *device;
    const rn_node *node;
    rn_mean *mean;
    part parts[RN_MAX_OPERANDS];
    int32_t n_pieces;
    char *copies, *unused;      /* of parts; and the rest of it, while it is dealt out */
    const rn_operand *operands; /* of the step in progress */
};

bool rn_exchange_is(const rn_device *device, const rn_node *node)
{
    return device->group && rn_node_is(node, "all_reduce");
}

rn_status rn_exchange_query(const rn_node *node, rn_op_answer *answer)
{
    *answer = (rn_op_answer){ .size = sizeof *answer,
                              .deterministic = 1,
                              .algorithm = "by the core, in host memory" };
    for (int32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i]->desc.dtype != RN_F32)
            return rn_fail(RN_E_UNSUPPORTED, "%s (%s): \"%s\" is not of type f32", node->name,
                           node->op->name, node->inputs[i]->name);
        if (node->inputs[i]->desc.layout != RN_LAYOUT_PLAIN)
            answer->layouts[i] = RN_LAYOUT_PLAIN;
    }
    return RN_OK;
}

/* ---- Preparing ---- */

static uint64_t bytes_of(const rn_node *node, int32_t i)
{
    return (uint64_t)rn_desc_count(&node->inputs[i]->desc) * sizeof(float);
}

static kind kind_of(uint64_t bytes)
{
    return bytes == sizeof(float) ? NUMBERS : bytes < LARGE_BYTES ? SMALL : LARGE;
}

static uint64_t aligned(uint64_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool is_copied(const rn_exchange *exchange, uint64_t bytes)
{
    return kind_of(bytes) != LARGE || !exchange->device->host_memory.size;
}

static rn_status reserve_copies(rn_exchange *exchange)
{
    uint64_t bytes = 0;
    for (int32_t i = 0; i < exchange->node->n_inputs; i++)
        if (is_copied(exchange, bytes_of(exchange->node, i)))
            bytes += aligned(bytes_of(exchange->node, i));
    exchange->copies = exchange->unused = aligned_alloc(ALIGNMENT, bytes + ALIGNMENT);
    return exchange->copies ? RN_OK
                            : rn_fail(RN_E_NOMEM, "no memory for copies of gradients, %llu bytes",
                                      (unsigned long long)bytes);
}

static rn_status add_piece(rn_exchange *exchange, uint64_t bytes, kind of, float *numbers)
{
    const rn_device *device = exchange->device;
    bool in_bf16 = rn_group_ranks(device->group)->in_bf16 && of != NUMBERS;
    rn_status status =
        rn_mean_add(exchange->mean, device->member, (int64_t)(bytes / sizeof *numbers), in_bf16);
    if (!status && numbers)
        rn_mean_set(exchange->mean, device->member, exchange->n_pieces, numbers);
    exchange->n_pieces++;
    return status;
}

static rn_status place_large(rn_exchange *exchange)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < exchange->node->n_inputs && !status; i++) {
        uint64_t bytes = bytes_of(exchange->node, i);
        if (kind_of(bytes) != LARGE)
            continue;
        float *copy = is_copied(exchange, bytes) ? (float *)exchange->unused : NULL;
        exchange->parts[i] = (part){ bytes, exchange->n_pieces, copy };
        exchange->unused += copy ? aligned(bytes) : 0;
        status = add_piece(exchange, bytes, LARGE, copy);
    }
    return status;
}

/* Packs the operands of a kind into one piece. */
static rn_status place_packed(rn_exchange *exchange, kind wanted)
{
    uint64_t packed = 0;
    char *start = exchange->unused;
    for (int32_t i = 0; i < exchange->node->n_inputs; i++) {
        uint64_t bytes = bytes_of(exchange->node, i);
        if (kind_of(bytes) != wanted)
            continue;
        exchange->parts[i] = (part){ bytes, exchange->n_pieces, (float *)(start + packed) };
        packed += bytes;
    }
    exchange->unused += aligned(packed);
    return packed ? add_piece(exchange, packed, wanted, (float *)start) : RN_OK;
}

rn_status rn_exchange_prepare(rn_device *device, const rn_node *node, rn_exchange **out)
{
    rn_exchange *exchange = calloc(1, sizeof *exchange);
    rn_mean *mean = rn_group_mean(device->group, device->member);
    if (!exchange || !mean) {
        free(exchange);
        return rn_fail(RN_E_NOMEM, "no memory for an exchange of gradients");
    }
    *exchange = (rn_exchange){ .device = device, .node = node, .mean = mean };
    rn_status status = reserve_copies(exchange);
    if (!status)
        status = place_large(exchange);
    if (!status)
        status = place_packed(exchange, SMALL);
    if (!status)
        status = place_packed(exchange, NUMBERS);
    if (status)
        rn_exchange_release(exchange);
    else
        *out = exchange;
    return status;
}

void rn_exchange_release(rn_exchange *exchange)
{
    free(exchange->copies);
    free(exchange);
}

/* ---- Running ---- */

static rn_status take(const rn_exchange *exchange, int32_t i)
{
    const rn_device *device = exchange->device;
    const part *p = &exchange->parts[i];
    if (!device->host_memory.size)
        return rn_device_download(device, p->copy, exchange->operands[i], p->bytes);
    float *numbers = device->host_memory.pointer(device->context, exchange->operands[i]);
    if (p->copy)
        memcpy(p->copy, numbers, p->bytes);
    else
        rn_mean_set(exchange->mean, device->member, p->piece, numbers);
    return RN_OK;
}

static rn_status put_back(const rn_exchange *exchange, int32_t i)
{
    const rn_device *device = exchange->device;
    const part *p = &exchange->parts[i];
    if (!p->copy)
        return RN_OK;
    if (!device->host_memory.size)
        return rn_device_upload(device, exchange->operands[i], p->copy, p->bytes);
    memcpy(device->host_memory.pointer(device->context, exchange->operands[i]), p->copy, p->bytes);
    return RN_OK;
}

rn_status rn_exchange_start(rn_exchange *exchange, const rn_operand *operands)
{
    rn_status status = RN_OK;
    exchange->operands = operands;
    for (int32_t i = 0; i < exchange->node->n_inputs && !status; i++)
        status = take(exchange, i);
    if (!status)
        rn_mean_start(exchange->mean);
    return status;
}

rn_status rn_exchange_wait(rn_exchange *exchange)
{
    rn_status status = rn_mean_wait(exchange->mean, exchange->device->member);
    for (int32_t i = 0; i < exchange->node->n_inputs && !status; i++)
        status = put_back(exchange, i);
    return status;
}
