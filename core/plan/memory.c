/* memory.c: which values share a block of memory, and how long each block is alive. */
#include "plan/memory.h"

#include <stdlib.h>

#include "base/status.h"
#include "graph/op.h"
#include "plan/arena.h"

/* Bytes; half of the 64-bit range, so that no sum below overflows. */
#define LONGEST_ARENA (UINT64_MAX / 2)

typedef struct planner {
    const rn_dag *dag;
    /* Each holds one value, several that replace each other in place, or a workspace. Lifetimes are
     * in indices of nodes. */
    rn_arena_block *blocks;
    int32_t n_blocks;
    uint64_t sum_bytes;    /* of all blocks and constants: the upper bound of an offset */
    bool overflows;        /* more than can be addressed */
    int32_t *block_of;     /* by value; -1: not in the arena, or not stored */
    int32_t *last_use;     /* by value: the last node that reads its storage; -1: never read */
    int32_t *workspace_of; /* by node: its block; -1: none */
} planner;

static uint64_t aligned(uint64_t bytes)
{
    return (bytes + RN_MEMORY_ALIGNMENT - 1) / RN_MEMORY_ALIGNMENT * RN_MEMORY_ALIGNMENT;
}

/* The value whose memory this one uses a part of, or all. */
static const rn_value *storage_of(rn_value *value)
{
    const rn_value *storage = rn_value_storage(value);
    return storage->run ? storage->run : storage;
}

static bool in_arena(const rn_value *value)
{
    return (value->role == RN_ROLE_ACTIVATION || value->role == RN_ROLE_INPUT) &&
           !value->is_constant;
}

static void count_bytes(planner *p, uint64_t bytes)
{
    if (bytes > LONGEST_ARENA || aligned(bytes) > LONGEST_ARENA - p->sum_bytes)
        p->overflows = true;
    else
        p->sum_bytes += aligned(bytes);
}

static int32_t add_block(planner *p, uint64_t bytes, int32_t first, int32_t last)
{
    count_bytes(p, bytes);
    p->blocks[p->n_blocks] =
        (rn_arena_block){ .size_bytes = aligned(bytes), .first = first, .last = last };
    return p->n_blocks++;
}

static void find_last_uses(planner *p)
{
    const rn_dag *dag = p->dag;
    for (int32_t i = 0; i < dag->n_values; i++)
        p->last_use[i] = -1;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++)
            if (dag->nodes[i]->inputs[k])
                p->last_use[storage_of(dag->nodes[i]->inputs[k])->index] = i;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->pinned)
            p->last_use[storage_of(dag->values[i])->index] = dag->n_nodes;
}

static int32_t times_read(const planner *p, const rn_node *node, int32_t block_index)
{
    int32_t times = 0;
    for (int32_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] && p->block_of[storage_of(node->inputs[k])->index] == block_index)
            times++;
    return times;
}

/* The block of an input whose last reader is node i and that output 0 may overwrite; -1: none. */
static int32_t inplace_block(const planner *p, int32_t i)
{
    const rn_node *node = p->dag->nodes[i];
    for (int32_t k = 0; k < node->n_inputs; k++) {
        bool is_allowed = rn_op_shares(node->op, k) || node->inplace_inputs >> k & 1;
        if (!is_allowed || !node->inputs[k])
            continue;
        const rn_value *storage = storage_of(node->inputs[k]);
        int32_t b = p->block_of[storage->index];
        if (b >= 0 && storage->role == RN_ROLE_ACTIVATION && p->blocks[b].last == i &&
            p->blocks[b].size_bytes == aligned(node->outputs[0]->desc.size_bytes) &&
            times_read(p, node, b) == 1)
            return b;
    }
    return -1;
}

static void place_output(planner *p, int32_t i, int32_t k)
{
    const rn_value *value = p->dag->nodes[i]->outputs[k];
    if (!value || value->base)
        return;
    if (value->is_constant) {
        count_bytes(p, value->desc.size_bytes);
        return;
    }
    const bool is_part = value->run;
    value = is_part ? value->run : value;
    int32_t last = p->last_use[value->index] > i ? p->last_use[value->index] : i;
    int32_t b = is_part ? p->block_of[value->index] : k == 0 ? inplace_block(p, i) : -1;
    if (b >= 0 && is_part)
        return;
    if (b >= 0)
        p->blocks[b].last = last;
    else
        b = add_block(p, value->desc.size_bytes, i, last);
    p->block_of[value->index] = b;
}

static void make_blocks(planner *p, const uint64_t *workspace_bytes)
{
    const rn_dag *dag = p->dag;
    find_last_uses(p);
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        p->block_of[i] = -1;
        if (value->role == RN_ROLE_INPUT)
            p->block_of[i] =
                add_block(p, value->desc.size_bytes, 0, p->last_use[i] > 0 ? p->last_use[i] : 0);
    }
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        p->workspace_of[i] = workspace_bytes[i] ? add_block(p, workspace_bytes[i], i, i) : -1;
        for (int32_t k = 0; k < dag->nodes[i]->n_outputs; k++)
            place_output(p, i, k);
    }
}

