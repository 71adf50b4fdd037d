/* processors.c: counts the processors of the affinity mask. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/processors.h"

#include <sched.h>
#include <unistd.h>

static int64_t n_sharing = 1;

void rn_processors_share(int64_t n_processes)
{
    n_sharing = n_processes;
}

static int64_t count_online(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? online : 1;
}

/* A launcher may have bound each process to processors of its own, to a socket that several share,
 * or to none. */
int64_t rn_processors(void)
{
    cpu_set_t sets[8]; /* of 1024 processors each */
    int64_t online = count_online();
    int64_t allowed =
        sched_getaffinity(0, sizeof sets, sets) == 0 ? CPU_COUNT_S(sizeof sets, sets) : online;
    int64_t share = online / n_sharing > 1 ? online / n_sharing : 1;
    return n_sharing > 1 && share < allowed ? share : allowed;
}
