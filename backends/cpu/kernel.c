/* kernel.c: query, prepare and run of the backends in host memory: find the operator, check and
 * copy its description, and call it. */
#include <stdlib.h>

#include "base/described.h"
#include "base/hand_over.h"
#include "cpu/cpu.h"

/* A kernel and its description. */
typedef struct owned_kernel {
    rn_kernel kernel; /* first: the core holds a pointer to it */
    described *described;
} owned_kernel;

static const cpu_operator *operator_find(const rn_context *context, const char *op)
{
    int32_t number = described_operator(op);
    return number < 0 ? NULL : context->operators[number];
}

/* Finds the operator, checks its operands, and fills in the kernel, except its state. */
static rn_status kernel_make(rn_context *context, const rn_op_desc *op, owned_kernel *owned)
{
    const described_rules rules = { cpu_host, context->has_layouts };
    *owned =
        (owned_kernel){ .kernel = { .type = operator_find(context, op->op), .context = context } };
    if (!owned->kernel.type)
        return described_unknown(&rules, op);
    rn_status status = described_make(&rules, op, &owned->described);
    if (status)
        return status;
    owned->kernel.desc = owned->described->desc;
    return RN_OK;
}

/* Requires plain operands. */
static void answer_plain(const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs; i++)
        if (op->inputs[i] && op->inputs[i]->layout >= RN_LAYOUT_OPAQUE) {
            answer->layouts[i] = RN_LAYOUT_PLAIN;
            answer->layout_bytes[i] = 0;
        }
}

rn_status cpu_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    owned_kernel owned;
    rn_status status = kernel_make(context, op, &owned);
    if (status)
        return status;
    rn_op_answer full = { .size = sizeof full, .deterministic = 1 };
    if (owned.kernel.type->query)
        status = owned.kernel.type->query(context, &owned.kernel.desc, &full);
    if (!owned.kernel.type->takes_layouts)
        answer_plain(&owned.kernel.desc, &full);
    hand_over(answer, &full);
    free(owned.described);
    return status;
}

rn_status cpu_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    *kernel = NULL;
    owned_kernel *owned = malloc(sizeof *owned);
    if (!owned)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", op->op);
    rn_status status = kernel_make(context, op, owned);
    if (status)
        goto done;
    if (owned->kernel.type->prepare)
        status = owned->kernel.type->prepare(&owned->kernel);
    if (status)
        goto done;
    *kernel = &owned->kernel;
    return RN_OK;
done:
    free(owned->described);
    free(owned);
    return status;
}

void cpu_kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    (void)context;
    if (!kernel)
        return;
    owned_kernel *owned = (owned_kernel *)kernel;
    if (kernel->type->destroy)
        kernel->type->destroy(kernel);
    free(owned->described);
    free(owned);
}

rn_status cpu_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                  rn_operand workspace)
{
    void *pointers[RN_MAX_OPERANDS] = { NULL };
    for (int32_t i = 0; i < kernel->desc.n_inputs + kernel->desc.n_outputs; i++)
        pointers[i] = cpu_operand_pointer(operands[i]);
    context->failed = RN_OK;
    kernel->type->run(kernel, pointers, cpu_operand_pointer(workspace));
    return context->failed;
}
