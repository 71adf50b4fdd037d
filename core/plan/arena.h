/* arena.h: assigns offsets in one arena to blocks of memory; blocks with disjoint lifetimes may
 * overlap. */
#ifndef RN_CORE_PLAN_ARENA_H
#define RN_CORE_PLAN_ARENA_H

#include <resnet/status.h>
#include <stdint.h>

/* Alive from time `first` to time `last`, both included. */
typedef struct rn_arena_block {
    uint64_t size_bytes, offset_bytes;
    int32_t first, last;
    int32_t moved_at; /* used by rn_arena_place alone: the turn that moved it to the front */
} rn_arena_block;

/* Sets the offset of each of the n blocks and the length of the arena. Requires blocks sorted by
 * `first`, `least_bytes` from rn_arena_most_alive, and a sum of sizes that fits in 63 bits. */
rn_status rn_arena_place(rn_arena_block *blocks, int32_t n, uint64_t least_bytes,
                         uint64_t *arena_bytes);

/* The largest sum of sizes alive at one time, a lower bound for the arena; and that time. */
rn_status rn_arena_most_alive(const rn_arena_block *blocks, int32_t n, uint64_t *bytes,
                              int32_t *time);

#endif
