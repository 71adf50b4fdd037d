/* plan.h: one convolution or gradient, and how an algorithm computes it. */
#ifndef BACKENDS_ONEDNN_CONV2D_PLAN_H
#define BACKENDS_ONEDNN_CONV2D_PLAN_H

#include "cpu/winograd/winograd.h"
#include "onednn/context.h"
#include "onednn/conv2d/grouped.h"
#include "onednn/conv2d/tile_plans.h"

/* Images of so few channels, the network's input, are read as they are: 13 or more lanes of a block
 * would hold nothing. */
#define CONV2D_CHANNELS_PLAIN 3

/* The operator, with its operands by what they are: of a gradient, x is dx, w is dw with bias
 * dbias, or y is dy. Layouts are ignored. */
typedef struct conv2d_problem {
    rn_context *context;
    const rn_op_desc *op;
    conv2d_pass pass;
    const rn_conv2d_attrs *attrs;
    const rn_tensor_desc *x, *w, *y;
    const rn_tensor_desc *bias, *z; /* NULL: none */
} conv2d_problem;

typedef enum conv2d_algorithm {
    CONV2D_DIRECT = 1,       /* oneDNN's, with images as the context stores them */
    CONV2D_DIRECT_BLOCKS,    /* the same in blocks, where the context has channels last */
    CONV2D_PRODUCT,          /* oneDNN's, for the gradient of weights of 1x1 with channels last */
    CONV2D_LIBRARY_WINOGRAD, /* oneDNN's, which its versions from 3.2 on lack; fp32 */
    CONV2D_WINOGRAD,         /* ours, as all that follow; fp32 */
    CONV2D_GROUPED,          /* ours, direct */
    CONV2D_POINTWISE,        /* ours, for 1x1; fp32 */
    CONV2D_STEM              /* ours, for an input of few channels; fp32 */
} conv2d_algorithm;
enum { CONV2D_ALGORITHMS = CONV2D_STEM };

typedef struct conv2d_layout {
    int32_t layout;
    uint64_t bytes;
} conv2d_layout;

/* Which pixels of x meet those of y, of a 1x1 convolution. */
typedef struct onednn_product_plan {
    int64_t x_h, x_w, y_h, y_w, stride[2];
    size_t pixel_bytes;  /* of x */
    uint64_t copy_bytes; /* of the workspace, for these pixels; 0: all of x, where it is */
} onednn_product_plan;

/* How one algorithm computes a problem. */
typedef struct conv2d_plan {
    conv2d_algorithm algorithm;
    conv2d_layout x, w, y; /* as it needs them; z is as y */
    uint64_t workspace_bytes;
    bool clears_workspace;      /* before each run */
    dnnl_primitive_desc_t desc; /* of oneDNN's */
    winograd_plan winograd;     /* of ours */
    onednn_grouped_plan grouped;
    onednn_pointwise_plan pointwise;
    onednn_stem_plan stem;
    onednn_product_plan product;
} conv2d_plan;

/* A plan that is ready to run. */
typedef struct conv2d_state {
    conv2d_plan plan; /* without `desc` */
    conv2d_pass pass;
    bool relu;
    onednn_primitive *primitive;
    int64_t n, channels, pixels; /* of y: images, channels, pixels of a plane */
} conv2d_state;

typedef struct conv2d_pointers {
    void *x, *w, *y;
    void *bias, *z; /* NULL: none */
    void *workspace;
} conv2d_pointers;

void onednn_conv2d_plan_clear(conv2d_plan *plan);

/* Is the gradient of x added to z? */
bool onednn_conv2d_is_sum(const conv2d_problem *p);

/* Ours add; oneDNN's kernels for gradients do not, and need a pass of their own for it. */
bool onednn_conv2d_adds(const conv2d_plan *plan);

/* False if reorders between this convolution and other operators are likely, as those store images
 * in another way. */
bool onednn_conv2d_is_usual(const conv2d_problem *p, const conv2d_plan *plan);

/* Sets the layouts of our kernels: images in blocks, weights packed, their gradient plain. False if
 * memory ran out. */
bool onednn_conv2d_own_layouts(const conv2d_problem *p, const onednn_packing *packing,
                               conv2d_plan *plan);

/* An image as a layout that has no format. */
conv2d_layout onednn_conv2d_image_layout(const rn_tensor_desc *t, int32_t layout);

#endif
