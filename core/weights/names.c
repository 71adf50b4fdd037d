/* names.c: the table of names in files and in networks, and renaming by it. */
#include "weights/names.h"

#include <string.h>

#include "base/status.h"
#include "weights/pattern.h"

/* ---- The table ---- */

/* One name in a file and in the network. */
typedef struct pair {
    const char *file, *network;
} pair;

/* A name takes the first pair that fits, in both directions. */
struct rn_naming {
    const char *name;
    bool strides_on_1x1;
    pair pairs[16]; /* ends with NULL */
};

#define SAME(pattern)                                                                              \
    {                                                                                              \
        pattern, pattern                                                                           \
    }

/* The encoder of transformers, which is the whole of a ResNetModel. */
#define TRANSFORMERS_ENCODER(prefix)                                                               \
    { prefix "embedder.embedder.convolution.*", "conv1.*" },                                       \
        { prefix "embedder.embedder.normalization.*", "bn1.*" },                                   \
        { prefix "encoder.stages.{s}.layers.{b}.layer.{n}.convolution.*",                          \
          "layer{s+1}.{b}.conv{n+1}.*" },                                                          \
        { prefix "encoder.stages.{s}.layers.{b}.layer.{n}.normalization.*",                        \
          "layer{s+1}.{b}.bn{n+1}.*" },                                                            \
        { prefix "encoder.stages.{s}.layers.{b}.shortcut.convolution.*",                           \
          "layer{s+1}.{b}.downsample.0.*" },                                                       \
    {                                                                                              \
        prefix "encoder.stages.{s}.layers.{b}.shortcut.normalization.*",                           \
            "layer{s+1}.{b}.downsample.1.*"                                                        \
    }

#define TIMM_REGNET(file, network)                                                                 \
    {                                                                                              \
        "s{s}.b{b}." file ".*", "trunk_output.block{s}.block{s}-{b-1}." network ".*"               \
    }

static const rn_naming namings[] = {
    /* torchvision, and timm's resnet.py */
    { "torchvision",
      false,
      { SAME("conv1.*"), SAME("bn1.*"), SAME("bn.*"), SAME("layer{s}.{b}.*"), SAME("fc.*") } },
    { "transformers",
      false,
      { TRANSFORMERS_ENCODER("resnet."), TRANSFORMERS_ENCODER(""), { "classifier.1.*", "fc.*" } } },
    /* networks for CIFAR whose last layer is called linear: pre-activation, then others */
    { "cifar-preact",
      false,
      { SAME("conv1.*"),
        { "layer{s}.{b}.shortcut.0.weight", "layer{s}.{b}.shortcut.weight" },
        SAME("layer{s}.{b}.bn{n}.*"),
        SAME("layer{s}.{b}.conv{n}.*"),
        SAME("bn.*"),
        { "linear.*", "fc.*" } } },
    { "cifar",
      false,
      { SAME("conv1.*"),
        SAME("bn1.*"),
        { "layer{s}.{b}.shortcut.{n}.*", "layer{s}.{b}.downsample.{n}.*" },
        SAME("layer{s}.{b}.*"),
        { "linear.*", "fc.*" } } },
    /* detectron2, after Caffe's networks */
    { "detectron2",
      true,
      { { "stem.conv1.norm.*", "bn1.*" },
        { "stem.conv1.*", "conv1.*" },
        { "res{s+1}.{b}.conv{n}.norm.*", "layer{s}.{b}.bn{n}.*" },
        { "res{s+1}.{b}.conv{n}.*", "layer{s}.{b}.conv{n}.*" },
        { "res{s+1}.{b}.shortcut.norm.*", "layer{s}.{b}.downsample.1.*" },
        { "res{s+1}.{b}.shortcut.*", "layer{s}.{b}.downsample.0.*" },
        { "linear.*", "fc.*" } } },
    /* RegNets: torchvision's, and timm's */
    { "torchvision-regnet",
      false,
      { SAME("stem.{n}.*"), SAME("trunk_output.block{s}.block{t}-{b}.*"), SAME("fc.*") } },
    { "timm-regnet",
      false,
      { { "stem.conv.*", "stem.0.*" },
        { "stem.bn.*", "stem.1.*" },
        TIMM_REGNET("conv1.conv", "f.a.0"),
        TIMM_REGNET("conv1.bn", "f.a.1"),
        TIMM_REGNET("conv2.conv", "f.b.0"),
        TIMM_REGNET("conv2.bn", "f.b.1"),
        TIMM_REGNET("se", "f.se"),
        TIMM_REGNET("conv3.conv", "f.c.0"),
        TIMM_REGNET("conv3.bn", "f.c.1"),
        TIMM_REGNET("downsample.conv", "proj.0"),
        TIMM_REGNET("downsample.bn", "proj.1"),
        { "head.fc.*", "fc.*" } } },
    /* Dive into Deep Learning: as in share/models, its class ResNeXt, and its nn.Sequential */
    { "d2l",
      false,
      { SAME("net.{s}.{b}.*"),
        { "net.b{s+1}.{b}.*", "net.{s}.{b}.*" },
        { "net.last.2.*", "net.5.2.*" },
        { "{s}.{b}.*", "net.{s}.{b}.*" },
        { "7.*", "net.5.2.*" } } },
};
#define N_NAMINGS (sizeof namings / sizeof *namings)

