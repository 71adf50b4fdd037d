/* bisect_axes.h: which dimensions of an operator's operands are the same axis. */
#ifndef RN_CORE_COMPARE_BISECT_AXES_H
#define RN_CORE_COMPARE_BISECT_AXES_H

#include "compare/bisect_case.h"
#include "ops/window.h"

/* The axes of an operand's dimensions, a letter each:
 * N batch; C channels of x, K of y, c of x in a group, D of a subsampled y; H and W of x, P and Q
 * of y; R and S of the kernel; F features; A the elements of a tensor of any shape. A digit is a
 * length that never changes, a space an axis that no other operand has. An operand of lower rank
 * has the first letters only, unless it is "A", which is all of its dimensions. */
const char *rn_axes_of(const rn_case *c, int32_t operand);

/* The axis of dimension `dim` of an operand; ' ': none that can change. */
char rn_axes_at(const rn_case *c, int32_t operand, int32_t dim);

/* The length of an axis; 0: no operand has it. */
int64_t rn_axes_length(const rn_case *c, char axis);

/* The window in the attributes of convolutions and pools, of which P and Q follow from H and W;
 * false: the operator has none. `attrs` is the case's, or a changed copy. */
bool rn_axes_window(const rn_case *c, void *attrs, rn_window *window);

/* The attributes, where the operator is a convolution; else NULL. */
rn_conv2d_attrs *rn_axes_conv(const rn_case *c);

#endif
