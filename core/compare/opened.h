/* opened.h: a backend that is ready to take the steps that are compared. */
#ifndef RN_CORE_COMPARE_OPENED_H
#define RN_CORE_COMPARE_OPENED_H

#include "compare/compare.h"
#include "compare/kept.h"
#include "train/step.h"

/* Zero-initialise. */
typedef struct rn_opened {
    rn_session *session;
    rn_pass_plans *plans;
    const rn_batch *batch;
    rn_kept *start; /* the kept tensors before the first step; NULL: no step changes them */
} rn_opened;

/* How the steps are to be taken. */
typedef enum rn_opened_for {
    RN_OPENED_REFERENCE = 1, /* operator by operator, with nothing merged */
    RN_OPENED_WALK,          /* operator by operator */
    RN_OPENED_STEPS          /* whole */
} rn_opened_for;

/* Opens the backend of `config`, with the weights that the options name. The caller closes it, also
 * on failure. */
rn_status rn_opened_open(const rn_config *config, rn_registry *registry,
                         const rn_compare_options *options, const rn_batch *batch,
                         rn_opened_for use, rn_opened *opened);
void rn_opened_close(rn_opened *opened);

/* Goes back to the state before the first step, or to `state` if that is not NULL. */
rn_status rn_opened_rewind(rn_opened *opened, const rn_kept *state);

/* Replaces *about by what reports tell of the backend: device, library, algorithms chosen. */
rn_status rn_opened_about(const rn_opened *opened, json_t **about);

/* The parameters of step number `step`. */
rn_step_params rn_opened_params(const rn_config *config, int64_t step);

/* Takes the steps 0 to n - 1; sets losses[step] unless that is NULL. */
rn_status rn_opened_steps(rn_opened *opened, int64_t n, double *losses);

#endif
