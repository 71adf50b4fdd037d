/* batch_norm_statistics.h: the statistics of a batch, of each channel, for batch_norm.c and
 * batch_norm_pair.c. They are the first launches of a kernel, which may run several times. */
#ifndef RN_BACKENDS_CUDNN_BATCH_NORM_STATISTICS_H
#define RN_BACKENDS_CUDNN_BATCH_NORM_STATISTICS_H

#include "cudnn/batch_norm_traversal.h"

typedef struct cudnn_statistics {
    rn_operand x;
    rn_operand running_mean, running_var; /* updated */
    rn_operand mean, inv_std;             /* written */
} cudnn_statistics;

/* Bytes of workspace. */
uint64_t cudnn_statistics_bytes(const cudnn_traversal *traversal);

/* Adds the launches; mask: the kernel's, or NULL. */
rn_status cudnn_statistics_add(rn_kernel *kernel, const cudnn_traversal *traversal,
                               const rn_tensor_desc *mask);
rn_status cudnn_statistics_run(rn_kernel *kernel, const cudnn_traversal *traversal,
                               const cudnn_statistics *statistics, rn_operand workspace);

#endif
