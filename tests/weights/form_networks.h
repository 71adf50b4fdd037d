/* form_networks.h: networks of cfgs as tensors without values, for tests of the form. */
#ifndef RN_TESTS_FORM_NETWORKS_H
#define RN_TESTS_FORM_NETWORKS_H

#include "graph/graph.h"
#include "weights/weights.h"

/* Builds the forward graph of a cfg for one picture: of `text`, or of the file at `path` if that is
 * NULL. A failure counts as a failed assertion. */
rn_dag *form_network_build(const char *path, const char *text, int64_t height, int64_t width);

/* The parameters and statistics of a graph, which outlives them, with no values. */
rn_weights *form_network_weights(const rn_dag *dag);

/* The tensor of that name, to be changed; there has to be one. */
rn_stored *form_network_tensor(rn_weights *weights, const char *name);

void form_network_close(void);

#endif
