/* processors.h: the default number of threads of a backend on processors. */
#ifndef BACKENDS_BASE_PROCESSORS_H
#define BACKENDS_BASE_PROCESSORS_H

#include <stdint.h>

#define PROCESSORS_MAX 1024

/* $OMP_NUM_THREADS, of which the first number counts; else the number of processors that the
 * process may run on, but no more than the quota of its control groups, rounded up. 1 to
 * PROCESSORS_MAX. */
int32_t processors_default(void);

#endif