const char *rn_naming_name(const rn_naming *naming)
{
    return naming->name;
}

bool rn_naming_strides_on_1x1(const rn_naming *naming)
{
    return naming->strides_on_1x1;
}

const rn_naming *rn_naming_by_name(const char *name)
{
    for (size_t i = 0; i < N_NAMINGS; i++)
        if (strcmp(namings[i].name, name) == 0)
            return &namings[i];
    return NULL;
}

/* ---- Renaming ---- */

/* The first pair whose name in a file fits; NULL: none. */
static const pair *find_pair(const rn_naming *naming, const char *name, rn_pattern_values *values)
{
    for (const pair *p = naming->pairs; p->file; p++)
        if (rn_pattern_match(p->file, name, values))
            return p;
    return NULL;
}

static bool fits(const rn_naming *naming, const rn_weights *weights)
{
    rn_pattern_values values;
    for (int64_t i = 0; i < weights->table.count; i++)
        if (!find_pair(naming, weights->table.tensors[i].name, &values))
            return false;
    return weights->table.count > 0;
}

const rn_naming *rn_naming_find(const rn_weights *weights)
{
    for (size_t i = 0; i < N_NAMINGS; i++)
        if (fits(&namings[i], weights))
            return &namings[i];
    return NULL;
}

static rn_status rename_tensor(rn_weights *weights, rn_stored *tensor, const char *pattern,
                               const rn_pattern_values *values)
{
    const char *name = rn_pattern_fill(pattern, values, weights->pool);
    if (!name)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\": no name for it by \"%s\"", weights->path,
                       tensor->name, pattern);
    tensor->name = name;
    return RN_OK;
}

rn_status rn_naming_apply(const rn_naming *naming, rn_weights *weights)
{
    for (int64_t i = 0; i < weights->table.count; i++) {
        rn_stored *tensor = &weights->table.tensors[i];
        rn_pattern_values values;
        const pair *p = find_pair(naming, tensor->name, &values);
        rn_status status = p ? rename_tensor(weights, tensor, p->network, &values) : RN_OK;
        if (status)
            return status;
    }
    return rn_stored_sort(&weights->table, weights->path);
}

const char *rn_naming_reverse(const rn_naming *naming, const char *name, rn_pool *pool)
{
    rn_pattern_values values;
    for (const pair *p = naming->pairs; p->file; p++)
        if (rn_pattern_match(p->network, name, &values))
            return rn_pattern_fill(p->file, &values, pool);
    return NULL;
}

/* ---- The list of a cfg ---- */

#define LIST "network: weight_names"

