/* notes.h: what processes tell each other besides exchanges: that they are alive, that they have
 * failed, that they have ended.
 *
 * Process p watches process p + 1, the last one watches process 0: so a process costs the same
 * among any number of others, and as long as one is alive, one notices. */
#ifndef RN_CORE_WORLD_NOTES_H
#define RN_CORE_WORLD_NOTES_H

#include "world/state.h"

/* Takes the notes that have come, sends those that are due, and judges the neighbour. A failure is
 * recorded. On the world's thread, without the lock. */
void rn_notes_turn(rn_world_state *world);

/* When all have ended their work and process 0 leaves, so may the others. On the world's thread. */
void rn_notes_let_go(rn_world_state *world);

/* Whether the others know of the failure, and this process knows of theirs at the same time. */
bool rn_notes_have_told(const rn_world_state *world);

#endif
