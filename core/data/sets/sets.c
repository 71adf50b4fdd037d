/* sets.c: what the kinds of data sets share. */
#include "data/sets/sets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

rn_split rn_set_stored_split(const rn_dataset_params *params)
{
    return params->validation_share > 0 ? RN_SPLIT_TRAIN : params->split;
}

/* Writes the path of the first usual name that exists, as a file or as a folder. */
static rn_status try_usual(const rn_dataset_params *params, const char *const *names,
                           const char *ending, char path[RN_PATH_SIZE], bool *found)
{
    char name[64];
    *found = false;
    for (; *names; names++)
        for (int is_folder = 0; is_folder < 2; is_folder++) {
            snprintf(name, sizeof name, "%s%s", *names, is_folder ? "" : ending);
            rn_status status = rn_path_join(path, params->path, name);
            *found = !status && access(path, F_OK) == 0;
            if (status || *found)
                return status;
        }
    return RN_OK;
}

rn_status rn_set_find(const rn_dataset_params *params, const char *ending, char path[RN_PATH_SIZE])
{
    static const char *const train_names[] = { "train", NULL };
    static const char *const validation_names[] = { "val", "validation", "test", NULL };
    bool is_train = rn_set_stored_split(params) == RN_SPLIT_TRAIN, found;
    const char *given = is_train ? params->train : params->validation;
    if (!*params->path && !*given)
        return rn_fail(
            RN_E_DATA,
            "data set %s: data.path is not set; name the place of the data by it, in the "
            "cfg or as in --set data.path=PLACE",
            params->name);
    if (*given == '/')
        return rn_path_join(path, "", given + 1);
    if (*given)
        return rn_path_join(path, *params->path ? params->path : ".", given);
    rn_status status =
        try_usual(params, is_train ? train_names : validation_names, ending, path, &found);
    if (status || found)
        return status;
    if (params->validation_share > 0) {
        snprintf(path, RN_PATH_SIZE, "%s", params->path);
        return RN_OK;
    }
    if (access(params->path, F_OK))
        return rn_fail(RN_E_DATA, "data set %s: there is no %s; data.path names it", params->name,
                       params->path);
    return rn_fail(RN_E_DATA,
                   "data set %s: %s has no %s%s; name the place of its %s data by data.%s, or take "
                   "a share of one place for validation by data.validation_share",
                   params->name, params->path, is_train ? "train" : "val, validation or test",
                   ending, is_train ? "training" : "validation", is_train ? "train" : "validation");
}

rn_status rn_set_name_classes(rn_dataset *dataset, const char *const *names, int64_t n_classes)
{
    char number[24];
    dataset->class_names = calloc((size_t)n_classes, sizeof *dataset->class_names);
    bool fits = dataset->class_names;
    if (fits)
        dataset->n_classes = n_classes;
    for (int64_t i = 0; i < n_classes && fits; i++) {
        snprintf(number, sizeof number, "%" PRId64, i);
        dataset->class_names[i] = strdup(names ? names[i] : number);
        fits = dataset->class_names[i];
    }
    return fits ? RN_OK
                : rn_fail(RN_E_NOMEM, "not enough memory for the names of %" PRId64 " classes",
                          n_classes);
}

void rn_sample_borrow(rn_sample *sample, const rn_dataset *dataset, rn_picture_type type,
                      const void *pixels)
{
    const rn_size size = { dataset->height, dataset->width };
    rn_picture_clear(&sample->picture);
    sample->file = NULL;
    sample->picture = (rn_picture){ .type = type,
                                    .channels = dataset->channels,
                                    .full = size,
                                    .window = rn_window_all(size),
                                    .shrunk = 1 };
    if (type == RN_PICTURE_U8)
        sample->picture.bytes = (uint8_t *)(uintptr_t)pixels;
    else
        sample->picture.values = (float *)(uintptr_t)pixels;
}

rn_status rn_sample_interleave(rn_sample *sample, const rn_dataset *dataset, const uint8_t *planes)
{
    const rn_size size = { dataset->height, dataset->width };
    int64_t channels = dataset->channels, plane = size.height * size.width;
    if (channels == 1) {
        rn_sample_borrow(sample, dataset, RN_PICTURE_U8, planes);
        return RN_OK;
    }
    sample->file = NULL;
    rn_status status = rn_picture_make(&sample->picture, RN_PICTURE_U8, channels, size);
    if (status)
        return status;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < plane; i++)
            sample->picture.bytes[i * channels + c] = planes[c * plane + i];
    return RN_OK;
}
