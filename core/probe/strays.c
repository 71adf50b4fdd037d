/* strays.c: processes that a child has started and that outlive it.
 *
 * As the "subreaper" of its descendants this process becomes the parent of those whose own parent
 * has ended. /proc lists the children of its first thread, which are given to that one. */
#include "probe/strays.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"

#define MAX_KNOWN 256
#define MAX_ROUNDS 100 /* of killing: each ends all that the one before has set free */

struct rn_strays {
    int was_subreaper;
    int n_known;
    pid_t known[MAX_KNOWN];
};

static FILE *open_children(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    return fopen(path, "re");
}

rn_status rn_strays_watch(rn_strays **out)
{
    rn_strays *strays = calloc(1, sizeof *strays);
    *out = strays;
    if (!strays)
        return rn_fail(RN_E_NOMEM, "no memory for another process");
    prctl(PR_GET_CHILD_SUBREAPER, &strays->was_subreaper);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    FILE *children = open_children();
    long pid;
    while (children && strays->n_known < MAX_KNOWN && fscanf(children, "%ld", &pid) == 1)
        strays->known[strays->n_known++] = (pid_t)pid;
    if (children)
        fclose(children);
    return RN_OK;
}

static bool is_known(const rn_strays *strays, pid_t pid)
{
    for (int i = 0; i < strays->n_known; i++)
        if (strays->known[i] == pid)
            return true;
    return false;
}

/* True if there were any. */
static bool kill_strays(const rn_strays *strays)
{
    pid_t found[MAX_KNOWN];
    int n_found = 0;
    long pid;
    FILE *children = open_children();
    while (children && n_found < MAX_KNOWN && fscanf(children, "%ld", &pid) == 1)
        if (!is_known(strays, (pid_t)pid))
            found[n_found++] = (pid_t)pid;
    if (children)
        fclose(children);
    for (int i = 0; i < n_found; i++)
        kill(found[i], SIGKILL);
    for (int i = 0; i < n_found; i++)
        waitpid(found[i], NULL, 0);
    return n_found > 0;
}

void rn_strays_end(rn_strays *strays)
{
    if (!strays)
        return;
    for (int i = 0; i < MAX_ROUNDS && kill_strays(strays); i++) {
    }
    prctl(PR_SET_CHILD_SUBREAPER, strays->was_subreaper);
    free(strays);
}
