/* form.h: the form of a residual network or RegNet, as far as names and shapes of its tensors tell
 * it. */
#ifndef RN_CORE_WEIGHTS_FORM_H
#define RN_CORE_WEIGHTS_FORM_H

#include <stdbool.h>

#include "weights/weights.h"

#define RN_FORM_MAX_STAGES 8
#define RN_FORM_MAX_MEANS 4 /* as many channels as a cfg can have means for */

typedef enum rn_form_block {
    RN_FORM_BASIC = 1,
    RN_FORM_BOTTLENECK, /* with width_factor: wide */
    RN_FORM_RESNEXT,
    RN_FORM_PREACT_BASIC,
    RN_FORM_PREACT_BOTTLENECK,
    RN_FORM_BOOK, /* the residual block of Dive into Deep Learning, named net.1.0 */
    RN_FORM_REGNET
} rn_form_block;

typedef enum rn_form_stem {
    RN_FORM_STEM_IMAGENET = 1, /* 7x7 with stride 2, and max pooling 3x3 with stride 2 */
    RN_FORM_STEM_CIFAR,        /* 3x3 with stride 1 */
    RN_FORM_STEM_REGNET        /* 3x3 with stride 2 */
} rn_form_stem;

typedef struct rn_form {
    rn_form_block block;
    rn_form_stem stem;
    int32_t n_stages;
    int64_t depth[RN_FORM_MAX_STAGES], channels[RN_FORM_MAX_STAGES]; /* channels: as in a cfg */
    int64_t stem_channels;
    int64_t cardinality, group_width; /* RN_FORM_RESNEXT; group_width: RN_FORM_REGNET, too, where
                                         narrower stages have one group */
    double se_ratio;                  /* RN_FORM_REGNET; 0: none */
    double width_factor;              /* RN_FORM_BOTTLENECK, RN_FORM_PREACT_BOTTLENECK; else 1 */
    char shortcut;                    /* 'A', 'B' or 'C' */
    bool ends_in_norm;                /* the pre-activation forms: a last batch norm and relu */
    int64_t input_channels, classes;

    /* What shapes do not tell: torchvision's values, or those of a file beside the weights. */
    bool stride_on_1x1;
    int64_t first_stride; /* of the first stage */
    int64_t height, width;
    double mean[RN_FORM_MAX_MEANS], std[RN_FORM_MAX_MEANS];
    int64_t n_means;                    /* 1, or input_channels */
    double crop_share;                  /* of the resized shorter side; 0: both sides are resized */
    const char *interpolation;          /* "bilinear", "bicubic", … */
    bool knows_strides, knows_pictures; /* a file beside the weights told them */
    const char *class_names;            /* a JSON array; NULL: unknown */
} rn_form;

/* Reads the form from tensors with torchvision's names (or the book's), and from `settings` and
 * `preprocessing` where there are any, which must not contradict the tensors. Texts are in the
 * weights' pool. RN_E_DATA says which tensor does not belong to a residual network that is known
 * here, and what to do. */
rn_status rn_form_read(rn_weights *weights, rn_form *form);

/* The form as a cfg, in memory of the pool. RN_E_NOMEM. */
rn_status rn_form_write(const rn_form *form, rn_pool *pool, const char **cfg);

/* Says in a line what nothing told and was assumed; "": nothing. In memory of the pool; NULL: there
 * is none. */
const char *rn_form_assumed(const rn_form *form, rn_pool *pool);

#endif
