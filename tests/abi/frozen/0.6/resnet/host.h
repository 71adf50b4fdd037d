/* host.h: what the core lends to a plugin, which links nothing of the core: this table is all. */
#ifndef RESNET_HOST_H
#define RESNET_HOST_H

#include <resnet/status.h>
#include <stdint.h>

/* How much a line of the log matters. 0 is invalid. */
enum rn_log_level { RN_LOG_DEBUG = 1, RN_LOG_INFO = 2, RN_LOG_WARNING = 3 };

/* The core's, and lives as long as the process: a plugin keeps the pointer and writes nothing.
 * Every slot up to `size` is valid; one that was added after ABI 0.6 says so and is read only where
 * `size` reaches it. All are [any], from the plugin's own threads, too. Texts are UTF-8. */
typedef struct rn_host {
    uint32_t size;
    uint32_t abi_minor; /* of the core; for messages: `size` says what is there */

    /* Records why a call fails and returns `status`, so that a plugin writes
     * `return host->fail(RN_E_UNSUPPORTED, "…", …);`. The text (printf; no newline) is copied and
     * kept for the calling thread; the core puts the layer, the backend and the device before it.
     * Every status other than RN_OK goes through here, on the thread that returns it. RN_OK is no
     * reason to fail: it gives RN_E_PLUGIN. */
    rn_status (*fail)(rn_status status, const char *format, ...) RN_PRINTF(2, 3);

    /* A line for the log (printf; no newline); `level` is an rn_log_level. The text is copied, and
     * shown where the user asked for that level. Never fails. Plugins never print by themselves. */
    void (*note)(int32_t level, const char *format, ...) RN_PRINTF(2, 3);

    /* Nanoseconds since some moment, monotonic, for choosing among algorithms. Never fails. */
    uint64_t (*time_ns)(void);

    /* Whether what is at `path`, a file or folder by an absolute path, is root's or
     * the user's and nobody else can change or replace it; an absent one: whether nobody else can
     * make it. 1: so it is. 0: it is not, and `why` of `size` bytes names the file or folder and
     * the remedy. Ask before running what was kept in a file, or handing it to a driver that runs
     * it. Never fails. [setup] */
    int32_t (*is_trusted)(const char *path, char *why, uint32_t size);
} rn_host;

#endif
