/* attr_parts.h: what attr_check.c offers to attr.c alone. */
#ifndef RN_CORE_CONFIG_ATTR_PARTS_H
#define RN_CORE_CONFIG_ATTR_PARTS_H

#include <stdbool.h>

#include "config/attr.h"

#define RN_ATTR_TEXT_BYTES 512

/* True if the row accepts the value. Fills `out` with the value as the row's type; its text is
 * borrowed. */
bool rn_attr_accept(const rn_attr *row, const rn_setting *value, rn_setting *out);

/* Fails: found the value, expected what the row accepts. `node` is where the value was written;
 * NULL: it came from another block. */
rn_status rn_attr_refuse(const rn_attr *row, const rn_setting *value, const rn_tree *node,
                         const char *owner);

/* "an integer from 1 to 4096 (channels)" */
void rn_attr_print_expected(const rn_attr *row, char text[RN_ATTR_TEXT_BYTES]);

/* The row's default, parsed from its text; type 0 if the text does not parse. */
rn_setting rn_attr_default(const rn_attr *row);

#endif
