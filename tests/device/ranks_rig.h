/* ranks_rig.h: trains small networks on one or several devices, for the tests of ranks. */
#ifndef RN_TESTS_RANKS_RIG_H
#define RN_TESTS_RANKS_RIG_H

#include "support/check.h"
#include "train/step.h"
#include "train/synthetic.h"

#define RANKS_STEPS 6
#define RANKS_BATCH 12

/* Sums in another order differ in a float's last bit (6e-8); training amplifies that. */
#define RANKS_CURVE_LIMIT 2e-5

#define RANKS_N_CFGS 2
extern const char *const ranks_cfgs[RANKS_N_CFGS];
extern rn_registry *ranks_registry; /* while ranks_run_tests runs */

/* A training plan, bound and initialised, and its images. */
typedef struct ranks_trial {
    rn_config *config;
    rn_session *session;
    rn_pass_plans *plans;
    rn_synthetic images;
} ranks_trial;

/* Opens a session on a backend, such as "ranks:0,1", with a training pass. Close it also after a
 * failure. */
rn_status ranks_trial_open(ranks_trial *t, const char *cfg, const char *backend);
rn_status ranks_trial_step(ranks_trial *t, uint32_t step, double *loss);
void ranks_trial_close(ranks_trial *t);

/* Losses of some steps, and all kept tensors after them, concatenated. */
typedef struct ranks_outcome {
    double losses[RANKS_STEPS];
    float *kept;
    int64_t count;
    bool is_recorded;
} ranks_outcome;

/* Trains for RANKS_STEPS; a failure is an assertion. */
void ranks_train(const char *cfg, const char *backend, ranks_outcome *o);

/* Copies the kept tensors of one rank. */
rn_status ranks_copy_kept(const ranks_trial *t, int32_t rank, ranks_outcome *o);
double ranks_distance(const ranks_outcome *a, const ranks_outcome *b);
bool ranks_same_bits(const ranks_outcome *a, const ranks_outcome *b);

/* All ranks hold the same bits after some steps. */
void ranks_check_copies(void);

/* Runs the tests with a registry of the tests' backends; the program's exit status. */
int ranks_run_tests(const char *name, const CU_TestInfo *tests);

#endif
