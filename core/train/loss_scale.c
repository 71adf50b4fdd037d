/* loss_scale.c: the rule of PyTorch's GradScaler, within bounds: halve the scale after an overflow,
 * double it after many successive steps without one. */
#include "train/loss_scale.h"

#include <math.h>

#include "base/status.h"

#define START 65536.0
#define GOOD_STEPS 2000
#define SMALLEST 0x1p-14 /* gradients beyond 2^30 are no gradients of a network that learns */
#define LARGEST 0x1p32   /* 2^-24, half precision's smallest number, stands for 2^-56 then */

rn_loss_scale rn_loss_scale_start(void)
{
    return (rn_loss_scale){ .scale = START };
}

bool rn_loss_scale_is_valid(const rn_loss_scale *s)
{
    int exponent;
    return s->scale >= SMALLEST && s->scale <= LARGEST && frexp(s->scale, &exponent) == 0.5 &&
           s->n_good >= 0 && s->n_good < GOOD_STEPS;
}

rn_status rn_loss_scale_update(rn_loss_scale *s, bool overflowed)
{
    if (overflowed && s->scale <= SMALLEST)
        return rn_fail(RN_E_DIVERGED,
                       "a gradient is not finite in half precision, not even of the "
                       "loss times %g; lower train.learning_rate, or train with --precision=bf16 "
                       "or fp32",
                       s->scale);
    s->n_good = overflowed ? 0 : s->n_good + 1;
    if (overflowed)
        s->scale /= 2;
    if (s->n_good == GOOD_STEPS) {
        s->scale = fmin(s->scale * 2, LARGEST);
        s->n_good = 0;
    }
    return RN_OK;
}
