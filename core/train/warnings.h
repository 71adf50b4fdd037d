/* warnings.h: a line for each of the classical mistakes, as soon as it shows. Data and training
 * that are in order give none. */
#ifndef RN_CORE_TRAIN_WARNINGS_H
#define RN_CORE_TRAIN_WARNINGS_H

#include "report/report.h"
#include "train/session.h"

/* Before training: labels that are all of one class; classes that one split lacks and the other
 * has. */
void rn_warn_labels(const rn_source *train, const rn_source *validation);

/* After the first step: pictures that are all equal, or not normalised. */
void rn_warn_batch(const rn_source *train, const rn_batch *batch);

/* After an epoch of n_steps: a loss that is still that of guessing, or worse; an evaluation that is
 * far worse than training because running statistics have seen too few steps. */
void rn_warn_epoch(const rn_session *session, const rn_epoch_metrics *metrics, int64_t n_steps);

#endif
