/* processes_rig.h: tests in several processes, each with simulated GPUs of its own. */
#ifndef RN_TESTS_CUDASIM_PROCESSES_RIG_H
#define RN_TESTS_CUDASIM_PROCESSES_RIG_H

#include <stdbool.h>
#include <stddef.h>

enum { PROCESSES_MOST = 4 };

/* Memory of zeros that all processes share; aborts the program where there is none. */
void *processes_memory(size_t bytes);

/* Runs the body in n processes, 0 to n - 1. How many of them succeeded, used NVIDIA's libraries
 * well and left nothing; one that hangs is ended after five minutes. */
typedef bool processes_body(int process);
int processes_run(int n, processes_body *body);

/* Within a body: waits until all n have come here. */
void processes_meet(void);

#endif
