/* reduce.c: all_reduce, as late as it may be: when sgd or check_finite begin, or the host reads. So
 * whatever uses its tensors in between, or their memory, spoils the result. */
#include "ranks.h"

static rn_status reduce_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)answer;
    if (!ranks_own_of(context)->group)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: this device is alone", op->op);
    return RN_OK;
}

static void reduce_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    ranks_own *own = kernel->context->own;
    (void)workspace;
    for (int32_t i = 0; i < kernel->desc.n_inputs; i++) {
        if (own->n_pending == RANKS_MAX_PENDING) {
            own->status = cpu_host->fail(RN_E_NOMEM, "too many tensors");
            return;
        }
        own->pending[own->n_pending++] =
            (ranks_pending){ operands[i], shape_count(kernel->desc.inputs[i]) };
    }
}

const cpu_operator ranks_all_reduce = { .query = reduce_query, .run = reduce_run };
