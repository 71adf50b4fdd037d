/* sum.h: the sum of the parts of a gradient of weights. */
#ifndef BACKENDS_OPENCL_CONV2D_SUM_H
#define BACKENDS_OPENCL_CONV2D_SUM_H

#include "opencl/conv2d/algorithm.h"

/* Adds a launch: sum[i] = parts[i] + parts[count + i] + …, of floats; operands parts, sum. */
rn_status opencl_conv2d_sum_add(rn_kernel *kernel, int64_t count, int64_t parts);

/* Runs launch 0, whose operands are x, dy and the gradient of weights. If `has_parts`, launch 0
 * writes the parts to the workspace instead, and launch 1 (opencl_conv2d_sum_add) adds them. */
rn_status opencl_conv2d_sum_run(rn_kernel *kernel, bool has_parts, const rn_operand x_dy_dweight[3],
                                rn_operand workspace);

#endif
