/* relu.c: relu with its mask, and the gradient through the mask. Uses the reference's for tensors
 * that are not images. */
#ifdef LANES_SET

CPU_INLINE void LANES_NAME(forward_of)(relu_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t i = begin; i < end; i++) {
        lanes x = lanes_load(c.from, i, bf16);
        if (c.mask)
            lanes_mask_store(c.mask, i, lanes_kept(x), c.mask_bytes);
        lanes_store(c.to, i, lanes_relu(x), bf16);
    }
}

CPU_INLINE void LANES_NAME(backward_of)(relu_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t i = begin; i < end; i++) {
        uint16_t bits = lanes_mask_load(c.mask, i, c.mask_bytes);
        lanes_store(c.to, i, lanes_keep(bits, lanes_load(c.from, i, bf16)), bf16);
    }
}

static void LANES_NAME(forward)(const relu_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(forward_of)(*c, begin, end, true);
    else
        LANES_NAME(forward_of)(*c, begin, end, false);
}

static void LANES_NAME(backward)(const relu_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(backward_of)(*c, begin, end, true);
    else
        LANES_NAME(backward_of)(*c, begin, end, false);
}

#else
#include "onednn/onednn.h"
#include "reference/reference.h"

typedef struct relu_call {
    const void *from;
    void *to;      /* may be `from` */
    uint8_t *mask; /* NULL: none */
    bool bf16, mask_bytes;
} relu_call;

#define LANES_FILE "onednn/relu.c"
#include "onednn/lanes_each.h"

static void forward_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(forward)(argument, begin, end);
}

static void backward_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(backward)(argument, begin, end);
}

/* For both operators, whose operands are images or masks. */
static rn_status relu_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    return RN_OK;
}

static void relu_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_RELU_X],
                         *mask = kernel->desc.outputs[RN_RELU_MASK];
    if (x->layout == RN_LAYOUT_PLAIN) {
        reference_relu.run(kernel, operands, workspace);
        return;
    }
    relu_call call = { operands[RN_AT_RELU_X], operands[RN_AT_RELU_Y], operands[RN_AT_RELU_MASK],
                       onednn_is_bf16(x), mask && mask->dtype == RN_U8 };
    cpu_parallel(kernel->context, onednn_total_pixels(x), forward_work, &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *dy = kernel->desc.inputs[RN_RELU_GRAD_DY];
    if (dy->layout == RN_LAYOUT_PLAIN) {
        reference_relu_grad.run(kernel, operands, workspace);
        return;
    }
    relu_call call = { operands[RN_AT_RELU_GRAD_DY], operands[RN_AT_RELU_GRAD_DX],
                       operands[RN_AT_RELU_GRAD_MASK], onednn_is_bf16(dy),
                       kernel->desc.inputs[RN_RELU_GRAD_MASK]->dtype == RN_U8 };
    cpu_parallel(kernel->context, onednn_total_pixels(dy), backward_work, &call);
}

const cpu_operator onednn_relu = { .query = relu_query, .run = relu_run, .takes_layouts = 1 };
const cpu_operator onednn_relu_grad = { .query = relu_query, .run = grad_run, .takes_layouts = 1 };
#endif
