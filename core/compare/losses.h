/* losses.h: loss curves of several steps on the same batch. */
#ifndef RN_CORE_COMPARE_LOSSES_H
#define RN_CORE_COMPARE_LOSSES_H

#include "compare/opened.h"

/* Sets the reference's curve, and the envelope: the least and the largest loss among five seeds at
 * each step, wider by what rounding alone makes of the initial weights. `precision`: the lowest one
 * that is compared (rn_precision). */
rn_status rn_losses_of_reference(rn_opened *opened, const rn_compare_options *options,
                                 int32_t precision, rn_comparison *comparison);

rn_status rn_losses_of_side(rn_opened *opened, const rn_compare_options *options,
                            rn_comparison *comparison, int32_t side);

#endif
