/* conv2d.h: one convolution as its algorithms see it: shape, plan, operands. */
#ifndef RN_BACKENDS_CPU_BLAS_CONV2D_H
#define RN_BACKENDS_CPU_BLAS_CONV2D_H

#include "cpu_blas/cpu_blas.h"

typedef enum conv2d_role {
    CONV2D_FORWARD = 1,
    CONV2D_GRAD_INPUT,
    CONV2D_GRAD_WEIGHT
} conv2d_role;

/* x (n,c,h,w), weight (k, c/groups, rows.kernel, columns.kernel), y (n,k,p,q). */
typedef struct conv2d_shape {
    int64_t n, c, h, w, k, p, q, groups;
    shape_window rows, columns;
} conv2d_shape;

typedef struct conv2d_call conv2d_call;

/* How one convolution is computed: what `prepare` keeps. */
typedef struct conv2d_plan {
    conv2d_shape s;
    conv2d_role role;
    int32_t n_threads;
    void (*run)(const conv2d_call *call);
    /* The work is cut into items: `item_images` whole images, or `item_rows` rows of one. Rows are
     * rows of y, in Winograd's algorithm rows of tiles. */
    int64_t item_images, item_rows, items_per_image, n_items;
    int64_t block_channels; /* channels of x whose columns are made at a time */
    const struct winograd_transforms *transforms; /* Winograd */
    int64_t strip_items;    /* Winograd, gradient of weights: items between two products */
    bool adds_bias;         /* `run` has added the bias, conv2d.c need not */
    uint64_t slice_floats;  /* workspace of each thread */
    uint64_t shared_floats; /* and of all together, before the slices */
} conv2d_plan;

/* One run. Of a gradient: y is dy, x is dx, or weight is dweight. */
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

/* Part of y: images [n0,n1), rows [row0,row1); more than one image only with all rows. */
typedef struct conv2d_item {
    int64_t n0, n1, row0, row1;
} conv2d_item;

/* Cuts `rows` rows of each image into items of about `target` of the units of which a row has
 * `row_units`. */
void conv2d_items_plan(conv2d_plan *plan, int64_t rows, int64_t row_units, int64_t target);
conv2d_item conv2d_item_at(const conv2d_plan *plan, int64_t rows, int64_t index);

/* Adds bias and z and applies relu to rows of y as far as that is done item by item; where a mask
 * is written too, conv2d.c does it afterwards, plane by plane. */
void conv2d_item_finish(const conv2d_call *call, const conv2d_item *item);

/* Each fills in plan->run and the rest. */
void conv2d_columns_plan(conv2d_plan *plan);
void conv2d_winograd_plan(conv2d_plan *plan);
bool conv2d_winograd_fits(const conv2d_plan *plan);

static inline float *conv2d_slice(const conv2d_call *call, int32_t thread)
{
    return call->workspace + call->plan->shared_floats +
           (uint64_t)thread * call->plan->slice_floats;
}

#endif
