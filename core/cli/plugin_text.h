/* plugin_text.h: what a plugin offers (probe/describe.h), as text. */
#ifndef RN_CORE_CLI_PLUGIN_TEXT_H
#define RN_CORE_CLI_PLUGIN_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* A plugin with all that it offers. `devices` of its backend: NULL if it has none. */
void rn_plugin_text_plugin(FILE *out, const json_t *plugin, const json_t *devices);

/* One block with its attributes. `owner` is "residual/", or "" for a built-in layer. */
void rn_plugin_text_block(FILE *out, const json_t *block, const char *owner);

#endif
