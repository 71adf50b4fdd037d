/* bisect_cut.h: the same operator on a part of each axis, or with other attributes. */
#ifndef RN_CORE_COMPARE_BISECT_CUT_H
#define RN_CORE_COMPARE_BISECT_CUT_H

#include "compare/bisect_case.h"

/* What becomes of an axis. Index i of the new axis is taken from
 * i / part * old_part + first + i % part of the old one, round and round where that is too long;
 * part 0: all of the new axis. */
typedef struct rn_axis_cut {
    int64_t length; /* 0: the axis stays as it is */
    int64_t first;
    int64_t part, old_part;
} rn_axis_cut;

/* By the axis's letter (bisect_axes.h). P and Q follow from the others. */
typedef struct rn_cut {
    rn_axis_cut axes[128];
    void *attrs; /* in place of the case's; NULL: those; only read */
} rn_cut;

/* Values of which others follow (labels, indices of a pool, statistics of a batch) are made to fit.
 * The caller clears `to`, also on failure. RN_E_SHAPE: there is no such operator. */
rn_status rn_case_cut(const rn_case *from, const rn_cut *cut, rn_case *to);

/* Makes those values fit, after others were changed. */
void rn_case_settle(rn_case *c);

#endif
