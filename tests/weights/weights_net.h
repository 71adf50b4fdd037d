/* weights_net.h: the network that a file of weights describes, on a backend. */
#ifndef RN_TESTS_WEIGHTS_NET_H
#define RN_TESTS_WEIGHTS_NET_H

#include "support/net_harness.h"

/* Opens the file, makes its cfg a session on the backend, and reads its weights into it. Close the
 * trial with net_close, also after a failure. RN_E_DATA where the file is refused. */
rn_status weights_net_open(net_trial *trial, const op_backend *backend, const char *path,
                           int64_t batch);

/* The scores (batch, classes) of a batch of images; freed by the caller. NULL, which counts as a
 * failure, where they cannot be computed. */
float *weights_net_scores(net_trial *trial, const float *images);

/* Checks that the file's network gives the scores that another program computed: `x` and `scores`
 * of one batch, within `limit` of the largest score. */
void weights_net_check(const op_backend *backend, const char *path, const rn_named_tensor *x,
                       const rn_named_tensor *scores, double limit);

#endif
