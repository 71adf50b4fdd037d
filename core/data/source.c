/* source.c: opens a split of the data set of a cfg, and makes its transforms. */
#include "data/source.h"

#include <stdlib.h>

#include "base/status.h"

static rn_status open_dataset(rn_source *source, const rn_dataset_params *params)
{
    rn_status status = rn_dataset_open(params, &source->dataset);
    if (status != RN_E_CONFIG)
        return status;
    const rn_tree *given = rn_tree_get(rn_tree_get(source->config->tree, "data"), "dataset");
    return rn_tree_fail(given, "data: %s", rn_fail_text());
}

static rn_status check_suits(const rn_source *source)
{
    const rn_config *config = source->config;
    const rn_dataset *dataset = source->dataset;
    int64_t channels = config->network.channels;
    if (!dataset->channels && channels != 1 && channels != 3)
        return rn_fail(RN_E_CONFIG,
                       "%s: network.input.channels is %lld, but the pictures of %s are decoded to "
                       "1 (grey) or 3 (RGB)",
                       config->path, (long long)channels, dataset->folder);
    if (dataset->channels && dataset->channels != channels)
        return rn_fail(RN_E_CONFIG,
                       "%s: network.input.channels is %lld, but the images of %s have "
                       "%lld",
                       config->path, (long long)channels, dataset->folder,
                       (long long)dataset->channels);
    if (dataset->n_classes > config->network.classes)
        return rn_fail(RN_E_CONFIG,
                       "%s: network.classes is %lld, but the data of %s have %lld classes",
                       config->path, (long long)config->network.classes, dataset->folder,
                       (long long)dataset->n_classes);
    return RN_OK;
}

/* `transforms`: the split whose list the samples get. */
static rn_status open_source(const rn_config *config, const rn_dataset_params *params,
                             rn_split transforms, rn_source **out)
{
    *out = NULL;
    rn_source *source = calloc(1, sizeof *source);
    if (!source)
        return rn_fail(RN_E_NOMEM, "not enough memory for the data set");
    source->config = config;
    source->split = params->split;
    source->decode = (rn_decode_options){ .channels = config->network.channels,
                                          .max_pixels = config->data.max_pixels,
                                          .exif = config->data.exif,
                                          .fast = config->data.fast_decode };
    rn_status status = open_dataset(source, params);
    if (status)
        goto done;
    status = check_suits(source);
    if (status)
        goto done;
    const rn_size size = { source->dataset->height, source->dataset->width };
    status =
        rn_pipeline_create(config, transforms, config->network.channels, size, &source->pipeline);
    if (status)
        goto done;
    *out = source;
    source = NULL;
done:
    rn_source_close(source);
    return status;
}

static rn_status open_split(const rn_config *config, rn_split split, int64_t limit,
                            rn_split transforms, rn_source **out)
{
    const rn_dataset_params params = { .name = config->data.dataset,
                                       .path = config->data.path,
                                       .train = config->data.train,
                                       .validation = config->data.validation,
                                       .validation_share = config->data.validation_share,
                                       .seed = (uint64_t)config->run.seed,
                                       .split = split,
                                       .limit = limit,
                                       .shuffle_buffer = config->data.shuffle_buffer };
    return open_source(config, &params, transforms, out);
}

rn_status rn_source_open(const rn_config *config, rn_split split, int64_t limit, rn_source **out)
{
    return open_split(config, split, limit, split, out);
}

rn_status rn_source_open_plain(const rn_config *config, rn_source **out)
{
    return open_split(config, RN_SPLIT_TRAIN, config->data.train_limit, RN_SPLIT_VALIDATION, out);
}

rn_status rn_source_open_pictures(const rn_config *config, const char *const *words, int64_t n,
                                  int64_t limit, rn_source **out)
{
    const rn_dataset_params params = {
        .split = RN_SPLIT_VALIDATION, .limit = limit, .pictures = words, .n_pictures = n
    };
    return open_source(config, &params, params.split, out);
}

rn_status rn_source_open_split(const rn_config *config, rn_split split, rn_source **out)
{
    int64_t limit =
        split == RN_SPLIT_TRAIN ? config->data.train_limit : config->data.validation_limit;
    return rn_source_open(config, split, limit, out);
}

rn_status rn_source_resize(const rn_source *base, rn_size size, rn_source *out)
{
    const rn_config *config = base->config;
    const rn_size pictures = { base->dataset->height, base->dataset->width };
    *out = *base;
    rn_status status = rn_pipeline_create_for(config, base->split, config->network.channels,
                                              pictures, size, &out->pipeline);
    if (!status && base->cache.key)
        rn_pipeline_skip_fixed(out->pipeline);
    return status;
}

void rn_source_resize_clear(rn_source *source)
{
    rn_pipeline_destroy(source->pipeline);
    source->pipeline = NULL;
}

int64_t rn_source_image(const rn_source *source)
{
    const rn_size size = rn_pipeline_result(source->pipeline);
    return source->config->network.channels * size.height * size.width;
}

const float *rn_source_byte_values(const rn_source *source)
{
    return source->dataset->has_floats ? NULL : rn_pipeline_byte_values(source->pipeline);
}

void rn_source_read_ahead(const rn_source *source, int64_t index)
{
    if (source->cache.key)
        rn_cache_read_ahead(&source->cache, index);
    else
        rn_dataset_read_ahead(source->dataset, index);
}

void rn_source_close(rn_source *source)
{
    if (!source)
        return;
    rn_cache_close(&source->cache);
    rn_pipeline_destroy(source->pipeline);
    rn_dataset_destroy(source->dataset);
    free(source);
}
