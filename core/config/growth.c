/* growth.c: train.grow: checked, and applied to network.layers. */
#define _GNU_SOURCE /* asprintf */
#include "config/growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"

static const rn_attr rows[] = {
    RN_ATTR_ROW(INT, "epoch", NULL, 1, 100000, "epochs", NULL, "after so many the stage grows"),
    RN_ATTR_ROW(STRING, "stage", NULL, 0, 0, "", NULL, "the stage of network.layers"),
    RN_ATTR_ROW(INT, "add", "0", 0, 10000, "blocks", NULL, "blocks that are added at its end"),
    RN_ATTR_ROW(FLOAT, "widen", "1", 1, 64, "", NULL, "multiplies the width_factor of its blocks"),
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* ---- Reading ---- */

static const char *text_of(const rn_tree *group, const char *key)
{
    const rn_tree *node = rn_tree_get(group, key);
    return node && node->type == RN_TREE_STRING ? node->text_value : "";
}

/* The index of a stage in network.layers; -1: there is none. */
static int find_stage(const rn_tree *layers, const char *stage)
{
    for (int i = 0; i < layers->n_children; i++)
        if (*stage && strcmp(text_of(layers->children[i], "stage"), stage) == 0)
            return i;
    return -1;
}

static rn_status check_growth(const rn_config *config, const rn_growth *g)
{
    const rn_growth *before = g > config->train.growths ? g - 1 : NULL;
    if (find_stage(config->network.layers, g->stage) < 0)
        return rn_tree_fail(g->tree,
                            "train: grow: found the stage \"%s\", expected the name of a stage of "
                            "network.layers",
                            g->stage);
    if (g->add == 0 && g->widen == 1)
        return rn_tree_fail(g->tree,
                            "train: grow: stage \"%s\" gets neither blocks nor width, "
                            "expected add = ... or widen = ...",
                            g->stage);
    if (before && g->epoch < before->epoch)
        return rn_tree_fail(g->tree,
                            "train: grow: found epoch %" PRId64 " after %" PRId64
                            ", expected the epochs in order",
                            g->epoch, before->epoch);
    return RN_OK;
}

static rn_status read_growth(rn_config *config, const rn_tree *node)
{
    rn_attrs *attrs = NULL;
    if (node->type != RN_TREE_GROUP)
        return rn_tree_fail(node,
                            "train: grow: found %s, expected a group { epoch = ...; stage = ...; }",
                            rn_tree_type_name(node->type));
    rn_status status = rn_attrs_from_tree(rows, N_ROWS, node, NULL, "train: grow", &attrs);
    if (status)
        return status;
    rn_growth *g = &config->train.growths[config->train.n_growths++];
    *g = (rn_growth){ .tree = node,
                      .stage = text_of(node, "stage"),
                      .epoch = rn_attrs_find(attrs, "epoch")->int_value[0],
                      .add = rn_attrs_find(attrs, "add")->int_value[0],
                      .widen = rn_attrs_find(attrs, "widen")->float_value };
    rn_attrs_destroy(attrs);
    return check_growth(config, g);
}

rn_status rn_growth_read(rn_config *config)
{
    const rn_tree *list = rn_tree_get(rn_tree_get(config->tree, "train"), "grow");
    config->train.grow = list;
    if (list && list->type != RN_TREE_LIST)
        return rn_tree_fail(list,
                            "train: grow: found %s, expected a list ( ... ) of groups "
                            "{ epoch = ...; stage = ...; }",
                            rn_tree_type_name(list->type));
    if (list && list->n_children > RN_MAX_GROWTHS)
        return rn_tree_fail(list, "train: grow: found %d groups, expected at most %d",
                            list->n_children, RN_MAX_GROWTHS);
    for (int i = 0; list && i < list->n_children; i++) {
        rn_status status = read_growth(config, list->children[i]);
        if (status)
            return status;
    }
    return RN_OK;
}

int32_t rn_growth_due(const rn_config *config, int64_t epochs)
{
    int32_t n = 0;
    while (n < config->train.n_growths && config->train.growths[n].epoch <= epochs)
        n++;
    return n;
}

/* ---- Applying ---- */

/* Sets a number of a stage; messages about it lead to the growth. */
static rn_status set_number(rn_tree *stage, const rn_growth *g, const char *key, const char *text)
{
    char *assignment = NULL;
    if (asprintf(&assignment, "%s=%s", key, text) < 0)
        return rn_tree_no_memory();
    rn_status status = rn_tree_set(stage, assignment);
    free(assignment);
    if (status)
        return status;
    rn_tree *node = (rn_tree *)(uintptr_t)rn_tree_get(stage, key);
    free(node->file);
    node->file = strdup(g->tree->file);
    node->line = g->tree->line;
    return node->file ? RN_OK : rn_tree_no_memory();
}

static double number_of(const rn_tree *group, const char *key, double otherwise)
{
    const rn_tree *node = rn_tree_get(group, key);
    if (!node)
        return otherwise;
    return node->type == RN_TREE_FLOAT ? node->float_value : (double)node->int_value;
}

static rn_status grow_stage(rn_tree *stage, const rn_growth *g)
{
    char text[32];
    rn_status status = RN_OK;
    if (g->add) {
        snprintf(text, sizeof text, "%.0f", number_of(stage, "repeat", 1) + (double)g->add);
        status = set_number(stage, g, "repeat", text);
    }
    if (status || g->widen == 1)
        return status;
    snprintf(text, sizeof text, "%#.17g", number_of(stage, "width_factor", 1) * g->widen);
    return set_number(stage, g, "width_factor", text);
}

rn_status rn_growth_apply(const rn_config *config, int32_t n, rn_config **out)
{
    rn_config *grown = malloc(sizeof *grown);
    if (!grown)
        return rn_tree_no_memory();
    *grown = *config;
    grown->path = strdup(config->path);
    grown->tree = rn_tree_copy(config->tree);
    grown->borrows = true;
    rn_status status = grown->path && grown->tree ? RN_OK : rn_tree_no_memory();
    if (!status)
        grown->network.layers = rn_tree_get(rn_tree_get(grown->tree, "network"), "layers");
    for (int32_t i = 0; i < n && !status; i++) {
        const rn_growth *g = &config->train.growths[i];
        int at = find_stage(grown->network.layers, g->stage);
        status = grow_stage(grown->network.layers->children[at], g);
    }
    if (status)
        rn_config_destroy(grown);
    else
        *out = grown;
    return status;
}
