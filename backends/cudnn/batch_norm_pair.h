/* batch_norm_pair.h: what the pair of batch norms and its gradient have in common. */
#ifndef RN_BACKENDS_CUDNN_BATCH_NORM_PAIR_H
#define RN_BACKENDS_CUDNN_BATCH_NORM_PAIR_H

#include "cudnn/cudnn.h"

/* Refuses what cudnn_traversal_check() refuses, and images of which no octets are read. */
rn_status cudnn_pair_check(const char *op, const rn_kernel *kernel);

#endif
