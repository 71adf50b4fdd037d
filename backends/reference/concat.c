/* concat.c: joins tensors along their channels; the gradient splits dy.
 *
 * Both copy between one tensor and its parts; each part of an image is contiguous. */
#include <string.h>

#include "reference/reference.h"

/* The bytes of one image in a tensor, whatever its layout. */
static size_t image_bytes(const rn_tensor_desc *t)
{
    return (size_t)t->size_bytes / (size_t)t->shape[0];
}

static void concat_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_op_desc *desc = call->desc;
    char *y = call->operands[desc->n_inputs];
    for (int64_t n = begin; n < end; n++) {
        char *to = y + (size_t)n * image_bytes(desc->outputs[RN_CONCAT_Y]);
        for (int32_t i = 0; i < desc->n_inputs; i++) {
            size_t bytes = image_bytes(desc->inputs[i]);
            memcpy(to, (const char *)call->operands[i] + (size_t)n * bytes, bytes);
            to += bytes;
        }
    }
}

static void concat_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, kernel->desc.outputs[RN_CONCAT_Y]->shape[0],
                   concat_work);
}

const cpu_operator reference_concat = { .run = concat_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_op_desc *desc = call->desc;
    const char *dy = call->operands[RN_AT_CONCAT_GRAD_DY];
    for (int64_t n = begin; n < end; n++) {
        const char *from = dy + (size_t)n * image_bytes(desc->inputs[RN_CONCAT_GRAD_DY]);
        for (int32_t i = 0; i < desc->n_outputs; i++) {
            size_t bytes = image_bytes(desc->outputs[i]);
            memcpy((char *)call->operands[RN_AT_CONCAT_GRAD_DX + i] + (size_t)n * bytes, from,
                   bytes);
            from += bytes;
        }
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, kernel->desc.inputs[RN_CONCAT_GRAD_DY]->shape[0],
                   grad_work);
}

const cpu_operator reference_concat_grad = { .run = grad_run };
