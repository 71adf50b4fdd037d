/* arena.h: places for blocks of memory, of which those share a place that are never alive at the
 * same time. */
#ifndef RN_CORE_PLAN_ARENA_H
#define RN_CORE_PLAN_ARENA_H

#include <resnet/status.h>
#include <stdint.h>

/* Alive from moment `first` to moment `last`, both included. */
typedef struct rn_arena_block {
    uint64_t size_bytes, offset_bytes;
    int32_t first, last;
} rn_arena_block;

/* Gives each of the n blocks, which stand in order of `first`, its offset, and tells how long the
 * arena is: `least_bytes`, what rn_arena_most_alive says, or more. Sums of sizes fit in 63 bits. */
rn_status rn_arena_place(rn_arena_block *blocks, int32_t n, uint64_t least_bytes,
                         uint64_t *arena_bytes);

/* The most that is alive at one of the moments from 0 on: no arena can be smaller. */
rn_status rn_arena_most_alive(const rn_arena_block *blocks, int32_t n, uint64_t *bytes);

#endif
