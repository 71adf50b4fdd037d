/* describe.h: what a plugin offers, as JSON. */
#ifndef RN_CORE_PROBE_DESCRIBE_H
#define RN_CORE_PROBE_DESCRIBE_H

#include <jansson.h>

#include "plugin/registry.h"

/* Without the devices of its backend, for which the driver has to be asked. */
json_t *rn_describe_plugin(const rn_loaded_plugin *plugin);

/* One block with its table and, as "cfg", an entry of network.layers with all attributes. `owner`:
 * "residual/", or "" for a built-in layer. */
json_t *rn_describe_block(const rn_block *block, const char *owner);

/* An array of the libraries that the table in libraries.h has for a plugin: "name", and "path" and
 * "version", or "error". Loads them. */
json_t *rn_describe_libraries(const rn_loaded_plugin *plugin);

/* An array of devices, each as --backend takes it; or an object with the key "error". */
json_t *rn_describe_devices(const rn_backend *backend);

#endif
