/* activation.c: a function of each element, and dy times its derivative, for images in blocks: the
 * loops of all backends in host memory, on floats. bfloat16 is widened before and rounded after
 * them, part by part. */
#ifdef LANES_SET

static void LANES_NAME(widen)(const void *from, int64_t begin, int64_t end, float *to)
{
    for (int64_t i = begin; i < end; i++)
        lanes_store(to, i - begin, lanes_load(from, i, true), false);
}

static void LANES_NAME(round)(const float *from, int64_t begin, int64_t end, void *to)
{
    for (int64_t i = begin; i < end; i++)
        lanes_store(to, i, lanes_load(from, i - begin, false), true);
}

#else
#include "base/activation.h"

#include "cpu/activation.h"
#include "cpu/operators.h"
#include "onednn/onednn.h"

#define PART 64 /* pixels that are widened at a time; they stay in the first cache */

/* Indices and counts are of pixels of 16 lanes. */
typedef struct activation_call {
    const rn_activation_attrs *attrs;
    const void *x, *dy; /* dy: NULL forward */
    void *to;
    int64_t blocks, pixels; /* blocks of an image, pixels of a block */
    int64_t last_lanes;     /* of the last block that are channels */
    bool bf16;
} activation_call;

#define LANES_FILE "onednn/activation.c"
#include "onednn/lanes_each.h"

static void compute(const activation_call *c, const float *dy, const float *x, float *to,
                    int64_t count)
{
    if (c->dy)
        cpu_activate_grad(c->attrs, dy, x, to, count * ONEDNN_LANES);
    else
        cpu_activate(c->attrs, x, to, count * ONEDNN_LANES);
}

static void compute_bf16(const activation_call *c, int64_t begin, int64_t end)
{
    float x[PART * ONEDNN_LANES], dy[PART * ONEDNN_LANES];
    for (int64_t at = begin, next; at < end; at = next) {
        next = at + PART < end ? at + PART : end;
        LANES_BEST(widen)(c->x, at, next, x);
        if (c->dy)
            LANES_BEST(widen)(c->dy, at, next, dy);
        compute(c, dy, x, x, next - at);
        LANES_BEST(round)(x, at, next, c->to);
    }
}

static void compute_float(const activation_call *c, int64_t begin, int64_t end)
{
    int64_t first = begin * ONEDNN_LANES;
    compute(c, c->dy ? (const float *)c->dy + first : NULL, (const float *)c->x + first,
            (float *)c->to + first, end - begin);
}

/* The lanes beyond the channels stay 0, which not every function makes of 0. */
static void clear_lanes(const activation_call *c, int64_t begin, int64_t end)
{
    size_t lane_bytes = c->bf16 ? 2 : 4;
    for (int64_t at = begin; at < end; at++) {
        char *pixel = (char *)c->to + (size_t)at * ONEDNN_LANES * lane_bytes;
        memset(pixel + (size_t)c->last_lanes * lane_bytes, 0,
               (size_t)(ONEDNN_LANES - c->last_lanes) * lane_bytes);
    }
}

static void activation_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const activation_call *c = argument;
    (void)thread;
    if (c->bf16)
        compute_bf16(c, begin, end);
    else
        compute_float(c, begin, end);
    for (int64_t at = begin, next; at < end && c->last_lanes < ONEDNN_LANES; at = next) {
        int64_t block = at / c->pixels;
        next = (block + 1) * c->pixels;
        next = next < end ? next : end;
        if (block % c->blocks == c->blocks - 1)
            clear_lanes(c, at, next);
    }
}

/* For both operators, whose operands are images. */
static rn_status activation_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    return activation_check(cpu_host, op);
}

static void run_blocks(const rn_kernel *kernel, const rn_tensor_desc *x, activation_call call)
{
    call.attrs = kernel->desc.attrs;
    call.blocks = onednn_blocks(x);
    call.pixels = onednn_pixels(x);
    call.last_lanes = x->shape[1] - (call.blocks - 1) * ONEDNN_LANES;
    call.bf16 = onednn_is_bf16(x);
    cpu_parallel(kernel->context, onednn_total_pixels(x), activation_work, &call);
}

static void activation_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_ACTIVATION_X];
    if (x->layout == RN_LAYOUT_PLAIN)
        cpu_activation.run(kernel, operands, workspace);
    else
        run_blocks(kernel, x,
                   (activation_call){ .x = operands[RN_AT_ACTIVATION_X],
                                      .to = operands[RN_AT_ACTIVATION_Y] });
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_ACTIVATION_GRAD_X];
    if (x->layout == RN_LAYOUT_PLAIN)
        cpu_activation_grad.run(kernel, operands, workspace);
    else
        run_blocks(kernel, x,
                   (activation_call){ .x = operands[RN_AT_ACTIVATION_GRAD_X],
                                      .dy = operands[RN_AT_ACTIVATION_GRAD_DY],
                                      .to = operands[RN_AT_ACTIVATION_GRAD_DX] });
}

const cpu_operator onednn_activation = { .query = activation_query,
                                         .run = activation_run,
                                         .takes_layouts = 1 };
const cpu_operator onednn_activation_grad = { .query = activation_query,
                                              .run = grad_run,
                                              .takes_layouts = 1 };
#endif
