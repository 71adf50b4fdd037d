/* synthetic.h: a batch of made-up images, for comparing and timing. */
#ifndef RN_CORE_TRAIN_SYNTHETIC_H
#define RN_CORE_TRAIN_SYNTHETIC_H

#include "config/config.h"
#include "data/loader.h"

typedef struct rn_synthetic {
    float *pixels;
    int32_t *labels;
    rn_batch batch;
} rn_synthetic;

/* Makes `n` images of the network's input size from the cfg's seed: pixels are uniform with mean 0
 * and variance 1, labels uniform. The caller clears `synthetic`, also on failure. */
rn_status rn_synthetic_make(const rn_config *config, int64_t n, rn_synthetic *synthetic);
void rn_synthetic_clear(rn_synthetic *synthetic);

#endif
