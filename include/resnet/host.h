/* host.h: what the core lends to a plugin. A plugin links nothing of the core: this table is all. */
#ifndef RESNET_HOST_H
#define RESNET_HOST_H

#include <stdint.h>
#include <resnet/status.h>

enum { RN_LOG_DEBUG = 1, RN_LOG_INFO = 2, RN_LOG_WARNING = 3 };

/* Lives as long as the process. Every slot up to `size` is valid; all are [any]. */
typedef struct rn_host {
    uint32_t size;
    uint32_t abi_minor; /* of the core */

    /* Records why a call fails and returns `status`, so that a plugin writes
     * `return host->fail(RN_E_UNSUPPORTED, "…", …);`. The text (printf; no newline) is copied and
     * kept for the calling thread; the core puts the layer, the backend and the device before it.
     * Every status other than RN_OK goes through here. */
    rn_status (*fail)(rn_status status, const char *format, ...) RN_PRINTF(2, 3);

    /* A line for the log (printf; no newline). Plugins never print by themselves. */
    void (*note)(int32_t level, const char *format, ...) RN_PRINTF(2, 3);

    /* Monotonic time, for choosing among algorithms. Nanoseconds. */
    uint64_t (*time_ns)(void);
} rn_host;

#endif
