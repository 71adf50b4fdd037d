/* conv2d.h: convolutions and the ways to compute them. */
#ifndef BACKENDS_OPENCL_CONV2D_CONV2D_H
#define BACKENDS_OPENCL_CONV2D_CONV2D_H

#include "base/conv2d.h"
#include "opencl/opencl.h"

/* One convolution, whichever pass: x (n,c,h,w), weight (k,c/groups,r,s), y (n,k,p,q). Pairs are
 * height, width. */
typedef struct opencl_convolution {
    conv2d_pass pass;
    int64_t n, c, h, w, k, r, s, p, q, groups;
    int64_t stride[2], dilation[2];
    int64_t padding[2];         /* before; what is after follows from p, q */
    bool has_bias, has_z, relu; /* of the forward pass's epilogue */
    bool has_dbias;
} opencl_convolution;

/* A way to compute it. Images are `real` of prelude.cl; weights, biases and their gradients are
 * float. Sums are made in float, in an order that does not depend on the run. */
typedef struct opencl_way {
    const char *name; /* "winograd 4x4": for summary --algorithms and for what is kept */
    bool (*fits)(const rn_kernel *kernel, const opencl_convolution *conv);
    /* Optional. */
    uint64_t (*workspace_bytes)(const rn_kernel *kernel, const opencl_convolution *conv);
    /* Adds launches to the kernel; what it needs to keep goes to *state, one block of malloc, which
     * conv2d.c frees. */
    rn_status (*prepare)(rn_kernel *kernel, const opencl_convolution *conv, void **state);
    /* Enqueues; operands are gpu_operator's. dbias is conv2d.c's. */
    rn_status (*run)(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace);
    int32_t winograd_tile; /* pixels of a tile of Winograd's along an axis; 0: it is not one */
    bool by_clock_only;    /* the rule does not take it */
} opencl_way;

/* X(way), each `opencl_way_<way>`; of those that are not Winograd's the rule takes the first that
 * fits. */
#define OPENCL_WAYS(X) X(grouped) X(implicit) X(clblast) X(winograd4) X(winograd3) X(winograd2)

#define OPENCL_DECLARE_WAY(way) extern const opencl_way opencl_way_##way;
OPENCL_WAYS(OPENCL_DECLARE_WAY)
#undef OPENCL_DECLARE_WAY

/* What the kernel's operator is. */
opencl_convolution opencl_conv2d_of(const rn_kernel *kernel);

/* Bytes of a way's own workspace; that for the gradient of the bias follows. */
uint64_t opencl_conv2d_way_bytes(const rn_kernel *kernel, const opencl_way *way,
                                 const opencl_convolution *conv);

/* ---- conv2d_choose.c ---- */
/* The way to take; NULL: none fits. The same in each call of a session. RN_E_NOMEM. */
rn_status opencl_conv2d_choose(const rn_kernel *kernel, const opencl_convolution *conv,
                               const opencl_way **way);

/* ---- conv2d_winograd.c ---- */
/* Multiplications of Winograd's for each pair of channels of an image. */
int64_t opencl_winograd_products(const opencl_convolution *conv, int64_t tile);

/* Elements of the weights. */
static inline int64_t opencl_conv2d_weights(const opencl_convolution *conv)
{
    return conv->k * (conv->c / conv->groups) * conv->r * conv->s;
}

/* ---- conv2d_sum.c ---- */
/* Adds a launch: sum[i] = parts[i] + parts[count + i] + …, of floats; operands parts, sum. */
rn_status opencl_conv2d_sum_add(rn_kernel *kernel, int64_t count, int64_t parts);

/* Runs launch 0, whose operands are x, dy and the gradient of weights; where that is made in parts,
 * they go to the workspace, and launch 1 is that of opencl_conv2d_sum_add. */
rn_status opencl_conv2d_sum_run(rn_kernel *kernel, bool has_parts, const rn_operand x_dy_dweight[3],
                                rn_operand workspace);

/* ---- conv2d_bias.c ---- */
/* The gradient of the bias: bytes of workspace, two launches, and how they are run. */
uint64_t opencl_conv2d_bias_bytes(const rn_kernel *kernel, const opencl_convolution *conv);
rn_status opencl_conv2d_bias_prepare(rn_kernel *kernel, const opencl_convolution *conv);
rn_status opencl_conv2d_bias_run(rn_kernel *kernel, gpu_launch *launches,
                                 const rn_operand dy_dbias[2], rn_operand workspace);

#endif
