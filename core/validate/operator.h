/* operator.h: tests of operators that a plugin brings. */
#ifndef RN_CORE_VALIDATE_OPERATOR_H
#define RN_CORE_VALIDATE_OPERATOR_H

#include "validate/check.h"

rn_check_run rn_check_op_shapes, rn_check_op_run, rn_check_op_gradient, rn_check_op_kernels;

#endif
