/* threads.h: creates and destroys the pool of threads behind cpu_parallel. threads.c implements it;
 * a backend whose library has its own threads provides another. */
#ifndef BACKENDS_CPU_THREADS_H
#define BACKENDS_CPU_THREADS_H

#include "cpu/cpu.h"

/* What is divided among threads. */
typedef struct cpu_team {
    void (*work)(void *argument, int64_t begin, int64_t end, int32_t thread);
    void *argument;
    int64_t count;
    int32_t n_threads;
} cpu_team;

/* Runs the part of thread `index`, whichever thread calls it; sizes differ by at most one. */
static inline void cpu_part_run(const cpu_team *team, int32_t index)
{
    int64_t share = team->count / team->n_threads, rest = team->count % team->n_threads;
    int64_t begin = share * index + (index < rest ? index : rest);
    int64_t end = begin + share + (index < rest ? 1 : 0);
    if (begin < end)
        team->work(team->argument, begin, end, index);
}

/* Runs all parts of a team of the pool's size, and returns when they are done. */
void cpu_pool_run(cpu_pool *pool, const cpu_team *team);

/* Creates a pool of `n_threads`, including the caller of cpu_parallel. *pool is NULL for one
 * thread. */
rn_status cpu_pool_create(int32_t n_threads, cpu_pool **pool);
void cpu_pool_destroy(cpu_pool *pool);

/* Fails because thread `index` of `n_threads` does not start. */
rn_status cpu_no_thread(int32_t index, int32_t n_threads, int error);

#endif
