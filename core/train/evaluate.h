/* evaluate.h: the loss and accuracy of a network on a data set. */
#ifndef RN_CORE_TRAIN_EVALUATE_H
#define RN_CORE_TRAIN_EVALUATE_H

#include "train/session.h"
#include "train/skipped.h"

typedef struct rn_evaluation {
    double loss, top1; /* top1: the share of images whose most likely class is their label */
    int64_t n_images;
    double images_per_s;
} rn_evaluation;

/* What looks at each batch after its step, in order. */
typedef struct rn_evaluation_view {
    /* probabilities: (batch->count, classes). RN_E_DIVERGED where they are not finite. */
    rn_status (*batch)(void *context, const rn_batch *batch, const float *probabilities);
    void *context;
} rn_evaluation_view;

/* Evaluates the whole data set, in order, with running statistics. `skipped` hears of the samples
 * that are left out. `view` may be NULL. RN_E_DIVERGED where a loss is not finite, RN_E_INTERRUPTED
 * after Ctrl-C. */
rn_status rn_evaluate(rn_session *session, const rn_source *source, rn_skipped *skipped,
                      const rn_evaluation_view *view, rn_evaluation *result);

/* The same with the averages of the weights; NaN where the cfg keeps none. */
rn_status rn_evaluate_average(rn_session *session, const rn_source *source, rn_skipped *skipped,
                              rn_evaluation *result);

/* The parameters of a loader for this session's passes of evaluation, without shuffling. */
rn_loader_params rn_evaluate_loader(const rn_session *session, const rn_source *source,
                                    rn_skipped *skipped);

/* Images of a step of evaluation: of several processes, as many as all ranks can share. */
int64_t rn_evaluate_batch(const rn_session *session, int64_t batch);

/* Adds a pass over a data set, which takes its bytes where it can: of full batches, and of the
 * smaller last one unless training drops it; of several processes, of the two parts of that
 * (loader.h). Where samples may be skipped, the last batch may have any size; evaluation and
 * prediction then take it image by image. */
rn_status rn_evaluate_plans(rn_session *session, rn_pass pass, const rn_source *source);

#endif
