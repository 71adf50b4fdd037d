/* pipeline_parts.h: what the files pipeline*.c offer to each other alone. */
#ifndef RN_CORE_DATA_PIPELINE_PARTS_H
#define RN_CORE_DATA_PIPELINE_PARTS_H

#include "data/pipeline.h"
#include "data/transforms/kind.h"

#define RN_PIPELINE_MAX_STEPS 33

typedef struct rn_step {
    const rn_transform_kind *kind;
    void *state;
} rn_step;

/* Steps on pictures, one of which normalises, then steps on batches. */
struct rn_pipeline {
    rn_step steps[RN_PIPELINE_MAX_STEPS];
    int n_steps;
    int n_picture_steps;
    int normalise; /* its step; -1 until there is one */
    int n_fixed;   /* steps at the beginning that draw no random numbers and make bytes */
    char *fixed;   /* these as text; NULL: none */
    int first;     /* where samples begin: 0, or behind the fixed steps */
    bool normalises;
    bool fast_decode;
    int64_t channels;
    rn_size input; /* of the network */
    bool resizes;  /* what the list makes has another size: no more steps are fixed */
};

/* Fills in the steps of a list of transforms; `site` is all but the node. */
rn_status rn_pipeline_read_list(const rn_tree *list, const rn_transform_site *site,
                                rn_pipeline *pipeline);

/* Counts the step that was added last as fixed, if it is and all before it are. */
rn_status rn_pipeline_add_fixed(rn_pipeline *pipeline, const rn_attrs *attrs);

/* The list of a preset: a string, or a group with the preset's attributes. The caller destroys
 * *out. */
rn_status rn_pipeline_preset(const rn_tree *node, rn_size input, rn_tree **out);

/* The list where the cfg has none. The caller destroys *out. */
rn_status rn_pipeline_default(rn_size input, rn_tree **out);

/* The size that the steps make of a picture; 0 and 0: unknown. */
rn_size rn_pipeline_size(const rn_pipeline *pipeline, rn_size from);

/* Turns planar floats into interleaved bytes of floats, and back. */
rn_status rn_floats_pack(rn_picture *picture, rn_picture *spare);
rn_status rn_floats_unpack(rn_picture *picture, rn_picture *spare);

/* Turns floats from 0 to 1 into bytes from 0 to 255. */
rn_status rn_floats_show(rn_picture *picture, rn_picture *spare);

#endif
