/* plugin_trust.h: could others than root and the user have put something in a plugin's place? */
#ifndef RN_CORE_PLUGIN_TRUST_H
#define RN_CORE_PLUGIN_TRUST_H

#include <resnet/status.h>

/* RN_E_PLUGIN names the file or the folder that others may write to, and the remedy. `path` is
 * absolute. */
rn_status rn_plugin_trust_check(const char *path);

#endif
