/* autodiff.c: reverse-mode differentiation; each operator's rule is in core/ops. */
#include "passes/autodiff.h"

#include "base/status.h"
#include "graph/op.h"

/* Of the core's operators only the first result depends on the inputs as its gradient rule says. */
static int32_t n_results(const rn_node *node)
{
    return node->custom || node->n_outputs < 1 ? node->n_outputs : 1;
}

void rn_autodiff_mark(rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_PARAM && !dag->values[i]->is_frozen)
            dag->values[i]->needs_gradient = true;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        bool needs = false;
        for (int32_t k = 0; k < node->n_inputs; k++)
            needs = needs || (node->inputs[k] && node->inputs[k]->needs_gradient);
        for (int32_t k = 0; needs && k < n_results(node); k++)
            node->outputs[k]->needs_gradient = true;
    }
}

/* Does the loss depend on a result, and that on a parameter? */
static bool is_on_path(const rn_node *node, const rn_value *loss)
{
    for (int32_t k = 0; k < n_results(node); k++) {
        const rn_value *y = node->outputs[k];
        if ((y->gradient || y == loss) && y->needs_gradient)
            return true;
    }
    return false;
}

static rn_status differentiate(rn_dag *dag, rn_node *node, const rn_value *loss)
{
    if (!is_on_path(node, loss))
        return RN_OK;
    if (!node->op->rule->gradient)
        return rn_fail(RN_E_UNSUPPORTED, "%s: operator %s has no gradient rule", node->name,
                       node->op->name);
    rn_status status = node->op->rule->gradient(dag, node);
    return status ? status : dag->status;
}

rn_status rn_autodiff_append(rn_dag *dag, rn_value *y, rn_value *dy)
{
    rn_status status = RN_OK;
    int32_t n_forward = dag->n_nodes;
    rn_autodiff_mark(dag);
    dag->phase = RN_PHASE_BACKWARD;
    y->gradient = dy;
    for (int32_t i = n_forward - 1; i >= 0 && !status; i--)
        status = differentiate(dag, dag->nodes[i], dy ? NULL : y);
    return status;
}
