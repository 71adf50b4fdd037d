/* networks.h: the networks whose operators a backend is tried with. */
#ifndef RN_CORE_VALIDATE_NETWORKS_H
#define RN_CORE_VALIDATE_NETWORKS_H

#include "config/config.h"

/* What operators of a network a test is about. */
typedef enum rn_family {
    RN_FAMILY_CONVOLUTION = 1,
    RN_FAMILY_NORM,
    RN_FAMILY_POOL,
    RN_FAMILY_LOSS, /* linear layers, softmax, losses */
    RN_FAMILY_ELEMENT,
    RN_FAMILY_UPDATE
} rn_family;

typedef struct rn_small_network {
    rn_family family; /* 0 ends the list */
    int64_t batch;
    int64_t input[3]; /* channels, height, width */
    int64_t classes;
    bool is_flat;       /* the last of the layers gives rows, not images */
    bool has_shares;    /* as labels: a share for each class */
    bool of_bytes;      /* images are made of bytes where the backend does that */
    bool scales_loss;   /* as training in half precision does */
    const char *layers; /* all but the last, which makes scores */
    const char *train;  /* keys of train; NULL: none */
    const char *needs;  /* a plugin of blocks; NULL: none */
} rn_small_network;

extern const rn_small_network rn_small_networks[];

/* The cfg. The caller destroys it. */
rn_status rn_small_network_config(const rn_small_network *network, rn_config **out);

#endif
