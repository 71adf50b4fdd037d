/* conv2d.h: convolutions and the ways to compute them. */
#ifndef RN_BACKENDS_OPENCL_CONV2D_H
#define RN_BACKENDS_OPENCL_CONV2D_H

#include "opencl/opencl.h"

typedef enum conv2d_pass {
    CONV2D_FORWARD,     /* x, weight, [bias], [z] -> y */
    CONV2D_GRAD_INPUT,  /* dy, weight -> dx */
    CONV2D_GRAD_WEIGHT  /* x, dy -> dweight, [dbias] */
} conv2d_pass;

/* One convolution, whichever pass: x (n,c,h,w), weight (k,c/groups,r,s), y (n,k,p,q). Pairs are
 * height, width. */
typedef struct opencl_conv2d {
    conv2d_pass pass;
    int64_t n, c, h, w, k, r, s, p, q, groups;
    int64_t stride[2], padding[2], dilation[2]; /* padding before; what is after follows from p, q */
    bool has_bias, has_z, relu; /* of the forward pass's epilogue */
    bool has_dbias;
} opencl_conv2d;

/* A way to compute it. Images are `real` of prelude.cl; weights, biases and their gradients are
 * float. Sums are made in float, in an order that does not depend on the run. */
typedef struct opencl_way {
    const char *name; /* "winograd 4x4": for summary --algorithms and for what is kept */
    bool (*fits)(const rn_kernel *kernel, const opencl_conv2d *conv);
    uint64_t (*workspace_bytes)(const rn_kernel *kernel, const opencl_conv2d *conv); /* or NULL */
    /* Adds launches to the kernel; what it needs to keep goes to *state, one block of malloc, which
     * conv2d.c frees. */
    rn_status (*prepare)(rn_kernel *kernel, const opencl_conv2d *conv, void **state);
    /* Enqueues; operands are opencl_operator's. dbias is conv2d.c's. */
    rn_status (*run)(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace);
} opencl_way;

/* X(way), each `opencl_way_<way>`: the first that fits is taken where nothing else decides. */
#define OPENCL_WAYS(X) X(implicit)

#define OPENCL_DECLARE_WAY(way) extern const opencl_way opencl_way_##way;
OPENCL_WAYS(OPENCL_DECLARE_WAY)
#undef OPENCL_DECLARE_WAY

/* What the kernel's operator is. */
opencl_conv2d opencl_conv2d_of(const rn_kernel *kernel);

#endif
