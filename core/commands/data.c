/* data.c: `resnet-run data`: a survey of the samples, a contact sheet, a dump. */
#include "commands/data.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "commands/data_dump.h"
#include "commands/data_sheet.h"
#include "commands/data_survey.h"
#include "io/file.h"

#define MAX_LISTED 20 /* classes and broken files in the text; JSON has all */
#define SHEET_FILE "samples.png"

static const char *format_name(int format)
{
    return format ? rn_picture_format_name((rn_picture_format)format) : "stored pixels";
}

static int64_t n_formats(void)
{
    return RN_FORMAT_WEBP + 1;
}

/* ---- As text ---- */

static void print_classes(const rn_survey *survey)
{
    const rn_dataset *dataset = survey->source->dataset;
    int64_t n = dataset->n_classes, n_empty = 0;
    for (int64_t i = 0; i < n; i++) {
        n_empty += survey->by_class[i] == 0;
        if (i < MAX_LISTED)
            rn_print(stdout, "  class %-6lld %10lld  %s\n", (long long)i,
                     (long long)survey->by_class[i], dataset->class_names[i]);
    }
    if (n > MAX_LISTED)
        printf("  and %" PRId64 " more classes\n", n - MAX_LISTED);
    if (n_empty)
        printf("  %" PRId64 " classes have no sample\n", n_empty);
}

static void print_numbers(const char *name, const double *numbers, int64_t n)
{
    rn_print(stdout, "  %s = [", name);
    for (int64_t i = 0; i < n; i++)
        rn_print(stdout, "%s %.4f", i ? "," : "", numbers[i]);
    printf(" ];\n");
}

static void print_broken(const rn_survey *survey)
{
    if (survey->n_broken)
        printf("  %" PRId64 " samples cannot be read:\n", survey->n_broken);
    for (int64_t i = 0; i < survey->n_broken && i < MAX_LISTED; i++)
        rn_print(stdout, "    %s\n", survey->broken[i].why);
    if (survey->n_broken > MAX_LISTED)
        printf("    and %" PRId64 " more; --json lists them all\n", survey->n_broken - MAX_LISTED);
}

static void print_text(const rn_survey *survey)
{
    const rn_dataset *dataset = survey->source->dataset;
    int64_t n_stats = survey->channels < RN_SURVEY_CHANNELS ? survey->channels : RN_SURVEY_CHANNELS;
    rn_print(stdout, "%s: data set %s, %lld samples, %lld classes\n", dataset->folder,
             dataset->kind->name, (long long)survey->n_samples, (long long)dataset->n_classes);
    print_classes(survey);
    for (int64_t i = 0; i < n_formats(); i++)
        if (survey->by_format[i])
            rn_print(stdout, "  %-12s %10" PRId64 "\n", format_name((int)i), survey->by_format[i]);
    if (survey->n_pixels) {
        printf("  sides        %" PRId64 "x%" PRId64 " to %" PRId64 "x%" PRId64
               " (height x width), %" PRId64 " channels\n",
               survey->smallest.height, survey->smallest.width, survey->largest.height,
               survey->largest.width, survey->channels);
        print_numbers("mean", survey->mean, n_stats);
        print_numbers("std", survey->std, n_stats);
    }
    print_broken(survey);
}

/* ---- As JSON ---- */

static json_t *size_json(rn_size size)
{
    return json_pack("[I, I]", (json_int_t)size.height, (json_int_t)size.width);
}

static json_t *classes_json(const rn_survey *survey)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < survey->source->dataset->n_classes; i++)
        json_array_append_new(list, json_pack("{s:o, s:I}", "name",
                                              rn_json_text(survey->source->dataset->class_names[i]),
                                              "samples", (json_int_t)survey->by_class[i]));
    return list;
}

static json_t *formats_json(const rn_survey *survey)
{
    json_t *object = json_object();
    for (int64_t i = 0; i < n_formats(); i++)
        if (survey->by_format[i])
            rn_json_set(object, format_name((int)i), json_integer(survey->by_format[i]));
    return object;
}

