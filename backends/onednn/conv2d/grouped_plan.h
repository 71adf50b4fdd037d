/* grouped_plan.h: how a grouped 3x3 convolution is computed, and one run of it, on images in blocks
 * of 16 channels. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_PLAN_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_PLAN_H

#include "base/conv2d.h"
#include "onednn/onednn.h"

/* Of the kernel. */
#define ONEDNN_GROUPED_TAPS 9

/* How weights are packed (onednn_grouped_place): as float, as many bytes as plain. */
typedef struct onednn_grouped_packing {
    int64_t channels;
    int64_t group;    /* channels of a group */
    int32_t turned;   /* outputs and inputs are swapped, for the gradient of data */
    int32_t mirrored; /* rows and columns run backwards */
} onednn_grouped_packing;

/* The element of packed weights for output `channel`, input channel j of its group, and tap
 * 3 * row + column of the kernel. */
static inline int64_t onednn_grouped_place(int64_t group, int64_t channel, int64_t j, int64_t tap)
{
    int64_t row = channel / ONEDNN_LANES * 3 + tap / 3;
    return ((row * group + j) * 3 + tap % 3) * ONEDNN_LANES + channel % ONEDNN_LANES;
}

/* How one convolution is computed: what `prepare` keeps. */
typedef struct onednn_grouped_plan {
    conv2d_pass pass;
    int32_t kind; /* of the rows' kernels (grouped_kernels.h) */
    int32_t n_threads;
    bool is_bf16;
    int64_t n, blocks, group;
    int64_t from_h, from_w, to_h, to_w; /* of a gradient of data `from` is dy, else it is x */
    int64_t band_pixels;                /* of a padded row of `from` */
    int64_t item_rows;                  /* of `to` that are computed at a time */
    int64_t parts;                      /* of an image; gradient of weights: of the batch */
    uint64_t slice_floats;              /* workspace of a thread */
    onednn_grouped_packing packing;
    uint64_t weight_bytes; /* of packed weights */
    uint64_t workspace_bytes;
} onednn_grouped_plan;

static inline int64_t onednn_grouped_pixel_bytes(const onednn_grouped_plan *plan)
{
    return ONEDNN_LANES * (plan->is_bf16 ? 2 : 4);
}

/* One run. Where a gradient is computed, x is dx or y is dy. */
typedef struct onednn_grouped_call {
    const onednn_grouped_plan *plan;
    rn_context *context;
    void *x, *y;         /* blocks of float or, where the plan says so, of bfloat16 */
    const float *weight; /* packed */
    const float *bias;   /* NULL: none */
    const void *z;       /* NULL: none; may be y */
    uint8_t *mask;       /* NULL: none */
    bool mask_is_bytes;
    bool relu;
    float *dweight, *dbias; /* plain; dbias may be NULL */
    void *workspace;        /* aligned to 64 bytes */
} onednn_grouped_call;

#endif
