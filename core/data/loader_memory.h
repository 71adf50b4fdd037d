/* loader_memory.h: where a loader makes its batches, if a device is to copy them by itself. */
#ifndef RN_CORE_DATA_LOADER_MEMORY_H
#define RN_CORE_DATA_LOADER_MEMORY_H

#include <stdint.h>

/* `allocate` returns zeroed memory, or NULL: the loader then takes other memory. `release` waits
 * for copies from it. Called by the thread that calls the loader's functions. */
typedef struct rn_loader_memory {
    void *(*allocate)(const void *context, uint64_t size_bytes);
    void (*release)(const void *context, void *memory);
    const void *context;
} rn_loader_memory;

#endif
