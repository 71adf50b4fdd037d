/* libraries.h: the libraries of others, where they are found, and their versions. */
#ifndef RN_CORE_PROBE_LIBRARIES_H
#define RN_CORE_PROBE_LIBRARIES_H

#include <limits.h>
#include <resnet/status.h>

#define RN_LIBRARY_BYTES 256

typedef struct rn_library {
    const char *name;
    const char *sonames;  /* "libdnnl.so.3|libdnnl.so.2": the first that is found */
    const char *user;     /* what needs it, which begins with the plugin's name */
    const char *function; /* that tells its version; NULL: none does */
    void (*tell)(void *function, char text[RN_LIBRARY_BYTES]);
} rn_library;

/* Ends with a row of NULLs. */
extern const rn_library rn_libraries[];

typedef struct rn_library_found {
    char version[RN_LIBRARY_BYTES]; /* "": it does not tell its version */
    char path[PATH_MAX];
} rn_library_found;

/* Finds a library as a plugin's loader would, loads it and asks for its version. `plugin`: the path
 * of a plugin that may be linked with another version of it than the table's; or NULL. Its code may
 * crash or hang: call it in a child process. */
rn_status rn_library_ask(const rn_library *row, const char *plugin, rn_library_found *found);

#endif
