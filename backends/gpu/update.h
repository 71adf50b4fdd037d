/* update.h: what operators of the update phase share. */
#ifndef BACKENDS_GPU_UPDATE_H
#define BACKENDS_GPU_UPDATE_H

#include "gpu/kernel.h"

/* Defined by each backend: the texts that their programs begin with. */
enum { GPU_UPDATE_TEXTS = 3 };
extern const char *const gpu_update_texts[GPU_UPDATE_TEXTS];

/* A program of these and up to four more texts; the absent ones, last, are NULL. */
gpu_code gpu_update_code(const char *a, const char *b, const char *c, const char *d);

/* Refuses momentum without a velocity, which is an input. */
static inline rn_status gpu_momentum_check(const rn_kernel *kernel, double momentum,
                                           int32_t velocity)
{
    if (momentum != 0 && !kernel->desc.inputs[velocity])
        return gpu_host->fail(RN_E_UNSUPPORTED, "%s: momentum is %g, but the velocity is missing",
                              kernel->desc.op, momentum);
    return RN_OK;
}

#endif
