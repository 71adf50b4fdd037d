/* processors.h: the processors that this process may use. */
#ifndef RN_CORE_BASE_PROCESSORS_H
#define RN_CORE_BASE_PROCESSORS_H

#include <stdint.h>

/* By its affinity mask; at least 1. */
int64_t rn_processors(void);

#endif
