/* memory_check.c: simulates a step in the planned arena. */
#include "plan/memory_check.h"

#include <stdlib.h>

#include "graph/op.h"
#include "support/op_harness.h"

#define UNIT RN_MEMORY_ALIGNMENT

static uint64_t units(uint64_t bytes)
{
    return (bytes + UNIT - 1) / UNIT;
}

static uint64_t offset_of(const memory_check *p, const rn_value *value)
{
    return p->memory->value_offsets[value->index];
}

static bool in_arena(const rn_value *value)
{
    return value && !value->is_constant &&
           (value->role == RN_ROLE_ACTIVATION || value->role == RN_ROLE_INPUT);
}

static void claim(memory_check *p, uint64_t offset, uint64_t bytes, int32_t owner)
{
    bool fits = offset % UNIT == 0 && offset / UNIT + units(bytes) <= p->n_units;
    op_check(fits, "%s: owner %d is outside the arena", p->name, (int)owner);
    for (uint64_t i = 0; fits && i < units(bytes); i++)
        p->owner[offset / UNIT + i] = owner;
}

/* The parts of a run are made one by one. */
static bool owns(const memory_check *p, const rn_value *value)
{
    for (int32_t i = 0; i < value->n_parts; i++)
        if (value->parts[i]->run == value &&
            (!owns(p, value->parts[i]) ||
             offset_of(p, value->parts[i]) != offset_of(p, value) + value->parts[i]->run_offset))
            return false;
    if (value->n_parts)
        return true;
    uint64_t offset = offset_of(p, value);
    for (uint64_t i = 0; i < units(value->desc.size_bytes); i++)
        if (p->owner[offset / UNIT + i] != 1 + value->index)
            return false;
    return true;
}

static int32_t times_read(const rn_node *node, rn_value *storage)
{
    int32_t n = 0;
    for (int32_t k = 0; k < node->n_inputs; k++)
        n += node->inputs[k] && rn_value_storage(node->inputs[k]) == storage;
    return n;
}

static bool may_share(const rn_node *node, int32_t input)
{
    return rn_op_shares(node->op, input) || node->inplace_inputs >> input & 1;
}

static bool may_share_any(const rn_node *node)
{
    bool may = false;
    for (int32_t k = 0; k < node->n_inputs; k++)
        may = may || may_share(node, k);
    return may;
}

/* True if output 0 may overwrite input k, as far as this operator is concerned. */
static bool may_overwrite(const memory_check *p, const rn_node *node, int32_t k)
{
    rn_value *input = rn_value_storage(node->inputs[k]);
    const rn_value *output = node->outputs[0];
    return may_share(node, k) && output && !output->base &&
           offset_of(p, input) == offset_of(p, output) && times_read(node, input) == 1;
}

static void check_inputs(const memory_check *p, const rn_node *node, bool after)
{
    for (int32_t k = 0; k < node->n_inputs; k++) {
        if (!in_arena(node->inputs[k]) || (after && may_overwrite(p, node, k)))
            continue;
        const rn_value *storage = rn_value_storage(node->inputs[k]);
        op_check(owns(p, storage), "%s: %s (%s): input %d, %s, was overwritten %s", p->name,
                 node->name, node->op->name, (int)k, storage->name,
                 after ? "by this operator" : "before");
    }
}

static void simulate_node(memory_check *p, int32_t i)
{
    const rn_node *node = p->dag->nodes[i];
    check_inputs(p, node, false);
    if (p->workspace_bytes[i])
        claim(p, p->memory->workspace_offsets[i], p->workspace_bytes[i], -1 - i);
    for (int32_t k = 0; k < node->n_outputs; k++)
        if (in_arena(node->outputs[k]) && !node->outputs[k]->base)
            claim(p, offset_of(p, node->outputs[k]), node->outputs[k]->desc.size_bytes,
                  1 + node->outputs[k]->index);
    check_inputs(p, node, true);
    for (int32_t k = 0; k < node->n_outputs; k++)
        if (in_arena(node->outputs[k]))
            op_check(owns(p, rn_value_storage(node->outputs[k])), "%s: %s: results overlap",
                     p->name, node->name);
    bool is_intact = true;
    for (uint64_t k = 0; k < units(p->workspace_bytes[i]); k++)
        is_intact = is_intact && p->owner[p->memory->workspace_offsets[i] / UNIT + k] == -1 - i;
    op_check(is_intact, "%s: %s: a result overlaps the workspace", p->name, node->name);
}

