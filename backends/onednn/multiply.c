/* multiply.c: y = a * b, where an element of b may count for all pixels of its channel, and the
 * gradients of both, for images in blocks. */
#ifdef LANES_SET

/* Of the pixels that share one of b. */
CPU_INLINE void LANES_NAME(scale)(multiply_call c, const void *from, lanes by, int64_t at,
                                  bool bf16)
{
    int64_t first = onednn_block_first(at, c.share, c.step);
    for (int64_t i = first; i < first + c.share * c.step; i += c.step)
        lanes_store(c.to, i, lanes_multiply(lanes_load(from, i, bf16), by), bf16);
}

CPU_INLINE void LANES_NAME(product_of)(multiply_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t at = begin; at < end; at++)
        LANES_NAME(scale)(c, c.a, lanes_load(c.b, at, bf16), at, bf16);
}

/* Sums of STRETCH pixels are added in double. */
CPU_INLINE lanes LANES_NAME(sum_of)(multiply_call c, int64_t first, bool bf16)
{
    const int64_t step = c.step;
    double sums[ONEDNN_LANES] = { 0 };
    float sum[ONEDNN_LANES];
    for (int64_t at = 0; at < c.share; at += STRETCH) {
        int64_t count = c.share - at < STRETCH ? c.share - at : STRETCH;
        lanes some = lanes_all(0);
        for (int64_t i = first + at * step; i < first + (at + count) * step; i += step)
            some = lanes_multiply_add(lanes_load(c.dy, i, bf16), lanes_load(c.a, i, bf16), some);
        lanes_store(sum, 0, some, false);
        for (int l = 0; l < ONEDNN_LANES; l++)
            sums[l] += (double)sum[l];
    }
    for (int l = 0; l < ONEDNN_LANES; l++)
        sum[l] = (float)sums[l];
    return lanes_load(sum, 0, false);
}

/* da may be dy, so db is computed first. */
CPU_INLINE void LANES_NAME(grad_of)(multiply_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t at = begin; at < end; at++) {
        lanes b = lanes_load(c.b, at, bf16);
        int64_t first = onednn_block_first(at, c.share, c.step);
        lanes_store(c.db, at, LANES_NAME(sum_of)(c, first, bf16), bf16);
        LANES_NAME(scale)(c, c.dy, b, at, bf16);
    }
}

CPU_INLINE void LANES_NAME(grad_each_of)(multiply_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t i = begin; i < end; i++) {
        lanes dy = lanes_load(c.dy, i, bf16), b = lanes_load(c.b, i, bf16);
        lanes_store(c.db, i, lanes_multiply(dy, lanes_load(c.a, i, bf16)), bf16);
        lanes_store(c.to, i, lanes_multiply(dy, b), bf16);
    }
}

static void LANES_NAME(product)(const multiply_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(product_of)(*c, begin, end, true);
    else
        LANES_NAME(product_of)(*c, begin, end, false);
}

static void LANES_NAME(grad)(const multiply_call *c, int64_t begin, int64_t end)
{
    if (c->share == 1 && c->bf16)
        LANES_NAME(grad_each_of)(*c, begin, end, true);
    else if (c->share == 1)
        LANES_NAME(grad_each_of)(*c, begin, end, false);
    else if (c->bf16)
        LANES_NAME(grad_of)(*c, begin, end, true);
    else
        LANES_NAME(grad_of)(*c, begin, end, false);
}

#else
#include "cpu/operators.h"
#include "onednn/onednn.h"

#define STRETCH 256 /* pixels that are summed in float before the sum is added in double */

/* Indices are of pixels of 16 lanes; a pixel of b counts for `share` pixels of a, `step` apart. */
typedef struct multiply_call {
    const void *a, *b, *dy;
    void *to, *db; /* y, or da, which may be dy */
    int64_t share, step;
    bool bf16;
} multiply_call;

#define LANES_FILE "onednn/multiply.c"
#include "onednn/lanes_each.h"

static void product_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(product)(argument, begin, end);
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(grad)(argument, begin, end);
}

/* For both operators, whose operands are images. */
static rn_status multiply_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    return RN_OK;
}

static void multiply_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *a = kernel->desc.inputs[RN_MULTIPLY_A],
                         *b = kernel->desc.inputs[RN_MULTIPLY_B];
    if (a->layout == RN_LAYOUT_PLAIN) {
        cpu_multiply.run(kernel, operands, workspace);
        return;
    }
    multiply_call call = { .a = operands[RN_AT_MULTIPLY_A],
                           .b = operands[RN_AT_MULTIPLY_B],
                           .to = operands[RN_AT_MULTIPLY_Y],
                           .share = onednn_pixels(a) / onednn_pixels(b),
                           .step = onednn_lot(a),
                           .bf16 = onednn_is_bf16(a) };
    cpu_parallel(kernel->context, onednn_total_pixels(b), product_work, &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *a = kernel->desc.inputs[RN_MULTIPLY_GRAD_A],
                         *b = kernel->desc.inputs[RN_MULTIPLY_GRAD_B];
    if (a->layout == RN_LAYOUT_PLAIN) {
        cpu_multiply_grad.run(kernel, operands, workspace);
        return;
    }
    multiply_call call = { .a = operands[RN_AT_MULTIPLY_GRAD_A],
                           .b = operands[RN_AT_MULTIPLY_GRAD_B],
                           .dy = operands[RN_AT_MULTIPLY_GRAD_DY],
                           .to = operands[RN_AT_MULTIPLY_GRAD_DA],
                           .db = operands[RN_AT_MULTIPLY_GRAD_DB],
                           .share = onednn_pixels(a) / onednn_pixels(b),
                           .step = onednn_lot(a),
                           .bf16 = onednn_is_bf16(a) };
    cpu_parallel(kernel->context, onednn_total_pixels(b), grad_work, &call);
}

const cpu_operator onednn_multiply = { .query = multiply_query,
                                       .run = multiply_run,
                                       .takes_layouts = 1 };
const cpu_operator onednn_multiply_grad = { .query = multiply_query,
                                            .run = grad_run,
                                            .takes_layouts = 1 };
#endif
