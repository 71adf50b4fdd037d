/* cores.c: cores of the affinity mask, as the kernel describes them, and the quota. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/cores.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cgroup.h"

#define PROCESSORS_MAX 8192

/* The list of the processors of a core, of which `of` is one: "0-1,64-65"; NULL if there is none.
 * The second name is that of kernels before 5.3. */
static FILE *siblings_open(const char *root, int32_t of)
{
    static const char *const names[] = { "core_cpus_list", "thread_siblings_list" };
    FILE *list = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !list; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology/%s", root, (int)of,
                 names[i]);
        list = fopen(path, "re");
    }
    return list;
}

/* Is one of `processors`, which all are less than `of`, in the list? */
static bool has_earlier(FILE *list, const int32_t *processors, int64_t n)
{
    int first, last;
    while (fscanf(list, "%d", &first) == 1) {
        if (fscanf(list, "-%d", &last) != 1)
            last = first;
        for (int64_t i = 0; i < n; i++)
            if (processors[i] >= first && processors[i] <= last)
                return true;
        if (getc(list) != ',')
            return false;
    }
    return false;
}

int64_t rn_cores_count(const char *root, const int32_t *processors, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        FILE *list = siblings_open(root, processors[i]);
        count += !list || !has_earlier(list, processors, i);
        if (list)
            fclose(list);
    }
    return count;
}

/* Sets the numbers of the processors that the process may run on and returns how many they are. */
static int64_t mask_read(int32_t processors[PROCESSORS_MAX])
{
    cpu_set_t sets[PROCESSORS_MAX / CPU_SETSIZE]; /* the kernel may know more than one set holds */
    int64_t n = 0;
    if (sched_getaffinity(0, sizeof sets, sets)) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        for (int32_t i = 0; i < online && i < PROCESSORS_MAX; i++)
            processors[n++] = i;
        return n;
    }
    for (int32_t i = 0; i < PROCESSORS_MAX; i++)
        if (CPU_ISSET_S((size_t)i, sizeof sets, sets))
            processors[n++] = i;
    return n;
}

static int64_t limited(int64_t n, int64_t most)
{
    return n < 1 ? 1 : n < most ? n : most;
}

/* "4", or "4,2" for loops within loops; 0 where it is not set, or no such list. */
static int64_t asked_for(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    char *end = NULL;
    long n = text ? strtol(text, &end, 10) : 0;
    return n > 0 && (*end == 0 || *end == ',') ? limited(n, RN_CORES_MAX) : 0;
}

void rn_cores_find(const char *root, rn_cores *found)
{
    int32_t processors[PROCESSORS_MAX];
    int64_t n = mask_read(processors);
    *found = (rn_cores){ .processors = limited(n, PROCESSORS_MAX),
                         .cores = limited(rn_cores_count(root, processors, n), PROCESSORS_MAX),
                         .quota = rn_cgroup_processors(root),
                         .asked_for = asked_for() };
}

static rn_cores of_process;

static void find_once(void)
{
    rn_cores_find("", &of_process);
}

const rn_cores *rn_cores_of_process(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_once);
    return &of_process;
}

int64_t rn_cores_in_quota(const rn_cores *c, int64_t most)
{
    return c->quota < (double)most ? limited((int64_t)ceil(c->quota), most) : most;
}

int64_t rn_cores_threads(const rn_cores *c)
{
    return c->asked_for ? c->asked_for : limited(rn_cores_in_quota(c, c->cores), RN_CORES_MAX);
}

const char *rn_cores_print(const rn_cores *c, char text[RN_CORES_TEXT])
{
    int length = snprintf(text, RN_CORES_TEXT, "%lld: ", (long long)rn_cores_threads(c));
    char *why = text + length;
    size_t size = RN_CORES_TEXT - (size_t)length;
    if (c->asked_for)
        snprintf(why, size, "as OMP_NUM_THREADS says");
    else if (rn_cores_in_quota(c, c->cores) < c->cores)
        snprintf(why, size, "a quota of %.4g processors, of the %lld cores that it may run on",
                 c->quota, (long long)c->cores);
    else
        snprintf(why, size, "one for each core of %lld processor%s that it may run on",
                 (long long)c->processors, c->processors == 1 ? "" : "s");
    return text;
}
