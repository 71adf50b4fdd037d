/* check.h: checks the structures that a plugin provides and copies them into the host's. */
#ifndef RN_CORE_PLUGIN_CHECK_H
#define RN_CORE_PLUGIN_CHECK_H

#include <resnet/capture.h>
#include <resnet/collective.h>
#include <resnet/host_memory.h>
#include <resnet/pinned_memory.h>
#include <resnet/profile.h>
#include <resnet/rank_sums.h>
#include <resnet/source_kernel.h>

#include "plugin/registry.h"

/* What a plugin's extension returns; NULL: it does not have that. */
typedef struct rn_plugin_extensions {
    const rn_custom_ops *ops;
    const rn_transport *transport;
} rn_plugin_extensions;

/* Sets all of `out` except its path. `name` is the file's name without ".so". RN_E_PLUGIN names the
 * structure and the slot that is missing or wrong. */
rn_status rn_plugin_check(const rn_plugin *given, const rn_plugin_extensions *extensions,
                          const char *name, rn_loaded_plugin *out);

/* Check and copy the tables that rn_backend.extension returned for RN_PROFILE_ID and so on. */
rn_status rn_plugin_check_profile(const rn_profile *given, rn_profile *out);
rn_status rn_plugin_check_capture(const rn_capture *given, rn_capture *out);
rn_status rn_plugin_check_collective(const rn_collective *given, rn_collective *out);
rn_status rn_plugin_check_host_memory(const rn_host_memory *given, rn_host_memory *out);
rn_status rn_plugin_check_pinned_memory(const rn_pinned_memory *given, rn_pinned_memory *out);
rn_status rn_plugin_check_rank_sums(const rn_rank_sums *given, rn_rank_sums *out);
rn_status rn_plugin_check_source_kernel(const rn_source_kernel *given, rn_source_kernel *out);

#endif
