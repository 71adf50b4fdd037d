/* bisect_attrs.h: the attributes of every operator as JSON, gradient and update operators too. */
#ifndef RN_CORE_COMPARE_BISECT_ATTRS_H
#define RN_CORE_COMPARE_BISECT_ATTRS_H

#include <jansson.h>

#include "graph/op.h"

/* An object with a key for each field. The caller owns it; NULL: there is no memory. */
json_t *rn_attrs_json(const rn_op *op, const void *attrs);

/* Reads such an object. Lengths, steps and numbers of channels are as op.h says; RN_E_DATA names a
 * field that is missing or out of range. *attrs is to be freed; NULL: the operator has none. */
rn_status rn_attrs_read(const rn_op *op, const json_t *json, void **attrs);

#endif
