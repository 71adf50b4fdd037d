/* survey.c: every plugin file of the search path: loaded, refused or shadowed. */
#include "probe/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plugin/path.h"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the list of plugins");
}

static const rn_surveyed *first_of_name(const rn_survey *survey, const char *name)
{
    for (int i = 0; i < survey->n_files; i++)
        if (strcmp(survey->files[i].name, name) == 0)
            return &survey->files[i];
    return NULL;
}

static rn_status add_file(rn_survey *survey, const char *path, double seconds)
{
    size_t bytes = ((size_t)survey->n_files + 1) * sizeof *survey->files;
    rn_surveyed *grown = realloc(survey->files, bytes);
    if (!grown)
        return no_memory();
    survey->files = grown;
    rn_surveyed file = { .path = strdup(path), .name = rn_plugin_path_name(path) };
    rn_status status = file.path && file.name ? RN_OK : no_memory();
    const rn_surveyed *first = status ? NULL : first_of_name(survey, file.name);
    const rn_inspect_task task = { .name = path, .seconds = seconds };
    if (first)
        file.shadowed_by = first->path;
    else if (!status)
        status = rn_inspect(&task, &file.found);
    survey->files[survey->n_files++] = file;
    return status;
}

/* True if the folder at `index` stands earlier in the list, too. */
static bool is_repeated(char *const *folders, int index)
{
    for (int i = 0; i < index; i++)
        if (strcmp(folders[i], folders[index]) == 0)
            return true;
    return false;
}

static rn_status add_folder(rn_survey *survey, const char *folder, double seconds)
{
    char **paths = NULL;
    rn_status status = rn_plugin_path_list(folder, &paths);
    for (int i = 0; !status && paths[i]; i++)
        status = add_file(survey, paths[i], seconds);
    rn_plugin_path_destroy(paths);
    return status;
}

rn_status rn_survey_create(const char *plugin_path, double seconds, rn_survey **out)
{
    *out = NULL;
    rn_survey *survey = calloc(1, sizeof *survey);
    if (!survey)
        return no_memory();
    rn_status status = rn_plugin_path_create(plugin_path, &survey->folders);
    for (int i = 0; !status && survey->folders[i]; i++)
        if (!is_repeated(survey->folders, i))
            status = add_folder(survey, survey->folders[i], seconds);
    if (status) {
        rn_survey_destroy(survey);
        return status;
    }
    *out = survey;
    return RN_OK;
}

void rn_survey_destroy(rn_survey *survey)
{
    if (!survey)
        return;
    for (int i = 0; i < survey->n_files; i++) {
        free(survey->files[i].path);
        free(survey->files[i].name);
        rn_inspection_clear(&survey->files[i].found);
    }
    free(survey->files);
    rn_plugin_path_destroy(survey->folders);
    free(survey);
}
