/* idx_pair.c: pictures and labels from two IDX files, kept in memory. */
#include "data/sets/idx_pair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/idx_file.h"
#include "data/sets/sets.h"

struct state {
    char *path; /* of the images */
    rn_idx images, labels;
};

static rn_status read_labels(const rn_idx_pair *pair, struct state *state, rn_dataset *dataset)
{
    rn_idx *labels = &state->labels;
    rn_status status = rn_idx_read(pair->labels, 1, NULL, pair->limit, labels);
    if (status)
        return status;
    if (labels->shape[0] != state->images.shape[0])
        return rn_fail(RN_E_DATA,
                       "%s: %" PRId64 " labels, expected %" PRId64 ", one for each image",
                       pair->labels, labels->shape[0], state->images.shape[0]);
    dataset->n_classes = pair->n_classes;
    for (int64_t i = 0; i < labels->kept; i++) {
        int64_t label = labels->data[i];
        if (pair->n_classes && label >= pair->n_classes)
            return rn_fail(RN_E_DATA,
                           "%s: label %" PRId64 " is %" PRId64 ", expected 0 to %" PRId64,
                           pair->labels, i, label, pair->n_classes - 1);
        if (label >= dataset->n_classes)
            dataset->n_classes = label + 1;
    }
    return RN_OK;
}

rn_status rn_idx_pair_open(const rn_idx_pair *pair, rn_dataset *dataset)
{
    const int64_t item_shape[2] = { pair->side, pair->side };
    struct state *state = dataset->state = calloc(1, sizeof *state);
    if (!state)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", pair->images);
    state->path = strdup(pair->images);
    if (!state->path)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", pair->images);
    rn_status status =
        rn_idx_read(pair->images, 3, pair->side ? item_shape : NULL, pair->limit, &state->images);
    if (status)
        return status;
    dataset->count = state->images.kept;
    dataset->channels = 1;
    dataset->height = state->images.shape[1];
    dataset->width = state->images.shape[2];
    return read_labels(pair, state, dataset);
}

void rn_idx_pair_close(rn_dataset *dataset)
{
    struct state *state = dataset->state;
    if (!state)
        return;
    rn_idx_free(&state->images);
    rn_idx_free(&state->labels);
    free(state->path);
    free(state);
}

int32_t rn_idx_pair_label(const rn_dataset *dataset, int64_t index)
{
    return ((const struct state *)dataset->state)->labels.data[index];
}

void rn_idx_pair_locate(const rn_dataset *dataset, int64_t index, char *path, size_t size)
{
    (void)index;
    snprintf(path, size, "%s", ((const struct state *)dataset->state)->path);
}

rn_status rn_idx_pair_read(const rn_dataset *dataset, int64_t index, rn_sample *sample)
{
    const struct state *state = dataset->state;
    rn_sample_borrow(sample, dataset, RN_PICTURE_U8,
                     state->images.data + index * dataset->height * dataset->width);
    sample->label = state->labels.data[index];
    return RN_OK;
}

void rn_idx_pair_describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    snprintf(text, size, "%s: image %" PRId64, dataset->folder, index);
}
