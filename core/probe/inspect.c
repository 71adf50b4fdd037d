/* inspect.c: what a plugin is found to offer when it is loaded in a child process. */
#define _GNU_SOURCE /* asprintf */
#include "probe/inspect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "plugin/layers.h"
#include "plugin/path.h"
#include "probe/child.h"
#include "probe/describe.h"

#define HOW_BYTES 4096

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for what plugins offer");
}

static bool names_a_block(const char *name)
{
    return !rn_plugin_path_is_path(name) && (strchr(name, '/') || rn_layer_find(name));
}

static rn_status describe_block(rn_registry *registry, const char *name, json_t **out)
{
    const rn_block *block = NULL;
    rn_status status = rn_registry_block(registry, name, &block);
    if (status)
        return status;
    const char *slash = strrchr(name, '/');
    char *owner = strndup(name, slash ? (size_t)(slash - name) + 1 : 0);
    if (!owner)
        return no_memory();
    *out = rn_describe_block(block, owner);
    free(owner);
    return RN_OK;
}

static rn_status describe(rn_registry *registry, const rn_inspect_task *task, json_t **out)
{
    if (names_a_block(task->name))
        return describe_block(registry, task->name, out);
    const rn_loaded_plugin *plugin = NULL;
    bool is_path = rn_plugin_path_is_path(task->name);
    char *name = is_path ? rn_plugin_path_absolute(task->name) : strdup(task->name);
    rn_status status = name ? rn_registry_load(registry, name, &plugin) : no_memory();
    free(name);
    if (status)
        return status;
    if (task->part == RN_INSPECT_PLUGIN)
        *out = rn_describe_plugin(plugin);
    else if (task->part == RN_INSPECT_LIBRARIES)
        *out = rn_describe_libraries(plugin);
    else if (plugin->plugin.backend)
        *out = rn_describe_devices(plugin->plugin.backend);
    else
        *out = json_array();
    return RN_OK;
}

static rn_status inspect(void *argument, FILE *report)
{
    const rn_inspect_task *task = argument;
    rn_registry *registry = NULL;
    json_t *json = NULL;
    rn_status status = rn_registry_create(task->plugin_path, &registry);
    if (!status)
        status = describe(registry, task, &json);
    if (!status && json_dumpf(json, report, JSON_COMPACT))
        status = rn_fail(RN_E_IO, "cannot report what plugin %s offers", task->name);
    json_decref(json);
    rn_registry_destroy(registry);
    return status;
}

/* What went wrong in the child, as this process's failure. */
static rn_status failure_of(const rn_inspect_task *task, const rn_child_task *child,
                            const rn_child_result *result)
{
    char how[HOW_BYTES];
    rn_child_describe(child, result, how, sizeof how);
    if (result->end == RN_CHILD_RETURNED)
        return rn_fail(result->status, "%s", how);
    static const char *const whiles[] = { "while loading,", "asking for its devices,",
                                          "asking for its libraries," };
    return rn_fail(RN_E_PLUGIN, "plugin %s: %s it %s", task->name, whiles[task->part], how);
}

static rn_status take(const rn_inspect_task *task, const rn_child_task *child,
                      const rn_child_result *result, rn_inspection *out)
{
    json_error_t error;
    out->status = RN_OK;
    if (result->end != RN_CHILD_RETURNED || result->status) {
        out->status = failure_of(task, child, result);
    } else {
        out->facts =
            rn_json_read(result->report.text, result->report.length, JSON_DECODE_ANY, &error);
        if (!out->facts)
            out->status = rn_fail(RN_E_PLUGIN, "plugin %s: what it offers cannot be read: %s",
                                  task->name, error.text);
    }
    if (out->status)
        out->refusal = strdup(rn_fail_text());
    bool failed =
        asprintf(&out->printed, "%s%s", result->printed.text, result->complained.text) < 0;
    if (failed)
        out->printed = NULL;
    return failed || (out->status && !out->refusal) ? no_memory() : RN_OK;
}

rn_status rn_inspect(const rn_inspect_task *task, rn_inspection *out)
{
    rn_inspect_task copy = *task;
    const rn_child_task child = { .work = inspect, .argument = &copy, .seconds = task->seconds };
    rn_child_result result;
    memset(out, 0, sizeof *out);
    rn_status status = rn_child_run(&child, &result);
    if (status)
        return status;
    status = take(task, &child, &result, out);
    rn_child_result_clear(&result);
    if (status)
        rn_inspection_clear(out);
    return status;
}

void rn_inspection_clear(rn_inspection *inspection)
{
    json_decref(inspection->facts);
    free(inspection->refusal);
    free(inspection->printed);
    memset(inspection, 0, sizeof *inspection);
}
