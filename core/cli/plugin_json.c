/* plugin_json.c: JSON to standard output, and the texts in it. */
#include "cli/plugin_json.h"

#include <stdio.h>

#include "base/status.h"

rn_status rn_plugin_json_print(json_t *json)
{
    int failed = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    failed |= fputs("\n", stdout) < 0;
    json_decref(json);
    return failed ? rn_fail(RN_E_IO, "cannot write JSON") : RN_OK;
}

const char *rn_plugin_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
