/* clip.c: the flag, the norm and the limits of gradients. */
#include "passes/clip.h"

#include "graph/op.h"

static bool measures(const rn_config *config)
{
    return config->train.measure_norm || config->train.clip_norm > 0;
}

rn_status rn_clip_scale(rn_dag *dag, const rn_config *config)
{
    rn_tensor_desc scale_and_flag = rn_desc_make(RN_F32, 1, (const int64_t[]){ 2 });
    if (dag->loss_scale || dag->sum_factors || measures(config))
        dag->update_scale = rn_dag_input(dag, "update_scale", &scale_and_flag);
    return dag->status;
}

/* Appends `op` for all gradients, as many per operator as it can take after its first input. */
static rn_status append_for_all(rn_dag *dag, const char *op, rn_value *first,
                                rn_value *const *trained, int32_t n)
{
    rn_value *inputs[RN_MAX_OPERANDS] = { first };
    int32_t n_inputs = 1;
    for (int32_t i = 0; i < n && !dag->status; i++) {
        inputs[n_inputs++] = trained[i]->gradient;
        if (n_inputs == RN_MAX_OPERANDS || i == n - 1) {
            rn_dag_node(dag, op, "gradients", NULL, inputs, n_inputs);
            n_inputs = 1;
        }
    }
    return dag->status;
}

static rn_status append_norm(rn_dag *dag, double limit, rn_value *const *trained, int32_t n)
{
    rn_tensor_desc scalar = rn_desc_make(RN_F32, 1, (const int64_t[]){ 1 });
    const rn_clip_attrs attrs = { .size = sizeof attrs, .limit = limit };
    dag->square_sum = rn_dag_input(dag, "square_sum", &scalar);
    if (dag->status || append_for_all(dag, "square_sum", dag->square_sum, trained, n))
        return dag->status;
    rn_value *inputs[] = {
        [RN_CLIP_NORM_LOSS_SCALE] = dag->update_scale, [RN_CLIP_NORM_SQUARE_SUM] = dag->square_sum
    };
    rn_node *node =
        rn_dag_node(dag, "clip_norm", "gradients", &attrs, inputs, RN_CLIP_NORM_N_INPUTS);
    if (node)
        dag->gradient_norm = rn_dag_output(dag, node, RN_CLIP_NORM_NORM, &scalar);
    return dag->status;
}

static rn_status append_values(rn_dag *dag, double limit, rn_value *const *trained, int32_t n)
{
    const rn_clip_attrs attrs = { .size = sizeof attrs, .limit = limit };
    for (int32_t i = 0; i < n && !dag->status; i++) {
        rn_value *inputs[] = { [RN_CLIP_VALUE_GRADIENT] = trained[i]->gradient,
                               [RN_CLIP_VALUE_LOSS_SCALE] = dag->update_scale };
        rn_dag_node(dag, "clip_value", trained[i]->name, &attrs, inputs, RN_CLIP_VALUE_N_INPUTS);
    }
    return dag->status;
}

rn_status rn_clip_append(rn_dag *dag, const rn_config *config, rn_value *const *trained, int32_t n)
{
    rn_status status = RN_OK;
    if (dag->loss_scale)
        status = append_for_all(dag, "check_finite", dag->update_scale, trained, n);
    if (!status && measures(config))
        status = append_norm(dag, config->train.clip_norm, trained, n);
    if (!status && config->train.clip_value > 0)
        status = append_values(dag, config->train.clip_value, trained, n);
    return status;
}

bool rn_clip_waits(const rn_dag *dag)
{
    return dag->loss_scale || dag->gradient_norm;
}
