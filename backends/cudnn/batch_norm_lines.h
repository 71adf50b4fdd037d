/* batch_norm_lines.h: from the sums over parts of a channel to dweight, dbias and the line by which
 * dx follows from dy and x (batch_norm_lines.cu), for batch_norm_grad.c and batch_norm_pair_grad.c.
 * The launches may run several times. */
#ifndef RN_BACKENDS_CUDNN_BATCH_NORM_LINES_H
#define RN_BACKENDS_CUDNN_BATCH_NORM_LINES_H

#include "cudnn/batch_norm_traversal.h"

typedef struct cudnn_lines {
    rn_operand parts; /* cudnn_lines_bytes() of workspace, that the sums of parts are in */
    rn_operand weight, inv_std;
    rn_operand dweight, dbias; /* written */
} cudnn_lines;

uint64_t cudnn_lines_bytes(const cudnn_traversal *traversal);

/* Where they are in `parts`. */
rn_operand cudnn_lines_at(const cudnn_traversal *traversal, rn_operand parts);

/* 1 / the number of values whose statistics a channel has. */
double cudnn_lines_share(const rn_kernel *kernel, const cudnn_traversal *traversal);

/* Adds the launches; mask: the kernel's, or NULL. They are launches 1 and, if synchronised, 2. */
rn_status cudnn_lines_add(rn_kernel *kernel, const cudnn_traversal *traversal,
                          const rn_tensor_desc *mask);
rn_status cudnn_lines_run(rn_kernel *kernel, const cudnn_traversal *traversal,
                          const cudnn_lines *lines);

#endif