/* Constants are always alive, so they are laid out one after the other. */
static void place_constants(const rn_dag *dag, rn_memory *memory)
{
    for (int32_t i = 0; i < dag->n_values; i++) {
        if (!dag->values[i]->is_constant || dag->values[i]->base)
            continue;
        memory->value_offsets[i] = memory->constant_bytes;
        memory->constant_bytes += aligned(dag->values[i]->desc.size_bytes);
    }
}

static rn_status copy_offsets(const planner *p, rn_memory *memory)
{
    const rn_dag *dag = p->dag;
    memory->value_offsets = calloc((size_t)dag->n_values + 1, sizeof(uint64_t));
    memory->workspace_offsets = calloc((size_t)dag->n_nodes + 1, sizeof(uint64_t));
    if (!memory->value_offsets || !memory->workspace_offsets)
        return rn_fail(RN_E_NOMEM, "no memory for the plan");
    place_constants(dag, memory);
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *storage = rn_value_storage(dag->values[i]);
        uint64_t within = storage->run ? storage->run_offset : 0;
        int32_t b = p->block_of[storage_of(dag->values[i])->index];
        bool has_block = b >= 0 && in_arena(dag->values[i]);
        if (storage->is_constant)
            memory->value_offsets[i] = memory->value_offsets[storage->index];
        else
            memory->value_offsets[i] =
                has_block ? p->blocks[b].offset_bytes + within : RN_MEMORY_NONE;
    }
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        int32_t b = p->workspace_of[i];
        memory->workspace_offsets[i] = b >= 0 ? p->blocks[b].offset_bytes : RN_MEMORY_NONE;
    }
    return RN_OK;
}

static rn_status place_blocks(planner *p, rn_memory *memory)
{
    if (p->overflows)
        return rn_fail(RN_E_NOMEM, "the tensors of a step take more memory than can be "
                                   "addressed; use fewer or smaller images or layers");
    rn_status status =
        rn_arena_most_alive(p->blocks, p->n_blocks, &memory->lower_bound_bytes, &memory->peak_node);
    if (status)
        return status;
    return rn_arena_place(p->blocks, p->n_blocks, memory->lower_bound_bytes, &memory->arena_bytes);
}

static rn_status make_room(const rn_dag *dag, rn_memory *memory)
{
    size_t n_values = (size_t)dag->n_values, n_nodes = (size_t)dag->n_nodes;
    memory->blocks = calloc(n_values + n_nodes + 1, sizeof *memory->blocks);
    memory->block_of = calloc(n_values + 1, sizeof *memory->block_of);
    memory->workspace_of = calloc(n_nodes + 1, sizeof *memory->workspace_of);
    return memory->blocks && memory->block_of && memory->workspace_of
               ? RN_OK
               : rn_fail(RN_E_NOMEM, "no memory for the plan");
}

static rn_status plan_blocks(planner *p, const uint64_t *workspace_bytes, rn_memory *memory)
{
    make_blocks(p, workspace_bytes);
    memory->n_blocks = p->n_blocks;
    rn_status status = place_blocks(p, memory);
    return status ? status : copy_offsets(p, memory);
}

rn_status rn_memory_plan(const rn_dag *dag, const uint64_t *workspace_bytes, rn_memory **out)
{
    rn_memory *memory = calloc(1, sizeof *memory);
    int32_t *last_use = calloc((size_t)dag->n_values + 1, sizeof *last_use);
    rn_status status =
        memory && last_use ? make_room(dag, memory) : rn_fail(RN_E_NOMEM, "no memory for the plan");
    if (!status) {
        planner p = { .dag = dag,
                      .blocks = memory->blocks,
                      .block_of = memory->block_of,
                      .last_use = last_use,
                      .workspace_of = memory->workspace_of };
        status = plan_blocks(&p, workspace_bytes, memory);
    }
    free(last_use);
    if (status)
        rn_memory_destroy(memory);
    else
        *out = memory;
    return status;
}

uint64_t rn_memory_workspace(const rn_dag *dag, const uint64_t *workspace_bytes)
{
    uint64_t largest = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (workspace_bytes[i] > largest)
            largest = workspace_bytes[i];
    return largest;
}

uint64_t rn_memory_unshared(const rn_memory *memory, const rn_dag *dag,
                            const uint64_t *workspace_bytes)
{
    uint64_t bytes = rn_memory_workspace(dag, workspace_bytes);
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        if (memory->value_offsets[i] != RN_MEMORY_NONE && !value->base && !value->run &&
            !value->is_constant)
            bytes += value->desc.size_bytes;
    }
    return bytes;
}

void rn_memory_destroy(rn_memory *memory)
{
    if (!memory)
        return;
    free(memory->value_offsets);
    free(memory->workspace_offsets);
    free(memory->blocks);
    free(memory->block_of);
    free(memory->workspace_of);
    free(memory);
}