/* The pattern of one side, which is known to be there once the list has been checked. */
static const char *side(const rn_tree *entry, const char *key)
{
    return rn_tree_get(entry, key)->text_value;
}

static rn_status check_side(const rn_tree *entry, int i, const char *key)
{
    const rn_tree *node = rn_tree_get(entry, key);
    if (!node || node->type != RN_TREE_STRING)
        return rn_tree_fail(node ? node : entry,
                            LIST ": element %d: %s: found %s, expected a pattern of names", i + 1,
                            key, node ? rn_tree_type_name(node->type) : "nothing");
    const char *fault = rn_pattern_fault(node->text_value);
    return fault ? rn_tree_fail(node, LIST ": element %d: %s: \"%s\" %s", i + 1, key,
                                node->text_value, fault)
                 : RN_OK;
}

static rn_status check_entry(const rn_tree *entry, int i)
{
    if (entry->type != RN_TREE_GROUP)
        return rn_tree_fail(
            entry, LIST ": element %d: found %s, expected a group { file = ...; network = ...; }",
            i + 1, rn_tree_type_name(entry->type));
    rn_status status = check_side(entry, i, "file");
    if (!status)
        status = check_side(entry, i, "network");
    if (status)
        return status;
    for (int k = 0; k < entry->n_children; k++)
        if (strcmp(entry->children[k]->key, "file") && strcmp(entry->children[k]->key, "network"))
            return rn_tree_fail(entry->children[k],
                                LIST ": element %d: unknown key \"%s\", expected file or network",
                                i + 1, entry->children[k]->key);
    if (!rn_pattern_agree(side(entry, "file"), side(entry, "network")))
        return rn_tree_fail(entry,
                            LIST ": element %d: \"%s\" and \"%s\" differ in their letters or *",
                            i + 1, side(entry, "file"), side(entry, "network"));
    return RN_OK;
}

static rn_status rename_by_list(const rn_tree *list, rn_weights *weights, rn_stored *tensor)
{
    rn_pattern_values values;
    for (int i = 0; i < list->n_children; i++)
        if (rn_pattern_match(side(list->children[i], "file"), tensor->name, &values))
            return rename_tensor(weights, tensor, side(list->children[i], "network"), &values);
    return RN_OK;
}

rn_status rn_naming_apply_list(const rn_tree *list, rn_weights *weights)
{
    rn_status status = RN_OK;
    for (int i = 0; i < list->n_children && !status; i++)
        status = check_entry(list->children[i], i);
    for (int64_t i = 0; i < weights->table.count && !status; i++)
        status = rename_by_list(list, weights, &weights->table.tensors[i]);
    return status ? status : rn_stored_sort(&weights->table, weights->path);
}

/* ---- Prefixes ---- */

static const char *const prefixes[] = { "module.", "model.", "_orig_mod.", NULL };

static bool share(const rn_weights *weights, const char *prefix)
{
    for (int64_t i = 0; i < weights->table.count; i++)
        if (strncmp(weights->table.tensors[i].name, prefix, strlen(prefix)) != 0)
            return false;
    return weights->table.count > 0;
}

/* The prefix that all names share; NULL: none. */
static const char *find_prefix(const rn_weights *weights)
{
    for (int i = 0; prefixes[i]; i++)
        if (share(weights, prefixes[i]))
            return prefixes[i];
    return NULL;
}

/* PyTorch's AveragedModel counts in it; the names of the weights have a prefix that it lacks. */
static void drop_counter(rn_weights *weights)
{
    rn_stored_table *table = &weights->table;
    int64_t kept = 0;
    for (int64_t i = 0; i < table->count; i++)
        if (strcmp(table->tensors[i].name, "n_averaged") != 0)
            table->tensors[kept++] = table->tensors[i];
    table->count = kept;
}

void rn_naming_strip(rn_weights *weights)
{
    const char *prefix;
    drop_counter(weights);
    while ((prefix = find_prefix(weights)))
        for (int64_t i = 0; i < weights->table.count; i++)
            weights->table.tensors[i].name += strlen(prefix);
}
