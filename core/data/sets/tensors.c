/* tensors.c: arrays of pictures (N,C,H,W) or (N,H,W) and of labels (N): "images" and "labels" of a
 * safetensors file, or images.npy and labels.npy in a folder. */
#include <inttypes.h>
#include <resnet/tensor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "data/sets/sets.h"
#include "io/npy.h"
#include "io/safetensors.h"

#define IMAGES "images.npy"

/* An array of either format. */
struct array {
    char type; /* 'u', 'i', 'f' */
    int32_t size;
    int32_t rank;
    const int64_t *shape;
    const uint8_t *data;
};

struct state {
    rn_safetensors *file; /* or the two arrays: */
    rn_npy images_file, labels_file;
    struct array images;
    int32_t *labels;
};

/* The arrays of a safetensors file are of three types. */
static rn_status find_tensor(const rn_safetensors *file, const char *path, const char *name,
                             struct array *array)
{
    const rn_named_tensor *tensor = rn_safetensors_find(file, name);
    if (!tensor)
        return rn_fail(RN_E_DATA, "%s: it has no tensor \"%s\"", path, name);
    *array = (struct array){
        .type = tensor->dtype == RN_F32   ? 'f'
                : tensor->dtype == RN_I32 ? 'i'
                                          : 'u',
        .size = tensor->dtype == RN_U8 ? 1 : 4,
        .rank = tensor->rank,
        .shape = tensor->shape,
        .data = tensor->data,
    };
    return RN_OK;
}

static rn_status open_safetensors(const char *path, struct state *state, struct array *labels)
{
    if (rn_safetensors_map(path, &state->file))
        return rn_fail(RN_E_DATA, "%s", rn_fail_text());
    rn_status status = find_tensor(state->file, path, "images", &state->images);
    return status ? status : find_tensor(state->file, path, "labels", labels);
}

static rn_status open_npy(const char *folder, const char *name, rn_npy *npy, struct array *array)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, name);
    if (!status && rn_npy_open(path, npy))
        status = rn_fail(RN_E_DATA, "%s", rn_fail_text());
    if (status)
        return status;
    *array = (struct array){ npy->type, npy->size, npy->rank, npy->shape, npy->data };
    return RN_OK;
}

static rn_status open_arrays(const char *path, struct state *state, struct array *labels)
{
    struct stat info;
    if (stat(path, &info) || !S_ISDIR(info.st_mode))
        return open_safetensors(path, state, labels);
    rn_status status = open_npy(path, IMAGES, &state->images_file, &state->images);
    return status ? status : open_npy(path, "labels.npy", &state->labels_file, labels);
}

static rn_status check_images(const char *path, const struct array *images, rn_dataset *dataset)
{
    bool is_u8 = images->type == 'u' && images->size == 1;
    bool is_f32 = images->type == 'f' && images->size == 4;
    if (!is_u8 && !is_f32)
        return rn_fail(RN_E_DATA,
                       "%s: images of type %c%d (bytes of an element), expected u1 or f4", path,
                       images->type, images->size);
    if (images->rank != 3 && images->rank != 4)
        return rn_fail(RN_E_DATA, "%s: images of %d dimensions, expected (N, C, H, W) or (N, H, W)",
                       path, images->rank);
    for (int32_t i = 0; i < images->rank; i++)
        if (images->shape[i] < 1)
            return rn_fail(RN_E_DATA, "%s: dimension %d of the images is 0, expected at least 1",
                           path, i + 1);
    if (is_f32 && (uintptr_t)images->data % sizeof(float))
        return rn_fail(RN_E_DATA, "%s: the images begin at a byte that 4 does not divide", path);
    dataset->count = images->shape[0];
    dataset->has_floats = is_f32;
    dataset->channels = images->rank == 4 ? images->shape[1] : 1;
    dataset->height = images->shape[images->rank - 2];
    dataset->width = images->shape[images->rank - 1];
    return RN_OK;
}

