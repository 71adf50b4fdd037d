/* onednn.h: shared by the operators of this backend: their list, and the layouts of activations.
 *
 * Images are stored in blocks of 16 channels throughout the network, oneDNN's nChw16c: pixel
 * (n,c,h,w) is element (((n * blocks + c / 16) * H + h) * W + w) * 16 + c % 16, with blocks = C /
 * 16 rounded up. Lanes beyond C are zero, and every operator keeps them zero. Tensors of rank other
 * than 4 are plain. With --precision=bf16 the elements of images are bfloat16; the graph still
 * calls them RN_F32, which they are in every plain layout. In a mask of bits, each pixel of a block
 * has two bytes, with channel c at bit c % 16; in an index or a mask of bytes it has 16.
 *
 * oneDNN multiplies bfloat16 with AMX only if channels are last. On processors that have AMX,
 * images whose channels fill their blocks are stored so in bf16, oneDNN's nhwc: the blocks of a
 * pixel are neighbours. Both orders are [planes][pixels][lot] pixels of 16 lanes: a lot is one
 * block, and a plane an image's block; or with channels last, a lot is all blocks, and a plane an
 * image. */
#ifndef RN_BACKENDS_ONEDNN_H
#define RN_BACKENDS_ONEDNN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/shape.h"
#include "cpu/cpu.h"
#include "cpu/mask.h"

#define ONEDNN_LANES 16

enum onednn_layout {
    ONEDNN_BLOCKED = RN_LAYOUT_OPAQUE, /* blocks of float, bits or bytes, depending on the dtype */
    ONEDNN_BLOCKED_BF16,               /* blocks of bfloat16; dtype RN_F32 */
    ONEDNN_PLAIN_BF16,                 /* row-major bfloat16; dtype RN_F32 */
    ONEDNN_CHANNELS_LAST,              /* (n,h,w,c): bfloat16 if RN_F32, bits or bytes */
    ONEDNN_FIRST_FORMAT                /* from here up: formats of weights (context.h) */
};

/* An operand by its index among inputs, then outputs; NULL if it is absent or the index is -1. */
static inline const rn_tensor_desc *onednn_operand(const rn_op_desc *op, int32_t place)
{
    if (place < 0)
        return NULL;
    return place < op->n_inputs ? op->inputs[place] : op->outputs[place - op->n_inputs];
}

/* The number of channel blocks of an image. */
static inline int64_t onednn_blocks(const rn_tensor_desc *t)
{
    return (t->shape[1] + ONEDNN_LANES - 1) / ONEDNN_LANES;
}

/* The number of pixels in a block of channels. */
static inline int64_t onednn_pixels(const rn_tensor_desc *t)
{
    return t->shape[2] * t->shape[3];
}

/* The number of pixels in all blocks of all images. */
static inline int64_t onednn_total_pixels(const rn_tensor_desc *t)
{
    return t->shape[0] * onednn_blocks(t) * onednn_pixels(t);
}

/* The number of blocks of a pixel that are neighbours in memory. */
static inline int64_t onednn_lot(const rn_tensor_desc *t)
{
    return t->layout == ONEDNN_CHANNELS_LAST ? onednn_blocks(t) : 1;
}

static inline int64_t onednn_planes(const rn_tensor_desc *t)
{
    return t->shape[0] * onednn_blocks(t) / onednn_lot(t);
}

/* The first pixel of a block, counted over all images, of `pixels` each; the next is a lot away. */
static inline int64_t onednn_block_first(int64_t block, int64_t pixels, int64_t lot)
{
    return block / lot * lot * pixels + block % lot;
}

static inline bool onednn_is_bf16(const rn_tensor_desc *t)
{
    return t->layout == ONEDNN_BLOCKED_BF16 || t->layout == ONEDNN_PLAIN_BF16 ||
           t->layout == ONEDNN_CHANNELS_LAST;
}

static inline int64_t onednn_element_bytes(const rn_tensor_desc *t)
{
    return onednn_is_bf16(t) ? 2 : 4;
}

/* From this size in bytes, results bypass the caches, because they would be evicted before they are
 * read. Batch norm, Zen 4, one thread, with and without: 5.9 and 9.9 ms for 75 MB of x, 0.64 and
 * 1.30 ms for 9.4 MB, no difference for 2.4 MB. */
#define ONEDNN_STREAM_BYTES (4 << 20)

