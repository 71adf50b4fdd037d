/* installed.h: where the files that were installed with this program are. */
#ifndef RN_CORE_BASE_INSTALLED_H
#define RN_CORE_BASE_INSTALLED_H

#include <limits.h>

/* The place of the folder that configure has chosen: `configured` itself or, if the program's whole
 * tree was moved elsewhere, as a bundle is, a place that follows from the program's own; then
 * `path` holds it. `configured` also if there is nothing at that place, and in a privileged
 * process, which must not depend on where somebody has linked it to. */
const char *rn_installed_folder(const char *configured, char path[PATH_MAX]);

/* The folder of the networks that network.arch names: $RESNET_MODELS_PATH (ignored in a privileged
 * process), or else the installed one. */
const char *rn_models_folder(char path[PATH_MAX]);

#endif
