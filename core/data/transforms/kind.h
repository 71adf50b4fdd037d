/* kind.h: a kind of transform of pictures: one step of what is done between the decoder and
 * the network. Each kind is one file of this folder, with an attribute table. */
#ifndef RN_CORE_DATA_TRANSFORMS_KIND_H
#define RN_CORE_DATA_TRANSFORMS_KIND_H

#include <resnet/attr.h>
#include <stdbool.h>

#include "config/attr.h"
#include "data/draw.h"
#include "data/picture.h"

/* What a transform is made of, besides its attributes. */
typedef struct rn_transform_site {
    const rn_tree *node;      /* in the cfg, for messages and for arrays */
    rn_size input;            /* of the network */
    int64_t channels;         /* of the pictures */
    const double *mean, *std; /* data.mean and data.std; one number, or one per channel */
    int64_t n_mean, n_std;
} rn_transform_site;

typedef struct rn_batch_shape {
    int64_t count, channels, height, width, n_classes;
} rn_batch_shape;

/* A key whose value is an array of numbers, which a table of attributes cannot have. */
typedef struct rn_transform_array {
    rn_attr attr;  /* RN_ATTR_FLOAT: of each number */
    int64_t count; /* of numbers; 0: one, or one for each channel */
} rn_transform_array;

/* One kind. Functions return RN_OK or fail with a message; those that may be NULL say so. A state
 * is read only after `init`: its transform runs on several threads at once. */
typedef struct rn_transform_kind {
    const char *name;
    const char *help; /* one line */
    const rn_attr *attrs;
    uint32_t n_attrs;
    const rn_transform_array *arrays; /* NULL: none */
    uint32_t n_arrays;
    uint32_t types;    /* rn_picture_type, or-ed: what it takes */
    bool is_batch;     /* works on whole batches: `mix` in place of `apply` */
    bool keeps_input;  /* `apply` never writes into the picture's own memory */
    bool moves_only;   /* only moves pixels, of any number of bytes, or adds some of 0 */
    bool is_fixed;     /* draws no random numbers, so that its result may be kept (data.cache) */
    bool takes_shrunk; /* `apply` also takes a picture that the decoder made smaller */
    size_t state_size;

    /* Fills a zeroed state in. RN_E_CONFIG: attributes that do not go together. */
    rn_status (*init)(void *state, const rn_attrs *attrs, const rn_transform_site *site);
    void (*clear)(void *state); /* NULL: nothing to free */

    /* From now on makes pictures of this size, of the same content. NULL: it cannot. */
    void (*resize)(void *state, rn_size size);

    /* The size of the picture it makes of one of size `from`; 0 and 0: unknown. NULL: the same. */
    rn_size (*size)(const void *state, rn_size from);

    /* The part of a picture of size `from` that it looks at to make `wanted` of its output. Draws
     * the numbers that `apply` will draw again. NULL: all of it. rn_window_same: the same part. */
    rn_window (*needs)(const void *state, rn_draw draw, rn_size from, rn_window wanted);

    /* Makes the part `wanted` of the output. Works in place or leaves its result in `spare` and
     * swaps the two; the memory of both is kept for the next picture. What was at hand beyond
     * `wanted` may be left in the result. Floats are changed in place. */
    rn_status (*apply)(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare);

    /* Batches only: mixes images (count, channels, height, width) and targets (count, n_classes) in
     * place. `draw` names the batch. The batch is large enough: count > 1. */
    void (*mix)(const void *state, rn_draw draw, const rn_batch_shape *shape, float *images,
                float *targets);
} rn_transform_kind;

/* For `init`: reads the array from the cfg. Where it is not given, `values` and `count` stay as
 * they are. `values` has room for array->count numbers, or for one of each channel. */
rn_status rn_transform_read_array(const rn_transform_site *site, const rn_transform_array *array,
                                  double *values, int64_t *count);

/* For `init`: the attribute `size`, where 0 means the network's input. */
rn_size rn_transform_read_size(const rn_attrs *attrs, const rn_transform_site *site);

/* For `needs`: pixel by pixel. */
rn_window rn_window_same(const void *state, rn_draw draw, rn_size from, rn_window wanted);

/* All kinds, in the order of the manual; ends with NULL. */
extern const rn_transform_kind *const rn_transform_kinds[];

extern const rn_transform_kind rn_transform_resize;
extern const rn_transform_kind rn_transform_center_crop;
extern const rn_transform_kind rn_transform_random_crop;
extern const rn_transform_kind rn_transform_random_resized_crop;
extern const rn_transform_kind rn_transform_horizontal_flip;
extern const rn_transform_kind rn_transform_vertical_flip;
extern const rn_transform_kind rn_transform_color_jitter;
extern const rn_transform_kind rn_transform_grayscale;
extern const rn_transform_kind rn_transform_trivial_augment;
extern const rn_transform_kind rn_transform_rand_augment;
extern const rn_transform_kind rn_transform_random_erasing;
extern const rn_transform_kind rn_transform_normalise;

/* What it makes of each byte: (channels, 256). */
const float *rn_transform_byte_values(const void *normalise_state);
extern const rn_transform_kind rn_transform_mixup;
extern const rn_transform_kind rn_transform_cutmix;

#endif
