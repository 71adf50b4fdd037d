/* cudnn_real.c: NVIDIA's own cuDNN beside the stand-in, for what it does without a GPU.
 *
 * Its name (DT_SONAME) is the stand-in's, too. The loader goes by the path where it is given one,
 * and each part of the library finds the others by a version of the symbols that is not the
 * stand-in's, so that the two do not mix. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn_sim.h"

#ifndef CUDASIM_REAL_CUDNN
#define CUDASIM_REAL_CUDNN ""
#endif

/* With the machine's lock. */
static void *real_library(void)
{
    static bool tried;
    static void *library;
    if (!tried) {
        const char *wish = getenv("CUDASIM_REAL");
        bool wanted = CUDASIM_REAL_CUDNN[0] == '/' && !(wish && !strcmp(wish, "0"));
        library = wanted ? dlopen(CUDASIM_REAL_CUDNN, RTLD_NOW | RTLD_LOCAL) : NULL;
        size_t (*version)(void) =
            library ? (size_t(*)(void))dlsym(library, "cudnnGetVersion") : NULL;
        if (version == cudnnGetVersion) {
            library = NULL; /* the stand-in itself, by a link: it must not ask itself */
        }
        tried = true;
    }
    return library;
}

void *dnn_real(const char *name)
{
    void *library = real_library();
    return library ? dlsym(library, name) : NULL;
}
