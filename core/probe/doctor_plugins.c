/* doctor_plugins.c: which plugins load. */
#include <stdbool.h>

#include "probe/doctor_parts.h"
#include "probe/survey.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The devices that a backend's driver offers. Without one, the backend cannot compute. */
static rn_status look_for_devices(const rn_surveyed *file, double seconds, json_t *findings)
{
    const rn_inspect_task task = { .name = file->path,
                                   .part = RN_INSPECT_DEVICES,
                                   .seconds = seconds };
    rn_inspection found;
    rn_status status = rn_inspect(&task, &found);
    if (status)
        return status;
    if (!found.facts || json_is_object(found.facts))
        rn_finding(findings, file->name, RN_FINDING_ABSENT, NULL, "no devices: %s",
                   found.facts ? text_of(found.facts, "error") : found.refusal);
    else if (!json_array_size(found.facts))
        rn_finding(findings, file->name, RN_FINDING_ABSENT, NULL, "no devices");
    for (size_t i = 0; i < json_array_size(found.facts); i++) {
        const json_t *device = json_array_get(found.facts, i);
        bool is_lost = json_object_get(device, "error") != NULL;
        rn_finding(findings, text_of(device, "backend"),
                   is_lost ? RN_FINDING_PROBLEM : RN_FINDING_OK, NULL, "%s",
                   text_of(device, is_lost ? "error" : "name"));
    }
    rn_inspection_clear(&found);
    return RN_OK;
}

rn_status rn_doctor_plugins(const rn_doctor_task *task, json_t *findings)
{
    rn_survey *survey = NULL;
    rn_status status = rn_survey_create(task->plugin_path, task->seconds, &survey);
    for (int i = 0; !status && i < survey->n_files; i++) {
        const rn_surveyed *file = &survey->files[i];
        if (file->shadowed_by)
            rn_finding(findings, file->name, RN_FINDING_ABSENT, NULL, "%s: shadowed by %s",
                       file->path, file->shadowed_by);
        else if (file->found.facts)
            rn_finding(findings, file->name, RN_FINDING_OK, NULL, "%s %s",
                       text_of(file->found.facts, "version"), file->path);
        else
            rn_finding(findings, file->name, RN_FINDING_PROBLEM,
                       "resnet-plugin why tells the stage", "%s", file->found.refusal);
        if (file->found.facts && json_object_get(file->found.facts, "backend"))
            status = look_for_devices(file, task->seconds, findings);
    }
    if (!status && survey->n_files == 0)
        rn_finding(findings, "plugins", RN_FINDING_PROBLEM,
                   "install resnet-run, or name their folder with --plugin-path or "
                   "RESNET_PLUGIN_PATH",
                   "there are none");
    rn_survey_destroy(survey);
    return status;
}
