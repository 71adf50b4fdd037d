/* vendor_search.h: where libraries of vendors are that the loader does not know of. */
#ifndef RN_CORE_PLUGIN_VENDOR_SEARCH_H
#define RN_CORE_PLUGIN_VENDOR_SEARCH_H

#include <limits.h>
#include <resnet/status.h>

/* Finds `library`, such as "libcudnn.so.9", in the folders of CUDA and then in Python's packages,
 * in the order of share/doc/cudnn.md. A file that others could change is passed over. RN_E_PLUGIN
 * if there is none; then the text tells of the first that was passed over, or is "". */
rn_status rn_vendor_find(const char *library, char path[PATH_MAX]);

#endif
