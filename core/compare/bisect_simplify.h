/* bisect_simplify.h: simpler forms of an operator, by number. */
#ifndef RN_CORE_COMPARE_BISECT_SIMPLIFY_H
#define RN_CORE_COMPARE_BISECT_SIMPLIFY_H

#include "compare/bisect_case.h"

typedef enum rn_proposed {
    RN_PROPOSED_NOTHING, /* this one does not apply, or changes nothing */
    RN_PROPOSED_CASE,
    RN_PROPOSED_END /* this one and all after it */
} rn_proposed;

/* Makes proposal `number`, from 0, of a simpler case. Each is strictly simpler: taking proposals
 * until none is left ends. The caller clears `simpler`, also on failure. */
typedef rn_status rn_propose(const rn_case *c, int64_t number, rn_case *simpler,
                             rn_proposed *proposed);

rn_propose rn_propose_shape;  /* fewer images, channels, pixels; the smallest first */
rn_propose rn_propose_attrs;  /* no bias, no epilogue, stride 1, no padding ... */
rn_propose rn_propose_values; /* zeros, ones, integers */

#endif
