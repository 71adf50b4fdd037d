/* plugin_info.c: resnet-plugin info. */
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "cli/plugin_json.h"
#include "cli/plugin_options.h"
#include "cli/plugin_text.h"
#include "probe/inspect.h"

/* The devices of its backend, or its libraries, as describe.h says. A driver may crash or hang: the
 * rest is known already. */
static rn_status find_part(const rn_inspect_task *plugin, rn_inspect_part part, json_t **out)
{
    rn_inspect_task task = *plugin;
    rn_inspection found;
    task.part = part;
    rn_status status = rn_inspect(&task, &found);
    if (status)
        return status;
    if (found.facts) {
        *out = json_incref(found.facts);
    } else {
        *out = json_object();
        rn_json_set(*out, "error", rn_json_text(found.refusal));
    }
    rn_inspection_clear(&found);
    return RN_OK;
}

static rn_status print_plugin(const rn_inspect_task *task, json_t *plugin, bool as_json)
{
    json_t *backend = json_object_get(plugin, "backend"), *devices = NULL, *libraries = NULL;
    bool may_need_libraries = backend || json_object_get(plugin, "transport");
    rn_status status = RN_OK;
    if (may_need_libraries)
        status = find_part(task, RN_INSPECT_LIBRARIES, &libraries);
    if (!status && backend)
        status = find_part(task, RN_INSPECT_DEVICES, &devices);
    if (libraries)
        rn_json_set(plugin, "libraries", libraries);
    if (status)
        return status;
    if (as_json && backend)
        json_object_set(backend, "devices", devices);
    if (as_json)
        status = rn_plugin_json_print(json_incref(plugin));
    else
        rn_plugin_text_plugin(stdout, plugin, devices);
    json_decref(devices);
    return status;
}

static rn_status print_block(const char *name, json_t *block, bool as_json)
{
    const char *slash = strrchr(name, '/');
    char owner[256];
    if (as_json)
        return rn_plugin_json_print(json_incref(block));
    snprintf(owner, sizeof owner, "%.*s", slash ? (int)(slash - name) + 1 : 0, name);
    rn_plugin_text_block(stdout, block, owner);
    return RN_OK;
}

static rn_status run(const rn_plugin_options *options)
{
    rn_inspect_task task = { .plugin_path = options->plugin_path, .name = options->operands[0] };
    rn_inspection found;
    rn_status status = rn_plugin_options_seconds(options, &task.seconds);
    if (!status)
        status = rn_inspect(&task, &found);
    if (status)
        return status;
    if (!found.facts)
        status = rn_fail(found.status, "%s", found.refusal);
    else if (json_object_get(found.facts, "path"))
        status = print_plugin(&task, found.facts, options->json);
    else
        status = print_block(task.name, found.facts, options->json);
    rn_inspection_clear(&found);
    return status;
}

static const rn_plugin_option *const rows[] = { &rn_plugin_option_path, &rn_plugin_option_json,
                                                &rn_plugin_option_deadline, NULL };

const rn_plugin_verb rn_plugin_verb_info = {
    .name = "info",
    .operands = "NAME",
    .help = "shows what a plugin, a block or a layer offers: operators, devices, attributes, a cfg",
    .options = rows,
    .run = run,
};
