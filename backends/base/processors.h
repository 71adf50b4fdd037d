/* processors.h: the default number of threads of a backend on processors. */
#ifndef BACKENDS_BASE_PROCESSORS_H
#define BACKENDS_BASE_PROCESSORS_H

#include <stdint.h>

#define PROCESSORS_MAX 1024

/* What rn_cores_threads says: 1 to PROCESSORS_MAX. */
int32_t processors_default(void);

#endif
