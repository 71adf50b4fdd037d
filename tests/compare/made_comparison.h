/* made_comparison.h: a comparison of three sides and 60 tensors that no backend computed. */
#ifndef RN_TESTS_MADE_COMPARISON_H
#define RN_TESTS_MADE_COMPARISON_H

#include "compare/comparison.h"

/* Side 1 is equal to rounding. Side 2 is wrong from tensor MADE_FIRST on, has a name with characters that
 * mean something to HTML, XML and CSV, one infinite difference, and losses outside of the envelope. */
enum { MADE_ROWS = 60, MADE_FIRST = 21, MADE_LOSSES = 20 };
#define MADE_NAME "a<b>&\"c', \x1b[31m"

/* The caller clears it. */
rn_comparison made_comparison(void);

#endif
