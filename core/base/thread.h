/* thread.h: threads that leave signals to the main thread, and waiting for them. */
#ifndef RN_CORE_BASE_THREAD_H
#define RN_CORE_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* pthread_create, with all signals blocked in the new thread, so that the main thread receives
 * Ctrl-C. Returns 0 or an errno value. */
int rn_thread_start(pthread_t *thread, void *(*work)(void *), void *argument);

/* The same with a stack of so many bytes, for a thread that does little: the usual one takes 8 MiB
 * of the address space, which stay taken after the thread's end. */
int rn_thread_start_small(pthread_t *thread, size_t stack_bytes, void *(*work)(void *),
                          void *argument);

/* A condition whose waits do not depend on the time of day; destroyed as any other. */
void rn_condition_init(pthread_cond_t *condition);

/* Waits for such a condition, but no longer than `most_ns`, less than a second. */
void rn_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, long most_ns);

#endif
