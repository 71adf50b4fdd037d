/* thread.h: threads that leave signals to the main thread. */
#ifndef RN_CORE_BASE_THREAD_H
#define RN_CORE_BASE_THREAD_H

#include <pthread.h>

/* pthread_create, with all signals blocked in the new thread, so that the main thread receives
 * Ctrl-C. Returns 0 or an errno value. */
int rn_thread_start(pthread_t *thread, void *(*work)(void *), void *argument);

#endif
