/* split.h: one piece of work on several threads that live as long as it takes. */
#ifndef RN_CORE_BASE_SPLIT_H
#define RN_CORE_BASE_SPLIT_H

#include <stdint.h>

#define RN_SPLIT_THREADS 64 /* more are not started */

/* Work on the items begin to end - 1. */
typedef void rn_split_work(void *argument, int64_t begin, int64_t end, int32_t thread);

/* Calls work(argument, begin, end, thread) for ranges that cover 0 to count - 1, one for each
 * thread at most, and returns when all are done. The ranges depend on the numbers alone; where a
 * thread does not start, the calling one takes its range. */
void rn_split_run(int64_t count, int32_t n_threads, rn_split_work *work, void *argument);

#endif
