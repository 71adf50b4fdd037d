/* trace.h: a constructor that records that it has run. */
#ifndef RN_TESTS_ZOO_TRACE_H
#define RN_TESTS_ZOO_TRACE_H

#include <stdlib.h>

__attribute__((constructor)) static void trace(void)
{
    setenv("RN_ZOO_TRACE", "ran", 1);
}

#endif
