/* subsample.c: shortcut A and its gradient, for images in blocks. The 16 channels of a block of the
 * result come from one block of the input, or from two neighbouring ones if the zero channels
 * before them do not fill whole blocks. Values are only moved, so bfloat16 differs from float only
 * in size. */
#include <string.h>

#include "cpu/clones.h"
#include "onednn/onednn.h"

/* For both operators. Pixel (h,w) of the result is pixel (h * take / put) of the input, likewise in
 * w, if that is an integer, else zero. */
typedef struct sample_call {
    const char *from;
    char *to;
    shape_image in, out;       /* c: number of blocks */
    int64_t in_lot, out_lot;   /* of the images */
    const int64_t *take, *put; /* strides for height and width; one of the two is 1 */
    int64_t shift;             /* channel c of the result is channel c + shift of the input */
    shape_range channels;      /* the channels of the result that come from the input */
    int64_t lane_bytes;
} sample_call;

/* Adjacent lanes of the pixels of a row. */
typedef struct sample_lanes {
    const char *from;
    char *to;
    int64_t pixels, from_step_bytes, to_step_bytes;
} sample_lanes;

CPU_INLINE void lanes_move_bytes(sample_lanes l, size_t bytes)
{
    for (int64_t i = 0; i < l.pixels; i++)
        memcpy(l.to + i * l.to_step_bytes, l.from + i * l.from_step_bytes, bytes);
}

/* Copies of constant size compile to instructions instead of calls: 16 lanes, or 8. */
static void lanes_move(sample_lanes l, size_t bytes)
{
    switch (bytes) {
        case 64: lanes_move_bytes(l, 64); break;
        case 32: lanes_move_bytes(l, 32); break;
        case 16: lanes_move_bytes(l, 16); break;
        default: lanes_move_bytes(l, bytes);
    }
}

/* The first pixel of a row of a block. */
static int64_t row_first(const shape_image *image, int64_t lot, shape_image at)
{
    return onednn_block_first(at.n * image->c + at.c, image->h * image->w, lot) +
           at.h * image->w * lot;
}

static void row_clear(const sample_call *c, char *to)
{
    const size_t pixel_bytes = (size_t)(ONEDNN_LANES * c->lane_bytes);
    for (int64_t i = 0; i < c->out.w; i++)
        memset(to + (size_t)(i * c->out_lot) * pixel_bytes, 0, pixel_bytes);
}

/* Copies the lanes of row `at` of the result, at `to`, that come from block `in_block` of the
 * input. */
static void block_move(const sample_call *c, shape_image at, int64_t in_block, char *to)
{
    /* In channels of the result. */
    int64_t first = at.c * ONEDNN_LANES, in_first = in_block * ONEDNN_LANES - c->shift;
    int64_t begin = first > in_first ? first : in_first;
    int64_t end = (first < in_first ? first : in_first) + ONEDNN_LANES;
    if (begin < c->channels.begin)
        begin = c->channels.begin;
    if (end > c->channels.end)
        end = c->channels.end;
    if (begin >= end)
        return;
    const int64_t pixel_bytes = ONEDNN_LANES * c->lane_bytes;
    const shape_image in = { at.n, in_block, at.h / c->put[0] * c->take[0], 0 };
    sample_lanes l = { .from = c->from + row_first(&c->in, c->in_lot, in) * pixel_bytes +
                               (begin - in_first) * c->lane_bytes,
                       .to = to + (begin - first) * c->lane_bytes,
                       .pixels = c->put[1] > 1 ? c->in.w : c->out.w,
                       .from_step_bytes = c->take[1] * c->in_lot * pixel_bytes,
                       .to_step_bytes = c->put[1] * c->out_lot * pixel_bytes };
    lanes_move(l, (size_t)((end - begin) * c->lane_bytes));
}

/* Rows [begin, end) of the result, counted over all blocks of all images; those of a lot follow
 * each other. */
static void rows_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const sample_call *c = argument;
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        int64_t plane = row / c->out_lot / c->out.h, block = plane * c->out_lot + row % c->out_lot;
        shape_image at = { .n = block / c->out.c,
                           .c = block % c->out.c,
                           .h = row / c->out_lot % c->out.h };
        char *to = c->to + row_first(&c->out, c->out_lot, at) * (ONEDNN_LANES * c->lane_bytes);
        row_clear(c, to);
        if (at.h % c->put[0])
            continue;
        /* At most two input blocks contribute; shift may be as low as -channels_before. */
        int64_t first = at.c * ONEDNN_LANES + c->shift;
        if (first + ONEDNN_LANES <= 0)
            continue;
        int64_t in_block = first < 0 ? 0 : first / ONEDNN_LANES;
        for (int64_t i = 0; i < 2 && in_block + i < c->in.c; i++)
            block_move(c, at, in_block + i, to);
    }
}

static shape_image in_blocks(const rn_tensor_desc *t)
{
    return (shape_image){ t->shape[0], onednn_blocks(t), t->shape[2], t->shape[3] };
}

/* For both operators: all operands are images. */
static rn_status sample_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    onednn_answer_image(context, op, answer, 0);
    onednn_answer_image(context, op, answer, 1);
    return RN_OK;
}

/* For both operators, which have one input and one output. */
static void sample(const rn_kernel *kernel, void *const *operands, sample_call call)
{
    const rn_tensor_desc *in = kernel->desc.inputs[0], *out = kernel->desc.outputs[0];
    call.from = operands[0];
    call.to = operands[kernel->desc.n_inputs];
    call.in = in_blocks(in);
    call.out = in_blocks(out);
    call.in_lot = onednn_lot(in);
    call.out_lot = onednn_lot(out);
    call.lane_bytes = onednn_element_bytes(in);
    cpu_parallel(kernel->context, call.out.n * call.out.c * call.out.h, rows_work, &call);
}

static const int64_t EACH[2] = { 1, 1 };

static void subsample_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_subsample_attrs *a = kernel->desc.attrs;
    int64_t channels = kernel->desc.inputs[RN_SUBSAMPLE_X]->shape[1];
    (void)workspace;
    sample(kernel, operands,
           (sample_call){ .take = a->stride,
                          .put = EACH,
                          .shift = -a->channels_before,
                          .channels = { a->channels_before, a->channels_before + channels } });
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_subsample_attrs *a = kernel->desc.attrs;
    int64_t channels = kernel->desc.outputs[RN_SUBSAMPLE_GRAD_DX]->shape[1];
    (void)workspace;
    sample(kernel, operands,
           (sample_call){ .take = EACH,
                          .put = a->stride,
                          .shift = a->channels_before,
                          .channels = { 0, channels } });
}

const cpu_operator onednn_subsample = { .query = sample_query,
                                        .run = subsample_run,
                                        .takes_layouts = 1 };
const cpu_operator onednn_subsample_grad = { .query = sample_query,
                                             .run = grad_run,
                                             .takes_layouts = 1 };
