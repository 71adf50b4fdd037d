/* plugin_doctor.c: resnet-plugin doctor. */
#include <string.h>

#include "base/text.h"
#include "cli/plugin_json.h"
#include "cli/plugin_options.h"
#include "probe/doctor.h"

/* Returns whether it is a problem. */
static bool print_finding(const json_t *finding)
{
    const char *state = rn_plugin_json_text(finding, "state");
    const char *remedy = rn_plugin_json_text(finding, "remedy");
    bool is_problem = strcmp(state, "problem") == 0;
    rn_print(stdout, "  %-7s %-28s %s\n", is_problem ? "PROBLEM" : state,
             rn_plugin_json_text(finding, "name"), rn_plugin_json_text(finding, "value"));
    if (*remedy)
        rn_print(stdout, "  %-36s → %s\n", "", remedy);
    return is_problem;
}

static void print_text(const json_t *sections)
{
    int n_problems = 0;
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i);
        const json_t *findings = json_object_get(section, "findings");
        rn_print(stdout, "%s\n", rn_plugin_json_text(section, "section"));
        for (size_t k = 0; k < json_array_size(findings); k++)
            n_problems += print_finding(json_array_get(findings, k));
    }
    rn_print(stdout, "%d problem%s\n", n_problems, n_problems == 1 ? "" : "s");
}

static rn_status run(const rn_plugin_options *options)
{
    rn_doctor_task task = { .plugin_path = options->plugin_path };
    json_t *sections = NULL;
    rn_status status = rn_plugin_options_seconds(options, &task.seconds);
    if (!status)
        status = rn_doctor(&task, &sections);
    if (status)
        return status;
    if (options->json)
        return rn_plugin_json_print(sections);
    print_text(sections);
    json_decref(sections);
    return RN_OK;
}

static const rn_plugin_option *const rows[] = { &rn_plugin_option_path, &rn_plugin_option_json,
                                                &rn_plugin_option_deadline, NULL };

const rn_plugin_verb rn_plugin_verb_doctor = {
    .name = "doctor",
    .operands = "",
    .help = "shows the environment: folders, variables, plugins, libraries, drivers, limits",
    .options = rows,
    .run = run,
};
