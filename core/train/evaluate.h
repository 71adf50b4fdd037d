/* evaluate.h: the loss and accuracy of a network on a data set. */
#ifndef RN_CORE_TRAIN_EVALUATE_H
#define RN_CORE_TRAIN_EVALUATE_H

#include "train/session.h"

typedef struct rn_evaluation {
    double loss, accuracy;
    int64_t n_images;
    double images_per_s;
} rn_evaluation;

/* Adds the passes that evaluate the data set: of full batches, and of the smaller last one. */
rn_status rn_evaluate_add_plans(rn_session *session, const rn_dataset *dataset);

/* Evaluates the whole data set, in order, with running statistics. RN_E_DIVERGED where a loss is
 * not finite, RN_E_INTERRUPTED after Ctrl-C. */
rn_status rn_evaluate(rn_session *session, const rn_dataset *dataset, rn_evaluation *result);

/* The parameters of a loader for this cfg, without shuffling. */
rn_loader_params rn_evaluate_loader(const rn_config *config, const rn_dataset *dataset);

/* Adds the pass for `count` images in batches of `batch`: for full batches, and for the smaller
 * last one unless it is dropped. */
rn_status rn_evaluate_plans_for(rn_session *session, rn_pass pass, int64_t count, int64_t batch,
                                bool drop_last);

/* RN_E_CONFIG where the channels or classes of the data set do not suit the network. */
rn_status rn_evaluate_check(const rn_config *config, const rn_dataset *dataset);

#endif
