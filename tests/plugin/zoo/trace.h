/* trace.h: a constructor that records, in a file that RN_ZOO_TRACE names, that it has run. */
#ifndef RN_TESTS_ZOO_TRACE_H
#define RN_TESTS_ZOO_TRACE_H

#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void trace(void)
{
    const char *path = getenv("RN_ZOO_TRACE");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file)
        fclose(file);
}

#endif
