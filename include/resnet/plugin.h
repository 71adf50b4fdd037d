/* plugin.h: the one function that a plugin exports, and the rules by which the ABI grows.
 *
 * - A plugin is a shared object with exactly one exported symbol, RN_PLUGIN_ENTRY; everything else
 *   is hidden. The symbol's name holds the major version. While the major is 0 the ABI may still
 *   change, and then the symbol's name changes too.
 * - Every public structure begins with its size. At hand-over each side copies the smaller of the
 *   two sizes into its own zeroed structure, once; from then on a slot is NULL or valid.
 * - Slots and values are only appended, never moved, and a slot that is added later is optional.
 * - Loading a plugin changes nothing of the process: floating-point mode, locale, signals, working
 *   directory. A plugin never prints, exits or aborts. It is never unloaded. */
#ifndef RESNET_PLUGIN_H
#define RESNET_PLUGIN_H

#include <resnet/backend.h>
#include <resnet/block.h>
#include <resnet/host.h>

#define RN_ABI_MAJOR 0
#define RN_ABI_MINOR 1

#define RN_PLUGIN_ENTRY rn_plugin_v0_1
#define RN_PLUGIN_ENTRY_NAME "rn_plugin_v0_1"

#if defined __GNUC__
#define RN_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define RN_PLUGIN_EXPORT
#endif

/* Static data of the plugin; strings too. A plugin gives a backend, or blocks, or both. */
typedef struct rn_plugin {
    uint32_t size;
    uint32_t abi_minor;  /* RN_ABI_MINOR of the headers that it was compiled with */
    const char *name;    /* equal to the file's name without .so */
    const char *version; /* the plugin's own, "1.2.0" */
    const char *doc;     /* one sentence */
    const rn_backend *backend;     /* or NULL */
    const rn_block *const *blocks; /* n_blocks pointers */
    uint32_t n_blocks;
    uint32_t reserved; /* 0 */
} rn_plugin;

/* Called once after loading. Copies `host`'s pointer for later use and fills `plugin` (its `size` is
 * set by the core; nothing beyond it may be written). [setup] */
RN_PLUGIN_EXPORT rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin);

#endif
