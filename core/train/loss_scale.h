/* loss_scale.h: the factor of the loss that keeps gradients in half precision from becoming 0, and
 * follows what they bear. */
#ifndef RN_CORE_TRAIN_LOSS_SCALE_H
#define RN_CORE_TRAIN_LOSS_SCALE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rn_loss_scale {
    double scale;   /* a power of two; 0: the run has none */
    int64_t n_good; /* steps in a row without an overflow, since the scale changed last */
} rn_loss_scale;

/* What a run begins with. */
rn_loss_scale rn_loss_scale_start(void);

/* Is it one that a run can have come to? */
bool rn_loss_scale_is_valid(const rn_loss_scale *s);

/* After a step: did a gradient overflow, so that the step changed nothing? RN_E_DIVERGED where the
 * scale cannot become smaller. */
rn_status rn_loss_scale_update(rn_loss_scale *s, bool overflowed);

#endif
