/* exchanges.h: what the world's thread does with exchanges: starts them in the order in which they
 * were queued, and tests those that are under way. */
#ifndef RN_CORE_WORLD_EXCHANGES_H
#define RN_CORE_WORLD_EXCHANGES_H

#include "world/state.h"

/* Where an rn_world_sum is. */
enum { RN_WORLD_QUEUED = 1, RN_WORLD_STARTED, RN_WORLD_DONE, RN_WORLD_LOST };

/* Starts what is queued and tests what is under way. A failure of the transport is recorded. On the
 * world's thread, without the lock. */
void rn_exchanges_turn(rn_world_state *world);

/* Gives up all that is not done; with the lock held. */
void rn_exchanges_lose(rn_world_state *world);

#endif
