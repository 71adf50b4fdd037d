/* memory_check.h: checks the plan of an arena by simulating a step. */
#ifndef RN_TESTS_MEMORY_CHECK_H
#define RN_TESTS_MEMORY_CHECK_H

#include "plan/memory.h"

/* Set dag, memory, workspace_bytes and name. `owner`: who wrote each unit of the arena last: 1 +
 * index of a value, or -1 - index of a node for its workspace. */
typedef struct memory_check {
    const rn_dag *dag;
    const rn_memory *memory;
    const uint64_t *workspace_bytes;
    int32_t *owner;
    uint64_t n_units;
    const char *name; /* the graph's */
} memory_check;

/* Checks that every byte that an operator reads still belongs to its input, and that the lower
 * bound is one. */
void check_memory(memory_check *check);

#endif
