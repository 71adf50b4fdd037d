/* kernel.c: query, prepare and run: find the operator, complete its description, decide how its
 * images are stored, and call it. */
#include <stdlib.h>

#include "base/hand_over.h"
#include "opencl/opencl.h"

static const opencl_operator *operator_find(const char *name)
{
    int32_t number = described_operator(name);
    return number < 0 ? NULL : opencl_operators[number];
}

/* Operand i of the complete description, inputs then outputs; NULL: absent. */
static const rn_tensor_desc *operand_at(const rn_kernel *kernel, int32_t i)
{
    return kernel->described->operands[i];
}

static int32_t operand_count(const rn_kernel *kernel)
{
    return kernel->desc.n_inputs + kernel->desc.n_outputs;
}

/* Is operand i to be stored in halves? */
static bool wants_half(const rn_kernel *kernel, int32_t i)
{
    const rn_tensor_desc *t = operand_at(kernel, i);
    return kernel->context->precision == RN_PRECISION_FP16 && (kernel->type->images >> i & 1) &&
           t && t->dtype == RN_F32 && t->rank == 4;
}

/* Kernels compute indices in `int`, and what they add to one for groups, vectors and padding must
 * not overflow either. */
enum { MOST_ELEMENTS = 1 << 30 };

static rn_status sizes_check(const rn_kernel *kernel)
{
    for (int32_t i = 0; i < operand_count(kernel); i++) {
        const rn_tensor_desc *t = operand_at(kernel, i);
        if (t && shape_count(t) > MOST_ELEMENTS)
            return opencl_host->fail(RN_E_UNSUPPORTED,
                                     "%s: an operand has %lld elements, and this "
                                     "backend takes %d; ask for a smaller batch",
                                     kernel->desc.op, (long long)shape_count(t), MOST_ELEMENTS);
    }
    return RN_OK;
}

/* Finds the operator and completes its description; the caller frees `described`. */
static rn_status kernel_make(rn_context *context, const rn_op_desc *op, rn_kernel *made)
{
    const described_rules rules = { opencl_host, true };
    *made = (rn_kernel){ .type = operator_find(op->op), .context = context };
    if (!made->type)
        return described_unknown(&rules, op);
    rn_status status = described_make(&rules, op, &made->described);
    if (status)
        return status;
    made->desc = made->described->desc;
    for (int32_t i = 0; i < operand_count(made); i++)
        made->is_half |= wants_half(made, i);
    return sizes_check(made);
}

/* `reorder` is there to change layouts, so its operands stay as they are. */
static void answer_layouts(const rn_kernel *kernel, rn_op_answer *answer)
{
    if (kernel->type == &opencl_reorder)
        return;
    for (int32_t i = 0; i < operand_count(kernel); i++) {
        const rn_tensor_desc *t = operand_at(kernel, i);
        if (wants_half(kernel, i)) {
            answer->layouts[i] = OPENCL_LAYOUT_HALF;
            answer->layout_bytes[i] = (uint64_t)shape_count(t) * 2;
        } else if (t && t->layout != RN_LAYOUT_PLAIN) {
            answer->layouts[i] = RN_LAYOUT_PLAIN;
        }
    }
}

rn_status opencl_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    rn_kernel made;
    rn_op_answer full = { .size = sizeof full, .deterministic = 1 };
    rn_status status = kernel_make(context, op, &made);
    if (!status && made.type->query)
        status = made.type->query(&made, &full);
    if (!status) {
        answer_layouts(&made, &full);
        hand_over(answer, &full);
    }
    free(made.described);
    return status;
}

rn_status opencl_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    *kernel = NULL;
    rn_kernel *made = malloc(sizeof *made);
    if (!made)
        return opencl_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", op->op);
    rn_status status = kernel_make(context, op, made);
    if (!status)
        status = made->type->prepare(made);
    for (int32_t i = 0; !status && i < made->n_launches; i++)
        status = opencl_launch_check(context, &made->launches[i]);
    if (status)
        opencl_kernel_destroy(context, made);
    else
        *kernel = made;
    return status;
}

void opencl_kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    (void)context;
    if (!kernel)
        return;
    if (kernel->type && kernel->type->destroy)
        kernel->type->destroy(kernel);
    for (int32_t i = 0; i < kernel->n_launches; i++)
        opencl_launch_clear(&kernel->launches[i]);
    free(kernel->described);
    free(kernel);
}

rn_status opencl_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    context->has_run = true;
    opencl_record_run(context);
    if (!kernel->type->run)
        return opencl_launch_run(context, &kernel->launches[0], operands);
    return kernel->type->run(kernel, operands, workspace);
}
