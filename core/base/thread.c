/* thread.c: starts threads and waits for them. */
#include "base/thread.h"

#include <signal.h>
#include <time.h>

#define NS_PER_S 1000000000

static int start(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
                 void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, attributes, work, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int rn_thread_start(pthread_t *thread, void *(*work)(void *), void *argument)
{
    return start(thread, NULL, work, argument);
}

int rn_thread_start_small(pthread_t *thread, size_t stack_bytes, void *(*work)(void *),
                          void *argument)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    int error = start(thread, &attributes, work, argument);
    pthread_attr_destroy(&attributes);
    return error;
}

void rn_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

void rn_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, long most_ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += most_ns;
    until.tv_sec += until.tv_nsec / NS_PER_S;
    until.tv_nsec %= NS_PER_S;
    pthread_cond_timedwait(condition, lock, &until);
}
