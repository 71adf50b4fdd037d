/* form.h: the form of a residual network, as far as names and shapes of its tensors tell it. */
#ifndef RN_CORE_WEIGHTS_FORM_H
#define RN_CORE_WEIGHTS_FORM_H

#include "config/config.h"
#include "weights/weights.h"

#define RN_FORM_MAX_STAGES 8

typedef enum rn_form_block {
    RN_FORM_BASIC = 1,
    RN_FORM_BOTTLENECK, /* with width_factor: wide */
    RN_FORM_RESNEXT,
    RN_FORM_PREACT_BASIC,
    RN_FORM_PREACT_BOTTLENECK,
    RN_FORM_BOOK /* the residual block of Dive into Deep Learning, named net.1.0 */
} rn_form_block;

typedef enum rn_form_stem {
    RN_FORM_STEM_IMAGENET = 1, /* 7x7 with stride 2, and max pooling 3x3 with stride 2 */
    RN_FORM_STEM_CIFAR         /* 3x3 with stride 1 */
} rn_form_stem;

typedef struct rn_form {
    rn_form_block block;
    rn_form_stem stem;
    int32_t n_stages;
    int64_t depth[RN_FORM_MAX_STAGES], channels[RN_FORM_MAX_STAGES]; /* channels: as in a cfg */
    int64_t stem_channels;
    int64_t cardinality, group_width; /* RN_FORM_RESNEXT */
    double width_factor;              /* RN_FORM_BOTTLENECK */
    char shortcut;                    /* 'A', 'B' or 'C' */
    bool stride_on_1x1;
    int64_t input_channels, classes;

    /* What shapes do not tell: torchvision's values, unless config.json says otherwise. */
    int64_t height, width;
    double mean[4], std[4];    /* input_channels of each */
    int64_t resize;            /* the shorter side before the centre is cropped */
    const char *interpolation; /* "bilinear", "bicubic" */
    const char *class_names;   /* a JSON array; NULL: unknown */
    const char *assumed;       /* one line that says which of the values above nothing told */
} rn_form;

/* Reads the form from tensors with torchvision's names (or the book's), and from `settings` and
 * `preprocessing` where there are any. Texts are in the weights' pool. RN_E_DATA says which tensor
 * does not belong to a residual network that is known here, and what to do: give a cfg. */
rn_status rn_form_read(rn_weights *weights, rn_form *form);

/* The form as a cfg, in memory of the pool. RN_E_NOMEM. */
rn_status rn_form_write(const rn_form *form, rn_pool *pool, const char **cfg);

#endif
