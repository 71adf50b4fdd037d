/* loss_scale.h: the factor of the loss that keeps gradients in half precision from underflowing; it
 * adapts to their range. */
#ifndef RN_CORE_TRAIN_LOSS_SCALE_H
#define RN_CORE_TRAIN_LOSS_SCALE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rn_loss_scale {
    double scale;   /* a power of two; 0: the run has none */
    int64_t n_good; /* successive steps without an overflow since the scale last changed */
} rn_loss_scale;

/* The initial scale of a run. */
rn_loss_scale rn_loss_scale_start(void);

/* True if a run can reach this scale. */
bool rn_loss_scale_is_valid(const rn_loss_scale *s);

/* Call it after each step. `overflowed`: a gradient overflowed, so the step changed nothing.
 * RN_E_DIVERGED: the scale cannot become smaller. */
rn_status rn_loss_scale_update(rn_loss_scale *s, bool overflowed);

#endif
