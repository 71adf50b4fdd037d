/* child.h: another run of this program, as a child process. */
#ifndef RN_CORE_BASE_CHILD_H
#define RN_CORE_BASE_CHILD_H

#include <resnet/status.h>
#include <stdbool.h>

typedef struct rn_child {
    long pid; /* 0: none */
} rn_child;

/* Starts this program with these arguments, which end with NULL; the first is its name. It reads
 * nothing and writes to the descriptor `out`. It is told to stop (SIGTERM) when this process ends,
 * and a Ctrl-C at the terminal does not reach it: rn_child_signal does. */
rn_status rn_child_start(char *const *arguments, int out, rn_child *child);

/* True if the child has ended; then *exit_status is as in a shell: 128 plus the number of the
 * signal that ended it. */
bool rn_child_ended(rn_child *child, int *exit_status);

/* Does nothing if there is no child. */
void rn_child_signal(const rn_child *child, int number);

#endif
