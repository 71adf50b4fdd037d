/* sgd.c: the step of gradient descent, on plain tensors. */
#include "common/sgd.h"
#include "onednn/onednn.h"

static rn_status sgd_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    rn_status status = cpu_sgd_query(context, op, answer);
    for (int32_t i = 0; i < op->n_inputs; i++)
        answer->layouts[i] = op->inputs[i] ? RN_LAYOUT_PLAIN : 0;
    return status;
}

const cpu_operator onednn_sgd = { "sgd", sgd_query, NULL, NULL, cpu_sgd_run };
