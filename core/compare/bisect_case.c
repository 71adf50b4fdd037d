/* bisect_case.c: one operator alone, made from a node of a graph. */
#include "compare/bisect_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/walk_names.h"
#include "graph/op.h"

/* ---- Names of operands ---- */

int32_t rn_case_slot(const rn_case *c, int32_t operand)
{
    bool is_input = operand < c->n_inputs;
    int32_t i = is_input ? operand : operand - c->n_inputs;
    int32_t n = is_input ? c->op->n_inputs : c->op->n_outputs;
    i = i < n ? i : n - 1;
    return is_input ? i : c->op->n_inputs + i;
}

void rn_case_operand_name(const rn_case *c, int32_t operand, char name[RN_OPERAND_NAME])
{
    int32_t slot = rn_case_slot(c, operand);
    int32_t first = slot < c->op->n_inputs ? slot : slot - c->op->n_inputs + c->n_inputs;
    int32_t rest = operand - first;
    int n = rn_walk_slot_name(c->op, slot, name, RN_OPERAND_NAME);
    if (rest)
        snprintf(name + n, RN_OPERAND_NAME - (size_t)n, "%d", rest + 1);
}

/* ---- Cases ---- */

static rn_status no_memory(const char *layer)
{
    return rn_fail(RN_E_NOMEM, "no memory for the operands of \"%s\"; lower --batch", layer);
}

/* Copies what is not an operand. */
static rn_status copy_head(const char *layer, const void *attrs, rn_case *to)
{
    uint32_t size = to->op->attrs_size;
    to->layer = strdup(layer);
    to->attrs = size ? malloc(size) : NULL;
    if (!to->layer || (size && !to->attrs))
        return no_memory(layer);
    if (size)
        memcpy(to->attrs, attrs, size);
    return RN_OK;
}

/* Masks as bits have an order that only their backend knows. */
static rn_tensor_desc plain(const rn_tensor_desc *desc)
{
    return rn_desc_like(desc, desc->dtype == RN_BIT ? RN_U8 : desc->dtype);
}

rn_status rn_case_of_node(const rn_node *node, rn_case *out)
{
    *out = (rn_case){ .op = node->op,
                      .custom = node->custom,
                      .n_inputs = node->n_inputs,
                      .n_outputs = node->n_outputs };
    for (int32_t i = 0; i < rn_case_n_operands(out); i++) {
        const rn_value *value =
            i < node->n_inputs ? node->inputs[i] : node->outputs[i - node->n_inputs];
        if (value)
            out->tensors[i].desc = plain(&value->desc);
    }
    return copy_head(node->name, node->attrs, out);
}

rn_status rn_case_copy(const rn_case *from, rn_case *to)
{
    *to = (rn_case){ .op = from->op,
                     .custom = from->custom,
                     .n_inputs = from->n_inputs,
                     .n_outputs = from->n_outputs };
    rn_status status = copy_head(from->layer, from->attrs, to);
    for (int32_t i = 0; i < rn_case_n_operands(from) && !status; i++) {
        to->tensors[i].desc = from->tensors[i].desc;
        if (!from->tensors[i].data)
            continue;
        to->tensors[i].data = malloc(from->tensors[i].desc.size_bytes);
        if (!to->tensors[i].data)
            return no_memory(from->layer);
        memcpy(to->tensors[i].data, from->tensors[i].data, from->tensors[i].desc.size_bytes);
    }
    return status;
}

void rn_case_clear(rn_case *c)
{
    for (int32_t i = 0; i < RN_MAX_OPERANDS; i++)
        free(c->tensors[i].data);
    free(c->layer);
    free(c->attrs);
    *c = (rn_case){ 0 };
}

bool rn_case_writes(const rn_case *c, int32_t operand)
{
    if (!rn_case_has(c, operand))
        return false;
    if (operand >= c->n_inputs)
        return true;
    const rn_batch_norm_attrs *norm = rn_case_is(c, "batch_norm") ? c->attrs : NULL;
    return rn_op_updates(c->op, operand) && !(norm && !norm->training);
}

bool rn_case_is(const rn_case *c, const char *op)
{
    return strcmp(c->op->name, op) == 0;
}

void rn_case_describe(const rn_case *c, rn_case_node *described)
{
    *described = (rn_case_node){ .node = { .op = c->op,
                                           .name = c->layer,
                                           .attrs = c->attrs,
                                           .custom = c->custom,
                                           .n_inputs = c->n_inputs,
                                           .n_outputs = c->n_outputs } };
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        rn_value *value = rn_case_has(c, i) ? &described->values[i] : NULL;
        described->values[i].desc = c->tensors[i].desc;
        described->values[i].name = c->layer;
        if (i < c->n_inputs)
            described->node.inputs[i] = value;
        else
            described->node.outputs[i - c->n_inputs] = value;
    }
}

rn_status rn_case_results_make(const rn_case *c, rn_case_results *results)
{
    *results = (rn_case_results){ 0 };
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        if (!rn_case_writes(c, i))
            continue;
        results->data[i] = malloc(c->tensors[i].desc.size_bytes);
        if (!results->data[i])
            return no_memory(c->layer);
    }
    return RN_OK;
}

void rn_case_results_clear(rn_case_results *results)
{
    for (int32_t i = 0; i < RN_MAX_OPERANDS; i++)
        free(results->data[i]);
    *results = (rn_case_results){ 0 };
}
