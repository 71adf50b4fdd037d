/* winograd.h: 3x3 convolutions with stride 1 or 2, and their gradients, by Winograd's algorithm
 * (Lavin and Gray, arXiv:1509.09308), on images in planes or in blocks of 16 channels. */
#ifndef BACKENDS_CPU_WINOGRAD_WINOGRAD_H
#define BACKENDS_CPU_WINOGRAD_WINOGRAD_H

#include <stdbool.h>

#include "base/conv2d.h"
#include "cpu/cpu.h"
#include "cpu/items.h"

/* A convolution; of a gradient, x is dx or y is dy. */
typedef struct winograd_params {
    const rn_conv2d_attrs *attrs;
    const rn_tensor_desc *x, *y; /* their shapes (N,C,H,W), whatever the layout */
    conv2d_pass pass;
    int32_t n_threads;
    bool blocked; /* pixel (n,c,h,w) is element (((n * blocks + c / 16) * H + h) * W + w) * 16 +
                     c % 16, lanes beyond C being 0; else images are row-major */
} winograd_params;

/* How a convolution is computed. */
typedef struct winograd_plan {
    const char *algorithm; /* "winograd 4x4" */
    uint64_t weight_bytes; /* of the transformed weights; 0 of the gradient of weights */
    uint64_t workspace_bytes;
    /* The fields below are private to winograd. */
    const struct winograd_transforms *transforms;
    int64_t n, c, h, w, k, p, q, stride, top, left;
    conv2d_pass pass;
    bool blocked;
    items items;         /* rows are of tiles */
    int64_t parts;       /* forward: 0, or so many parts of an item's output channels */
    int64_t strip_items; /* gradient of weights: items between two products */
    uint64_t slice_floats, shared_floats; /* workspace of each thread, and before it of all */
} winograd_plan;

/* True if Winograd's algorithm can compute this convolution. */
bool winograd_fits(const winograd_params *params);

/* True if it is likely to be faster than a direct convolution even when the weights are transformed
 * in each run. */
bool winograd_pays(const winograd_params *params);

/* Fills the plan; requires winograd_fits(). */
void winograd_plan_make(const winograd_params *params, winograd_plan *plan);

/* Transforms weights (K,C,3,3) for winograd_run. The result depends on the channels, the pass and
 * plan->algorithm, not on batch, threads or layout. */
void winograd_weights(rn_context *context, const winograd_plan *plan, const float *weight,
                      float *transformed);

/* One run; the operands in memory that is aligned to 64 bytes. */
typedef struct winograd_call {
    const winograd_plan *plan;
    rn_context *context;
    float *x, *y;             /* of a gradient: x is dx or y is dy */
    const float *transformed; /* weights; NULL of the gradient of weights */
    float *dweight;           /* (K,C,3,3); NULL unless it is what is computed */
    /* Forward: y = relu(convolution + bias + z). The gradient of x: dx = convolution + z. bias (K)
     * and z may be NULL, and z may be what is computed. */
    const float *bias, *z;
    bool relu;
    float *workspace;
} winograd_call;

void winograd_run(const winograd_call *call);

#endif
