/* processors.c: what the process may use, and its share of the machine. */
#include "base/processors.h"

#include <unistd.h>

#include "base/cores.h"

static int64_t n_sharing = 1;

void rn_processors_share(int64_t n_processes)
{
    n_sharing = n_processes;
}

/* A launcher may have bound each process to processors of its own, to a socket that several share,
 * or to none. `allowed` of them, or cores, are this process's; the machine has `of_machine`. */
static int64_t share(const rn_cores *c, int64_t allowed, int64_t of_machine)
{
    int64_t in_quota = rn_cores_in_quota(c, of_machine) / n_sharing;
    int64_t n = n_sharing > 1 ? in_quota : rn_cores_in_quota(c, allowed);
    n = n < allowed ? n : allowed;
    return n > 1 ? n : 1;
}

static int64_t count_online(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? online : 1;
}

int64_t rn_processors(void)
{
    const rn_cores *c = rn_cores_of_process();
    return share(c, c->processors, count_online());
}

int64_t rn_processors_computing(void)
{
    const rn_cores *c = rn_cores_of_process();
    /* All cores have as many processors as those that the process may use. */
    int64_t of_machine = count_online() * c->cores / c->processors;
    return c->asked_for ? c->asked_for : share(c, c->cores, of_machine);
}
