/* backend.h: tests of backends. */
#ifndef RN_CORE_VALIDATE_BACKEND_H
#define RN_CORE_VALIDATE_BACKEND_H

#include "validate/check.h"

/* backend_ops.c: the operators, against the reference */
rn_check_run rn_check_operators, rn_check_convolutions, rn_check_norms, rn_check_pools,
    rn_check_losses, rn_check_elements, rn_check_updates, rn_check_finite;

/* backend_claims.c: what `query` promises */
rn_check_run rn_check_answers, rn_check_deterministic, rn_check_in_place;

/* backend_devices.c: devices, and structures */
rn_check_run rn_check_devices;

/* backend_memory.c: allocations */
rn_check_run rn_check_allocations, rn_check_leaks, rn_check_backend_memory;

/* backend_threads.c */
rn_check_run rn_check_contexts, rn_check_threads;

/* backend_ranks.c: contexts that share a step */
rn_check_run rn_check_ranks;

#endif
