/* study_run.h: a run of a study: how far it is, and what it found. */
#ifndef RN_CORE_COMMANDS_STUDY_RUN_H
#define RN_CORE_COMMANDS_STUDY_RUN_H

#include "config/config.h"

#define RN_STUDY_STATE_FILE "state.json"
#define RN_STUDY_LOG_FILE "log.txt"

#define RN_STUDY_STATES(STATE)                                                                     \
    STATE(NEW, "new")                                                                              \
    STATE(BEGUN, "begun")     /* it goes on from its checkpoint, if it has one */                  \
    STATE(CHANGED, "changed") /* it was made with another configuration */                         \
    STATE(COMPLETE, "complete")                                                                    \
    STATE(FAILED, "failed") /* now; the next start tries it again */

#define RN_STUDY_STATE_CONSTANT(name, text) RN_STUDY_##name,
typedef enum rn_study_state { RN_STUDY_STATES(RN_STUDY_STATE_CONSTANT) } rn_study_state;

enum { RN_STUDY_MAX_SERIES = 3 };

/* What of an epoch is drawn; the first value is the metric's. NaN: there is none. */
typedef struct rn_study_row {
    int64_t epoch;
    double value[RN_STUDY_MAX_SERIES];
} rn_study_row;

typedef struct rn_study_run {
    const char *variant;
    int64_t seed;
    char *folder;
    char *record; /* its configuration (config_record.h) */
    rn_study_state state;
    rn_study_row *rows; /* of a complete run */
    int64_t n_rows;
    double time_s;
} rn_study_run;

const char *rn_study_state_name(rn_study_state state);

/* Finds out how far the run is. `config` is the run's. With `overwrite` a run of another
 * configuration is CHANGED; without it, RN_E_DATA names what differs. */
rn_status rn_study_run_look(rn_study_run *run, const rn_config *config, bool overwrite);

/* Makes the run's folder ready for training, emptied of a changed run, and notes its
 * configuration. */
rn_status rn_study_run_begin(rn_study_run *run);

/* Notes that the run is complete. */
rn_status rn_study_run_end(rn_study_run *run);

/* Reads the metrics that a complete run has left. RN_E_DATA if the first series has no value after
 * the last epoch. */
rn_status rn_study_run_read(rn_study_run *run, const char *const *series, int n_series);

/* The metric after the last epoch; NaN if the run is not complete. */
double rn_study_run_value(const rn_study_run *run);

/* The last line of what the run has said, without the program's name. */
void rn_study_run_last_words(int log, char *text, size_t size);

void rn_study_run_clear(rn_study_run *run);

#endif
