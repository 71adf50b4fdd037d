/* attr_parts.h: what attr.c takes from attr_check.c; nobody else needs it. */
#ifndef RN_CORE_CONFIG_ATTR_PARTS_H
#define RN_CORE_CONFIG_ATTR_PARTS_H

#include <stdbool.h>

#include "config/attr.h"

#define RN_ATTR_TEXT_BYTES 512

/* May `value` stand in `row`? Fills in `out`, whose text is borrowed. */
bool rn_attr_accept(const rn_attr *row, const rn_setting *value, rn_setting *out);

/* Fails: found this, expected that. `node` is where the value was written; NULL: it came from
 * another block. */
rn_status rn_attr_refuse(const rn_attr *row, const rn_setting *value, const rn_tree *node,
                         const char *owner);

/* "an integer from 1 to 4096 (channels)" */
void rn_attr_print_expected(const rn_attr *row, char text[RN_ATTR_TEXT_BYTES]);

/* The value that a default's text stands for; type 0 where the text is not one. */
rn_setting rn_attr_default(const rn_attr *row);

#endif
