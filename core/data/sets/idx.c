/* idx.c: any pair of IDX files: …images-idx3… of pictures, …labels-idx1… beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/idx_pair.h"
#include "data/sets/known.h"
#include "data/sets/sets.h"

#define IMAGES "images-idx3"
#define LABELS "labels-idx1"

/* Finds the images' file: the one that is named, or MNIST's in data.path. */
static rn_status find_images(const rn_dataset_params *params, char **out)
{
    bool is_train = rn_set_stored_split(params) == RN_SPLIT_TRAIN;
    const char *usual = is_train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
    const char *given = is_train ? params->train : params->validation;
    char path[RN_PATH_SIZE];
    *out = NULL;
    if (!*given && !*params->path)
        return rn_fail(
            RN_E_DATA,
            "data set idx: data.path is not set; name the place of the data by it, in the "
            "cfg or as in --set data.path=PLACE");
    rn_status status = *given ? rn_set_find(params, "", path) : RN_OK;
    if (status)
        return status;
    if (*given) {
        *out = strdup(path);
        return *out ? RN_OK : rn_fail(RN_E_NOMEM, "data set idx: not enough memory");
    }
    status = rn_known_file(params->path, usual, out);
    if (status || *out)
        return status;
    return rn_fail(RN_E_DATA, "data set idx: no %s or %s.gz in %s; name the file by data.%s", usual,
                   usual, params->path, is_train ? "train" : "validation");
}

/* The labels' file: the same name, but for one word; it may be packed where the images are not. */
static rn_status find_labels(const char *images, char **out)
{
    char folder[RN_PATH_SIZE], name[RN_PATH_SIZE];
    const char *slash = strrchr(images, '/'), *file = slash ? slash + 1 : images;
    const char *word = strstr(file, IMAGES);
    *out = NULL;
    if (!word)
        return rn_fail(RN_E_DATA,
                       "%s: its name has no \"" IMAGES "\", so that the file of its labels, with "
                       "\"" LABELS "\" in that place, cannot be found; rename both",
                       images);
    snprintf(folder, sizeof folder, "%.*s", (int)(file - images), images);
    snprintf(name, sizeof name, "%.*s" LABELS "%s", (int)(word - file), file,
             word + strlen(IMAGES));
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, ".gz") == 0)
        name[length - 3] = '\0';
    rn_status status = rn_known_file(*folder ? folder : ".", name, out);
    if (status || *out)
        return status;
    return rn_fail(RN_E_DATA, "%s: there is no %s or %s.gz beside it", images, name, name);
}

static rn_status open_idx(const rn_dataset_params *params, rn_dataset *dataset)
{
    char *images = NULL, *labels = NULL;
    rn_status status = find_images(params, &images);
    if (!status)
        status = find_labels(images, &labels);
    if (status)
        goto done;
    const rn_idx_pair pair = { .images = images, .labels = labels, .limit = params->limit };
    dataset->folder = images;
    images = NULL;
    status = rn_idx_pair_open(&pair, dataset);
    if (!status)
        status = rn_set_name_classes(dataset, NULL, dataset->n_classes);
done:
    free(images);
    free(labels);
    return status;
}

const rn_dataset_kind rn_set_idx = {
    .name = "idx",
    .help = "two IDX files, as MNIST's: data.train and data.validation name those of the images",
    .open = open_idx,
    .close = rn_idx_pair_close,
    .read = rn_idx_pair_read,
    .describe = rn_idx_pair_describe,
    .label = rn_idx_pair_label,
    .locate = rn_idx_pair_locate,
};
