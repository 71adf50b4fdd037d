/* bisect_cfg.h: a small network that has an operator of this kind. */
#ifndef RN_CORE_COMPARE_BISECT_CFG_H
#define RN_CORE_COMPARE_BISECT_CFG_H

#include <stdio.h>

#include "compare/bisect_fault.h"

/* Writes a cfg: the settings of the backend, and a network of the operator's layer. The training
 * step of that network has its gradient and its update. */
void rn_fault_cfg(FILE *out, const rn_fault *fault);

#endif
