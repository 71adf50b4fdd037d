/* plan.h: one convolution for its algorithms: shape, plan, operands. */
#ifndef BACKENDS_CPU_BLAS_CONV2D_PLAN_H
#define BACKENDS_CPU_BLAS_CONV2D_PLAN_H

#include "cpu/items.h"
#include "cpu/winograd/winograd.h"
#include "cpu_blas/cpu_blas.h"

/* x (n,c,h,w), weight (k, c/groups, rows.kernel, columns.kernel), y (n,k,p,q). */
typedef struct conv2d_shape {
    int64_t n, c, h, w, k, p, q, groups;
    shape_window rows, columns;
} conv2d_shape;

typedef struct conv2d_call conv2d_call;

/* How one convolution is computed: what `prepare` keeps. */
typedef struct conv2d_plan {
    const char *algorithm;
    conv2d_shape s;
    conv2d_pass pass;
    conv2d_operands at;
    int32_t n_threads;
    void (*run)(const conv2d_call *call);
    winograd_plan winograd; /* where that is the algorithm */
    items items;            /* of rows of y, as the others below where columns are made */
    int64_t block_channels; /* channels of x whose columns are made at a time */
    bool adds_bias;         /* `run` adds the bias also where a mask is written */
    uint64_t slice_floats;  /* workspace of each thread */
    uint64_t shared_floats; /* and of all together, before the slices */
} conv2d_plan;

/* One run. Of a gradient: y is dy, x is dx, or weight is dweight. z is added to y, or to dx. */
struct conv2d_call {
    const conv2d_plan *plan;
    rn_context *context;
    float *x, *weight, *y;
    const float *bias, *z;
    float *workspace;
    const rn_tensor_desc *mask_desc;
    void *mask;
    bool relu;
};

/* The workspace of one thread. */
static inline float *conv2d_slice(const conv2d_call *call, int32_t thread)
{
    return call->workspace + call->plan->shared_floats +
           (uint64_t)thread * call->plan->slice_floats;
}

#endif
