/* plugin_template.h: the folders of a new plugin's files, share/templates. */
#ifndef RN_CORE_CLI_PLUGIN_TEMPLATE_H
#define RN_CORE_CLI_PLUGIN_TEMPLATE_H

#include <resnet/status.h>

/* Makes ./NAME of the templates `common` and `kind` ("block", "op" or "backend"), with `name` where
 * they have NAME in a file's name or text. The templates are in $RESNET_TEMPLATES_PATH (ignored in
 * a privileged process), or else in the installed folder. RN_E_USAGE for another kind, a name that
 * cannot be a plugin's, or one that exists here; RN_E_IO. After a failure there is no ./NAME. */
rn_status rn_template_copy(const char *kind, const char *name);

#endif
