/* cifar.c: CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their binary version: records of labels and
 * of 32x32 pixels in planes of red, green and blue. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/known.h"
#include "data/sets/sets.h"
#include "io/map.h"

#define SIDE 32
#define PIXELS (3 * SIDE * SIDE)
#define MAX_FILES 5

struct layout {
    rn_known_set known;
    const char *train[MAX_FILES + 1], *validation[MAX_FILES + 1]; /* files; end in NULL */
    const char *names; /* the file of the classes' names */
    int64_t n_classes;
    int64_t n_labels; /* bytes before the pixels; the last one is the label */
};

static const struct layout cifar10 = {
    .known = { .name = "cifar10",
               .folder = "cifar-10-batches-bin",
               .ending = "",
               .remedy = "unpack cifar-10-binary.tar.gz of "
                         "https://www.cs.toronto.edu/~kriz/cifar.html and name its folder by "
                         "data.path" },
    .train = { "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
               "data_batch_5.bin" },
    .validation = { "test_batch.bin" },
    .names = "batches.meta.txt",
    .n_classes = 10,
    .n_labels = 1,
};

static const struct layout cifar100 = {
    .known = { .name = "cifar100",
               .folder = "cifar-100-binary",
               .ending = "",
               .remedy = "unpack cifar-100-binary.tar.gz of "
                         "https://www.cs.toronto.edu/~kriz/cifar.html and name its folder by "
                         "data.path" },
    .train = { "train.bin" },
    .validation = { "test.bin" },
    .names = "fine_label_names.txt",
    .n_classes = 100,
    .n_labels = 2,
};

struct state {
    const struct layout *layout;
    const char *const *names; /* of the files */
    rn_map files[MAX_FILES];
    int64_t ends[MAX_FILES]; /* the number of samples in the files up to each */
};

static int64_t record_bytes(const struct layout *layout)
{
    return layout->n_labels + PIXELS;
}

/* The file has one name a line. */
static rn_status read_names(const struct layout *layout, rn_dataset *dataset)
{
    char path[RN_PATH_SIZE];
    const char *names[100];
    uint8_t *text = NULL;
    uint64_t size = 0;
    int64_t n = 0;
    char *rest;
    rn_status status = rn_path_join(path, dataset->folder, layout->names);
    if (!status && rn_file_read(path, &text, &size))
        status = rn_fail(RN_E_DATA, "%s", rn_fail_text());
    if (status)
        return status;
    for (char *name = strtok_r((char *)text, "\r\n", &rest); name;
         name = strtok_r(NULL, "\r\n", &rest)) {
        if (n < layout->n_classes)
            names[n] = name;
        n++;
    }
    status = n == layout->n_classes
                 ? rn_set_name_classes(dataset, names, n)
                 : rn_fail(RN_E_DATA,
                           "%s: %" PRId64 " names of classes, expected %" PRId64 ", one a line",
                           path, n, layout->n_classes);
    free(text);
    return status;
}

static rn_status map_files(struct state *state, rn_dataset *dataset)
{
    int64_t record = record_bytes(state->layout);
    for (int i = 0; i < MAX_FILES && state->names[i]; i++) {
        char path[RN_PATH_SIZE];
        rn_map *file = &state->files[i];
        rn_status status = rn_path_join(path, dataset->folder, state->names[i]);
        if (status)
            return status;
        if (rn_map_open(path, file))
            return rn_fail(RN_E_DATA, "%s", rn_fail_text());
        if (file->size % (uint64_t)record)
            return rn_fail(RN_E_DATA,
                           "%s: truncated, or another format: %" PRIu64
                           " bytes, expected a multiple of %" PRId64,
                           path, file->size, record);
        dataset->count += (int64_t)file->size / record;
        state->ends[i] = dataset->count;
    }
    return RN_OK;
}

static rn_status open_set(const struct layout *layout, const rn_dataset_params *params,
                          rn_dataset *dataset)
{
    char *path = NULL;
    struct state *state = dataset->state = calloc(1, sizeof *state);
    if (!state)
        return rn_fail(RN_E_NOMEM, "data set %s: not enough memory", layout->known.name);
    state->layout = layout;
    state->names =
        rn_set_stored_split(params) == RN_SPLIT_TRAIN ? layout->train : layout->validation;
    rn_status status =
        rn_known_find(&layout->known, params, state->names[0], &dataset->folder, &path);
    free(path);
    if (status)
        return status;
    dataset->channels = 3;
    dataset->height = dataset->width = SIDE;
    status = map_files(state, dataset);
    return status ? status : read_names(layout, dataset);
}

static rn_status open_cifar10(const rn_dataset_params *params, rn_dataset *dataset)
{
    return open_set(&cifar10, params, dataset);
}

static rn_status open_cifar100(const rn_dataset_params *params, rn_dataset *dataset)
{
    return open_set(&cifar100, params, dataset);
}

static void close_set(rn_dataset *dataset)
{
    struct state *state = dataset->state;
    for (int i = 0; i < MAX_FILES && state; i++)
        rn_map_close(&state->files[i]);
    free(state);
}

/* The file that has a sample; `*index` becomes its place there. */
static int find_file(const struct state *state, int64_t *index)
{
    int file = 0;
    while (*index >= state->ends[file])
        file++;
    *index -= file ? state->ends[file - 1] : 0;
    return file;
}

static void describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    const struct state *state = dataset->state;
    int file = find_file(state, &index);
    snprintf(text, size, "%s/%s: image %" PRId64, dataset->folder, state->names[file], index);
}

static void locate(const rn_dataset *dataset, int64_t index, char *path, size_t size)
{
    const struct state *state = dataset->state;
    snprintf(path, size, "%s/%s", dataset->folder, state->names[find_file(state, &index)]);
}

static const uint8_t *record_of(const struct state *state, int64_t index)
{
    int file = find_file(state, &index);
    return state->files[file].data + index * record_bytes(state->layout);
}

static int32_t label(const rn_dataset *dataset, int64_t index)
{
    const struct state *state = dataset->state;
    return record_of(state, index)[state->layout->n_labels - 1];
}

static rn_status read_sample(const rn_dataset *dataset, int64_t index, rn_sample *sample)
{
    const struct state *state = dataset->state;
    int64_t n_labels = state->layout->n_labels;
    const uint8_t *record = record_of(state, index);
    char name[RN_PATH_SIZE];
    sample->label = record[n_labels - 1];
    if (sample->label >= state->layout->n_classes) {
        describe(dataset, index, name, sizeof name);
        return rn_fail(RN_E_DATA, "%s: its label is %d, expected 0 to %" PRId64, name,
                       sample->label, state->layout->n_classes - 1);
    }
    return rn_sample_interleave(sample, dataset, record + n_labels);
}

const rn_dataset_kind rn_set_cifar10 = {
    .name = "cifar10",
    .help = "CIFAR-10's binary version, searched for in known folders without data.path",
    .open = open_cifar10,
    .close = close_set,
    .read = read_sample,
    .describe = describe,
    .label = label,
    .locate = locate,
};

const rn_dataset_kind rn_set_cifar100 = {
    .name = "cifar100",
    .help = "CIFAR-100's binary version with its fine labels, searched for as cifar10",
    .open = open_cifar100,
    .close = close_set,
    .read = read_sample,
    .describe = describe,
    .label = label,
    .locate = locate,
};
