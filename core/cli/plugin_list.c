/* plugin_list.c: resnet-plugin list. */
#include <resnet/plugin.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/plugin_json.h"
#include "cli/plugin_options.h"
#include "plugin/layers.h"
#include "probe/survey.h"

#define SHOWN_BYTES 64 /* of what a plugin has printed */

/* Prints "blocks a, b" after a comma if something stands before it. Returns whether it did. */
static bool show_names(const json_t *plugin, const char *kind, bool follows)
{
    const json_t *list = json_object_get(plugin, kind);
    if (json_array_size(list))
        rn_print(stdout, "%s%s", follows ? ", " : "", kind);
    for (size_t i = 0; i < json_array_size(list); i++)
        rn_print(stdout, "%s%s", i ? ", " : " ",
                 rn_plugin_json_text(json_array_get(list, i), "name"));
    return follows || json_array_size(list);
}

static void show_gifts(const json_t *plugin)
{
    static const char *const kinds[] = { "backend", "transport" };
    bool follows = false;
    for (int i = 0; i < 2; i++)
        if (json_object_get(plugin, kinds[i])) {
            rn_print(stdout, "%s%s", follows ? ", " : "", kinds[i]);
            follows = true;
        }
    follows = show_names(plugin, "blocks", follows);
    show_names(plugin, "operators", follows);
    rn_print(stdout, "\n");
}

/* The first line of what it wrote by itself. */
static void show_printed(const char *printed)
{
    char line[SHOWN_BYTES + 1];
    size_t length = strcspn(printed, "\n");
    snprintf(line, sizeof line, "%.*s", (int)length, printed);
    if (*printed)
        rn_print(stdout, "%-21s it printed: %s%s\n", "", line, strlen(line) < length ? "…" : "");
}

static void show_file(const rn_surveyed *file)
{
    const json_t *plugin = file->found.facts;
    if (file->shadowed_by) {
        rn_print(stdout, "%-12s shadowed %s\n%-21s by %s\n", file->name, file->path, "",
                 file->shadowed_by);
        return;
    }
    if (plugin) {
        rn_print(stdout, "%-12s %-8s ", file->name, rn_plugin_json_text(plugin, "version"));
        show_gifts(plugin);
        rn_print(stdout, "%-21s %s\n", "", file->path);
    } else {
        rn_print(stdout, "%-12s REFUSED  %s\n", file->name, file->found.refusal);
    }
    show_printed(file->found.printed);
}

static void print_text(const rn_survey *survey)
{
    const rn_block *const *layers = rn_layers();
    for (int i = 0; i < survey->n_files; i++)
        show_file(&survey->files[i]);
    if (survey->n_files == 0)
        rn_print(stdout, "No plugins.\n");
    rn_print(stdout, "\nBuilt-in layers: ");
    for (int i = 0; layers[i]; i++)
        rn_print(stdout, "%s%s", i ? ", " : "", layers[i]->name);
    rn_print(stdout, "\nSearched, in this order:\n");
    for (int i = 0; survey->folders[i]; i++)
        rn_print(stdout, "  %s%s\n", survey->folders[i],
                 access(survey->folders[i], F_OK) ? " (does not exist)" : "");
}

static json_t *names_of(const json_t *blocks)
{
    json_t *names = json_array();
    for (size_t i = 0; i < json_array_size(blocks); i++)
        json_array_append(names, json_object_get(json_array_get(blocks, i), "name"));
    return names;
}

static json_t *file_object(const rn_surveyed *file)
{
    json_t *json = json_object();
    const json_t *plugin = file->found.facts;
    const char *state = plugin ? "loaded" : file->shadowed_by ? "shadowed" : "refused";
    rn_json_set(json, "name", rn_json_text(file->name));
    rn_json_set(json, "path", rn_json_text(file->path));
    rn_json_set(json, "state", rn_json_text(state));
    if (file->found.refusal)
        rn_json_set(json, "reason", rn_json_text(file->found.refusal));
    if (file->shadowed_by)
        rn_json_set(json, "shadowed_by", rn_json_text(file->shadowed_by));
    if (file->found.printed && *file->found.printed)
        rn_json_set(json, "printed", rn_json_text(file->found.printed));
    rn_json_set(json, "blocks", names_of(json_object_get(plugin, "blocks")));
    rn_json_set(json, "operators", names_of(json_object_get(plugin, "operators")));
    if (!plugin)
        return json;
    json_object_set(json, "version", json_object_get(plugin, "version"));
    rn_json_set(json, "backend", json_boolean(json_object_get(plugin, "backend")));
    rn_json_set(json, "transport", json_boolean(json_object_get(plugin, "transport")));
    return json;
}

static rn_status print_json(const rn_survey *survey)
{
    json_t *json = json_object(), *files = json_array(), *layers = json_array();
    json_t *folders = json_array();
    for (int i = 0; survey->folders[i]; i++)
        json_array_append_new(folders, rn_json_text(survey->folders[i]));
    for (int i = 0; i < survey->n_files; i++)
        json_array_append_new(files, file_object(&survey->files[i]));
    for (int i = 0; rn_layers()[i]; i++)
        json_array_append_new(layers, rn_json_text(rn_layers()[i]->name));
    rn_json_set(json, "abi", json_sprintf("%d.%d", RN_ABI_MAJOR, RN_ABI_MINOR));
    rn_json_set(json, "folders", folders);
    rn_json_set(json, "plugins", files);
    rn_json_set(json, "layers", layers);
    return rn_plugin_json_print(json);
}

static rn_status run(const rn_plugin_options *options)
{
    rn_survey *survey = NULL;
    double seconds = 0;
    rn_status status = rn_plugin_options_seconds(options, &seconds);
    if (!status)
        status = rn_survey_create(options->plugin_path, seconds, &survey);
    if (status)
        return status;
    if (options->json)
        status = print_json(survey);
    else
        print_text(survey);
    rn_survey_destroy(survey);
    return status;
}

static const rn_plugin_option *const rows[] = { &rn_plugin_option_path, &rn_plugin_option_json,
                                                &rn_plugin_option_deadline, NULL };

const rn_plugin_verb rn_plugin_verb_list = {
    .name = "list",
    .operands = "",
    .help = "shows every plugin that is found: loaded, shadowed by another, or refused and why",
    .options = rows,
    .run = run,
};
