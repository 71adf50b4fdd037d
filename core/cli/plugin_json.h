/* plugin_json.h: the output of resnet-plugin as JSON. Each function writes one value
 * and a newline. */
#ifndef RN_CORE_CLI_PLUGIN_JSON_H
#define RN_CORE_CLI_PLUGIN_JSON_H

#include <stdio.h>

#include "cli/plugin_scan.h"

rn_status rn_plugin_json_list(FILE *out, const rn_plugin_scan *scan);
rn_status rn_plugin_json_info(FILE *out, const rn_loaded_plugin *plugin);
rn_status rn_plugin_json_block(FILE *out, const rn_block *block);

#endif
