/* room.c: maps memory and unmaps it untouched. */
#include "base/room.h"

#include <inttypes.h>
#include <sys/mman.h>

rn_status room_check(const rn_host *host, uint64_t mb, const char *who)
{
    void *at = mmap(0, mb << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at != MAP_FAILED && munmap(at, mb << 20) == 0)
        return RN_OK;
    return host->fail(RN_E_NOMEM,
                      "%s may take %" PRIu64 " MB of address space, and there is "
                      "less; raise the limit (ulimit -v), or ask for fewer threads or a smaller "
                      "batch",
                      who, mb);
}
