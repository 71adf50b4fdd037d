/* threads.h: making and ending the pool of threads behind cpu_parallel; threads.c is one, and a
 * backend whose library has threads of its own brings another. */
#ifndef BACKENDS_CPU_THREADS_H
#define BACKENDS_CPU_THREADS_H

#include "cpu/cpu.h"

/* A pool of `n_threads`, the caller of cpu_parallel among them. *pool is NULL for one thread. */
rn_status cpu_pool_create(int32_t n_threads, cpu_pool **pool);
void cpu_pool_destroy(cpu_pool *pool);

/* Fails because thread `index` of so many does not start. */
rn_status cpu_no_thread(int32_t index, int32_t n_threads, int error);

#endif
