/* batch_norm_passes.h: the order in which batch_norm.c and batch_norm_grad.c access memory: one
 * pass for the sums of each channel, and one that uses them, over a few blocks of channels at a
 * time, so that the second pass finds in the cache what the first one read. */
#ifndef RN_BACKENDS_ONEDNN_BATCH_NORM_PASSES_H
#define RN_BACKENDS_ONEDNN_BATCH_NORM_PASSES_H

#include "onednn/onednn.h"

/* Variants of a kernel, compiled separately: a test at every pixel costs a tenth of the time. */
enum norm_form {
    NORM_BF16 = 1,
    NORM_OTHER = 2, /* z or dz is present */
    NORM_MASK = 4,
    NORM_STREAM = 8 /* the first result bypasses the caches */
};

/* A switch's cases: each executes `action` with `form` a constant. */
#define NORM_FORM(number, action)                                                                  \
    case number: {                                                                                 \
        enum { form = number };                                                                    \
        action;                                                                                    \
        break;                                                                                     \
    }
#define NORM_FORMS(action)                                                                         \
    NORM_FORM(0, action)                                                                           \
    NORM_FORM(1, action)                                                                           \
    NORM_FORM(2, action)                                                                           \
    NORM_FORM(3, action)                                                                           \
    NORM_FORM(4, action)                                                                           \
    NORM_FORM(5, action)                                                                           \
    NORM_FORM(6, action)                                                                           \
    NORM_FORM(7, action)                                                                           \
    NORM_FORM(8, action)                                                                           \
    NORM_FORM(9, action)                                                                           \
    NORM_FORM(10, action)                                                                          \
    NORM_FORM(11, action)                                                                          \
    NORM_FORM(12, action) NORM_FORM(13, action) NORM_FORM(14, action) NORM_FORM(15, action)

/* A few pixels of one block of channels: `count` pixels of each of `images`. All fields count
 * pixels, except `images` and `block`. */
typedef struct norm_part {
    int64_t first, count, step; /* from pixel to pixel */
    int64_t images, stride;     /* from image to image */
    int64_t block;              /* index of the block */
    int64_t block_first;        /* the block's first pixel */
} norm_part;

/* Two sums for each channel of a block, and the value that they are relative to, which is the same
 * for all parts of the block. */
typedef struct norm_sums {
    double first[ONEDNN_LANES], second[ONEDNN_LANES];
    float shift[ONEDNN_LANES];
} norm_sums;

/* The second pass's parameters for each channel of a block; 0 beyond C. */
typedef struct norm_line {
    float mean[ONEDNN_LANES], scale[ONEDNN_LANES], slope[ONEDNN_LANES], bias[ONEDNN_LANES];
} norm_line;

/* One run of a kernel. */
typedef struct norm_call {
    const rn_op_desc *desc;
    void *const *operands; /* inputs, then outputs */
    const struct norm_passes *passes;
    int32_t n_ranks;  /* whose values the statistics are of */
    double *of_ranks; /* the sums over the ranks (base/rank_sums.h); NULL: not synchronised */
} norm_call;

typedef struct norm_passes {
    /* Adds a part to the sums. NULL: no sums are needed. */
    void (*sum)(const norm_call *call, const norm_part *part, norm_sums *sums);
    /* Writes what the ranks sum of a block from its sums. Called where of_ranks is not NULL. */
    void (*give)(const norm_call *call, int64_t block, const norm_sums *sums);
    /* Computes the second pass's parameters of a block from the sums, and from of_ranks, and stores
     * results per channel. */
    void (*finish)(const norm_call *call, int64_t block, const norm_sums *sums, norm_line *line);
    void (*apply)(const norm_call *call, const norm_part *part, const norm_line *line);
    int32_t tensors; /* the number of tensors of x's size that the first pass reads */
} norm_passes;

/* Answers with the workspace of onednn_norm_run; refuses what it cannot synchronise. */
rn_status onednn_norm_query(rn_context *context, const rn_op_desc *desc, const norm_passes *passes,
                            rn_op_answer *answer);

void onednn_norm_run(const rn_kernel *kernel, void *const *operands, const norm_passes *passes,
                     void *workspace);

/* The number of values of all ranks in a channel. */
static inline double norm_count(const norm_call *call)
{
    const rn_tensor_desc *x = call->desc->inputs[0];
    return (double)(x->shape[0] * onednn_pixels(x) * call->n_ranks);
}

/* The number of channels in block `block`. */
static inline int64_t norm_channels(const rn_op_desc *desc, int64_t block)
{
    int64_t rest = desc->inputs[0]->shape[1] - block * ONEDNN_LANES;
    return rest < ONEDNN_LANES ? rest : ONEDNN_LANES;
}

#endif
