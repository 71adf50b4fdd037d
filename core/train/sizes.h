/* sizes.h: training on pictures of the sizes that train.sizes names, one after the other. */
#ifndef RN_CORE_TRAIN_SIZES_H
#define RN_CORE_TRAIN_SIZES_H

#include "train/session.h"

/* The training samples in each of the sizes; none where the cfg has no train.sizes. */
typedef struct rn_sizes {
    const rn_source *base;
    rn_source sources[RN_MAX_TRAIN_SIZES]; /* borrow all but their transforms from `base` */
    int64_t n_sources;
} rn_sizes;

/* Plans training passes over `train` in each size. */
rn_status rn_sizes_plan(rn_session *session, const rn_source *train);

/* After all passes were planned. RN_E_CONFIG names a parameter whose shape depends on the size of
 * the pictures. */
rn_status rn_sizes_check(const rn_session *session);

/* Makes the transforms of each size; a cache of `base` is in use already. `base` outlives them. The
 * caller clears it, also after a failure. */
rn_status rn_sizes_open(const rn_source *base, rn_sizes *sizes);
void rn_sizes_clear(rn_sizes *sizes);

/* Sets the session to the size of an epoch, and returns its samples. */
const rn_source *rn_sizes_begin(const rn_sizes *sizes, rn_session *session, int64_t epoch);

#endif
