/* memory.h: the offsets of values and workspaces in the arena, one buffer in which those with
 * disjoint lifetimes share memory. */
#ifndef RN_CORE_PLAN_MEMORY_H
#define RN_CORE_PLAN_MEMORY_H

#include "graph/graph.h"
#include "plan/arena.h"

#define RN_MEMORY_ALIGNMENT RN_ALIGNMENT

typedef struct rn_memory {
    uint64_t arena_bytes;
    uint64_t constant_bytes;     /* of constant values, in a buffer beside the arena */
    uint64_t *value_offsets;     /* by value->index, in the constants or in the arena;
                                    RN_MEMORY_NONE: in neither */
    uint64_t *workspace_offsets; /* by node; RN_MEMORY_NONE: the kernel needs none */
    uint64_t lower_bound_bytes;  /* of arena_bytes: the most that is alive at once */
    int32_t peak_node;           /* when it is */
    rn_arena_block *blocks;      /* n_blocks of the arena; lifetimes are in indices of nodes */
    int32_t n_blocks;
    int32_t *block_of;     /* by value; -1: it has none of its own */
    int32_t *workspace_of; /* by node; -1 */
} rn_memory;

#define RN_MEMORY_NONE UINT64_MAX

/* `workspace_bytes`: by node. A pinned value keeps its memory to the end of the step. */
rn_status rn_memory_plan(const rn_dag *dag, const uint64_t *workspace_bytes, rn_memory **out);
void rn_memory_destroy(rn_memory *memory);

/* Bytes of the largest workspace. */
uint64_t rn_memory_workspace(const rn_dag *dag, const uint64_t *workspace_bytes);

/* Bytes that the arena would take if no two values shared memory. */
uint64_t rn_memory_unshared(const rn_memory *memory, const rn_dag *dag,
                            const uint64_t *workspace_bytes);

#endif