static void simulate_step(memory_check *p)
{
    const rn_dag *dag = p->dag;
    p->n_units = p->memory->arena_bytes / UNIT;
    p->owner = calloc(p->n_units + 1, sizeof *p->owner);
    if (!p->owner)
        abort();
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_INPUT)
            claim(p, p->memory->value_offsets[i], dag->values[i]->desc.size_bytes, 1 + i);
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_INPUT)
            op_check(owns(p, dag->values[i]), "%s: inputs overlap", p->name);
    for (int32_t i = 0; i < dag->n_nodes; i++)
        simulate_node(p, i);
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->pinned && in_arena(dag->values[i]) && dag->values[i]->producer)
            op_check(owns(p, rn_value_storage(dag->values[i])), "%s: %s is pinned, but overwritten",
                     p->name, dag->values[i]->name);
    free(p->owner);
}

/* The bytes that an operator needs at once, with its result in place of an input if allowed. */
static uint64_t bytes_needed(const memory_check *p, int32_t i)
{
    const rn_node *node = p->dag->nodes[i];
    uint64_t sum = units(p->workspace_bytes[i]);
    for (int32_t k = 0; k < node->n_inputs; k++) {
        rn_value *storage = node->inputs[k] ? rn_value_storage(node->inputs[k]) : NULL;
        bool repeated = false;
        for (int32_t m = 0; m < k; m++)
            repeated =
                repeated || (node->inputs[m] && rn_value_storage(node->inputs[m]) == storage);
        if (in_arena(storage) && !repeated)
            sum += units(storage->desc.size_bytes);
    }
    for (int32_t k = may_share_any(node) ? 1 : 0; k < node->n_outputs; k++)
        if (in_arena(node->outputs[k]) && !node->outputs[k]->base)
            sum += units(node->outputs[k]->desc.size_bytes);
    return sum * UNIT;
}

/* Constants, which are kept from step to step, must not overlap. */
static void check_constants(const memory_check *p)
{
    uint64_t sum = 0;
    for (int32_t i = 0; i < p->dag->n_values; i++) {
        const rn_value *a = p->dag->values[i];
        uint64_t start = offset_of(p, a), end = start + units(a->desc.size_bytes) * UNIT;
        if (!a->is_constant)
            continue;
        sum += end - start;
        op_check(end <= p->memory->constant_bytes, "%s: %s is outside the constants", p->name,
                 a->name);
        for (int32_t k = 0; k < i; k++) {
            const rn_value *b = p->dag->values[k];
            uint64_t b_end = offset_of(p, b) + units(b->desc.size_bytes) * UNIT;
            op_check(!b->is_constant || offset_of(p, b) >= end || b_end <= start,
                     "%s: %s and %s overlap", p->name, a->name, b->name);
        }
    }
    op_check(sum == p->memory->constant_bytes, "%s: %llu bytes of constants occupy %llu", p->name,
             (unsigned long long)sum, (unsigned long long)p->memory->constant_bytes);
}

void check_memory(memory_check *p)
{
    uint64_t minimum = 0;
    simulate_step(p);
    check_constants(p);
    for (int32_t i = 0; i < p->dag->n_nodes; i++)
        minimum = bytes_needed(p, i) > minimum ? bytes_needed(p, i) : minimum;
    op_check(p->memory->lower_bound_bytes >= minimum,
             "%s: an operator needs %llu, the bound is %llu", p->name, (unsigned long long)minimum,
             (unsigned long long)p->memory->lower_bound_bytes);
    op_check(p->memory->arena_bytes >= p->memory->lower_bound_bytes,
             "%s: the arena is smaller than its lower bound", p->name);
}
