/* average.c: averages of the weights over steps, with the decay of timm's ModelEmaV3: the first
 * step's weights are the first average, and with warm-up the average becomes longer only slowly. */
#include "passes/average.h"

#include <math.h>

#include "graph/op.h"

rn_status rn_average_append(rn_dag *dag, const rn_config *config, rn_value *value)
{
    rn_tensor_desc pair = rn_desc_make(RN_F32, 1, (const int64_t[]){ 2 });
    if (config->train.ema_decay == 0)
        return RN_OK;
    if (!dag->average_factors)
        dag->average_factors = rn_dag_input(dag, "average_factors", &pair);
    if (dag->status)
        return dag->status;
    rn_value *inputs[] = { [RN_BLEND_SOURCE] = value, [RN_BLEND_FACTORS] = dag->average_factors };
    rn_node *node = rn_dag_node(dag, "blend", value->name, NULL, inputs, RN_BLEND_N_INPUTS);
    if (node)
        rn_dag_own(dag, node, RN_BLEND_TARGET, RN_AVERAGE, value, RN_ROLE_AVERAGE, RN_INIT_ZERO);
    return dag->status;
}

double rn_average_decay(const rn_config *config, int64_t step)
{
    double decay = config->train.ema_decay;
    if (step == 0)
        return 0;
    return config->train.ema_warmup ? fmin(decay, 1 - pow(1 + (double)step, -2.0 / 3)) : decay;
}
