/* grouped.h: 3x3 convolutions with 4, 8 or 16 channels a group, forward and both gradients,
 * on images in blocks of 16 channels; oneDNN computes those of 4 and 8 by its plain loops. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_H

#include "onednn/onednn.h"

/* Of the kernel. */
#define ONEDNN_GROUPED_TAPS 9

enum onednn_grouped_role {
    ONEDNN_GROUPED_FORWARD = 1,
    ONEDNN_GROUPED_GRAD_INPUT,
    ONEDNN_GROUPED_GRAD_WEIGHT
};

/* How weights are packed (onednn_grouped_place): as float, as many bytes as plain. */
typedef struct onednn_grouped_packing {
    int64_t channels;
    int64_t group;    /* channels of a group */
    int32_t turned;   /* outputs and inputs change places, for the gradient of data */
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
    int32_t role; /* onednn_grouped_role */
    int32_t kind; /* of the rows' kernels (conv2d_grouped_kernels.h) */
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

/* Whether these functions compute it. Of x and y the layouts do not matter. */
bool onednn_grouped_fits(const rn_conv2d_attrs *attrs, const rn_tensor_desc *x,
                         const rn_tensor_desc *y);

/* `op` is conv2d, conv2d_grad_input or conv2d_grad_weight, as `role` says, and fits. */
void onednn_grouped_plan_make(const rn_op_desc *op, int32_t role, int32_t n_threads, bool is_bf16,
                              onednn_grouped_plan *plan);

/* Packs plain weights (K,C/G,3,3). */
void onednn_grouped_pack(rn_context *context, const void *packing, const float *weight, void *to);

/* Computes what the plan's role says. Sums are in a fixed order for a number of threads. */
void onednn_grouped_run(const onednn_grouped_call *call);

/* Of the gradient of weights: completes the plan, and computes it. */
void onednn_grouped_weight_plan(onednn_grouped_plan *plan);
void onednn_grouped_weight_run(const onednn_grouped_call *call);

#endif
