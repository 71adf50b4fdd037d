/* param_groups.c: the list train.groups. */
#include "config/param_groups.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/attr.h"

#define OWNER "train: groups"

static const rn_attr rows[] = {
    RN_ATTR_ROW(STRING, "match", NULL, 0, 0, "", NULL, "a shell pattern of parameters' names"),
    RN_ATTR_ROW(FLOAT, "learning_rate", "1", 1e-12, 1e6, "", NULL, "in place of train's"),
    RN_ATTR_ROW(FLOAT, "rate_factor", "1", 1e-12, 1e6, "", NULL, "times the learning rate"),
    RN_ATTR_ROW(FLOAT, "weight_decay", "0", 0, 1, "", NULL, "in place of train's"),
    RN_ATTR_ROW(BOOL, "freeze", "false", 0, 0, "", NULL, "leave them as they are"),
};
enum { MATCH, LEARNING_RATE, RATE_FACTOR, WEIGHT_DECAY, FREEZE, N_ROWS };

static rn_status read_values(const rn_config *config, const rn_attrs *attrs, rn_param_group *group)
{
    const rn_tree *const *from = attrs->origins;
    if (from[LEARNING_RATE] && from[RATE_FACTOR])
        return rn_tree_fail(from[RATE_FACTOR], OWNER ": rate_factor: found beside learning_rate, "
                                                     "expected one of them");
    group->match = from[MATCH]->text_value;
    if (!*group->match)
        return rn_tree_fail(from[MATCH], OWNER ": match: found nothing, expected a pattern such as "
                                               "\"fc.*\"");
    group->sets_rate = from[LEARNING_RATE] || from[RATE_FACTOR];
    group->rate_factor =
        from[LEARNING_RATE] ? attrs->values[LEARNING_RATE].float_value / config->train.learning_rate
                            : attrs->values[RATE_FACTOR].float_value;
    group->sets_decay = from[WEIGHT_DECAY] != NULL;
    group->weight_decay = attrs->values[WEIGHT_DECAY].float_value;
    group->sets_freeze = from[FREEZE] != NULL;
    group->freeze = attrs->values[FREEZE].int_value[0] != 0;
    if (group->sets_rate || group->sets_decay || group->sets_freeze)
        return RN_OK;
    return rn_tree_fail(from[MATCH],
                        OWNER ": \"%s\": it changes nothing, expected learning_rate, "
                              "rate_factor, weight_decay or freeze",
                        group->match);
}

static rn_status read_group(const rn_config *config, const rn_tree *tree, rn_param_group *group)
{
    rn_attrs *attrs = NULL;
    group->origin = tree;
    if (tree->type != RN_TREE_GROUP)
        return rn_tree_fail(tree, OWNER ": found %s, expected groups { match = \"...\"; ... }",
                            rn_tree_type_name(tree->type));
    rn_status status = rn_attrs_from_tree(rows, N_ROWS, tree, NULL, OWNER, &attrs);
    if (!status)
        status = read_values(config, attrs, group);
    rn_attrs_destroy(attrs);
    return status;
}

rn_status rn_param_groups_read(rn_config *config)
{
    const rn_tree *list = rn_tree_get(rn_tree_get(config->tree, "train"), "groups");
    config->train.groups_tree = list;
    if (!list)
        return RN_OK;
    if (list->type != RN_TREE_LIST || list->n_children == 0)
        return rn_tree_fail(list,
                            OWNER ": found %s%s, expected a list ( ... ) of groups "
                                  "{ match = \"...\"; ... }",
                            list->type == RN_TREE_LIST ? "nothing in " : "",
                            rn_tree_type_name(list->type));
    config->train.groups = calloc((size_t)list->n_children, sizeof *config->train.groups);
    if (!config->train.groups)
        return rn_tree_no_memory();
    rn_status status = RN_OK;
    for (int i = 0; i < list->n_children && !status; i++)
        status =
            read_group(config, list->children[i], &config->train.groups[config->train.n_groups++]);
    return status;
}
