/* synthetic.h: a batch of made-up images, for comparing and timing. */
#ifndef RN_CORE_COMMANDS_SYNTHETIC_H
#define RN_CORE_COMMANDS_SYNTHETIC_H

#include "config/config.h"
#include "data/loader.h"

typedef struct rn_synthetic {
    float *pixels;
    int32_t *labels;
    rn_batch batch;
} rn_synthetic;

/* `n` images of the network's input size: pixels uniform, of mean 0 and variance 1; labels uniform.
 * A function of the cfg's seed. Cleared by the caller, also after a failure. */
rn_status rn_synthetic_make(const rn_config *config, int64_t n, rn_synthetic *synthetic);
void rn_synthetic_clear(rn_synthetic *synthetic);

#endif
