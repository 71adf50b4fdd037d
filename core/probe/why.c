/* why.c: the stages by which a plugin is found and loaded, and the verdict on each. */
#define _GNU_SOURCE /* asprintf */
#include "probe/why.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "device/calls.h"
#include "plugin/load.h"
#include "plugin/path.h"
#include "probe/child.h"
#include "probe/describe.h"

#define HOW_BYTES 4096
#define SEARCH "search"
#define DEVICES "devices"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the stages of loading");
}

static rn_status add_stage(rn_why *why, const char *name, rn_why_verdict verdict,
                           const char *detail)
{
    rn_why_stage *stage = &why->stages[why->n_stages++];
    *stage = (rn_why_stage){ name, verdict, strdup(detail) };
    return stage->detail ? RN_OK : no_memory();
}

/* ---- The search ---- */

static rn_status add_place(rn_why *why, const char *folder)
{
    rn_why_file *file = &why->places[why->n_places];
    file->has_folder = access(folder, F_OK) == 0;
    if (asprintf(&file->path, "%s/%s.so", folder, why->name) < 0) {
        file->path = NULL;
        return no_memory();
    }
    why->n_places++;
    file->exists = faccessat(AT_FDCWD, file->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    return RN_OK;
}

/* Sets `path`, unless there is no such plugin: then the stage has failed. */
static rn_status search(rn_why *why, const char *plugin_path)
{
    char **folders = NULL;
    int n = 0;
    rn_status status = rn_plugin_path_create(plugin_path, &folders);
    if (status)
        return status;
    while (folders[n])
        n++;
    why->places = calloc((size_t)n + 1, sizeof *why->places);
    status = why->places ? RN_OK : no_memory();
    for (int i = 0; i < n && !status; i++)
        status = add_place(why, folders[i]);
    if (!status) {
        why->status = rn_plugin_path_find(folders, why->name, &why->path);
        status = why->status ? add_stage(why, SEARCH, RN_WHY_FAILED, rn_fail_text())
                             : add_stage(why, SEARCH, RN_WHY_PASSED, why->path);
    }
    rn_plugin_path_destroy(folders);
    return status;
}

static rn_status find_file(rn_why *why, const char *plugin_path, const char *name)
{
    const char *slash = strchr(name, '/');
    size_t length = strlen(name);
    if (!rn_plugin_path_is_path(name)) {
        why->name = strndup(name, slash ? (size_t)(slash - name) : length);
        return why->name ? search(why, plugin_path) : no_memory();
    }
    why->path = rn_plugin_path_absolute(name);
    why->name = rn_plugin_path_name(name);
    if (!why->path || !why->name)
        return no_memory();
    return add_stage(why, SEARCH, RN_WHY_PASSED, why->path);
}

/* ---- The stages in the child ---- */

static void report_stage(const rn_load_stage *stage, void *report)
{
    rn_print(report, "%s\n", stage->name);
    fflush(report);
}

static rn_status try_devices(const rn_backend *backend, FILE *report)
{
    int32_t count = 0;
    fputs(DEVICES "\n", report);
    fflush(report);
    if (rn_backend_count(backend, &count))
        return RN_E_DEVICE;
    for (int32_t i = 0; i < count; i++) {
        rn_device_info info;
        if (rn_backend_device(backend, i, &info))
            return rn_fail(RN_E_DEVICE, "device %d: %s", (int)i, rn_fail_text());
        rn_print(report, "%s%s:%d: %s", i ? ", " : "", backend->name, (int)i, info.name);
    }
    return count > 0 ? RN_OK : rn_fail(RN_E_DEVICE, "it finds no device");
}

static rn_status try_stages(void *argument, FILE *report)
{
    rn_loaded_plugin *plugin = NULL;
    rn_status status = rn_plugin_load_watched(argument, report_stage, report, &plugin);
    if (!status && plugin->plugin.backend)
        status = try_devices(plugin->plugin.backend, report);
    rn_plugin_destroy(plugin);
    return status;
}

/* ---- The verdicts ---- */

/* The line of the report that begins with the stage's name; NULL: it was not reached. */
static const char *line_of(const char *report, const char *stage)
{
    size_t length = strlen(stage);
    for (const char *line = report; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, stage, length) == 0 && line[length] == '\n')
            return line;
    }
    return NULL;
}

/* `help`: what is true when it has passed. */
static rn_status judge(rn_why *why, const rn_child_result *result, const char *stage,
                       const char *help, const char *failure)
{
    const char *line = line_of(result->report.text, stage);
    bool is_last = line && !strchr(strchr(line, '\n') + 1, '\n');
    bool has_failed = why->status && is_last;
    if (!line)
        return add_stage(why, stage, RN_WHY_NOT_REACHED, "");
    return add_stage(why, stage, has_failed ? RN_WHY_FAILED : RN_WHY_PASSED,
                     has_failed ? failure : help);
}

static rn_status judge_all(rn_why *why, const rn_child_task *child, const rn_child_result *result)
{
    char how[HOW_BYTES], prefix[HOW_BYTES], failure[2 * HOW_BYTES];
    const rn_load_stage *stage;
    rn_child_describe(child, result, how, sizeof how);
    snprintf(prefix, sizeof prefix, "plugin %s: ", why->path);
    bool has_prefix = strncmp(how, prefix, strlen(prefix)) == 0;
    bool has_returned = result->end == RN_CHILD_RETURNED;
    why->status = has_returned ? result->status : RN_E_PLUGIN;
    snprintf(failure, sizeof failure, "%s%s", has_returned ? "" : "its code ",
             how + (has_prefix ? strlen(prefix) : 0));
    rn_status status = RN_OK;
    for (int i = 0; (stage = rn_load_stage_at(i)) && !status; i++)
        status = judge(why, result, stage->name, stage->help, failure);
    const char *devices = line_of(result->report.text, DEVICES);
    if (devices && !status)
        status = judge(why, result, DEVICES, strchr(devices, '\n') + 1, failure);
    return status;
}

static rn_status load_file(rn_why *why, double seconds)
{
    const rn_child_task child = { .work = try_stages, .argument = why->path, .seconds = seconds };
    rn_child_result result;
    rn_status status = rn_child_run(&child, &result);
    if (status)
        return status;
    status = judge_all(why, &child, &result);
    if (!status &&
        asprintf(&why->printed, "%s%s", result.printed.text, result.complained.text) < 0) {
        why->printed = NULL;
        status = no_memory();
    }
    rn_child_result_clear(&result);
    return status;
}

rn_status rn_why_create(const char *plugin_path, const char *name, double seconds, rn_why **out)
{
    rn_why *why = calloc(1, sizeof *why);
    *out = NULL;
    if (!why)
        return no_memory();
    rn_status status = find_file(why, plugin_path, name);
    if (!status && why->path)
        status = load_file(why, seconds);
    if (status) {
        rn_why_destroy(why);
        return status;
    }
    *out = why;
    return RN_OK;
}

void rn_why_destroy(rn_why *why)
{
    if (!why)
        return;
    for (int i = 0; i < why->n_places; i++)
        free(why->places[i].path);
    for (int i = 0; i < why->n_stages; i++)
        free(why->stages[i].detail);
    free(why->places);
    free(why->name);
    free(why->path);
    free(why->printed);
    free(why);
}
