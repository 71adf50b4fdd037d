/* update.c: programs of the update phase. */
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
