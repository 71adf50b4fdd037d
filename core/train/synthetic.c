/* synthetic.c: made-up images and labels. */
#include "train/synthetic.h"

#include <resnet/random.h>
#include <stdlib.h>

#include "base/status.h"

#define SQRT_12 3.4641016f /* a uniform number's variance is 1/12 of its squared width */

rn_status rn_synthetic_make(const rn_config *config, int64_t n, rn_synthetic *synthetic)
{
    int64_t count = n * config->network.channels * config->network.height * config->network.width;
    uint32_t seed = (uint32_t)config->run.seed;
    *synthetic = (rn_synthetic){ .pixels = calloc((size_t)count, sizeof(float)),
                                 .labels = calloc((size_t)n, sizeof(int32_t)) };
    if (!synthetic->pixels || !synthetic->labels)
        return rn_fail(RN_E_NOMEM, "no memory for %lld images; lower --batch", (long long)n);
    rn_random_fill(seed, 0, 1, synthetic->pixels, (uint64_t)count);
    for (int64_t i = 0; i < count; i++)
        synthetic->pixels[i] = (synthetic->pixels[i] - 0.5f) * SQRT_12;
    for (int64_t i = 0; i < n; i++) {
        double u = (double)rn_random_uniform(seed, 0, 2, (uint64_t)i);
        synthetic->labels[i] = (int32_t)(u * (double)config->network.classes);
    }
    synthetic->batch = (rn_batch){
        .images = synthetic->pixels, .labels = synthetic->labels, .count = n, .n_here = n
    };
    return RN_OK;
}

void rn_synthetic_clear(rn_synthetic *synthetic)
{
    free(synthetic->pixels);
    free(synthetic->labels);
    *synthetic = (rn_synthetic){ 0 };
}
