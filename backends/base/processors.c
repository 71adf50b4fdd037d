/* processors.c: the default number of threads, which the core finds in the same way. */
#include "base/processors.h"

#include "base/cores.h"

_Static_assert(PROCESSORS_MAX == RN_CORES_MAX, "the default is within the limit");

int32_t processors_default(void)
{
    return (int32_t)rn_cores_threads(rn_cores_of_process());
}
