/* global_avg_pool.c: the mean of each plane; the gradient distributes dy evenly over it. */
#ifdef LANES_SET

/* The means of blocks [begin, end) of all images; sums of STRETCH pixels are added in double. */
CPU_INLINE void LANES_NAME(mean_of)(mean_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t block = begin; block < end; block++) {
        int64_t first = onednn_block_first(block, c.pixels, c.lot);
        double sums[ONEDNN_LANES] = { 0 };
        float sum[ONEDNN_LANES];
        for (int64_t at = 0; at < c.pixels; at += STRETCH) {
            int64_t count = c.pixels - at < STRETCH ? c.pixels - at : STRETCH;
            lanes some = lanes_all(0);
            for (int64_t i = 0; i < count; i++)
                some = lanes_add(some, lanes_load(c.from, first + (at + i) * c.lot, bf16));
            lanes_store(sum, 0, some, false);
            for (int l = 0; l < ONEDNN_LANES; l++)
                sums[l] += (double)sum[l];
        }
        for (int l = 0; l < ONEDNN_LANES; l++)
            sum[l] = (float)(sums[l] / (double)c.pixels);
        lanes_store(c.to, block, lanes_load(sum, 0, false), bf16);
    }
}

CPU_INLINE void LANES_NAME(share_of)(mean_call c, int64_t begin, int64_t end, bool bf16)
{
    lanes part = lanes_all(1 / (float)c.pixels);
    for (int64_t block = begin; block < end; block++) {
        lanes share = lanes_multiply(lanes_load(c.from, block, bf16), part);
        int64_t first = onednn_block_first(block, c.pixels, c.lot);
        for (int64_t i = 0; i < c.pixels; i++)
            lanes_store(c.to, first + i * c.lot, share, bf16);
    }
}

static void LANES_NAME(mean)(const mean_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(mean_of)(*c, begin, end, true);
    else
        LANES_NAME(mean_of)(*c, begin, end, false);
}

static void LANES_NAME(share)(const mean_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(share_of)(*c, begin, end, true);
    else
        LANES_NAME(share_of)(*c, begin, end, false);
}

#else
#include "onednn/onednn.h"

/* The pixels that are summed in float before the sum is added in double. */
#define STRETCH 256

typedef struct mean_call {
    const void *from;
    void *to;
    int64_t pixels, lot; /* of the image */
    bool bf16;
} mean_call;

#define LANES_FILE "onednn/global_avg_pool.c"
#include "onednn/lanes_each.h"

static void mean_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(mean)(argument, begin, end);
}

static void share_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(share)(argument, begin, end);
}

/* For both operators. */
static rn_status mean_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (op->inputs[RN_GLOBAL_AVG_POOL_X]->rank != 4)
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s requires images (N,C,H,W), not rank %d", op->op,
                              (int)op->inputs[RN_GLOBAL_AVG_POOL_X]->rank);
    onednn_answer_image(context, op, answer, 0);
    onednn_answer_image(context, op, answer, 1);
    return RN_OK;
}

static void mean_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_GLOBAL_AVG_POOL_X];
    mean_call call = { operands[RN_AT_GLOBAL_AVG_POOL_X], operands[RN_AT_GLOBAL_AVG_POOL_Y],
                       onednn_pixels(x), onednn_lot(x), onednn_is_bf16(x) };
    (void)workspace;
    cpu_parallel(kernel->context, x->shape[0] * onednn_blocks(x), mean_work, &call);
}

static void share_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[RN_GLOBAL_AVG_POOL_GRAD_DX];
    mean_call call = { operands[RN_AT_GLOBAL_AVG_POOL_GRAD_DY],
                       operands[RN_AT_GLOBAL_AVG_POOL_GRAD_DX], onednn_pixels(dx), onednn_lot(dx),
                       onednn_is_bf16(dx) };
    (void)workspace;
    cpu_parallel(kernel->context, dx->shape[0] * onednn_blocks(dx), share_work, &call);
}

const cpu_operator onednn_global_avg_pool = { .query = mean_query,
                                              .run = mean_run,
                                              .takes_layouts = 1 };
const cpu_operator onednn_global_avg_pool_grad = { .query = mean_query,
                                                   .run = share_run,
                                                   .takes_layouts = 1 };
#endif
