/* room.h: whether the process may have more memory. */
#ifndef RN_CORE_BASE_ROOM_H
#define RN_CORE_BASE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

/* Could so many bytes be mapped now? They are not kept. Limits of the process (ulimit -v, -d) and a
 * system without overcommitment say no. */
bool rn_room(uint64_t bytes);

#endif
