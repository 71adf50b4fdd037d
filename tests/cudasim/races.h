/* races.h: finds races in a kernel: threads of different blocks, or of one block without a barrier
 * between them, that use the same byte, and not all of them only read it or use it atomically. For
 * programs compiled with CUDASIM_RACES=1, whose accesses to memory call the hook `access`. */
#ifndef RN_TESTS_CUDASIM_RACES_H
#define RN_TESTS_CUDASIM_RACES_H

#include <stdbool.h>

#include "module.h"

/* Who uses memory: a thread of the current block; how many barriers of the block, and how many
 * exchanges of its warp, came before. */
typedef struct races_thread {
    int index;
    unsigned barriers, exchanges;
} races_thread;

void races_launch_begin(const cudasim_entry *entry, void **args);
/* The block whose threads run from now on, and the memory that only they share. */
void races_block_begin(unsigned long long block, const char *shared, unsigned long shared_bytes,
                       const char *dynamic, unsigned long dynamic_bytes);
void races_access(const races_thread *thread, const void *address, unsigned bytes,
                  cudasim_access how);

#endif
