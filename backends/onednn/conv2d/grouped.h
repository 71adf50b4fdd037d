/* grouped.h: 3x3 convolutions with 4, 8 or 16 channels a group, forward and both gradients;
 * oneDNN computes those of 4 and 8 by its plain loops. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_H

#include "onednn/conv2d/grouped_plan.h"

/* True if these functions can compute it. The layouts of x and y do not matter. */
bool onednn_grouped_fits(const rn_conv2d_attrs *attrs, const rn_tensor_desc *x,
                         const rn_tensor_desc *y);

/* `op` is conv2d, conv2d_grad_input or conv2d_grad_weight, as `pass` says, and fits. */
void onednn_grouped_plan_make(const rn_op_desc *op, conv2d_pass pass, int32_t n_threads,
                              bool is_bf16, onednn_grouped_plan *plan);

/* Packs plain weights (K,C/G,3,3). */
void onednn_grouped_pack(rn_context *context, const void *packing, const float *weight, void *to);

/* Computes what the plan's pass says. Sums are in a fixed order for a number of threads. */
void onednn_grouped_run(const onednn_grouped_call *call);

#endif
