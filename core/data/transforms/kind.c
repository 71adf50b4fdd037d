/* kind.c: what several kinds of transforms share. */
#include "data/transforms/kind.h"

#include <inttypes.h>
#include <stdio.h>

rn_window rn_window_same(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    (void)state;
    (void)draw;
    (void)from;
    return wanted;
}

rn_size rn_transform_read_size(const rn_attrs *attrs, const rn_transform_site *site)
{
    const int64_t *size = rn_attrs_find(attrs, "size")->int_value;
    return (rn_size){ size[0] ? size[0] : site->input.height,
                      size[1] ? size[1] : site->input.width };
}

static bool is_count(const rn_transform_site *site, const rn_transform_array *array, int64_t found)
{
    if (array->count)
        return found == array->count;
    return found == 1 || found == site->channels;
}

rn_status rn_transform_read_array(const rn_transform_site *site, const rn_transform_array *array,
                                  double *values, int64_t *count)
{
    const rn_tree *node = rn_tree_get(site->node, array->attr.name);
    if (!node)
        return RN_OK;
    bool many = node->type == RN_TREE_ARRAY || node->type == RN_TREE_LIST;
    int64_t found = many ? node->n_children : 1;
    char owner[64];
    snprintf(owner, sizeof owner, "transform \"%s\"",
             rn_tree_get(site->node, "transform")->text_value);
    if (!is_count(site, array, found))
        return rn_tree_fail(node, "%s: %s: found %" PRId64 " numbers, expected %" PRId64, owner,
                            array->attr.name, found, array->count ? array->count : site->channels);
    for (int64_t i = 0; i < found; i++) {
        const rn_tree *number = many ? node->children[i] : node;
        rn_setting value;
        rn_status status = rn_attr_check(&array->attr, number, owner, &value);
        if (status)
            return status;
        values[i] = value.float_value;
    }
    *count = found;
    return RN_OK;
}