static json_t *numbers_json(const double *numbers, int64_t n)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < n && i < RN_SURVEY_CHANNELS; i++)
        json_array_append_new(list, json_real(numbers[i]));
    return list;
}

static json_t *broken_json(const rn_survey *survey)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < survey->n_broken; i++)
        json_array_append_new(list,
                              json_pack("{s:I, s:o}", "sample", (json_int_t)survey->broken[i].index,
                                        "reason", rn_json_text(survey->broken[i].why)));
    return list;
}

static void print_json(const rn_survey *survey, const char *sheet, const char *dump)
{
    const rn_dataset *dataset = survey->source->dataset;
    json_t *object = json_object();
    rn_json_set(object, "dataset", rn_json_text(dataset->kind->name));
    rn_json_set(object, "path", rn_json_text(dataset->folder));
    rn_json_set(object, "samples", json_integer(survey->n_samples));
    rn_json_set(object, "classes", classes_json(survey));
    rn_json_set(object, "formats", formats_json(survey));
    rn_json_set(object, "channels", json_integer(survey->channels));
    rn_json_set(object, "smallest", size_json(survey->smallest));
    rn_json_set(object, "largest", size_json(survey->largest));
    rn_json_set(object, "mean", numbers_json(survey->mean, survey->channels));
    rn_json_set(object, "std", numbers_json(survey->std, survey->channels));
    rn_json_set(object, "broken", broken_json(survey));
    rn_json_set(object, "sheet", rn_json_text(sheet));
    rn_json_set(object, "dump", rn_json_text(dump));
    json_dumpf(object, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(object);
}

/* ---- The command ---- */

/* Writes the contact sheet; `path` becomes "" where nothing can be shown. */
static rn_status write_sheet(const rn_source *source, const rn_data_options *options,
                             char path[RN_PATH_SIZE])
{
    const char *folder = source->config->run.output;
    int64_t n_shown = 0;
    rn_status status = RN_OK;
    if (options->sheet) {
        snprintf(path, RN_PATH_SIZE, "%s", options->sheet);
    } else {
        status = rn_folder_create(folder);
        if (!status)
            status = rn_path_join(path, folder, SHEET_FILE);
    }
    if (!status)
        status = rn_data_sheet(source, source->dataset->count, path, &n_shown);
    if (n_shown == 0)
        *path = 0;
    return status;
}

static rn_status show(const rn_source *source, const rn_data_options *options, rn_survey *survey)
{
    char sheet[RN_PATH_SIZE] = "";
    rn_status status = rn_survey_take(source, source->dataset->count, options->quiet, survey);
    if (status)
        return status;
    if (!options->json)
        print_text(survey);
    status = write_sheet(source, options, sheet);
    if (status)
        return status;
    if (options->dump)
        status = rn_data_dump(source, source->dataset->count, options->dump);
    if (status)
        return status;
    if (options->json)
        print_json(survey, *sheet ? sheet : NULL, options->dump);
    else if (*sheet)
        rn_print(stdout, "Samples after the transforms: %s\n", sheet);
    if (!options->json && options->dump)
        rn_print(stdout, "The network's input: %s\n", options->dump);
    return RN_OK;
}

static rn_status fail_broken(const rn_survey *survey)
{
    return rn_fail(RN_E_DATA,
                   "%lld of %lld samples cannot be read; remove them, or leave them out with "
                   "data.on_error = \"skip\"",
                   (long long)survey->n_broken, (long long)survey->n_samples);
}

rn_status rn_data_show(const rn_config *config, const rn_data_options *options)
{
    rn_split split = options->validation ? RN_SPLIT_VALIDATION : RN_SPLIT_TRAIN;
    rn_source *source = NULL;
    rn_survey survey = { 0 };
    rn_interrupt_install();
    rn_status status = options->count ? rn_source_open(config, split, options->count, &source)
                                      : rn_source_open_split(config, split, &source);
    if (status)
        goto done;
    status = show(source, options, &survey);
    if (!status && survey.n_broken && config->data.on_error == RN_ON_ERROR_STOP)
        status = fail_broken(&survey);
done:
    rn_survey_clear(&survey);
    rn_source_close(source);
    return status;
}
