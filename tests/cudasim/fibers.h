/* fibers.h: runs the threads of a block one after another in one host thread. */
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
    uint64_t seed; /* for the order in which threads resume; differs from launch to launch */
} fibers_launch;

extern const cudasim_hooks FIBERS_HOOKS;

/* How a block ended. */
typedef enum fibers_end {
    FIBERS_DONE,
    FIBERS_DEADLOCK, /* threads wait for something that cannot come; see fibers_why */
    FIBERS_FAULT,    /* an address outside device memory */
    FIBERS_ILLEGAL   /* a misaligned address, an index beyond an array, a trap */
} fibers_end;

/* Prepares threads for blocks of these dimensions; once for each launch. False: out of memory. */
bool fibers_prepare(const fibers_launch *launch, cudasim_dim block);

/* Runs one block; its blockIdx must be set. */
fibers_end fibers_run_block(void);

/* Why the last block deadlocked, or where it failed. */
const char *fibers_why(void);

/* Handles a signal of this host thread: jumps back into fibers_run_block if a kernel caused it,
 * otherwise returns. */
void fibers_fault(int signal, const void *address);

#endif
