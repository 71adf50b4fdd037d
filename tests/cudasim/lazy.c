/* lazy.c: kernels that a GPU has not run yet, which CUDA loads at their first use.
 *
 * Source: CUDA C++ Programming Guide, "Lazy Loading": it may wait for all that runs on the GPU, so
 * that a first use behind a kernel that waits for another one is a deadlock, and it may allocate,
 * which a capture forbids. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static struct {
    uint64_t *loaded; /* hashes of device and code */
    int n;
} lazy;

static uint64_t hash_of(int device, const char *code)
{
    uint64_t hash = 0xcbf29ce484222325u + (uint64_t)device;
    for (; *code; code++)
        hash = (hash ^ (unsigned char)*code) * 0x100000001b3u;
    return hash;
}

static bool is_loaded(uint64_t hash)
{
    for (int i = 0; i < lazy.n; i++)
        if (lazy.loaded[i] == hash)
            return true;
    return false;
}

/* A collective operation that is enqueued on the device and not done. */
static const char *collective_on(int device)
{
    for (cudaStream_t stream = cudasim_streams(); stream; stream = stream->next)
        for (const cudasim_item *item = stream->first; item; item = item->next)
            if (stream->device == device && !strncmp(item->function, "nccl", 4))
                return item->function;
    return NULL;
}

void cudasim_load(const char *function, int device, cudaStream_t stream, const char *code)
{
    cudasim_lock();
    const uint64_t hash = hash_of(device, code);
    if (!is_loaded(hash)) {
        const char *collective = collective_on(device);
        const cudaStream_t used = stream ? cudasim_stream_find(function, stream) : NULL;
        if (used && used->capture)
            cudasim_blame(function, "%s is loaded while a stream is captured", code);
        if (collective)
            cudasim_blame(function, "%s is loaded while %s may wait for other ranks", code,
                          collective);
        uint64_t *more = realloc(lazy.loaded, (size_t)(lazy.n + 1) * sizeof *more);
        if (!more)
            abort();
        lazy.loaded = more;
        lazy.loaded[lazy.n++] = hash;
    }
    cudasim_unlock();
}
