/* net.h: builds the forward graph and the loss from a cfg's list of layers. */
#ifndef RN_CORE_GRAPH_NET_H
#define RN_CORE_GRAPH_NET_H

#include "config/config.h"
#include "graph/graph.h"
#include "plugin/registry.h"

typedef struct rn_net_params {
    const rn_config *config;
    rn_registry *registry;
    int64_t batch;
    int64_t height, width; /* of the images; 0: those of network.input */
    bool training;
    int32_t mask_dtype;
    bool has_labels;  /* the graph ends in the loss, otherwise in softmax */
    bool bytes;       /* images are made of bytes, otherwise given */
    bool soft_labels; /* they are shares of the classes, f32 (N,K), otherwise classes, i32 (N) */
} rn_net_params;

/* RN_E_CONFIG and RN_E_SHAPE name the layer's path and the cfg's line. */
rn_status rn_net_build(const rn_net_params *params, rn_dag **out);

#endif
