/* check_ops.h: checks the operators that a plugin brings and copies them into the host's tables. */
#ifndef RN_CORE_PLUGIN_CHECK_OPS_H
#define RN_CORE_PLUGIN_CHECK_OPS_H

#include "plugin/registry.h"

#define RN_MAX_ATTRS 256u /* of a block, or of an operator */

/* Sets the operators of `out`, which has its name, from what the plugin's extension returned for
 * RN_CUSTOM_OPS_ID. RN_E_PLUGIN names the operator and the slot that is missing or wrong. */
rn_status rn_plugin_check_ops(const rn_custom_ops *given, rn_loaded_plugin *out);

/* Frees them. */
void rn_plugin_free_ops(rn_loaded_plugin *plugin);

#endif
