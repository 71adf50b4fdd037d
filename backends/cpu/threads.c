/* threads.c: a pool of threads that lives as long as its context; between two calls of cpu_pool_run
 * they spin briefly and then sleep. */
#define _GNU_SOURCE
#include "cpu/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rounds of spinning before a thread sleeps. On two cores of an AMD EPYC, a call
 * costs 0.3 us while the threads spin and 35 us once they sleep; 1000 rounds bridge a gap of 10 us
 * between two calls, 300 do not, and more than 1000 gain nothing. */
#define SPIN_ROUNDS 1000

typedef struct worker {
    cpu_pool *pool;
    pthread_t thread;
    int32_t index;
} worker;

struct cpu_pool {
    int32_t n_threads;
    int32_t n_started; /* workers that exist: n_threads - 1, fewer while the pool is created */
    pthread_mutex_t lock;
    pthread_cond_t begun; /* `task` has changed */
    pthread_cond_t ended; /* `pending` has become 0 */
    atomic_uint task;     /* number of the current task; changed under the lock */
    atomic_int pending;   /* workers that have not finished it */
    const cpu_team *team; /* NULL: the threads end */
    worker workers[];
};

static void spin_pause(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

static void task_await(cpu_pool *pool, unsigned seen)
{
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load_explicit(&pool->task, memory_order_acquire) != seen)
            return;
        spin_pause();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->task, memory_order_acquire) == seen)
        pthread_cond_wait(&pool->begun, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *argument)
{
    const worker *self = argument;
    cpu_pool *pool = self->pool;
    for (unsigned seen = 0;; seen++) {
        task_await(pool, seen);
        if (!pool->team)
            return NULL;
        cpu_part_run(pool->team, self->index);
        if (atomic_fetch_sub_explicit(&pool->pending, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->ended);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void task_begin(cpu_pool *pool)
{
    atomic_store_explicit(&pool->pending, pool->n_started, memory_order_relaxed);
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add_explicit(&pool->task, 1, memory_order_release);
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->lock);
}

static void task_finish(cpu_pool *pool)
{
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load_explicit(&pool->pending, memory_order_acquire) == 0)
            return;
        spin_pause();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->pending, memory_order_acquire) != 0)
        pthread_cond_wait(&pool->ended, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void cpu_pool_run(cpu_pool *pool, const cpu_team *team)
{
    pool->team = team;
    task_begin(pool);
    cpu_part_run(team, 0);
    task_finish(pool);
}

/* Signals are for the program's own threads, so workers block all of them. */
static int worker_start(worker *w)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&w->thread, NULL, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

rn_status cpu_pool_create(int32_t n_threads, cpu_pool **pool)
{
    *pool = NULL;
    if (n_threads <= 1)
        return RN_OK;
    cpu_pool *made = calloc(1, sizeof *made + sizeof(worker) * (size_t)(n_threads - 1));
    if (!made)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a pool of %d threads", (int)n_threads);
    made->n_threads = n_threads;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->begun, NULL);
    pthread_cond_init(&made->ended, NULL);
    for (int32_t i = 1; i < n_threads; i++) {
        worker *w = &made->workers[i - 1];
        *w = (worker){ .pool = made, .index = i };
        int error = worker_start(w);
        if (error) {
            cpu_pool_destroy(made);
            return cpu_no_thread(i, n_threads, error);
        }
        made->n_started = i;
    }
    *pool = made;
    return RN_OK;
}

void cpu_pool_destroy(cpu_pool *pool)
{
    if (!pool)
        return;
    pool->team = NULL;
    task_begin(pool);
    for (int32_t i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->begun);
    pthread_cond_destroy(&pool->ended);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
