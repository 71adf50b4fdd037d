/* kernel.c: query, prepare and run: find the operator, check its description, let the backend
 * decide how its tensors are stored, and call it. */
#include "gpu/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/hand_over.h"
#include "gpu/joint.h"

const rn_host *gpu_host;

static const gpu_operator *operator_find(const char *name)
{
    int32_t index = described_operator(name);
    return index < 0 ? NULL : gpu_operators[index];
}

const rn_tensor_desc *gpu_kernel_operand(const rn_kernel *kernel, int32_t i)
{
    return kernel->described->operands[i];
}

bool gpu_kernel_is_reorder(const rn_kernel *kernel)
{
    return strcmp(kernel->desc.op, "reorder") == 0;
}

/* Finds the operator and checks its description. The caller frees `described`. */
static rn_status kernel_make(rn_context *context, const rn_op_desc *op, rn_kernel *made)
{
    const described_rules rules = { gpu_host, true };
    *made = (rn_kernel){ .type = operator_find(op->op), .context = context };
    if (!made->type)
        return described_unknown(&rules, op);
    rn_status status = described_make(&rules, op, &made->described);
    if (status)
        return status;
    made->desc = made->described->desc;
    return gpu_storage_choose(made);
}

static void answer_layouts(const rn_kernel *kernel, rn_op_answer *answer)
{
    if (gpu_kernel_is_reorder(kernel))
        return;
    for (int32_t i = 0; i < gpu_kernel_operand_count(kernel); i++) {
        const rn_tensor_desc *t = gpu_kernel_operand(kernel, i);
        if (!t)
            continue;
        const gpu_storage stored = gpu_storage_of(kernel, i);
        if (stored.layout != RN_LAYOUT_PLAIN) {
            answer->layouts[i] = stored.layout;
            answer->layout_bytes[i] = stored.bytes;
        } else if (t->layout != RN_LAYOUT_PLAIN) {
            answer->layouts[i] = RN_LAYOUT_PLAIN;
        }
    }
}

rn_status gpu_kernel_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
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

rn_status gpu_kernel_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    *kernel = NULL;
    rn_kernel *made = malloc(sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", op->op);
    rn_status status = kernel_make(context, op, made);
    if (status)
        goto done;
    status = made->type->prepare(made);
    if (status)
        goto done;
    status = gpu_launches_check(made);
done:
    if (status)
        gpu_kernel_destroy(context, made);
    else
        *kernel = made;
    return status;
}

void gpu_kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    if (!kernel)
        return;
    if (gpu_joint_of(context)->kernel == kernel)
        gpu_joint_flush(context);
    if (kernel->type && kernel->type->destroy)
        kernel->type->destroy(kernel);
    gpu_launches_free(kernel);
    free(kernel->described);
    free(kernel);
}

rn_status gpu_kernel_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                         rn_operand workspace)
{
    rn_status status = gpu_joint_yield(context, kernel, operands);
    gpu_record_run(context);
    if (status)
        return status;
    if (kernel->type->joint)
        return gpu_joint_run(kernel, operands);
    if (!kernel->type->run)
        return gpu_launch_run(context, kernel->launches, operands);
    return kernel->type->run(kernel, operands, workspace);
}
