/* fashion_mnist.c: Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747) and MNIST: where their files
 * lie and what is in them. */
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
#define MAX_PLACES 3

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

/* The folders to try, best first; the strings are the caller's. */
static rn_status list_places(const rn_idx_source *source, const char *path,
                             char *places[MAX_PLACES])
{
    const char *data = getenv("RESNET_DATA");
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int n = 0, length = 0;
    if (*path) {
        places[n] = strdup(path);
        return places[n] ? RN_OK : rn_fail(RN_E_NOMEM, "%s: not enough memory", source->name);
    }
    if (data && *data)
        length = asprintf(&places[n++], "%s/%s", data, source->folder);
    if (length >= 0 && source->packaged)
        length = asprintf(&places[n++], "%s", source->packaged);
    if (length >= 0 && xdg && *xdg == '/')
        length = asprintf(&places[n++], "%s/resnet-run/%s", xdg, source->folder);
    else if (length >= 0 && home && *home)
        length = asprintf(&places[n++], "%s/.local/share/resnet-run/%s", home, source->folder);
    if (length >= 0)
        return RN_OK;
    places[n - 1] = NULL; /* undefined after a failed asprintf */
    return rn_fail(RN_E_NOMEM, "%s: not enough memory", source->name);
}

/* The path of `name` or `name`.gz in a folder; NULL where neither is there. */
static rn_status find_file(const char *place, const char *name, char **out)
{
    static const char *const endings[] = { ".gz", "" };
    for (int i = 0; i < 2; i++) {
        if (asprintf(out, "%s/%s%s", place, name, endings[i]) < 0) {
            *out = NULL;
            return rn_fail(RN_E_NOMEM, "%s: not enough memory", place);
        }
        if (access(*out, F_OK) == 0)
            return RN_OK;
        free(*out);
        *out = NULL;
    }
    return RN_OK;
}

static rn_status not_found(const rn_idx_source *source, const char *images,
                           char *const places[MAX_PLACES])
{
    char list[1024] = "";
    for (int i = 0; i < MAX_PLACES && places[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", places[i]);
    }
    return rn_fail(RN_E_DATA, "data set %s: no %s.gz in %s; %s", source->name, images,
                   *list ? list : "any known place (HOME is not set)", source->remedy);
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
    char *places[MAX_PLACES] = { NULL };
    char *images_path = NULL, *labels_path = NULL;
    int found = 0;
    *out = NULL;
    rn_dataset *dataset = calloc(1, sizeof *dataset);
    rn_status status = dataset ? list_places(source, path, places)
                               : rn_fail(RN_E_NOMEM, "%s: not enough memory", source->name);
    for (int i = 0; !status && i < MAX_PLACES && places[i] && !images_path; i++) {
        status = find_file(places[i], images, &images_path);
        found = i;
    }
    if (!status && !images_path)
        status = not_found(source, images, places);
    if (status)
        goto done;
    status = find_file(places[found], labels, &labels_path);
    if (!status && !labels_path)
        status = rn_fail(RN_E_DATA, "data set %s: %s has the images but no %s.gz", source->name,
                         places[found], labels);
    if (status)
        goto done;
    dataset->class_names = source->class_names;
    dataset->place = places[found];
    places[found] = NULL;
    status = read_split(images_path, labels_path, limit, dataset);
    if (status)
        goto done;
    *out = dataset;
    dataset = NULL;
done:
    for (int i = 0; i < MAX_PLACES; i++)
        free(places[i]);
    free(images_path);
    free(labels_path);
    rn_dataset_destroy(dataset);
    return status;
}
