/* process_times.h: what each process of a run did in an epoch, for the log. */
#ifndef RN_CORE_TRAIN_PROCESS_TIMES_H
#define RN_CORE_TRAIN_PROCESS_TIMES_H

#include "train/session.h"

/* Logs the seconds that each process computed, waited for others, and had exchanges under way since
 * `before`. All processes call it; the first logs. */
rn_status rn_process_times_log(const rn_session *session, int64_t epoch,
                               const rn_session_times *before);

#endif
