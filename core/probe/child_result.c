/* child_result.c: how a child process ended. */
#define _GNU_SOURCE /* strsignal */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/child.h"

void rn_child_describe(const rn_child_task *task, const rn_child_result *result, char *text,
                       size_t size)
{
    switch (result->end) {
        case RN_CHILD_RETURNED:
            snprintf(text, size, "%s", result->status ? result->failure : "done");
            break;
        case RN_CHILD_EXITED:
            snprintf(text, size, "ended the process with exit status %d", result->number);
            break;
        case RN_CHILD_SIGNAL:
            snprintf(text, size, "crashed (signal %d, %s)", result->number,
                     strsignal(result->number));
            break;
        case RN_CHILD_DEADLINE: snprintf(text, size, "took longer than %g s", task->seconds); break;
    }
}

void rn_child_result_clear(rn_child_result *result)
{
    free(result->failure);
    free(result->report.text);
    free(result->printed.text);
    free(result->complained.text);
    memset(result, 0, sizeof *result);
}
