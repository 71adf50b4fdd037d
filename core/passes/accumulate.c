/* accumulate.c: sums of gradients, in tensors "conv1.weight.sum" that no file holds. */
#include "passes/accumulate.h"

#include "graph/op.h"
#include "passes/move_up.h"

static rn_status append_sum(rn_dag *dag, rn_value *param)
{
    rn_value *inputs[] = {
        [RN_BLEND_SOURCE] = param->gradient, [RN_BLEND_FACTORS] = dag->sum_factors
    };
    rn_node *node = rn_dag_node(dag, "blend", param->name, NULL, inputs, RN_BLEND_N_INPUTS);
    if (node)
        param->gradient =
            rn_dag_own(dag, node, RN_BLEND_TARGET, "sum", param, RN_ROLE_SCRATCH, RN_INIT_ZERO);
    return dag->status;
}

rn_status rn_accumulate_append(rn_dag *dag)
{
    rn_tensor_desc pair = rn_desc_make(RN_F32, 1, (const int64_t[]){ 2 });
    int32_t n_before = dag->n_nodes, n_values = dag->n_values;
    dag->sum_factors = rn_dag_input(dag, "sum_factors", &pair);
    rn_status status = dag->status;
    for (int32_t i = 0; i < n_values && !status; i++)
        if (dag->values[i]->role == RN_ROLE_PARAM && dag->values[i]->gradient)
            status = append_sum(dag, dag->values[i]);
    return status ? status : rn_move_up(dag, n_before);
}
