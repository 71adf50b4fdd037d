/* attr.h: values checked against attribute tables (include/resnet/attr.h). */
#ifndef RN_CORE_CONFIG_ATTR_H
#define RN_CORE_CONFIG_ATTR_H

#include <resnet/attr.h>

#include "config/tree.h"

/* A value for each row of a table. */
struct rn_attrs {
    const rn_attr *rows;
    uint32_t n_rows;
    rn_setting *values;      /* n_rows, in the rows' order; text_value owned */
    const rn_tree **origins; /* n_rows; the node that each value comes from, NULL for a default */
};

/* Checks the table itself: names, types, and that each row accepts its default. RN_E_PLUGIN names
 * the row; `owner` is for the message: "block residual/basic". */
rn_status rn_attr_table_check(const rn_attr *rows, uint32_t n_rows, const char *owner);

/* The keys of an entry of network.layers that are not attributes of its block, so that no block may
 * have an attribute of such a name; ends with NULL. */
extern const char *const rn_attr_entry_keys[];

/* Row i. Rows step by their own size, which depends on the ABI that a plugin was built for. */
const rn_attr *rn_attr_row(const rn_attr *rows, uint32_t i);

/* Values from a group of a cfg. Keys in `ignored` (ends with NULL; may be NULL) are left to others.
 * `owner` names the table in messages. RN_E_CONFIG for an unknown key, a wrong type, a number out
 * of range or a missing value: it gives file:line, key, found, expected, and the nearest key. */
rn_status rn_attrs_from_tree(const rn_attr *rows, uint32_t n_rows, const rn_tree *group,
                             const char *const *ignored, const char *owner, rn_attrs **out);

/* Values from the settings of another block (graph.h). */
rn_status rn_attrs_from_settings(const rn_attr *rows, uint32_t n_rows, const rn_setting *settings,
                                 int32_t n_settings, const char *owner, rn_attrs **out);

/* Checks one value of a cfg against one row. The text of `out` is borrowed from the node. */
rn_status rn_attr_check(const rn_attr *row, const rn_tree *node, const char *owner,
                        rn_setting *out);

/* The value by name; NULL if the table has no such row. */
const rn_setting *rn_attrs_find(const rn_attrs *attrs, const char *name);

void rn_attrs_destroy(rn_attrs *attrs);

#endif
