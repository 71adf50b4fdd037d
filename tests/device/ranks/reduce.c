/* reduce.c: all_reduce, as late as allowed: when gradients are read, or the host reads. So
 * any use of its tensors or their memory in between corrupts the result. */
#include "ranks.h"

static rn_status reduce_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)answer;
    if (!ranks_state_of(context)->group)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: this device has not joined others", op->op);
    return RN_OK;
}

static void reduce_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    ranks_state *state = kernel->context->state;
    (void)workspace;
    for (int32_t i = 0; i < kernel->desc.n_inputs; i++) {
        if (state->n_pending == RANKS_MAX_PENDING) {
            state->status = cpu_host->fail(RN_E_NOMEM, "too many tensors");
            return;
        }
        state->pending[state->n_pending++] =
            (ranks_pending){ operands[i], shape_count(kernel->desc.inputs[i]) };
    }
}

const cpu_operator ranks_all_reduce = { .query = reduce_query, .run = reduce_run };
