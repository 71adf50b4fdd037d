/* train_sizes.c: reads train.sizes. */
#include "config/train_sizes.h"

#include <inttypes.h>

#include "base/status.h"
#include "config/attr.h"

static const rn_attr rows[] = {
    RN_ATTR_ROW(INT, "epoch", NULL, 0, 100000, "epochs", NULL, "that are over when it begins"),
    RN_ATTR_ROW(PAIR, "size", NULL, 1, 4096, "pixels", NULL, "height and width"),
};

static rn_status read_row(const rn_tree *node, rn_train_size *row)
{
    rn_attrs *attrs = NULL;
    rn_status status =
        rn_attrs_from_tree(rows, sizeof rows / sizeof *rows, node, NULL, "train.sizes", &attrs);
    if (status)
        return status;
    const int64_t *size = rn_attrs_find(attrs, "size")->int_value;
    *row = (rn_train_size){ .epoch = rn_attrs_find(attrs, "epoch")->int_value[0],
                            .height = size[0],
                            .width = size[1] };
    rn_attrs_destroy(attrs);
    return RN_OK;
}

/* The rows begin with the run, and each is for later epochs than the one before. */
static rn_status check_epoch(const rn_config *config, int64_t i, const rn_tree *node)
{
    const rn_train_size *row = &config->train.sizes[i];
    if (i == 0 && row->epoch != 0)
        return rn_tree_fail(node,
                            "train.sizes: epoch: found %" PRId64 ", expected 0 in the first row",
                            row->epoch);
    if (i > 0 && row->epoch <= row[-1].epoch)
        return rn_tree_fail(node,
                            "train.sizes: epoch: found %" PRId64 " after %" PRId64
                            ", expected increasing epochs",
                            row->epoch, row[-1].epoch);
    return RN_OK;
}

rn_status rn_train_sizes_read(rn_config *config)
{
    const rn_tree *list = rn_tree_get(rn_tree_get(config->tree, "train"), "sizes");
    if (!list)
        return RN_OK;
    int n = list->n_children;
    if (list->type != RN_TREE_LIST || n < 1 || n > RN_MAX_TRAIN_SIZES)
        return rn_tree_fail(list,
                            "train: sizes: found %s%s, expected a list ( ... ) of 1 to %d groups "
                            "{ epoch = ...; size = ...; }",
                            list->type == RN_TREE_LIST && n == 0 ? "nothing in " : "",
                            rn_tree_type_name(list->type), RN_MAX_TRAIN_SIZES);
    for (int i = 0; i < n; i++) {
        const rn_tree *node = list->children[i];
        if (node->type != RN_TREE_GROUP)
            return rn_tree_fail(node,
                                "train: sizes: element %d: found %s, expected a group "
                                "{ epoch = ...; size = ...; }",
                                i + 1, rn_tree_type_name(node->type));
        rn_status status = read_row(node, &config->train.sizes[i]);
        if (!status)
            status = check_epoch(config, i, node);
        if (status)
            return status;
    }
    config->train.n_sizes = n;
    return RN_OK;
}

const rn_train_size *rn_train_size_at(const rn_config *config, int64_t epoch)
{
    const rn_train_size *found = NULL;
    for (int64_t i = 0; i < config->train.n_sizes; i++)
        if (config->train.sizes[i].epoch <= epoch)
            found = &config->train.sizes[i];
    return found;
}
