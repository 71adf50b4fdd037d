/* update.c: what operators of the update phase share. */
#include "gpu/update.h"

#include <stdio.h>

#include "gpu/joint.h"

gpu_code gpu_update_code(const char *a, const char *b, const char *c, const char *d)
{
    gpu_code code = { { gpu_update_texts[0], gpu_update_texts[1], gpu_update_texts[2], a, b, c, d },
                      "" };
    snprintf(code.options, sizeof code.options, "-DTENSORS=%d -DSLOTS=%d", GPU_JOINT_TENSORS,
             GPU_JOINT_SLOTS);
    return code;
}

rn_status gpu_momentum_check(const rn_kernel *kernel, double momentum, int32_t velocity)
{
    if (momentum != 0 && !kernel->desc.inputs[velocity])
        return gpu_host->fail(RN_E_UNSUPPORTED, "%s: momentum is %g, but the velocity is missing",
                              kernel->desc.op, momentum);
    return RN_OK;
}
