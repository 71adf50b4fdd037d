/* profile.h: how long a device computes in a step, by the device's clock: sums what the extension
 * "resnet.profile/1" reports. */
#ifndef RN_CORE_COMPARE_PROFILE_H
#define RN_CORE_COMPARE_PROFILE_H

#include <resnet/profile.h>

#include "train/step.h"

#define RN_PROFILE_ROUNDS 5 /* at most */

/* All launches of a device's kernel in a step. */
typedef struct rn_profile_kernel {
    char name[64];
    int64_t n_launches;
    double rounds_ms[RN_PROFILE_ROUNDS];
    double ms; /* their median */
} rn_profile_kernel;

typedef struct rn_profile_times {
    double *launches_ms; /* by launch: the sum over its kernels, the median over the rounds */
    rn_profile_kernel *kernels; /* the slowest first */
    int32_t n_kernels;
    double rounds_ms[RN_PROFILE_ROUNDS]; /* all kernels of a step */
    double ms;                           /* their median */
    int32_t n_rounds;
    rn_profile_entry *entries; /* all launches of all rounds, in the order of the device */
    int64_t round_ends[RN_PROFILE_ROUNDS]; /* the number of entries up to the end of a round */
    uint64_t begin_ns; /* by rn_host's clock: when the first round was enqueued */
} rn_profile_times;

/* Runs `n_rounds` steps on one device, which times them. *out is NULL if the backend lacks the
 * extension. RN_E_PLUGIN: its times are impossible. */
rn_status rn_profile_measure(rn_pass_plans *plans, const rn_batch *batch,
                             const rn_step_params *params, int32_t n_rounds,
                             rn_profile_times **out);
void rn_profile_destroy(rn_profile_times *times);

#endif
