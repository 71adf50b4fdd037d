/* processors.h: the processors that this process may use. */
#ifndef RN_CORE_BASE_PROCESSORS_H
#define RN_CORE_BASE_PROCESSORS_H

#include <stdint.h>

/* By its affinity mask, of which it has no more than its share of the machine; at least 1. */
int64_t rn_processors(void);

/* So many processes of a run share this machine; 1 until it is set. [setup] */
void rn_processors_share(int64_t n_processes);

#endif
