/* pipeline_create.c: makes the pipeline of a split, and checks it against the network. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/pipeline_parts.h"

/* The node of the split: a list, a preset's name, or a group; NULL: the cfg has none. */
static rn_status find_node(const rn_config *config, rn_split split, const rn_tree **out)
{
    static const char *const keys[] = { "train", "validation", NULL };
    const rn_tree *transforms = config->data.transforms;
    *out = NULL;
    if (!transforms)
        return RN_OK;
    rn_attrs *none = NULL;
    rn_status status = rn_attrs_from_tree(NULL, 0, transforms, keys, "data.transforms", &none);
    rn_attrs_destroy(none);
    *out = rn_tree_get(transforms, keys[split == RN_SPLIT_TRAIN ? 0 : 1]);
    return status;
}

/* The list of the split. *owned is its root, if it is not the cfg's. */
static rn_status find_list(const rn_tree *node, rn_size input, const rn_tree **list,
                           rn_tree **owned)
{
    rn_status status = RN_OK;
    if (!node)
        status = rn_pipeline_default(input, owned);
    else if (node->type == RN_TREE_STRING || node->type == RN_TREE_GROUP)
        status = rn_pipeline_preset(node, input, owned);
    else if (node->type != RN_TREE_LIST)
        return rn_tree_fail(node,
                            "data.transforms: %s: found %s, expected a list ( ... ) of "
                            "transforms, or a preset",
                            node->key, rn_tree_type_name(node->type));
    *list = *owned ? rn_tree_get(*owned, "list") : node;
    return status;
}

static rn_status check_size(const rn_pipeline *pipeline, const rn_tree *node, rn_size pictures)
{
    rn_size made = rn_pipeline_size(pipeline, pictures), input = pipeline->input;
    if (made.height == 0 || (made.height == input.height && made.width == input.width))
        return RN_OK;
    return rn_tree_fail(node,
                        "data.transforms: %s: the list makes pictures of %" PRId64 "x%" PRId64
                        ", but network.input is %" PRId64 "x%" PRId64 "; end it with a crop",
                        node->key, made.height, made.width, input.height, input.width);
}

static rn_status check_mixing(const rn_pipeline *pipeline, const rn_tree *node, rn_split split)
{
    if (split == RN_SPLIT_TRAIN || !rn_pipeline_mixes(pipeline))
        return RN_OK;
    return rn_tree_fail(node,
                        "data.transforms: validation: transform \"%s\" mixes pictures, expected it "
                        "in train only",
                        pipeline->steps[pipeline->n_steps - 1].kind->name);
}

static rn_status check_channels(const rn_config *config, int64_t channels)
{
    int64_t n_mean = config->data.n_mean, n_std = config->data.n_std;
    if ((n_mean == 1 || n_mean == channels) && (n_std == 1 || n_std == channels))
        return RN_OK;
    return rn_fail(RN_E_CONFIG,
                   "data: %" PRId64 " means and %" PRId64
                   " standard deviations for pictures of %" PRId64
                   " channels; expected one of each, or one for each channel",
                   n_mean, n_std, channels);
}

/* Whether the means and deviations change anything. */
static bool is_normalised(const rn_config *config)
{
    bool changes = false;
    for (int64_t i = 0; i < config->data.n_mean; i++)
        changes = changes || config->data.mean[i] != 0.0;
    for (int64_t i = 0; i < config->data.n_std; i++)
        changes = changes || config->data.std[i] != 1.0;
    return changes;
}

static rn_status fill(const rn_config *config, const rn_tree *node, rn_size pictures,
                      rn_pipeline *pipeline)
{
    const rn_size input = { config->network.height, config->network.width };
    const rn_transform_site site = { .input = input,
                                     .channels = pipeline->channels,
                                     .mean = config->data.mean,
                                     .std = config->data.std,
                                     .n_mean = config->data.n_mean,
                                     .n_std = config->data.n_std };
    const rn_tree *list = NULL;
    rn_tree *owned = NULL;
    rn_status status = find_list(node, input, &list, &owned);
    if (status)
        return status;
    status = rn_pipeline_read_list(list, &site, pipeline);
    if (!status && node)
        status = check_size(pipeline, node, pictures);
    rn_tree_destroy(owned);
    return status;
}

rn_status rn_pipeline_create(const rn_config *config, rn_split split, int64_t channels,
                             rn_size pictures, rn_pipeline **out)
{
    const rn_size input = { config->network.height, config->network.width };
    return rn_pipeline_create_for(config, split, channels, pictures, input, out);
}

rn_status rn_pipeline_create_for(const rn_config *config, rn_split split, int64_t channels,
                                 rn_size pictures, rn_size size, rn_pipeline **out)
{
    const rn_tree *node = NULL;
    *out = NULL;
    rn_status status = check_channels(config, channels);
    if (status)
        return status;
    status = find_node(config, split, &node);
    if (status)
        return status;
    rn_pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline)
        return rn_fail(RN_E_NOMEM, "not enough memory for transforms");
    pipeline->normalise = -1;
    pipeline->channels = channels;
    pipeline->input = size;
    pipeline->fast_decode = config->data.fast_decode;
    pipeline->normalises = is_normalised(config);
    status = fill(config, node, pictures, pipeline);
    if (!status && node)
        status = check_mixing(pipeline, node, split);
    if (status)
        rn_pipeline_destroy(pipeline);
    else
        *out = pipeline;
    return status;
}

void rn_pipeline_destroy(rn_pipeline *pipeline)
{
    for (int i = 0; pipeline && i < pipeline->n_steps; i++) {
        const rn_step *step = &pipeline->steps[i];
        if (step->kind->clear)
            step->kind->clear(step->state);
        free(step->state);
    }
    if (pipeline)
        free(pipeline->fixed);
    free(pipeline);
}
