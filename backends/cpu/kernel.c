/* kernel.c: query, prepare and run of the backends in host memory: find the operator, check and
 * copy its description, and call it. */
#include <stdlib.h>
#include <string.h>

#include "base/described.h"
#include "base/hand_over.h"
#include "cpu/cpu.h"

/* Bytes of operands that one thread passes over as fast as two. On two cores of a Xeon (Emerald
 * Rapids) four passes, each over what the last one wrote, take 3.11 us if two threads share each of
 * them, and 2.66 us if one thread does one of them alone where that reads and writes 8 KiB; with
 * 16 KiB 3.26 and 3.44, with 32 KiB 3.10 and 4.87: the other core fetches what one has written. */
#define SMALL_BYTES 8192

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

static uint64_t operand_bytes(const rn_tensor_desc *const *operands, int32_t n)
{
    uint64_t bytes = 0;
    for (int32_t i = 0; i < n; i++)
        bytes += operands[i] ? operands[i]->size_bytes : 0;
    return bytes;
}

/* Is the operator's work not worth a meeting of threads? Convolutions and products take long for
 * what they read. */
static bool is_small(const rn_op_desc *op)
{
    return strncmp(op->op, "conv2d", 6) != 0 && strncmp(op->op, "linear", 6) != 0 &&
           operand_bytes(op->inputs, op->n_inputs) + operand_bytes(op->outputs, op->n_outputs) <=
               SMALL_BYTES;
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
    owned->kernel.is_small = is_small(&owned->kernel.desc);
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
    context->is_alone = kernel->is_small;
    kernel->type->run(kernel, pointers, cpu_operand_pointer(workspace));
    context->is_alone = 0;
    return context->failed;
}
