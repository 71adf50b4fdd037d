/* threads.h: creates and destroys the pool of threads behind cpu_parallel. threads.c implements it;
 * a backend whose library has its own threads provides another. */
#ifndef BACKENDS_CPU_THREADS_H
#define BACKENDS_CPU_THREADS_H

#include "cpu/cpu.h"

/* Creates a pool of `n_threads`, including the caller of cpu_parallel. *pool is NULL for one
 * thread. */
rn_status cpu_pool_create(int32_t n_threads, cpu_pool **pool);
void cpu_pool_destroy(cpu_pool *pool);

/* Fails because thread `index` of `n_threads` does not start. */
rn_status cpu_no_thread(int32_t index, int32_t n_threads, int error);

#endif
