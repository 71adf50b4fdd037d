/* libarchive.c: finds libarchive's functions. */
#include "data/sets/libarchive.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

#define LIBRARY "libarchive.so.13"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static rn_libarchive functions;
static char missing[512]; /* "": it is loaded */

static void keep_reason(void)
{
    const char *text = dlerror();
    snprintf(missing, sizeof missing, "%s", text ? text : "no reason given");
}

/* Sets a pointer to a function; false if the library lacks it. */
static bool find(void *library, const char *name, void *pointer)
{
    void *address = dlsym(library, name);
    if (!address)
        keep_reason();
    memcpy(pointer, &address, sizeof address);
    return address;
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        keep_reason();
        return;
    }
#define FIND(name)                                                                                 \
    if (!find(library, #name, &functions.name))                                                    \
        return;
    RN_LIBARCHIVE_FUNCTIONS(FIND)
}

rn_status rn_libarchive_load(const rn_libarchive **out)
{
    pthread_once(&once, load);
    *out = &functions;
    if (!*missing)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "data sets in tar files need libarchive, which cannot be loaded: %s; install "
                   "Debian's package libarchive13, or its like",
                   missing);
}
