/* plugin_text.h: the output of resnet-plugin as text. */
#ifndef RN_CORE_CLI_PLUGIN_TEXT_H
#define RN_CORE_CLI_PLUGIN_TEXT_H

#include <stdio.h>

#include "cli/plugin_scan.h"

void rn_plugin_text_list(FILE *out, const rn_plugin_scan *scan);
void rn_plugin_text_info(FILE *out, const rn_loaded_plugin *plugin);

/* One block with its attribute table; `owner` is "residual/", or "" for a built-in layer. */
void rn_plugin_text_block(FILE *out, const rn_block *block, const char *owner);

#endif
