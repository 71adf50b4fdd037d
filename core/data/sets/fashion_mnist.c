/* fashion_mnist.c: Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747) and MNIST. */
#include <stdlib.h>

#include "base/status.h"
#include "data/sets/idx_pair.h"
#include "data/sets/known.h"
#include "data/sets/sets.h"

static const char *const fashion_classes[] = { "t-shirt", "trouser",   "pullover", "dress",
                                               "coat",    "sandal",    "shirt",    "sneaker",
                                               "bag",     "ankle boot" };

static const rn_known_set fashion_mnist = {
    .name = "fashion_mnist",
    .folder = "fashion-mnist",
    .packaged = "/usr/share/datasets/fashion-mnist",
    .ending = ".gz",
    .remedy =
        "install Debian's package dataset-fashion-mnist, or run share/datasets/fetch-fashion-mnist",
};

static const rn_known_set mnist = {
    .name = "mnist",
    .folder = "mnist",
    .ending = ".gz",
    .remedy = "put its four IDX files into one of these folders, or name theirs with data.path",
};

static rn_status open_set(const rn_known_set *set, const char *const *class_names,
                          const rn_dataset_params *params, rn_dataset *dataset)
{
    bool is_train = rn_set_stored_split(params) == RN_SPLIT_TRAIN;
    const char *images = is_train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
    const char *labels = is_train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte";
    char *images_path = NULL, *labels_path = NULL;
    rn_status status = rn_known_find(set, params, images, &dataset->folder, &images_path);
    if (status)
        goto done;
    status = rn_known_file(dataset->folder, labels, &labels_path);
    if (!status && !labels_path)
        status = rn_fail(RN_E_DATA, "data set %s: %s has the images but no %s.gz", set->name,
                         dataset->folder, labels);
    if (status)
        goto done;
    const rn_idx_pair pair = { .images = images_path,
                               .labels = labels_path,
                               .side = 28,
                               .n_classes = 10,
                               .limit = params->limit };
    status = rn_idx_pair_open(&pair, dataset);
    if (!status)
        status = rn_set_name_classes(dataset, class_names, pair.n_classes);
done:
    free(images_path);
    free(labels_path);
    return status;
}

static rn_status open_fashion_mnist(const rn_dataset_params *params, rn_dataset *dataset)
{
    return open_set(&fashion_mnist, fashion_classes, params, dataset);
}

static rn_status open_mnist(const rn_dataset_params *params, rn_dataset *dataset)
{
    return open_set(&mnist, NULL, params, dataset);
}

const rn_dataset_kind rn_set_fashion_mnist = {
    .name = "fashion_mnist",
    .help = "Fashion-MNIST in four IDX files, searched for in known folders without data.path",
    .open = open_fashion_mnist,
    .close = rn_idx_pair_close,
    .read = rn_idx_pair_read,
    .describe = rn_idx_pair_describe,
    .label = rn_idx_pair_label,
    .locate = rn_idx_pair_locate,
};

const rn_dataset_kind rn_set_mnist = {
    .name = "mnist",
    .help = "MNIST in four IDX files, searched for in known folders without data.path",
    .open = open_mnist,
    .close = rn_idx_pair_close,
    .read = rn_idx_pair_read,
    .describe = rn_idx_pair_describe,
    .label = rn_idx_pair_label,
    .locate = rn_idx_pair_locate,
};
