/* folder.c: a folder for each class, as torchvision's ImageFolder reads it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/file_set.h"
#include "data/sets/folder_scan.h"
#include "data/sets/sets.h"

/* Names in the index are relative to the folder of all classes. */
static rn_status add_class(const rn_dataset *dataset, int64_t label, rn_index *index)
{
    char path[RN_PATH_SIZE], name[RN_PATH_SIZE];
    const char *class_name = dataset->class_names[label];
    rn_listing files = { 0 };
    rn_status status = rn_path_join(path, dataset->folder, class_name);
    if (!status)
        status = rn_folder_scan(path, &files);
    for (int64_t i = 0; i < files.count && !status; i++) {
        status = rn_path_join(name, class_name, files.names[i]);
        if (!status)
            status = rn_index_add(index, name, strlen(name), (int32_t)label);
    }
    rn_listing_clear(&files);
    return status;
}

static rn_status find_classes(rn_dataset *dataset)
{
    rn_listing folders = { 0 }, others = { 0 };
    rn_status status = rn_listing_read(dataset->folder, &folders, &others);
    if (!status && folders.count == 0)
        status = rn_fail(RN_E_DATA, "%s: it has no sub-folders, expected one for each class",
                         dataset->folder);
    if (!status && folders.count > RN_MAX_CLASSES)
        status = rn_fail(RN_E_DATA, "%s: %" PRId64 " sub-folders, expected at most %d",
                         dataset->folder, folders.count, RN_MAX_CLASSES);
    rn_listing_sort(&folders);
    if (!status)
        status = rn_set_name_classes(dataset, (const char *const *)folders.names, folders.count);
    rn_listing_clear(&folders);
    rn_listing_clear(&others);
    return status;
}

static rn_status open_folder(const rn_dataset_params *params, rn_dataset *dataset)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_set_find(params, "", path);
    if (status)
        return status;
    dataset->folder = strdup(path);
    rn_file_set *set = dataset->state = calloc(1, sizeof *set);
    if (!dataset->folder || !set)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    status = find_classes(dataset);
    for (int64_t k = 0; k < dataset->n_classes && !status; k++)
        status = add_class(dataset, k, &set->index);
    rn_index_trim(&set->index);
    dataset->count = set->index.count;
    return status;
}

static void describe(const rn_dataset *dataset, int64_t i, char *text, size_t size)
{
    const rn_index *index = &((const rn_file_set *)dataset->state)->index;
    snprintf(text, size, "%s/%s", dataset->folder, rn_index_name(index, i));
}

const rn_dataset_kind rn_set_folder = {
    .name = "folder",
    .help = "a folder of pictures for each class, in the folders train and val of data.path",
    .open = open_folder,
    .close = rn_file_set_close,
    .read = rn_file_set_read,
    .read_ahead = rn_file_set_read_ahead,
    .describe = describe,
    .label = rn_file_set_label,
};