/* An integer of the array, little-endian; negative ones as large ones. */
static uint64_t element(const struct array *array, int64_t i)
{
    const uint8_t *bytes = array->data + i * array->size;
    uint64_t value = array->type == 'i' && bytes[array->size - 1] & 0x80 ? UINT64_MAX : 0;
    for (int32_t k = array->size - 1; k >= 0; k--)
        value = value << 8 | bytes[k];
    return value;
}

static rn_status read_labels(const char *path, const struct array *labels, struct state *state,
                             rn_dataset *dataset)
{
    int64_t n_classes = 0;
    if (labels->type == 'f' || labels->rank != 1 || labels->shape[0] != dataset->count)
        return rn_fail(RN_E_DATA,
                       "%s: labels of type %c%d, %d dimensions, the first of %" PRId64
                       "; expected %" PRId64 " integers, one for each image",
                       path, labels->type, labels->size, labels->rank,
                       labels->rank ? labels->shape[0] : 0, dataset->count);
    state->labels = malloc((size_t)dataset->count * sizeof *state->labels);
    if (!state->labels)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory for %" PRId64 " labels", path,
                       dataset->count);
    for (int64_t i = 0; i < dataset->count; i++) {
        uint64_t label = element(labels, i);
        if (label >= RN_MAX_CLASSES)
            return rn_fail(RN_E_DATA, "%s: label %" PRId64 " is %" PRId64 ", expected 0 to %d",
                           path, i, (int64_t)label, RN_MAX_CLASSES - 1);
        state->labels[i] = (int32_t)label;
        if ((int64_t)label >= n_classes)
            n_classes = (int64_t)label + 1;
    }
    return rn_set_name_classes(dataset, NULL, n_classes);
}

static rn_status open_tensors(const rn_dataset_params *params, rn_dataset *dataset)
{
    char path[RN_PATH_SIZE];
    struct array labels = { 0 };
    rn_status status = rn_set_find(params, ".safetensors", path);
    if (status)
        return status;
    dataset->folder = strdup(path);
    struct state *state = dataset->state = calloc(1, sizeof *state);
    if (!dataset->folder || !state)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    status = open_arrays(path, state, &labels);
    if (status)
        return status;
    status = check_images(path, &state->images, dataset);
    return status ? status : read_labels(path, &labels, state, dataset);
}

static void close_tensors(rn_dataset *dataset)
{
    struct state *state = dataset->state;
    if (!state)
        return;
    rn_safetensors_destroy(state->file);
    rn_npy_close(&state->images_file);
    rn_npy_close(&state->labels_file);
    free(state->labels);
    free(state);
}

static rn_status read_sample(const rn_dataset *dataset, int64_t index, rn_sample *sample)
{
    const struct state *state = dataset->state;
    int64_t item = dataset->channels * dataset->height * dataset->width;
    const uint8_t *pixels = state->images.data + index * item * state->images.size;
    sample->label = state->labels[index];
    if (state->images.type == 'u')
        return rn_sample_interleave(sample, dataset, pixels);
    rn_sample_borrow(sample, dataset, RN_PICTURE_F32, pixels);
    return RN_OK;
}

static void describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    snprintf(text, size, "%s: image %" PRId64, dataset->folder, index);
}

static void locate(const rn_dataset *dataset, int64_t index, char *path, size_t size)
{
    const struct state *state = dataset->state;
    (void)index;
    snprintf(path, size, "%s%s", dataset->folder, state->file ? "" : "/" IMAGES);
}

static int32_t label(const rn_dataset *dataset, int64_t index)
{
    return ((const struct state *)dataset->state)->labels[index];
}

const rn_dataset_kind rn_set_tensors = {
    .name = "tensors",
    .help = "images and labels in train.safetensors, or images.npy and labels.npy in a folder",
    .open = open_tensors,
    .close = close_tensors,
    .read = read_sample,
    .describe = describe,
    .label = label,
    .locate = locate,
};
