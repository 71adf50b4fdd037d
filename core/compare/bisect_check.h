/* bisect_check.h: whether a case that was read is an operator that a backend may see. */
#ifndef RN_CORE_COMPARE_BISECT_CHECK_H
#define RN_CORE_COMPARE_BISECT_CHECK_H

#include "compare/bisect_case.h"

/* RN_E_DATA names the operand that is missing, of another type or of a shape that does not fit. */
rn_status rn_case_check(const rn_case *c);

#endif
