/* group_parts.h: what the files of a group share. */
#ifndef RN_CORE_DEVICE_GROUP_PARTS_H
#define RN_CORE_DEVICE_GROUP_PARTS_H

#include <pthread.h>

#include "device/group.h"
#include "world/world.h"

/* Members that add up numbers in the middle of a kernel. */
typedef struct rn_meeting {
    rn_group *group;
    int32_t n, n_here;
    int64_t round;                /* counts the meetings */
    double *values[RN_MAX_RANKS]; /* that the members bring */
} rn_meeting;

typedef struct rn_member {
    rn_meeting *meeting;
    int32_t place;   /* in its meeting */
    int32_t n_means; /* that it has made ready */
    double waited_s;
} rn_member;

typedef struct rn_piece {
    int64_t count;
    float *of_member[RN_MAX_RANKS];
    uint16_t *wire; /* the same in bf16; NULL: it stays fp32 */
    rn_world_sum sum;
} rn_piece;

struct rn_mean {
    rn_group *group;
    rn_mean *next; /* of the group's */
    rn_piece pieces[RN_MAX_OPERANDS];
    int32_t n_pieces;
    /* Of the step in progress; guarded by the group's lock. */
    int32_t n_started, n_waiting, n_done; /* members */
    bool is_under_way, is_complete;
};

struct rn_group {
    rn_ranks ranks;
    rn_member members[RN_MAX_RANKS];
    rn_meeting meetings[RN_MAX_RANKS];
    rn_mean *means; /* in the order in which they are made ready */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_interrupted;
};

/* After the members' last step: waits for what is under way, whatever comes of it. */
void rn_mean_end(rn_mean *mean);

/* For the lock's owner: waits until the group has changed; fails once it is interrupted. */
rn_status rn_group_await(rn_group *group);

#endif
