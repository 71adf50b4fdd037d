/* tensor.h: element types, layouts and the description of a tensor. Plain data; no memory.
 *
 * In all structures, the comment of an int32_t field that holds an enumeration names it; 0 is then
 * invalid unless the enumeration has a 0. */
#ifndef RESNET_TENSOR_H
#define RESNET_TENSOR_H

#include <stdint.h>

#define RN_MAX_RANK 8 /* dimensions of a tensor */

/* Element types. 0 is invalid. */
enum rn_dtype {
    RN_F32 = 1, /* IEEE 754, 32 bits */
    RN_I32 = 2, /* signed, 32 bits */
    RN_U8 = 3,  /* unsigned, 8 bits */
    RN_BIT = 4, /* a mask with one bit per element; see rn_tensor_desc */
    RN_F16 = 5, /* IEEE 754, 16 bits */
    RN_BF16 = 6 /* the upper 16 bits of RN_F32 */
};

/* Memory layouts. 0 is invalid. Values from RN_LAYOUT_OPAQUE up belong to the backend that answered
 * them in `query`: the core passes them back, inserts `reorder` where neighbours disagree, and does
 * not interpret them. */
enum rn_layout {
    RN_LAYOUT_PLAIN = 1, /* row-major in the order of `shape`: (N,C,H,W) for images */
    RN_LAYOUT_NHWC = 2,  /* `shape` stays (N,C,H,W); the channel varies fastest in memory */
    RN_LAYOUT_OPAQUE = 256
};

/* A tensor's type, layout and shape.
 *
 * Shapes: x (N,C,H,W), w (K,C/G,R,S), y (N,K,P,Q); vectors have rank 1, a scalar is (1).
 *
 * RN_BIT: the backend chooses the order of the bits (only the backend that wrote a mask reads it).
 * Each plane (the last two dimensions; for rank 2 and less, the last) starts at a new byte, so that
 * threads can write different planes at the same time.
 *
 * It holds no pointer, and its owner may discard it after the call that passes it, unless the call
 * says otherwise. */
typedef struct rn_tensor_desc {
    uint32_t size;              /* sizeof(rn_tensor_desc) in the code that made it */
    int32_t dtype;              /* rn_dtype */
    int32_t layout;             /* rn_layout, or a backend's from RN_LAYOUT_OPAQUE up */
    int32_t rank;               /* 1 to RN_MAX_RANK */
    int64_t shape[RN_MAX_RANK]; /* elements, each at least 1; 0 beyond `rank` */
    uint64_t size_bytes;        /* memory of the tensor, including the padding of opaque layouts */
} rn_tensor_desc;

#endif
