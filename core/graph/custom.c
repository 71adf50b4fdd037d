/* custom.c: makes and describes the use of an operator that a plugin brings. */
#include "graph/custom.h"

#include <stdlib.h>

#include "base/status.h"

rn_status rn_custom_create(const rn_loaded_op *loaded, const rn_setting *settings,
                           int32_t n_settings, rn_custom_node **out)
{
    static const rn_op_use uses[RN_CUSTOM_MAX_INPUTS] = { RN_USE_READ };
    const rn_custom_op *op = &loaded->op;
    rn_custom_node *custom = calloc(1, sizeof *custom);
    if (!custom)
        return rn_fail(RN_E_NOMEM, "no memory for the graph");
    custom->loaded = loaded;
    custom->op = (rn_op){ .name = loaded->name,
                          .n_inputs = op->n_inputs,
                          .n_outputs = op->n_outputs,
                          .inputs_repeat = op->inputs_repeat,
                          .uses = uses,
                          .rule = &rn_op_custom };
    rn_status status = rn_attrs_from_settings(op->attrs, op->n_attrs, settings, n_settings,
                                              loaded->name, &custom->attrs);
    if (status)
        rn_custom_destroy(custom);
    else
        *out = custom;
    return status;
}

void rn_custom_destroy(rn_custom_node *custom)
{
    if (!custom)
        return;
    rn_attrs_destroy(custom->attrs);
    free(custom);
}

void rn_custom_describe(const rn_node *node, rn_custom_described *d)
{
    bool has_outputs = node->outputs[0] != NULL;
    for (int32_t i = 0; i < node->n_inputs; i++)
        d->inputs[i] = &node->inputs[i]->desc;
    for (int32_t i = 0; has_outputs && i < node->n_outputs; i++)
        d->outputs[i] = &node->outputs[i]->desc;
    d->desc = (rn_custom_desc){ .size = sizeof d->desc,
                                .n_inputs = node->n_inputs,
                                .n_outputs = node->n_outputs,
                                .name = node->name,
                                .attrs = node->custom->attrs->values,
                                .inputs = d->inputs,
                                .outputs = has_outputs ? d->outputs : NULL };
}

rn_status rn_custom_failed(const rn_node *node, const char *function, rn_status status)
{
    if (!rn_fail_text()[0])
        rn_fail(status, "failed with status %d and gave no reason", (int)status);
    return rn_fail_at(status, "operator %s: its \"%s\"", node->op->name, function);
}
