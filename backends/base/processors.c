/* processors.c: the default number of threads. */
#define _GNU_SOURCE
#include "base/processors.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cgroup.h"

static int32_t limited(double n)
{
    return (int32_t)fmax(1, fmin(n, PROCESSORS_MAX));
}

/* "4", or "4,2" for loops within loops; 0 where it is not set, or no such list. */
static int32_t asked_for(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    char *end = NULL;
    long n = text ? strtol(text, &end, 10) : 0;
    return n > 0 && (*end == 0 || *end == ',') ? limited((double)n) : 0;
}

static int32_t allowed(void)
{
    cpu_set_t sets[8]; /* of 1024 processors each; the kernel may know more than one set holds */
    if (sched_getaffinity(0, sizeof sets, sets) == 0)
        return CPU_COUNT_S(sizeof sets, sets);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int32_t)online : 1;
}

int32_t processors_default(void)
{
    int32_t asked = asked_for();
    return asked ? asked : limited(fmin(allowed(), ceil(cgroup_processors(""))));
}
