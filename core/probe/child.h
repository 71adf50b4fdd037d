/* child.h: runs a function in a child process with a deadline. Code of others that it calls may
 * crash, hang, exit or print: this program goes on, and says so. */
#ifndef RN_CORE_PROBE_CHILD_H
#define RN_CORE_PROBE_CHILD_H

#include <resnet/status.h>
#include <stddef.h>
#include <stdio.h>

/* What the child does. What it writes into `report` comes back, also if it ends early; so does its
 * status, with rn_fail_text(), if it returns. Whatever else it changes stays in the child. */
typedef rn_status rn_child_work(void *argument, FILE *report);

typedef struct rn_child_task {
    rn_child_work *work;
    void *argument;
    double seconds; /* after which it is killed */
} rn_child_task;

typedef enum rn_child_end {
    RN_CHILD_RETURNED = 1,
    RN_CHILD_EXITED, /* it called exit or the like */
    RN_CHILD_SIGNAL, /* it crashed, or was killed by somebody else */
    RN_CHILD_DEADLINE,
} rn_child_end;

/* The head of what was written; ends with a 0. `text` is not NULL. */
typedef struct rn_child_text {
    char *text;
    size_t length;
    int is_cut; /* there was more than RN_CHILD_MAX_REPORT or RN_CHILD_MAX_PRINTED bytes */
} rn_child_text;

#define RN_CHILD_MAX_REPORT (16u << 20)
#define RN_CHILD_MAX_PRINTED (64u << 10)

typedef struct rn_child_result {
    rn_child_end end;
    rn_status status;     /* what `work` returned */
    char *failure;        /* rn_fail_text() of a status that is not RN_OK; "" otherwise */
    int number;           /* the exit status, or the signal's number */
    double seconds;       /* that it took */
    rn_child_text report; /* what `work` wrote */
    rn_child_text printed, complained; /* to standard output and standard error */
} rn_child_result;

/* Runs the task and waits for its end. The child reads nothing; it and all processes that it has
 * started are gone when this returns. A signal that ends this process (Ctrl-C) ends them, too.
 * Call it while this process has one thread: a lock that another thread holds stays locked in the
 * child. RN_OK if the child ran, however it ended: then rn_child_result_clear frees the result.
 * RN_E_IO or RN_E_NOMEM if no child could be started, RN_E_INTERRUPTED if a stop was requested. */
rn_status rn_child_run(const rn_child_task *task, rn_child_result *out);

/* Says in words how it ended: "crashed (signal 11, Segmentation fault)", "ended the process with
 * exit status 0", "took longer than 10 s"; for a child that returned, its failure or "done". */
void rn_child_describe(const rn_child_task *task, const rn_child_result *result, char *text,
                       size_t size);

void rn_child_result_clear(rn_child_result *result);

#endif
