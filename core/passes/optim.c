/* optim.c: the update of the parameters as operators. */
#include "passes/optim.h"

#include <stdlib.h>

#include "base/status.h"
#include "passes/average.h"
#include "passes/clip.h"
#include "passes/move_up.h"
#include "passes/optimizers.h"
#include "passes/runs.h"

/* The trained parameters: those that have a gradient. The caller frees the list. */
static rn_status list_trained(const rn_dag *dag, rn_value ***out, int32_t *n)
{
    rn_value **list = calloc((size_t)dag->n_values + 1, sizeof *list);
    *out = list;
    *n = 0;
    for (int32_t i = 0; list && i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_PARAM && dag->values[i]->gradient)
            list[(*n)++] = dag->values[i];
    return list ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the graph");
}

rn_status rn_optim_scale_loss(rn_dag *dag)
{
    rn_tensor_desc scale_and_flag = rn_desc_make(RN_F32, 1, (const int64_t[]){ 2 });
    dag->loss_scale = rn_dag_input(dag, "loss_scale", &scale_and_flag);
    return dag->status;
}

static rn_status append_update(rn_dag *dag, const rn_config *config, rn_value *param)
{
    rn_status status = rn_optimizer_append(dag, config, param);
    return status ? status : rn_average_append(dag, config, param);
}

rn_status rn_optim_append(rn_dag *dag, const rn_config *config, rn_device *device)
{
    rn_value **trained = NULL;
    int32_t n, n_before = dag->n_nodes, n_values = dag->n_values;
    dag->phase = RN_PHASE_UPDATE;
    rn_status status = list_trained(dag, &trained, &n);
    if (status)
        return status;
    status = rn_clip_scale(dag, config);
    if (status)
        goto done;
    status = rn_clip_append(dag, config, trained, n);
    for (int32_t i = 0; i < n && !status; i++)
        status = append_update(dag, config, trained[i]);
    for (int32_t i = 0; i < n_values && !status; i++)
        if (dag->values[i]->role == RN_ROLE_STATE && !dag->values[i]->is_frozen)
            status = rn_average_append(dag, config, dag->values[i]);
    if (!status && device)
        status = rn_runs_merge(dag, n_before, device);
    if (!status && !rn_clip_waits(dag) && !dag->is_parallel)
        status = rn_move_up(dag, n_before);
done:
    free(trained);
    return status;
}
