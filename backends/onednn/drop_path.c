/* drop_path.c: stochastic depth, for images in blocks: sets samples to 0 or scales them; y may be
 * x. Uses the reference's for tensors that are not images. */
#ifdef LANES_SET

CPU_INLINE void LANES_NAME(scale_of)(path_call c, int64_t begin, int64_t end, bool bf16)
{
    lanes scale = lanes_all(c.scale);
    for (int64_t i = begin; i < end; i++)
        lanes_store(c.y, i, lanes_multiply(lanes_load(c.x, i, bf16), scale), bf16);
}

static void LANES_NAME(scale)(const path_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(scale_of)(*c, begin, end, true);
    else
        LANES_NAME(scale_of)(*c, begin, end, false);
}

#else
#include <string.h>

#include "onednn/onednn.h"
#include "reference/dropout.h"

typedef struct path_call {
    const void *x;
    void *y;
    const rn_dropout_attrs *attrs;
    const int32_t *random;
    int64_t sample_pixels;
    float scale; /* of samples that are kept */
    bool bf16;
} path_call;

#define LANES_FILE "onednn/drop_path.c"
#include "onednn/lanes_each.h"

static void path_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const path_call *c = argument;
    int64_t pixel_bytes = ONEDNN_LANES * (c->bf16 ? 2 : 4);
    (void)thread;
    for (int64_t at = begin, next; at < end; at = next) {
        int64_t sample = at / c->sample_pixels;
        next = (sample + 1) * c->sample_pixels;
        next = next < end ? next : end;
        if (reference_dropout_keeps(c->attrs, c->random, sample))
            LANES_BEST(scale)(c, at, next);
        else
            memset((char *)c->y + at * pixel_bytes, 0, (size_t)((next - at) * pixel_bytes));
    }
}

static rn_status drop_path_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    onednn_answer_image(context, op, answer, RN_AT_DROP_PATH_X);
    onednn_answer_image(context, op, answer, RN_AT_DROP_PATH_Y);
    return RN_OK;
}

static void drop_path_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_dropout_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *x = kernel->desc.inputs[RN_DROP_PATH_X];
    if (x->layout == RN_LAYOUT_PLAIN) {
        reference_drop_path.run(kernel, operands, workspace);
        return;
    }
    path_call call = { .x = operands[RN_AT_DROP_PATH_X],
                       .y = operands[RN_AT_DROP_PATH_Y],
                       .attrs = a,
                       .random = operands[RN_AT_DROP_PATH_RANDOM],
                       .sample_pixels = onednn_blocks(x) * onednn_pixels(x),
                       .scale = (float)(1 / (1 - a->rate)),
                       .bf16 = onednn_is_bf16(x) };
    cpu_parallel(kernel->context, onednn_total_pixels(x), path_work, &call);
}

const cpu_operator onednn_drop_path = { .query = drop_path_query,
                                        .run = drop_path_run,
                                        .takes_layouts = 1 };
#endif
