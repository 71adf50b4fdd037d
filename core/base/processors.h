/* processors.h: the processors that this process may use, of which it has no more than its share
 * where several of a run share the machine. */
#ifndef RN_CORE_BASE_PROCESSORS_H
#define RN_CORE_BASE_PROCESSORS_H

#include <stdint.h>

/* For threads that read, decode and wait: processors of the affinity mask, no more than the quota
 * of the control groups; at least 1. */
int64_t rn_processors(void);

/* For threads that compute: one for each core of those, or $OMP_NUM_THREADS; at least 1. */
int64_t rn_processors_computing(void);

/* So many processes of a run share this machine; 1 until it is set. [setup] */
void rn_processors_share(int64_t n_processes);

#endif
