/* plugin.h: the one function that a plugin exports, and the rules by which the ABI grows.
 *
 * - A plugin is a shared object with exactly one exported symbol, RN_PLUGIN_ENTRY; everything else
 *   is hidden. The symbol's name holds the major version. While the major is 0 the ABI may still
 *   change, and then the symbol's name changes too; the minor version goes on counting. The entry
 *   of these headers, rn_plugin_v0_2, begins with ABI 0.6: all that they declare is there.
 * - Every public structure begins with its size. At hand-over each side copies the smaller of the
 *   two sizes into its own zeroed structure, once; from then on a slot is NULL or valid.
 *   (rn_operand and rn_setting are passed by value or in arrays: they have no size and never grow.)
 * - Slots and values are only appended, never moved, and a slot that is added later is optional.
 * - Loading a plugin changes nothing of the process: floating-point mode, locale, signals, working
 *   directory. A plugin never prints, exits or aborts. It is never unloaded. */
#ifndef RESNET_PLUGIN_H
#define RESNET_PLUGIN_H

#include <resnet/backend.h>
#include <resnet/block.h>
#include <resnet/host.h>

/* The version of these headers. */
#define RN_ABI_MAJOR 0
#define RN_ABI_MINOR 6

/* The entry: its name in code, and as the text that the core looks up. */
#define RN_PLUGIN_ENTRY rn_plugin_v0_2
#define RN_PLUGIN_ENTRY_NAME "rn_plugin_v0_2"

/* Exports the entry from a library that hides all else (-fvisibility=hidden). */
#if defined __GNUC__
#define RN_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define RN_PLUGIN_EXPORT
#endif

/* What the entry fills in: static data of the plugin, strings too, which live as long as it. A
 * plugin gives a backend, or blocks, or both; name, version and doc are required. What is missing
 * or wrong refuses the plugin. */
typedef struct rn_plugin {
    uint32_t size;
    uint32_t abi_minor;            /* RN_ABI_MINOR of its headers, for messages */
    const char *name;              /* equal to the file's name without .so */
    const char *version;           /* the plugin's own, "1.2.0" */
    const char *doc;               /* one sentence */
    const rn_backend *backend;     /* or NULL */
    const rn_block *const *blocks; /* n_blocks pointers; NULL where that is 0 */
    uint32_t n_blocks;             /* 1024 at most */
    uint32_t reserved;             /* 0 */
} rn_plugin;

/* Called once after loading. Keeps `host`, the pointer, for later use and fills in `plugin`, which
 * is the core's and zeroed; its `size` is set by the core, and nothing beyond it may be written. A
 * failure, with its text through host->fail, refuses the plugin. [setup] */
#ifdef __cplusplus
extern "C"
#endif
    RN_PLUGIN_EXPORT rn_status
    RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin);

#endif
