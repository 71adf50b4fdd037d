/* fibers.h: the threads of a block, one after another in one thread of the host. */
#ifndef RN_TESTS_CUDASIM_FIBERS_H
#define RN_TESTS_CUDASIM_FIBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "module.h"

#define FIBERS_MAX_THREADS 1024

typedef struct fibers_launch {
    const cudasim_module *module;
    const cudasim_entry *entry;
    void **args;
    uint64_t seed; /* of the order in which threads go on; it differs from launch to launch */
} fibers_launch;

extern const cudasim_hooks FIBERS_HOOKS;

/* How a block ended. */
typedef enum fibers_end {
    FIBERS_DONE,
    FIBERS_STUCK,  /* threads wait for what cannot come: fibers_why tells */
    FIBERS_FAULT,  /* an address beyond device memory */
    FIBERS_ILLEGAL /* an address that is not aligned, an index beyond an array, a trap */
} fibers_end;

/* Makes threads ready for blocks of these dimensions; once for a launch. False: no memory. */
bool fibers_prepare(const fibers_launch *launch, cudasim_dim block);

/* Runs a block, whose blockIdx is set. */
fibers_end fibers_run_block(void);

/* Why the last block was stuck, or where it failed. */
const char *fibers_why(void);

/* A fault of this thread of the host, told by a signal: goes back to fibers_run_block, if that is
 * where it happened, else returns. */
void fibers_fault(int signal, const void *address);

#endif
