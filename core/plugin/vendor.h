/* vendor.h: the libraries of others that plugins need. */
#ifndef RN_CORE_PLUGIN_VENDOR_H
#define RN_CORE_PLUGIN_VENDOR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_vendor_library {
    const char *prefix; /* of its file's name */
    const char *remedy; /* how it is installed */
    int64_t load_mb; /* address space to require before loading it; 0: it says if there is none */
    bool takes_signals; /* where it is loaded, handlers of signals change, and are put back */
    bool is_searched;   /* where the loader does not find it, as vendor_search.h says */
} rn_vendor_library;

/* The first row whose prefix matches applies; the last one's is "". */
extern const rn_vendor_library rn_vendor_libraries[];

/* The row of a library, by its file's name. */
const rn_vendor_library *rn_vendor_of(const char *library);

const char *rn_vendor_remedy(const char *library);

#endif
