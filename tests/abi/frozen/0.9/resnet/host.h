/* host.h: the functions of the core that a plugin may call. A plugin links nothing of the core. */
#ifndef RESNET_HOST_H
#define RESNET_HOST_H

#include <resnet/status.h>
#include <stdint.h>

/* The severity of a line of the log. 0 is invalid. */
enum rn_log_level { RN_LOG_DEBUG = 1, RN_LOG_INFO = 2, RN_LOG_WARNING = 3 };

/* Owned by the core; lives as long as the process. A plugin keeps the pointer and writes nothing.
 * Every slot up to `size` is valid. Slots added after ABI 0.6 say so: read them only if `size`
 * reaches them. All are [any], also from threads of the plugin. Texts are UTF-8. */
typedef struct rn_host {
    uint32_t size;
    uint32_t abi_minor; /* of the core, for messages; `size` says which slots exist */

    /* Records why a call fails and returns `status`, so that a plugin writes
     * `return host->fail(RN_E_UNSUPPORTED, "…", …);`. The text (printf; no newline) is copied and
     * kept for the calling thread; the core puts the layer, the backend and the device before it.
     * Call it for every status other than RN_OK, on the thread that returns the status. If `status`
     * is RN_OK, it returns RN_E_PLUGIN. */
    rn_status (*fail)(rn_status status, const char *format, ...) RN_PRINTF(2, 3);

    /* Writes a line to the log (printf; no newline); `level` is an rn_log_level. The text is
     * copied, and shown if the user asked for that level. Never fails. Plugins never print
     * themselves. */
    void (*note)(int32_t level, const char *format, ...) RN_PRINTF(2, 3);

    /* Nanoseconds since an arbitrary time, monotonic; for timing algorithms. Never fails. */
    uint64_t (*time_ns)(void);

    /* Returns 1 if the file or folder at the absolute `path` belongs to root or the
     * user and nobody else can change or replace it; if it does not exist, 1 if nobody else can
     * create it. Otherwise 0, and `why` of `size` bytes names the file or folder and the remedy.
     * Call it before running code from a file, or passing it to a driver that runs it. Never fails.
     * [setup] */
    int32_t (*is_trusted)(const char *path, char *why, uint32_t size);
} rn_host;

#endif