/* With channels last, 16 lanes are half of what the processor writes at a time. */
static inline bool onednn_streams(const rn_tensor_desc *t)
{
    return t->layout != ONEDNN_CHANNELS_LAST &&
           onednn_total_pixels(t) * ONEDNN_LANES * onednn_element_bytes(t) >= ONEDNN_STREAM_BYTES;
}

/* How the context stores an image of this shape. */
int32_t onednn_image_layout(const rn_context *context, const rn_tensor_desc *t);

/* Answers that operand `place` (inputs, then outputs), if present, is stored as the context stores
 * images if it is one, and else plain. */
void onednn_answer_image(const rn_context *context, const rn_op_desc *op, rn_op_answer *answer,
                         int32_t place);

/* True if the precision stores images as bfloat16. */
bool onednn_stores_bf16(const rn_context *context);

/* What this backend has of each operator of the ABI's table: OWN is `onednn_<name>`, in the file
 * named after its first words; SHARED is `cpu_<name>`, on plain tensors; REFERENCE is the
 * reference's, compiled in, as it moves little data; LACKS is none. An operator without a line here
 * does not compile. */
#define ONEDNN_CONV2D OWN
#define ONEDNN_CONV2D_GRAD_INPUT OWN
#define ONEDNN_CONV2D_GRAD_WEIGHT OWN
#define ONEDNN_BATCH_NORM OWN
#define ONEDNN_BATCH_NORM_FOLD REFERENCE
#define ONEDNN_BATCH_NORM_GRAD OWN
#define ONEDNN_RELU OWN
#define ONEDNN_RELU_GRAD OWN
#define ONEDNN_ADD OWN
#define ONEDNN_MAX_POOL OWN
#define ONEDNN_MAX_POOL_GRAD OWN
#define ONEDNN_AVG_POOL OWN
#define ONEDNN_AVG_POOL_GRAD OWN
#define ONEDNN_GLOBAL_AVG_POOL OWN
#define ONEDNN_GLOBAL_AVG_POOL_GRAD OWN
#define ONEDNN_FLATTEN LACKS
#define ONEDNN_LINEAR OWN
#define ONEDNN_LINEAR_GRAD_INPUT OWN
#define ONEDNN_LINEAR_GRAD_WEIGHT OWN
#define ONEDNN_SOFTMAX REFERENCE
#define ONEDNN_SOFTMAX_CROSS_ENTROPY REFERENCE
#define ONEDNN_SOFTMAX_CROSS_ENTROPY_GRAD REFERENCE
#define ONEDNN_DROPOUT REFERENCE
#define ONEDNN_DROPOUT_GRAD REFERENCE
#define ONEDNN_SUBSAMPLE OWN
#define ONEDNN_SUBSAMPLE_GRAD OWN
#define ONEDNN_CONCAT OWN
#define ONEDNN_CONCAT_GRAD OWN
#define ONEDNN_CHECK_FINITE REFERENCE
#define ONEDNN_ALL_REDUCE LACKS
#define ONEDNN_SGD SHARED
#define ONEDNN_REORDER OWN
#define ONEDNN_SOFT_CROSS_ENTROPY REFERENCE
#define ONEDNN_SOFT_CROSS_ENTROPY_GRAD REFERENCE
#define ONEDNN_DROP_PATH OWN
#define ONEDNN_BLEND SHARED
#define ONEDNN_SQUARE_SUM SHARED
#define ONEDNN_CLIP_NORM REFERENCE
#define ONEDNN_CLIP_VALUE SHARED
#define ONEDNN_ADAMW SHARED
#define ONEDNN_LAMB SHARED
#define ONEDNN_LARS SHARED
#define ONEDNN_RMSPROP SHARED
#define ONEDNN_ACTIVATION OWN
#define ONEDNN_ACTIVATION_GRAD OWN
#define ONEDNN_MULTIPLY OWN
#define ONEDNN_MULTIPLY_GRAD OWN
#define ONEDNN_CONV2D_GRAD_INPUT_SUM OWN
#define ONEDNN_LOOKUP REFERENCE
#define ONEDNN_BATCH_NORM_PAIR LACKS
#define ONEDNN_BATCH_NORM_PAIR_GRAD LACKS

#define OWN(name) extern const cpu_operator onednn_##name;
#define SHARED(name)
#define REFERENCE(name)
#define LACKS(name)
#define RN_OP(OPERATOR, name, bytes) ONEDNN_##OPERATOR(name)
#include <resnet/operators.h>
#undef OWN
#undef SHARED
#undef REFERENCE
#undef LACKS

#endif
