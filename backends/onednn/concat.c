/* concat.c: joins images along their channels, and the gradient. If every part fills its blocks,
 * blocks are moved like the reference's planes; otherwise all tensors are plain. */
#include "onednn/onednn.h"
#include "reference/reference.h"

static bool all_fill_blocks(const rn_tensor_desc *const *parts, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (parts[i]->rank != 4 || parts[i]->shape[1] % ONEDNN_LANES != 0)
            return false;
    return true;
}

/* For both operators, which have the parts on opposite sides. */
static rn_status concat_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    bool blocked =
        all_fill_blocks(op->inputs, op->n_inputs) && all_fill_blocks(op->outputs, op->n_outputs);
    for (int32_t i = 0; blocked && i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    for (int32_t i = 0; !blocked && i < op->n_inputs; i++)
        answer->layouts[i] = RN_LAYOUT_PLAIN;
    return RN_OK;
}

static void concat_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_concat.run(kernel, operands, workspace);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_concat_grad.run(kernel, operands, workspace);
}

const cpu_operator onednn_concat = { .query = concat_query, .run = concat_run, .takes_layouts = 1 };
const cpu_operator onednn_concat_grad = { .query = concat_query,
                                          .run = grad_run,
                                          .takes_layouts = 1 };
