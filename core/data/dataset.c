/* dataset.c: finds a kind by its name, and keeps the part of its samples that is wanted. */
#include "data/dataset.h"

#include <inttypes.h>
#include <resnet/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "data/sets/sets.h"

/* Distinguishes the share's random numbers from those of shuffling, which use the same seed. */
#define SHARE_STREAM 0x53504c54u

const rn_dataset_kind *const rn_dataset_kinds[] = {
    &rn_set_folder,  &rn_set_list,     &rn_set_tar,           &rn_set_tensors, &rn_set_idx,
    &rn_set_cifar10, &rn_set_cifar100, &rn_set_fashion_mnist, &rn_set_mnist,   NULL,
};

static rn_status fail_unknown(const char *name)
{
    const char *names[sizeof rn_dataset_kinds / sizeof *rn_dataset_kinds] = { NULL };
    char list[512] = "";
    for (int i = 0; rn_dataset_kinds[i]; i++) {
        size_t used = strlen(list);
        names[i] = rn_dataset_kinds[i]->name;
        snprintf(list + used, sizeof list - used, "%s%s",
                 i == 0                    ? ""
                 : rn_dataset_kinds[i + 1] ? ", "
                                           : " or ",
                 names[i]);
    }
    const char *near = rn_nearest(name, names);
    return rn_fail(RN_E_CONFIG, "dataset: found \"%s\"; %s%s%sexpected %s", name,
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "", list);
}

static rn_status find_kind(const rn_dataset_params *params, const rn_dataset_kind **out)
{
    const char *name = params->name;
    if (params->pictures) {
        *out = &rn_set_pictures;
        return RN_OK;
    }
    for (int i = 0; rn_dataset_kinds[i]; i++)
        if (strcmp(name, rn_dataset_kinds[i]->name) == 0) {
            *out = rn_dataset_kinds[i];
            return RN_OK;
        }
    return fail_unknown(name);
}

/* Uniform in [0, 1). */
static double draw(uint64_t seed, int64_t index)
{
    const uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    const uint32_t counter[4] = { (uint32_t)index, (uint32_t)(index >> 32), 0, SHARE_STREAM };
    uint32_t random[4];
    rn_random_philox(key, counter, random);
    return (double)(((uint64_t)random[1] << 32 | random[0]) >> 11) * 0x1p-53;
}

/* Keeps the samples of one part. Each set of samples of the wanted number is as likely as any other
 * (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2 S). */
static rn_status take_share(const rn_dataset_params *params, rn_dataset *dataset)
{
    int64_t left = (int64_t)((double)dataset->count * params->validation_share + 0.5), kept = 0;
    bool is_validation = params->split == RN_SPLIT_VALIDATION;
    if (left < 1 || left >= dataset->count)
        return rn_fail(RN_E_DATA,
                       "data.validation_share = %g of the %" PRId64 " samples in %s leaves %s; "
                       "choose another share",
                       params->validation_share, dataset->count, dataset->folder,
                       left < 1 ? "none for validation" : "none for training");
    int64_t size = is_validation ? left : dataset->count - left;
    dataset->subset = malloc((size_t)size * sizeof *dataset->subset);
    if (!dataset->subset)
        return rn_fail(RN_E_NOMEM, "not enough memory for a list of %" PRId64 " samples", size);
    for (int64_t i = 0; i < dataset->count; i++) {
        bool taken = draw(params->seed, i) * (double)(dataset->count - i) < (double)left;
        left -= taken;
        if (taken == is_validation)
            dataset->subset[kept++] = i;
    }
    dataset->count = size;
    return RN_OK;
}

rn_status rn_dataset_open(const rn_dataset_params *params, rn_dataset **out)
{
    *out = NULL;
    rn_dataset *dataset = calloc(1, sizeof *dataset);
    if (!dataset)
        return rn_fail(RN_E_NOMEM, "data set %s: not enough memory", params->name);
    rn_dataset_params stored = *params;
    if (params->validation_share > 0)
        stored.limit = 0;
    rn_status status = find_kind(params, &dataset->kind);
    if (!status && params->validation_share > 0 && dataset->kind->start)
        status = rn_fail(RN_E_DATA,
                         "data set %s is read in a stream, of which data.validation_share cannot "
                         "take a part; name the data of both by data.train and data.validation",
                         params->name);
    if (!status)
        status = dataset->kind->open(&stored, dataset);
    if (!status && params->validation_share > 0)
        status = take_share(params, dataset);
    if (status) {
        rn_dataset_destroy(dataset);
        return status;
    }
    if (params->limit > 0 && params->limit < dataset->count)
        dataset->count = params->limit;
    *out = dataset;
    return RN_OK;
}

void rn_dataset_destroy(rn_dataset *dataset)
{
    if (!dataset)
        return;
    if (dataset->kind)
        dataset->kind->close(dataset);
    if (dataset->class_names)
        for (int64_t i = 0; i < dataset->n_classes; i++)
            free(dataset->class_names[i]);
    free(dataset->class_names);
    free(dataset->folder);
    free(dataset->relabel);
    free(dataset->subset);
    free(dataset);
}

static int64_t stored_index(const rn_dataset *dataset, int64_t index)
{
    return dataset->subset ? dataset->subset[index] : index;
}

rn_status rn_dataset_read(const rn_dataset *dataset, int64_t index, rn_sample *sample)
{
    return dataset->kind->read(dataset, stored_index(dataset, index), sample);
}

void rn_dataset_read_ahead(const rn_dataset *dataset, int64_t index)
{
    if (dataset->kind->read_ahead)
        dataset->kind->read_ahead(dataset, stored_index(dataset, index));
}

void rn_dataset_describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    dataset->kind->describe(dataset, stored_index(dataset, index), text, size);
}

int32_t rn_dataset_label(const rn_dataset *dataset, int64_t index)
{
    return dataset->kind->label(dataset, stored_index(dataset, index));
}

int32_t rn_dataset_relabel(const rn_dataset *dataset, int32_t label)
{
    return dataset->relabel && label != RN_NO_LABEL ? dataset->relabel[label] : label;
}

void rn_dataset_locate(const rn_dataset *dataset, int64_t index, char *path, size_t size)
{
    const rn_dataset_kind *kind = dataset->kind;
    (kind->locate ? kind->locate : kind->describe)(dataset, stored_index(dataset, index), path,
                                                   size);
}

const char *rn_dataset_class(const rn_dataset *dataset, int64_t k, char number[RN_CLASS_NUMBER])
{
    if (k >= 0 && k < dataset->n_classes && dataset->class_names)
        return dataset->class_names[k];
    snprintf(number, RN_CLASS_NUMBER, "%" PRId64, k);
    return number;
}

void rn_sample_clear(rn_sample *sample)
{
    rn_picture_clear(&sample->picture);
    free(sample->owned);
    *sample = (rn_sample){ 0 };
}
