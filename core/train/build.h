/* build.h: from a cfg to the graph of a pass. Knows the order in which a graph is built. */
#ifndef RN_CORE_TRAIN_BUILD_H
#define RN_CORE_TRAIN_BUILD_H

#include "config/config.h"
#include "data/picture.h"
#include "device/device.h"
#include "graph/graph.h"
#include "graph/output.h"
#include "train/births.h"

typedef enum rn_pass {
    RN_PASS_TRAIN = 1,        /* forward, backward, update */
    RN_PASS_ACCUMULATE,       /* forward, backward, sum: of a step's batches all but the last */
    RN_PASS_EVALUATE,         /* forward with running statistics, and the loss */
    RN_PASS_EVALUATE_AVERAGE, /* the same with the averages of weights and statistics */
    RN_PASS_PREDICT,          /* forward with running statistics, probabilities */
    RN_PASS_EXAMINE_TRAIN,    /* the forward part of training, with nothing merged */
    RN_PASS_EXAMINE_EVALUATE  /* evaluation, with nothing merged */
} rn_pass;

/* True for the passes of a training step. */
bool rn_pass_trains(rn_pass pass);

/* True for these and for the one that examines them. */
bool rn_pass_is_training(rn_pass pass);

typedef struct rn_build_params {
    const rn_config *config;
    rn_registry *registry;
    rn_device *device; /* is asked which merged operators it offers */
    rn_pass pass;
    int64_t batch;            /* images of this device */
    rn_size size;             /* of them; 0 and 0: that of network.input */
    int32_t rank, n_ranks;    /* of this device, among those that share the step; 0 of 1: alone */
    int32_t norm_group;       /* ranks whose batch norms are synchronised; 1: none */
    bool keep_all;            /* every value can be downloaded after the step */
    bool show_all;            /* every result can be downloaded as soon as it is computed */
    bool apart;               /* each parameter is updated by an operator of its own */
    bool unmerged;            /* no operators are merged */
    bool bytes;               /* images are made of bytes (graph.h) */
    bool reuses_images;       /* once the images are read, the step may use their memory */
    bool soft_labels;         /* training takes shares of the classes; other passes ignore it */
    const rn_output *outputs; /* n_outputs results that can be downloaded after the step: the
                               * graph's outputs; at most RN_MAX_OUTPUTS */
    int32_t n_outputs;
    const rn_births *births; /* of a network that has grown; else NULL */
} rn_build_params;

/* The network as the cfg writes it: the forward operators, before anything is merged. */
rn_status rn_build_network(const rn_build_params *params, rn_dag **out);

/* The whole graph of the pass, ready to be planned. RN_E_CONFIG where a batch norm would be trained
 * on one value a channel. */
rn_status rn_build_graph(const rn_build_params *params, rn_dag **out);

#endif
