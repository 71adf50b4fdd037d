/* net.h: from a cfg's list of layers to the forward graph and the loss. */
#ifndef RN_CORE_GRAPH_NET_H
#define RN_CORE_GRAPH_NET_H

#include "config/config.h"
#include "graph/graph.h"
#include "plugin/registry.h"

typedef struct rn_net_params {
    const rn_config *config;
    rn_registry *registry;
    int64_t batch;
    bool training;
    int32_t mask_dtype;
    bool has_labels; /* ends in the loss; else in softmax */
} rn_net_params;

/* Shape errors name the layer's path and the cfg's line. */
rn_status rn_net_build(const rn_net_params *params, rn_dag **out);

#endif
