/* cores.h: what the machine gives this process to compute with. Backends on processors are built
 * with this file and cgroup.c, too: they include nothing else of the core. */
#ifndef RN_CORE_BASE_CORES_H
#define RN_CORE_BASE_CORES_H

#include <stdint.h>

#define RN_CORES_MAX 1024

typedef struct rn_cores {
    int64_t processors; /* that the process may run on: its affinity mask */
    int64_t cores;      /* that these belong to; less where a core has several (SMT) */
    double quota;       /* of its control groups, in processors; INFINITY if there is none */
    int64_t asked_for;  /* $OMP_NUM_THREADS, of which the first number counts; 0: no number */
} rn_cores;

/* `root` stands before /proc and /sys: "", but for tests. */
void rn_cores_find(const char *root, rn_cores *found);

/* The same of this process, found once: a thread may be bound later, the process hardly. [any] */
const rn_cores *rn_cores_of_process(void);

/* How many of `processors`, `n` numbers in ascending order, are the first of their core. All where
 * the kernel does not tell. */
int64_t rn_cores_count(const char *root, const int32_t *processors, int64_t n);

/* The quota in whole processors, rounded up: with half a processor two threads only stop each
 * other. At most `most`. */
int64_t rn_cores_in_quota(const rn_cores *c, int64_t most);

/* The number of threads to compute with: as many as were asked for; else one for each core, as the
 * processors of a core share what computes, no more than the quota. 1 to RN_CORES_MAX. */
int64_t rn_cores_threads(const rn_cores *c);

#define RN_CORES_TEXT 160

/* Prints that number and why: "4: one for each core of 8 processors…" and returns `text`. */
const char *rn_cores_print(const rn_cores *c, char text[RN_CORES_TEXT]);

#endif
