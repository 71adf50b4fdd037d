/* plugin_why.c: resnet-plugin why. */
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/plugin_json.h"
#include "cli/plugin_options.h"
#include "plugin/layers.h"
#include "probe/why.h"

static const char *word_of(rn_why_verdict verdict)
{
    return verdict == RN_WHY_PASSED   ? "passed"
           : verdict == RN_WHY_FAILED ? "FAILED"
                                      : "not reached";
}

/* What a file in the search path is for this plugin; NULL: nothing. */
static const char *state_of(const rn_why *why, const rn_why_file *file)
{
    if (!file->has_folder)
        return "no such folder";
    if (!file->exists)
        return "no such file";
    return why->path && strcmp(file->path, why->path) == 0 ? "found" : "shadowed";
}

static void print_text(const rn_why *why)
{
    rn_print(stdout, "%s\n", why->name);
    for (int i = 0; i < why->n_places; i++)
        rn_print(stdout, "  %-14s %s\n", state_of(why, &why->places[i]), why->places[i].path);
    for (int i = 0; i < why->n_stages; i++)
        rn_print(stdout, "  %-9s %s%s%s\n", why->stages[i].name, word_of(why->stages[i].verdict),
                 *why->stages[i].detail ? ": " : "", why->stages[i].detail);
    if (why->printed && *why->printed)
        rn_print(stdout, "  it printed: %s\n", why->printed);
}

static rn_status print_json(const rn_why *why)
{
    json_t *json = json_object(), *places = json_array(), *stages = json_array();
    for (int i = 0; i < why->n_places; i++) {
        json_t *place = json_object();
        rn_json_set(place, "path", rn_json_text(why->places[i].path));
        rn_json_set(place, "state", rn_json_text(state_of(why, &why->places[i])));
        json_array_append_new(places, place);
    }
    for (int i = 0; i < why->n_stages; i++) {
        static const char *const words[] = { NULL, "passed", "failed", "not reached" };
        json_t *stage = json_object();
        rn_json_set(stage, "stage", rn_json_text(why->stages[i].name));
        rn_json_set(stage, "verdict", rn_json_text(words[why->stages[i].verdict]));
        rn_json_set(stage, "detail", rn_json_text(why->stages[i].detail));
        json_array_append_new(stages, stage);
    }
    rn_json_set(json, "name", rn_json_text(why->name));
    rn_json_set(json, "path", rn_json_text(why->path));
    rn_json_set(json, "searched", places);
    rn_json_set(json, "stages", stages);
    rn_json_set(json, "printed", rn_json_text(why->printed));
    return rn_plugin_json_print(json);
}

/* The reason of the stage that failed is the command's failure. */
static rn_status conclude(const rn_why *why)
{
    for (int i = 0; i < why->n_stages; i++)
        if (why->stages[i].verdict == RN_WHY_FAILED)
            return rn_fail(why->status, "%s: %s: %s", why->path ? why->path : why->name,
                           why->stages[i].name, why->stages[i].detail);
    return RN_OK;
}

static rn_status run(const rn_plugin_options *options)
{
    const char *name = options->operands[0];
    double seconds = 0;
    rn_why *why = NULL;
    if (rn_layer_find(name))
        return rn_fail(RN_E_USAGE, "%s is a built-in layer, which needs no plugin", name);
    rn_status status = rn_plugin_options_seconds(options, &seconds);
    if (!status)
        status = rn_why_create(options->plugin_path, name, seconds, &why);
    if (status)
        return status;
    if (options->json)
        status = print_json(why);
    else
        print_text(why);
    if (!status)
        status = conclude(why);
    rn_why_destroy(why);
    return status;
}

static const rn_plugin_option *const rows[] = { &rn_plugin_option_path, &rn_plugin_option_json,
                                                &rn_plugin_option_deadline, NULL };

const rn_plugin_verb rn_plugin_verb_why = {
    .name = "why",
    .operands = "NAME",
    .help = "goes through the stages of finding and loading a plugin, with a verdict on each",
    .options = rows,
    .run = run,
};
