/* memory_play.h: judges the plan of an arena by playing a step through it. */
#ifndef RN_TESTS_MEMORY_PLAY_H
#define RN_TESTS_MEMORY_PLAY_H

#include "plan/memory.h"

/* Give it dag, memory, workspace_bytes and name. `owner`: who wrote each unit of the arena last:
 * 1 + index of a value, or -1 - index of a node for its workspace. */
typedef struct memory_play {
    const rn_dag *dag;
    const rn_memory *memory;
    const uint64_t *workspace_bytes;
    int32_t *owner;
    uint64_t n_units;
    const char *name; /* of the graph */
} memory_play;

/* Every byte that an operator reads must still belong to what it means to read, and the bound must
 * be one. */
void memory_check(memory_play *play);

#endif
