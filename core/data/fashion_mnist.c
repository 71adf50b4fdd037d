/* fashion_mnist.c: finds and reads Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747) and MNIST. */
#define _GNU_SOURCE /* asprintf */
#include "data/fashion_mnist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "data/idx.h"

#define SIDE 28
#define N_CLASSES 10
#define MAX_FOLDERS 3

static const char *const fashion_classes[] = { "t-shirt", "trouser",    "pullover", "dress",
                                               "coat",    "sandal",     "shirt",    "sneaker",
                                               "bag",     "ankle boot", NULL };
static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL };

const rn_idx_source rn_fashion_mnist = {
    .name = "fashion_mnist",
    .folder = "fashion-mnist",
    .packaged = "/usr/share/datasets/fashion-mnist",
    .remedy =
        "install Debian's package dataset-fashion-mnist, or run share/datasets/fetch-fashion-mnist",
    .class_names = fashion_classes,
};

const rn_idx_source rn_mnist = {
    .name = "mnist",
    .folder = "mnist",
    .packaged = NULL,
    .remedy = "put its four IDX files into one of these folders, or name theirs with data.path",
    .class_names = digits,
};

/* The folders to try, in order. The caller frees the strings. */
static rn_status list_folders(const rn_idx_source *source, const char *path,
                              char *folders[MAX_FOLDERS])
{
    const char *data = getenv("RESNET_DATA");
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int n = 0, length = 0;
    if (*path) {
        folders[n] = strdup(path);
        return folders[n] ? RN_OK : rn_fail(RN_E_NOMEM, "%s: not enough memory", source->name);
    }
    if (data && *data)
        length = asprintf(&folders[n++], "%s/%s", data, source->folder);
    if (length >= 0 && source->packaged)
        length = asprintf(&folders[n++], "%s", source->packaged);
    if (length >= 0 && xdg && *xdg == '/')
        length = asprintf(&folders[n++], "%s/resnet-run/%s", xdg, source->folder);
    else if (length >= 0 && home && *home)
        length = asprintf(&folders[n++], "%s/.local/share/resnet-run/%s", home, source->folder);
    if (length >= 0)
        return RN_OK;
    folders[n - 1] = NULL; /* undefined after a failed asprintf */
    return rn_fail(RN_E_NOMEM, "%s: not enough memory", source->name);
}

/* Sets `*out` to the path of NAME.gz or NAME in a folder; NULL if neither exists. */
static rn_status find_file(const char *folder, const char *name, char **out)
{
    static const char *const endings[] = { ".gz", "" };
    for (int i = 0; i < 2; i++) {
        if (asprintf(out, "%s/%s%s", folder, name, endings[i]) < 0) {
            *out = NULL;
            return rn_fail(RN_E_NOMEM, "%s: not enough memory", folder);
        }
        if (access(*out, F_OK) == 0)
            return RN_OK;
        free(*out);
        *out = NULL;
    }
    return RN_OK;
}

static rn_status not_found(const rn_idx_source *source, const char *images,
                           char *const folders[MAX_FOLDERS])
{
    char list[1024] = "";
    for (int i = 0; i < MAX_FOLDERS && folders[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", folders[i]);
    }
    return rn_fail(RN_E_DATA, "data set %s: no %s.gz in %s; %s", source->name, images,
                   *list ? list : "any known folder (HOME is not set)", source->remedy);
}

/* Finds the file `name` of the data set; the caller frees its folder and path. */
static rn_status find_images(const rn_idx_source *source, const char *data_path, const char *name,
                             char **folder, char **path)
{
    char *folders[MAX_FOLDERS] = { NULL };
    *path = NULL;
    rn_status status = list_folders(source, data_path, folders);
    if (status)
        goto done;
    for (int i = 0; i < MAX_FOLDERS && folders[i]; i++) {
        status = find_file(folders[i], name, path);
        if (status)
            goto done;
        if (*path) {
            *folder = folders[i];
            folders[i] = NULL;
            goto done;
        }
    }
    status = not_found(source, name, folders);
done:
    for (int i = 0; i < MAX_FOLDERS; i++)
        free(folders[i]);
    return status;
}

static rn_status read_labels(const char *path, int64_t limit, int64_t n_images, rn_dataset *dataset)
{
    rn_idx labels;
    rn_status status = rn_idx_read(path, 1, NULL, limit, &labels);
    if (status)
        return status;
    dataset->labels = labels.data;
    if (labels.shape[0] != n_images)
        return rn_fail(RN_E_DATA,
                       "%s: %" PRId64 " labels, expected %" PRId64 ", one for each image", path,
                       labels.shape[0], n_images);
    for (int64_t i = 0; i < labels.kept; i++)
        if (labels.data[i] >= N_CLASSES)
            return rn_fail(RN_E_DATA, "%s: label %" PRId64 " is %d, expected 0 to %d", path, i,
                           labels.data[i], N_CLASSES - 1);
    return RN_OK;
}

static rn_status read_split(const char *images_path, const char *labels_path, int64_t limit,
                            rn_dataset *dataset)
{
    static const int64_t item_shape[2] = { SIDE, SIDE };
    rn_idx images;
    rn_status status = rn_idx_read(images_path, 3, item_shape, limit, &images);
    if (status)
        return status;
    dataset->images = images.data;
    dataset->count = images.kept;
    dataset->channels = 1;
    dataset->height = SIDE;
    dataset->width = SIDE;
    dataset->n_classes = N_CLASSES;
    return read_labels(labels_path, limit, images.shape[0], dataset);
}

rn_status rn_idx_source_open(const rn_idx_source *source, const char *path, rn_split split,
                             int64_t limit, rn_dataset **out)
{
    const char *images =
        split == RN_SPLIT_TRAIN ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
    const char *labels =
        split == RN_SPLIT_TRAIN ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte";
    char *images_path = NULL, *labels_path = NULL;
    *out = NULL;
    rn_dataset *dataset = calloc(1, sizeof *dataset);
    if (!dataset)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", source->name);
    dataset->class_names = source->class_names;
    rn_status status = find_images(source, path, images, &dataset->folder, &images_path);
    if (status)
        goto done;
    status = find_file(dataset->folder, labels, &labels_path);
    if (status)
        goto done;
    if (!labels_path) {
        status = rn_fail(RN_E_DATA, "data set %s: %s has the images but no %s.gz", source->name,
                         dataset->folder, labels);
        goto done;
    }
    status = read_split(images_path, labels_path, limit, dataset);
    if (status)
        goto done;
    *out = dataset;
    dataset = NULL;
done:
    free(images_path);
    free(labels_path);
    rn_dataset_destroy(dataset);
    return status;
}
