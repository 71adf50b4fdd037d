/* plugin_json.h: JSON to standard output, and the texts in it. */
#ifndef RN_CORE_CLI_PLUGIN_JSON_H
#define RN_CORE_CLI_PLUGIN_JSON_H

#include <jansson.h>
#include <resnet/status.h>

/* Prints one value and a newline, and takes ownership of it. */
rn_status rn_plugin_json_print(json_t *json);

/* object[key] if that is a text, and else "". */
const char *rn_plugin_json_text(const json_t *object, const char *key);

#endif
