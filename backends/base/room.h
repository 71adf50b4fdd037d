/* room.h: checks for memory before calling a library that does not check. */
#ifndef BACKENDS_BASE_ROOM_H
#define BACKENDS_BASE_ROOM_H

#include <resnet/host.h>

/* RN_E_NOMEM if `mb` megabytes cannot be mapped now; they are not kept. `who` needs them:
 * "OpenBLAS, for thread 3 of 8,". */
rn_status room_check(const rn_host *host, uint64_t mb, const char *who);

#endif
