/* model.h: trained weights in a session: a run's own, or those of any file. */
#ifndef RN_CORE_TRAIN_MODEL_H
#define RN_CORE_TRAIN_MODEL_H

#include "train/session.h"
#include "weights/weights.h"

/* Which weights, and how closely they must match the network. Zero-initialise. */
typedef struct rn_model_choice {
    const char *path;   /* a file or a folder; NULL: model.safetensors of the run's folder */
    const char *key;    /* the entry of a checkpoint; NULL: the usual ones */
    rn_weights *opened; /* what `path` is of, if it has been opened; not owned */
    bool allow_changed; /* weights that were trained with another configuration */
    bool partial;       /* tensors that are missing or of another shape keep their initial values */
    bool reset_head;    /* so does the last layer, which may have another number of classes */
} rn_model_choice;

/* Sets `*weights` to those of the choice, or of the run of the cfg: those that were opened already,
 * or else `*opened`, which the caller closes and which may stay NULL. */
rn_status rn_model_find(const rn_config *config, const rn_model_choice *choice, rn_weights **opened,
                        rn_weights **weights);

/* Loads weights, to which it gives the network's names, into a store as rn_store_load does; tensors
 * that are not among them get their initial values. `head`: the layer that choice->reset_head is
 * about. RN_E_DATA also where all tensors fit, but are of a
 * network of another configuration that computes something else. */
rn_status rn_model_load(rn_store *store, const rn_config *config, rn_weights *weights,
                        const rn_model_choice *choice, const char *head);

/* Reads the weights into a session that is bound, and gives its data set the classes that the file
 * records. Names of other programs are understood (weights/names.h), and so is the list
 * network.weight_names of the cfg. RN_E_DATA lists the tensors that are missing, of another shape,
 * or left over; the session is then unchanged, unless values are not finite. */
rn_status rn_model_read(rn_session *session, const rn_model_choice *choice);

/* The same where the choice has a path; else every tensor gets its initial values. */
rn_status rn_model_start(rn_session *session, const rn_model_choice *choice);

/* Binds the session first, for evaluation alone: weights that are packed are not kept besides
 * (plan/spend.h). The choice outlives the session. */
rn_status rn_model_bind(rn_session *session, const rn_model_choice *choice);

/* Reads the weights again that such a session has not kept. */
rn_status rn_model_restore(rn_session *session);

/* Opens what evaluation and prediction take: a session, and `limit` validation samples (0: all). */
rn_status rn_model_open(const rn_config *config, rn_registry *registry, int64_t limit,
                        rn_session **session, rn_source **source);

#endif
