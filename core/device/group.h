/* group.h: ranks whose backend has no collective operations: several devices of this process, of
 * other processes, or both. The core adds up what they exchange, in host memory.
 *
 * The members of a group are the devices of this process, each served by a thread of its own. What
 * they give is added in the order of their ranks, and then to what the other processes have: as
 * many processes with as many devices give the same bits. All ranks make the same exchanges in the
 * same order. */
#ifndef RN_CORE_DEVICE_GROUP_H
#define RN_CORE_DEVICE_GROUP_H

#include "device/device.h"

/* Ranks of a run, of which this process has some. */
typedef struct rn_ranks {
    rn_device *const *devices; /* n of this process, of rank `first` and those after it */
    int32_t n, first;
    int32_t all;        /* ranks in all processes; as many in each */
    int32_t norm_group; /* ranks in succession whose batch norms are synchronised; 1: none. A
                         * multiple of n that divides `all`, or a divisor of n */
    bool in_bf16;       /* gradients go from process to process in bf16 */
} rn_ranks;

typedef struct rn_group rn_group;

/* Makes the devices members; they outlive the group. Where batch norms are synchronised, gives
 * them their sums if the backend can use them (rank_sums.h). */
rn_status rn_group_open(const rn_ranks *ranks, rn_group **out);

/* Ends every wait of a member for another member, now or later. [any] */
void rn_group_interrupt(rn_group *group);
void rn_group_close(rn_group *group);

const rn_ranks *rn_group_ranks(const rn_group *group);

/* A mean over all ranks of numbers that lie in pieces on each of them. Members take part in it when
 * they have started it, and leave the pieces alone until they have waited for it. Neither
 * allocates. */
typedef struct rn_mean rn_mean;

/* The mean that a member makes ready next; it is the same for members that have made ready as many
 * before. Of the group; NULL where memory ran out. [setup] */
rn_mean *rn_group_mean(rn_group *group, int32_t member);

/* Adds a piece of `count` numbers, which all members do in the same order. `in_bf16`: where it goes
 * to other processes, in that type. [setup] */
rn_status rn_mean_add(rn_mean *mean, int32_t member, int64_t count, bool in_bf16);

/* Where a member's numbers lie, of each piece and in each step before it starts. */
void rn_mean_set(rn_mean *mean, int32_t member, int32_t piece, float *numbers);
void rn_mean_start(rn_mean *mean);
rn_status rn_mean_wait(rn_mean *mean, int32_t member);

/* Seconds that the first member has waited for other ranks. */
double rn_group_waited_s(const rn_group *group);

#endif
