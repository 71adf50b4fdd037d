/* room.h: whether a library that does not check may ask for memory. */
#ifndef BACKENDS_BASE_ROOM_H
#define BACKENDS_BASE_ROOM_H

#include <resnet/host.h>

/* RN_E_NOMEM where not so many megabytes could be mapped now; they are not kept. `who` needs them:
 * "OpenBLAS, for thread 3 of 8,". */
rn_status room_check(const rn_host *host, uint64_t mb, const char *who);

#endif
