/* onednn.h: shared by the operators of this backend: their list, and the layouts of activations.
 *
 * Images are stored in blocks of 16 channels throughout the network, oneDNN's nChw16c: pixel
 * (n,c,h,w) is element (((n * blocks + c / 16) * H + h) * W + w) * 16 + c % 16, with blocks = C /
 * 16 rounded up. Lanes beyond C are zero, and every operator keeps them zero. Tensors of rank other
 * than 4 are plain. With --precision=bf16 the elements of images are bfloat16; the graph still
 * calls them RN_F32, which they are in every plain layout. In a mask of bits, each pixel of a block
 * has two bytes, with channel c at bit c % 16; in an index or a mask of bytes it has 16. */
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

static inline bool onednn_is_bf16(const rn_tensor_desc *t)
{
    return t->layout == ONEDNN_BLOCKED_BF16 || t->layout == ONEDNN_PLAIN_BF16;
}

static inline int64_t onednn_element_bytes(const rn_tensor_desc *t)
{
    return onednn_is_bf16(t) ? 2 : 4;
}

/* From this size in bytes, results bypass the caches, because they would be evicted before they are
 * read. Batch norm, Zen 4, one thread, with and without: 5.9 and 9.9 ms for 75 MB of x, 0.64 and
 * 1.30 ms for 9.4 MB, no difference for 2.4 MB. */
#define ONEDNN_STREAM_BYTES (4 << 20)

static inline bool onednn_streams(const rn_tensor_desc *t)
{
    return onednn_total_pixels(t) * ONEDNN_LANES * onednn_element_bytes(t) >= ONEDNN_STREAM_BYTES;
}

/* Answers that operand `place` (inputs, then outputs), if present, is in blocks if it is an image,
 * and else plain. */
void onednn_answer_image(const rn_context *context, const rn_op_desc *op, rn_op_answer *answer,
                         int32_t place);

/* True if the precision stores images as bfloat16. */
bool onednn_stores_bf16(const rn_context *context);

/* X(operator) for operators with layouts; each is `onednn_<operator>`, in the file named after its
 * first words. */
/* clang-format off */
#define ONEDNN_OPERATORS(X)                                                                        \
    X(conv2d)                                                                                      \
    X(conv2d_grad_input)                                                                           \
    X(conv2d_grad_weight)                                                                          \
    X(batch_norm)                                                                                  \
    X(batch_norm_grad)                                                                             \
    X(relu)                                                                                        \
    X(relu_grad)                                                                                   \
    X(add)                                                                                         \
    X(max_pool)                                                                                    \
    X(max_pool_grad)                                                                               \
    X(avg_pool)                                                                                    \
    X(avg_pool_grad)                                                                               \
    X(global_avg_pool)                                                                             \
    X(global_avg_pool_grad)                                                                        \
    X(linear)                                                                                      \
    X(linear_grad_input)                                                                           \
    X(linear_grad_weight)                                                                          \
    X(subsample)                                                                                   \
    X(subsample_grad)                                                                              \
    X(concat)                                                                                      \
    X(concat_grad)                                                                                 \
    X(reorder)
/* clang-format on */

/* Our operators that use only plain tensors. */
#define ONEDNN_PLAIN_OPERATORS(X) X(sgd)

/* Operators that only move little data: the reference's, compiled in. */
/* clang-format off */
#define ONEDNN_REFERENCE_OPERATORS(X)                                                              \
    X(batch_norm_fold)                                                                             \
    X(softmax)                                                                                     \
    X(softmax_cross_entropy)                                                                       \
    X(softmax_cross_entropy_grad)                                                                  \
    X(dropout)                                                                                     \
    X(dropout_grad)                                                                                \
    X(check_finite)
/* clang-format on */

#define ONEDNN_DECLARE(op) extern const cpu_operator onednn_##op;
ONEDNN_OPERATORS(ONEDNN_DECLARE) ONEDNN_PLAIN_OPERATORS(ONEDNN_DECLARE)
#undef ONEDNN_DECLARE

#endif
