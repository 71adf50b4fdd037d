/* plugin.h: the one function that a plugin exports, and the rules by which the ABI grows.
 *
 * - A plugin is a shared object with exactly one exported symbol, RN_PLUGIN_ENTRY; everything else
 *   is hidden. The symbol's name holds the major version. While the major version is 0, the ABI may
 *   still change incompatibly, and then the symbol's name changes too, while the minor version goes
 *   on. rn_plugin_v0_2 begins with ABI 0.6: all that these headers declare is there.
 * - Every public structure begins with its size. When one is handed over, the receiver copies the
 *   smaller of the two sizes into its zeroed structure, once; from then on a slot is NULL or valid.
 *   (rn_operand, rn_setting and rn_custom_arg are passed by value or in arrays: they have no size
 *   and never grow.)
 * - Slots and values are only appended, never moved, and a slot that is added later is optional.
 *   RN_HAS (status.h) tells whether a structure of the core reaches to a slot.
 * - Loading a plugin changes nothing in the process: not the floating-point mode, the locale,
 *   signals or the working directory. A plugin never prints, exits or aborts. It is never
 *   unloaded. */
#ifndef RESNET_PLUGIN_H
#define RESNET_PLUGIN_H

#include <resnet/backend.h>
#include <resnet/block.h>
#include <resnet/custom_op.h>
#include <resnet/host.h>

/* The version of these headers. */
#define RN_ABI_MAJOR 0
#define RN_ABI_MINOR 9

/* The entry: its name in code, and the text that the core looks up. */
#define RN_PLUGIN_ENTRY rn_plugin_v0_2
#define RN_PLUGIN_ENTRY_NAME "rn_plugin_v0_2"

/* Exports the entry from a library that hides everything else (-fvisibility=hidden). */
#if defined __GNUC__
#define RN_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define RN_PLUGIN_EXPORT
#endif

/* Filled in by the entry. It and its strings are static data that live as long as the plugin. A
 * plugin provides a backend, blocks or operators, or several of these; name, version and doc are
 * required. A plugin in which something is missing or wrong is refused. */
typedef struct rn_plugin {
    uint32_t size;
    uint32_t abi_minor;            /* RN_ABI_MINOR of its headers, for messages */
    const char *name;              /* the file's name without .so */
    const char *version;           /* of the plugin, "1.2.0" */
    const char *doc;               /* one sentence */
    const rn_backend *backend;     /* or NULL */
    const rn_block *const *blocks; /* n_blocks pointers; NULL if that is 0 */
    uint32_t n_blocks;             /* at most 1024 */
    uint32_t reserved;             /* 0 */

    /* Optional. Returns an extension by its id with revision, RN_CUSTOM_OPS_ID: static data that
     * begins with its `uint32_t size`. NULL for others. Since ABI 0.9: set it only if `size`
     * reaches it. [setup] */
    const void *(*extension)(const char *id);
} rn_plugin;

/* Called once after loading. Keeps the pointer `host` for later use and fills in `plugin`, which
 * belongs to the core and is zeroed except for its `size`; nothing beyond `size` may be written. If
 * it fails, with its message passed to host->fail, the plugin is refused. [setup] */
#ifdef __cplusplus
extern "C"
#endif
    RN_PLUGIN_EXPORT rn_status
    RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin);

#endif
