/* growing.h: a training run whose network grows (train.grow): the network that it trains at
 * present, and those that follow. */
#ifndef RN_CORE_TRAIN_GROWING_H
#define RN_CORE_TRAIN_GROWING_H

#include "train/model.h"
#include "train/train.h"

/* Zero-initialise. */
typedef struct rn_growing {
    const rn_config *given; /* the cfg, of the first network */
    rn_registry *registry;
    int32_t n;               /* growths that are done */
    rn_config *grown;        /* the cfg after them; owned; NULL: n is 0 */
    const rn_config *config; /* of the present network: `grown` or `given` */
    rn_births *births;       /* of its parameters; owned */
    uint64_t most_bytes;     /* of the checkpoints and models of a network that is to come */
} rn_growing;

/* Sets *grown to the cfg of the network that the weights of the choice record, if the cfg's network
 * has grown into it; else to NULL, as where there are no weights. The caller destroys it. */
rn_status rn_growing_follow(const rn_config *config, const rn_model_choice *choice,
                            rn_config **grown);

/* Finds the present network: that of the checkpoint in `folder`, or the first one if that is NULL.
 * Close it, also after a failure, once the session is closed. */
rn_status rn_growing_open(rn_growing *growing, const rn_config *config, rn_registry *registry,
                          const char *folder);
void rn_growing_close(rn_growing *growing);

/* Opens a session of the present network. */
rn_status rn_growing_session(const rn_growing *growing, rn_session **session);

/* Plans and binds each network that is still to come, once, so that nothing that can be known
 * before the first step is found out after hours; sets most_bytes. Before the present network is
 * bound, so that a device need not hold both. */
rn_status rn_growing_try(rn_growing *growing, const rn_source *train, const rn_source *validation);

/* Trains to the end. Where a growth is due, trainer->session is replaced by one of the grown
 * network with the same optimizer and position; so a resumed run goes on as if it had not been
 * stopped. */
rn_status rn_growing_train(rn_growing *growing, rn_trainer *trainer);

#endif
