/* algorithm.h: the algorithms that compute convolutions. */
#ifndef BACKENDS_OPENCL_CONV2D_ALGORITHM_H
#define BACKENDS_OPENCL_CONV2D_ALGORITHM_H

#include "gpu/conv2d.h"
#include "opencl/opencl.h"

/* An algorithm. Images are `real` of prelude.cl; weights, biases and their gradients are
 * float. Sums are made in float, in an order that does not depend on the run. */
typedef struct opencl_algorithm {
    const char *name; /* "winograd 4x4": for summary --algorithms and for what is kept */
    /* Where `conv` sums, can it add z to the gradient of x, too? */
    bool (*fits)(const rn_kernel *kernel, const gpu_convolution *conv);
    /* Optional. */
    uint64_t (*workspace_bytes)(const rn_kernel *kernel, const gpu_convolution *conv);
    /* Adds launches to the kernel; what it needs to keep goes to *state, one block of malloc, which
     * conv2d.c frees. */
    rn_status (*prepare)(rn_kernel *kernel, const gpu_convolution *conv, void **state);
    /* Enqueues; operands are gpu_operator's. dbias is conv2d.c's. */
    rn_status (*run)(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace);
    int32_t winograd_tile; /* pixels of a tile of Winograd's along an axis; 0: it is not one */
    bool by_clock_only;    /* the rule does not take it */
} opencl_algorithm;

/* X(name), each `opencl_algorithm_<name>`. Of those that are not Winograd's the rule takes the
 * first that fits. */
#define OPENCL_ALGORITHMS(X)                                                                       \
    X(grouped) X(implicit) X(clblast) X(winograd4) X(winograd3) X(winograd2)

#define OPENCL_DECLARE(name) extern const opencl_algorithm opencl_algorithm_##name;
OPENCL_ALGORITHMS(OPENCL_DECLARE)
#undef OPENCL_DECLARE

/* Bytes of the algorithm's workspace; the workspace of the gradient of the bias follows it. */
static inline uint64_t opencl_algorithm_bytes(const rn_kernel *kernel,
                                              const opencl_algorithm *algorithm,
                                              const gpu_convolution *conv)
{
    uint64_t bytes = algorithm->workspace_bytes ? algorithm->workspace_bytes(kernel, conv) : 0;
    return (bytes + 63) / 64 * 64;
}

/* What is added to the gradient of x: z, or none. */
static inline rn_operand opencl_conv2d_z(const conv2d_operands *at, const rn_operand *operands)
{
    return at->z < 0 ? (rn_operand){ NULL, 0 } : operands[at->z];
}

/* Elements of the weights. */
static inline int64_t opencl_conv2d_weights(const gpu_convolution *conv)
{
    return conv->k * (conv->c / conv->groups) * conv->r * conv->s;
}

#endif
