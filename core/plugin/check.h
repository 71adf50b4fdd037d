/* check.h: checks the structures that a plugin provides and copies them into the host's. */
#ifndef RN_CORE_PLUGIN_CHECK_H
#define RN_CORE_PLUGIN_CHECK_H

#include <resnet/capture.h>
#include <resnet/collective.h>
#include <resnet/profile.h>

#include "plugin/registry.h"

/* Sets all of `out` except its path. `name` is the file's name without ".so". RN_E_PLUGIN names the
 * structure and the slot that is missing or wrong. */
rn_status rn_plugin_check(const rn_plugin *given, const char *name, rn_loaded_plugin *out);

/* Check and copy the tables that rn_backend.extension returned for RN_PROFILE_ID and so on. */
rn_status rn_plugin_check_profile(const rn_profile *given, rn_profile *out);
rn_status rn_plugin_check_capture(const rn_capture *given, rn_capture *out);
rn_status rn_plugin_check_collective(const rn_collective *given, rn_collective *out);

#endif
