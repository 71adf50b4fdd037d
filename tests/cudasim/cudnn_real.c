/* cudnn_real.c: NVIDIA's own cuDNN next to the stand-in, for what it does without a GPU.
 *
 * Both have the same DT_SONAME. The loader uses a path if it is given one, and the parts of
 * NVIDIA's library find each other by symbol versions that the stand-in lacks, so the two do not
 * mix. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn_sim.h"

#ifndef CUDASIM_REAL_CUDNN
#define CUDASIM_REAL_CUDNN ""
#endif

/* Protected by the machine's lock. */
static void *real_library(void)
{
    static bool tried;
    static void *library;
    if (!tried) {
        const char *setting = getenv("CUDASIM_REAL");
        bool wanted = CUDASIM_REAL_CUDNN[0] == '/' && !(setting && !strcmp(setting, "0"));
        library = wanted ? dlopen(CUDASIM_REAL_CUDNN, RTLD_NOW | RTLD_LOCAL) : NULL;
        size_t (*version)(void) =
            library ? (size_t(*)(void))dlsym(library, "cudnnGetVersion") : NULL;
        if (version == cudnnGetVersion)
            library = NULL; /* a link to the stand-in itself: do not recurse */
        tried = true;
    }
    return library;
}

void *dnn_real(const char *name)
{
    void *library = real_library();
    return library ? dlsym(library, name) : NULL;
}
