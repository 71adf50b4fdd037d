/* thread.h: the world's thread, which makes all calls of the transport. */
#ifndef RN_CORE_WORLD_THREAD_H
#define RN_CORE_WORLD_THREAD_H

#include "world/state.h"

/* Starts the thread, which opens the transport, and waits for that. */
rn_status rn_world_thread_start(rn_world_state *world);

/* How long one who waits has not seen the thread at work. */
typedef struct rn_world_patience {
    int64_t n_turns;
    double same_s;
} rn_world_patience;

/* Waits, with the lock held, for news, a tenth of a second at most. Where the thread has not been
 * at work for long, because a call of the transport does not return, that is recorded, and ends all
 * waiting. `patience` is the caller's, 0 at first. */
void rn_world_thread_await(rn_world_state *world, rn_world_patience *patience);

#endif
