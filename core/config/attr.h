/* attr.h: checking values against attribute tables (include/resnet/attr.h). */
#ifndef RN_CORE_CONFIG_ATTR_H
#define RN_CORE_CONFIG_ATTR_H

#include <resnet/attr.h>

#include "config/tree.h"

/* A value for each row of a table. */
struct rn_attrs {
    const rn_attr *rows;
    uint32_t n_rows;
    rn_setting *values;      /* n_rows, in the rows' order; text_value owned */
    const rn_tree **origins; /* n_rows; where the value was written, NULL for a default */
};

/* Is the table itself well-formed (names, types, defaults that its own rows accept)? `owner` is for
 * the message: "block residual/basic". */
rn_status rn_attr_table_check(const rn_attr *rows, uint32_t n_rows, const char *owner);

/* Row i of a table whose rows may be larger than ours. */
const rn_attr *rn_attr_row(const rn_attr *rows, uint32_t i);

/* Values from a cfg group. Keys in `ignored` (NULL-terminated, may be NULL) are somebody else's.
 * `owner` names the table in messages. An unknown key, a wrong type, a number out of range or a
 * missing value is RN_E_CONFIG: file:line, key, found, expected, nearest known key. */
rn_status rn_attrs_from_tree(const rn_attr *rows, uint32_t n_rows, const rn_tree *group,
                             const char *const *ignored, const char *owner, rn_attrs **out);

/* Values from the settings of another block (graph.h). */
rn_status rn_attrs_from_settings(const rn_attr *rows, uint32_t n_rows, const rn_setting *settings,
                                 int32_t n_settings, const char *owner, rn_attrs **out);

/* One value of a cfg for one row; the text of `out` is the node's. */
rn_status rn_attr_check(const rn_attr *row, const rn_tree *node, const char *owner,
                        rn_setting *out);

/* The value by name, or NULL where the table has no such row. */
const rn_setting *rn_attrs_find(const rn_attrs *attrs, const char *name);

void rn_attrs_destroy(rn_attrs *attrs);

#endif
