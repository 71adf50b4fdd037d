/* threads.c: teams on OpenMP's threads, which oneDNN uses: a second pool would compete with
 * them for the processors, because they spin between two primitives. */
#include "cpu/threads.h"

#include <omp.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/room.h"
#include "onednn/context.h"

void cpu_pool_run(cpu_pool *pool, const cpu_team *team)
{
    (void)pool;
    /* OpenMP may give fewer threads than requested; the parts stay the same. */
#pragma omp parallel for num_threads(team->n_threads) schedule(static, 1)
    for (int32_t i = 0; i < team->n_threads; i++)
        cpu_part_run(team, i);
}

/* What oneDNN 2.6.3 may allocate to create a primitive; with less memory it may crash. */
#define LIBRARY_MB 16

static uint64_t stack_mb(void)
{
    pthread_attr_t attributes;
    size_t bytes = 0;
    if (pthread_attr_init(&attributes))
        return 0;
    pthread_attr_getstacksize(&attributes, &bytes);
    pthread_attr_destroy(&attributes);
    return bytes >> 20;
}

rn_status onednn_room_check(const rn_context *context)
{
    uint64_t stacks_mb = (uint64_t)(context->n_threads - 1) * stack_mb();
    return room_check(cpu_host, LIBRARY_MB + stacks_mb, "oneDNN with its threads");
}

/* Ends like OpenMP's threads: the first such call loads a library, and ends the program if there is
 * no memory for that. */
static void *wait_for_all(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    pthread_exit(NULL);
}

/* Starts as many threads as OpenMP will, and ends them again, because OpenMP ends the program if
 * one of its threads does not start. */
static rn_status threads_try(int32_t n_threads)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *threads = calloc((size_t)n_threads, sizeof *threads);
    int32_t n = 1;
    int error = 0;
    rn_status status = room_check(cpu_host, LIBRARY_MB, "OpenMP");
    if (!threads || status)
        return status ? status : cpu_host->fail(RN_E_NOMEM, "no memory for a list of threads");
    pthread_mutex_lock(&lock);
    for (; n < n_threads && !error; n += !error)
        error = pthread_create(&threads[n], NULL, wait_for_all, &lock);
    pthread_mutex_unlock(&lock);
    for (int32_t i = 1; i < n; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return error ? cpu_no_thread(n, n_threads, error) : RN_OK;
}

rn_status cpu_pool_create(int32_t n_threads, cpu_pool **pool)
{
    *pool = NULL;
    rn_status status = threads_try(n_threads);
    if (status)
        return status;
    /* oneDNN plans for this many threads when it creates a primitive. */
    omp_set_num_threads(n_threads);
    /* Start them now, before the memory that they need is taken. */
#pragma omp parallel num_threads(n_threads)
    {
    }
    return RN_OK;
}

void cpu_pool_destroy(cpu_pool *pool)
{
    (void)pool;
}
