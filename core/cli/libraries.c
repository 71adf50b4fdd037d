/* libraries.c: what libraries read from the environment while they are loaded, when no plugin can
 * tell them. */
#include "cli/libraries.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

/* By default threads of OpenMP spin for milliseconds between two loops, also where another program
 * wants the processor: on two busy cores (Zen 4) a training step of onednn took 4.2 s, and 1.6 s
 * so. */
static void set_patience(void)
{
    if (getenv("OMP_WAIT_POLICY"))
        return;
    setenv("GOMP_SPINCOUNT", "1000", 0);
    setenv("KMP_BLOCKTIME", "0", 0); /* ms, of LLVM's */
}

/* Each thread that allocates gets 64 MB of address space from glibc as long as there are so many.
 * Where address space is limited that is what libraries lack then, and they crash. */
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
    set_patience();
    save_address_space();
    /* OpenBLAS starts a thread with 128 MB of address space for each processor while it is loaded,
     * and cpu_blas, which divides its work itself, would never use them. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
}
