/* evaluate.h: the loss and accuracy of a network over a data set. */
#ifndef RN_CORE_TRAIN_EVALUATE_H
#define RN_CORE_TRAIN_EVALUATE_H

#include "train/session.h"

typedef struct rn_evaluation {
    double loss, accuracy;
    int64_t n_images;
    double images_per_s;
} rn_evaluation;

/* Adds the plans that evaluating the data set takes: full batches, and the smaller last one. */
rn_status rn_evaluate_add_plans(rn_session *session, const rn_dataset *dataset);

/* Runs the whole data set, in order, with running statistics. */
rn_status rn_evaluate(rn_session *session, const rn_dataset *dataset, rn_evaluation *result);

/* What a loader of this cfg needs; no shuffling. */
rn_loader_params rn_evaluate_loader(const rn_config *config, const rn_dataset *dataset);

/* Adds the plans of a pass over `count` images in batches of `batch`. */
rn_status rn_evaluate_plans_for(rn_session *session, rn_pass pass, int64_t count, int64_t batch,
                                bool drop_last);

/* Does the data set have the channels and classes that the network wants? */
rn_status rn_evaluate_check(const rn_config *config, const rn_dataset *dataset);

#endif
