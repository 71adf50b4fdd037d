/* clip_norm.c: limits the norm of all gradients together. The loss scale, which divides them, grows
 * by the factor by which the norm exceeds the limit; a limit of 0 is none. Where the norm is not
 * finite, the scale stays, and its flag is set. */
#include <math.h>

#include "reference/reference.h"

static void clip_norm_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    const rn_clip_attrs *a = kernel->desc.attrs;
    float *loss_scale = operands[RN_AT_CLIP_NORM_LOSS_SCALE];
    const float *square_sum = operands[RN_AT_CLIP_NORM_SQUARE_SUM];
    float *norm = operands[RN_AT_CLIP_NORM_NORM];

    *norm = (float)(sqrt((double)*square_sum) / (double)loss_scale[0]);
    double excess = a->limit == 0 ? 0 : ((double)*norm + 1e-6) / a->limit;
    if (!isfinite(*norm))
        loss_scale[1] = 1;
    else if (excess > 1)
        loss_scale[0] = (float)((double)loss_scale[0] * excess);
}

const cpu_operator reference_clip_norm = { .run = clip_norm_run };
