/* against.h: a backend's tensors against the reference's. */
#ifndef RN_CORE_COMPARE_AGAINST_H
#define RN_CORE_COMPARE_AGAINST_H

#include "compare/reference.h"

/* Walks the last of options->steps steps in each mode, as often as options->repeats, and sets what the
 * rows of the comparison tell about side `side`. */
rn_status rn_against_run(rn_opened *opened, const rn_compare_options *options,
                         const rn_reference *reference, rn_comparison *comparison, int32_t side);

#endif
