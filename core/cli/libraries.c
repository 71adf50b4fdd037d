/* libraries.c: settings that libraries read from the environment while they are loaded, before any
 * plugin can make them. */
#include "cli/libraries.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

/* By default the threads of OpenMP spin for milliseconds between two loops, even if another program
 * needs the processor. On two busy cores (Zen 4) a training step of onednn took 4.2 s, and takes
 * 1.6 s with these settings. */
static void shorten_spinning(void)
{
    if (getenv("OMP_WAIT_POLICY"))
        return;
    setenv("GOMP_SPINCOUNT", "1000", 0);
    setenv("KMP_BLOCKTIME", "0", 0); /* LLVM's OpenMP; ms */
}

/* glibc reserves 64 MB of address space for each thread that allocates. If the process has a limit,
 * libraries then run out of address space and crash. */
static void save_address_space(void)
{
#ifdef M_ARENA_MAX
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        mallopt(M_ARENA_MAX, 1);
#endif
}

void rn_libraries_settle(void)
{
    shorten_spinning();
    save_address_space();
    /* While it is loaded, OpenBLAS starts a thread with 128 MB of address space for each processor.
     * cpu_blas divides its work itself and would never use them. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
}
