/* ops.h: the operators of ONNX that become layers, settings of layers, or nothing. */
#ifndef RN_CORE_WEIGHTS_ONNX_OPS_H
#define RN_CORE_WEIGHTS_ONNX_OPS_H

#include "weights/onnx/import.h"

/* Makes the result of a node. Returns NULL, or why the node cannot be taken and what would be
 * needed; any other failure is in o->status. */
typedef const char *rn_onnx_build(rn_onnx *o, const rn_onnx_node *node);

#define RN_ONNX_OPS(OP)                                                                            \
    /* op_layers.c */                                                                              \
    OP(Conv)                                                                                       \
    OP(BatchNormalization)                                                                         \
    OP(Gemm)                                                                                       \
    OP(MatMul)                                                                                     \
    /* op_activations.c */                                                                         \
    OP(Relu)                                                                                       \
    OP(Clip)                                                                                       \
    OP(Sigmoid)                                                                                    \
    OP(Tanh)                                                                                       \
    OP(HardSwish)                                                                                  \
    OP(HardSigmoid)                                                                                \
    OP(LeakyRelu)                                                                                  \
    OP(Gelu)                                                                                       \
    /* op_gelu.c */                                                                                \
    OP(Erf)                                                                                        \
    OP(Div)                                                                                        \
    OP(Sqrt)                                                                                       \
    /* op_joins.c */                                                                               \
    OP(Add)                                                                                        \
    OP(Sum)                                                                                        \
    OP(Concat)                                                                                     \
    /* op_pools.c */                                                                               \
    OP(MaxPool)                                                                                    \
    OP(AveragePool)                                                                                \
    OP(GlobalAveragePool)                                                                          \
    OP(ReduceMean)                                                                                 \
    OP(Pad)                                                                                        \
    /* op_shapes.c */                                                                              \
    OP(Flatten)                                                                                    \
    OP(Reshape)                                                                                    \
    OP(Squeeze)                                                                                    \
    OP(Unsqueeze)                                                                                  \
    OP(Transpose)                                                                                  \
    OP(Shape)                                                                                      \
    OP(Gather)                                                                                     \
    /* op_ints.c */                                                                                \
    OP(ConstantOfShape)                                                                            \
    OP(Sub)                                                                                        \
    OP(Mul)                                                                                        \
    OP(Slice)                                                                                      \
    /* op_same.c */                                                                                \
    OP(Identity)                                                                                   \
    OP(Dropout)                                                                                    \
    OP(Cast)                                                                                       \
    OP(CastLike)                                                                                   \
    OP(Expand)                                                                                     \
    OP(Softmax)                                                                                    \
    OP(Constant)

#define RN_ONNX_DECLARE(op) rn_onnx_build rn_onnx_build_##op;
RN_ONNX_OPS(RN_ONNX_DECLARE)

/* Reshapes an image into a vector; `y` is the node's result. NULL: done. */
const char *rn_onnx_flatten(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x);

/* What Mul makes of two images. */
const char *rn_onnx_multiply_images(rn_onnx *o, const rn_onnx_node *node);

/* Whether a node reads a part of gelu; if so, that as the reason why it cannot be taken, else
 * `why`. */
bool rn_onnx_reads_part(const rn_onnx *o, const rn_onnx_node *node);
const char *rn_onnx_part_why(rn_onnx *o, const rn_onnx_node *node, const char *why);

/* What Mul and Add make of parts of gelu, images and numbers. */
const char *rn_onnx_multiply_parts(rn_onnx *o, const rn_onnx_node *node);
const char *rn_onnx_add_parts(rn_onnx *o, const rn_onnx_node *node);

/* What Reshape and Transpose make of integers. */
const char *rn_onnx_reshape_ints(rn_onnx *o, const rn_onnx_node *node);
const char *rn_onnx_transpose_ints(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x);

/* A slice: n axes, and what is taken of each. */
typedef struct rn_onnx_slice {
    int64_t start[RN_ONNX_MAX_INTS], end[RN_ONNX_MAX_INTS];
    int64_t axis[RN_ONNX_MAX_INTS], step[RN_ONNX_MAX_INTS];
    int32_t n;
} rn_onnx_slice;

/* Makes a slice of images, or channels of zeros around theirs, the layer subsample, or a part of
 * the one before it. */
const char *rn_onnx_slice_images(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_slice *slice);
const char *rn_onnx_pad_channels(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                                 int64_t before, int64_t after);

/* Gives a convolution or linear layer that `x` is the result of, and that has no bias, the bias
 * `tensor` of one number for each channel or unit. False if that is not what they are. */
bool rn_onnx_give_bias(rn_onnx *o, const rn_onnx_value *x, const rn_stored *tensor);

#endif
