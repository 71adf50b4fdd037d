/* custom.h: the use of an operator that a plugin brings (include/resnet/custom_op.h). */
#ifndef RN_CORE_GRAPH_CUSTOM_H
#define RN_CORE_GRAPH_CUSTOM_H

#include "config/attr.h"
#include "graph/op.h"
#include "plugin/registry.h"

/* One node's. Its attributes are checked; `op` is the node's operator, named "plugin/op". */
struct rn_custom_node {
    rn_op op;
    const rn_loaded_op *loaded; /* owned by the registry, which outlives the graph */
    rn_attrs *attrs;
};

/* RN_E_CONFIG where a setting is not as the table of attributes allows. */
rn_status rn_custom_create(const rn_loaded_op *loaded, const rn_setting *settings,
                           int32_t n_settings, rn_custom_node **out);
void rn_custom_destroy(rn_custom_node *custom);

/* A node as the functions of its operator see it; valid as long as the node's operands. */
typedef struct rn_custom_described {
    const rn_tensor_desc *inputs[RN_CUSTOM_MAX_INPUTS], *outputs[RN_CUSTOM_MAX_OUTPUTS];
    rn_custom_desc desc;
} rn_custom_described;
void rn_custom_describe(const rn_node *node, rn_custom_described *described);

/* Completes the message of a function of the operator that has returned `status`, which is not
 * RN_OK; before the call, rn_fail_clear(). */
rn_status rn_custom_failed(const rn_node *node, const char *function, rn_status status);

#endif
