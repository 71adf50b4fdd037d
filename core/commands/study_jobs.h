/* study_jobs.h: trains the runs of a study, each in a process of its own. */
#ifndef RN_CORE_COMMANDS_STUDY_JOBS_H
#define RN_CORE_COMMANDS_STUDY_JOBS_H

#include "commands/study_plan.h"

/* Brings the first unfinished run of each variant up to its first step, and fails as it does, so
 * that what the network, the backend or the data refuse is found before anything is trained. */
rn_status rn_study_try(const rn_study *study);

/* Trains what is not complete, several at a time. `done` is called after each run. A signal to stop
 * is passed on; RN_E_INTERRUPTED when all have saved what they have. Otherwise the first failure,
 * after all others have been tried. */
rn_status rn_study_train(rn_study *study, rn_status (*done)(const rn_study *study));

#endif
