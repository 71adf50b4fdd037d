/* runtime_memory.c: the runtime's memory functions: allocating, copying, filling. */
#include <string.h>

#include "machine.h"

static cudaError_t allocate(const char *function, cudasim_space space, void **p, size_t bytes)
{
    cudaError_t error = cudasim_begin(function, false);
    if (!error && !p)
        error = cudaErrorInvalidValue;
    if (!error)
        *p = NULL;
    if (!error && bytes && !(*p = cudasim_memory_new(space, bytes)))
        error = cudaErrorMemoryAllocation;
    return cudasim_end(error);
}

cudaError_t cudaMalloc(void **p, size_t bytes)
{
    return allocate(__func__, CUDASIM_ON_DEVICE, p, bytes);
}

cudaError_t cudaMallocHost(void **p, size_t bytes)
{
    return allocate(__func__, CUDASIM_PINNED, p, bytes);
}

cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned flags)
{
    if (flags & ~(unsigned)cudaHostAllocPortable)
        cudasim_blame(__func__, "the stand-in does not know flags %#x", flags);
    return allocate(__func__, CUDASIM_PINNED, p, bytes);
}

/* Waits for all work that could still use the memory, as CUDA does. */
static cudaError_t release(const char *function, cudasim_space space, void *p)
{
    cudaError_t error = cudasim_begin(function, false);
    if (!error && p) {
        cudasim_wait_device(function, space == CUDASIM_ON_DEVICE ? cudasim_memory_device(p) : -1);
        if (!cudasim_memory_free(function, space, p))
            error = cudaErrorInvalidValue;
    }
    return cudasim_end(error);
}

cudaError_t cudaFree(void *p)
{
    return release(__func__, CUDASIM_ON_DEVICE, p);
}

cudaError_t cudaFreeHost(void *p)
{
    return release(__func__, CUDASIM_PINNED, p);
}

/* ---- Copies ---------------------------------------------------------------------------------- */

typedef struct copy {
    void *to;
    const void *from;
    size_t bytes;
    int value; /* fill value, if `from` is NULL */
    bool is_pageable;
    bool is_summed; /* an upload that no graph repeats: its source stays until it is copied */
    uint64_t sum;
} copy;

/* Tells whether memory was changed: FNV-1a, by words. */
static uint64_t sum_of(const unsigned char *p, size_t bytes)
{
    uint64_t sum = 14695981039346656037u, word = 0;
    for (size_t i = 0; i < bytes; i += sizeof word) {
        word = 0;
        memcpy(&word, p + i, bytes - i < sizeof word ? bytes - i : sizeof word);
        sum = (sum ^ word) * 1099511628211u;
    }
    return sum;
}

typedef struct ends {
    bool to, from; /* true: device memory */
} ends;

static bool find_ends(enum cudaMemcpyKind kind, const copy *one, ends *on_device)
{
    switch (kind) {
        case cudaMemcpyHostToDevice: *on_device = (ends){ true, false }; return true;
        case cudaMemcpyDeviceToHost: *on_device = (ends){ false, true }; return true;
        case cudaMemcpyDeviceToDevice: *on_device = (ends){ true, true }; return true;
        case cudaMemcpyHostToHost: *on_device = (ends){ false, false }; return true;
        case cudaMemcpyDefault:
            *on_device = (ends){ cudasim_memory_device(one->to) >= 0,
                                 cudasim_memory_device(one->from) >= 0 };
            return true;
    }
    return false;
}

static bool check_end(const char *function, bool on_device, const void *p, const copy *one)
{
    if (on_device)
        return cudasim_range_is(function, -1, p, one->bytes, 1);
    if (cudasim_memory_device(p) >= 0) {
        cudasim_blame(function, "device memory is passed as host memory");
        return false;
    }
    if (!one->is_pageable || cudasim_is_pinned(p))
        return cudasim_pinned_range_is(function, p, one->bytes);
    return p != NULL;
}

static bool overlaps(const copy *one)
{
    const char *to = one->to, *from = one->from;
    return to < from + one->bytes && from < to + one->bytes;
}

/* The memory was valid when the copy was enqueued, but may have been freed since. */
static bool run_copy(void *what)
{
    const copy *one = what;
    bool is_valid = !one->from || one->is_pageable || cudasim_memory_device(one->from) >= 0 ||
                    cudasim_is_pinned(one->from);
    is_valid &=
        one->is_pageable || cudasim_memory_device(one->to) >= 0 || cudasim_is_pinned(one->to);
    if (!is_valid) {
        cudasim_blame("cudaMemcpyAsync", "memory was freed before it was copied");
        cudasim_late_error(cudaErrorIllegalAddress);
    } else if (one->from) {
        if (one->is_summed && sum_of(one->from, one->bytes) != one->sum)
            cudasim_blame("cudaMemcpyAsync", "host memory was changed before it was copied");
        memcpy(one->to, one->from, one->bytes);
    } else {
        memset(one->to, one->value, one->bytes);
    }
    return true;
}

static cudaError_t enqueue_copy(const char *function, const copy *one, enum cudaMemcpyKind kind,
                                cudaStream_t stream)
{
    ends on_device;
    if (!find_ends(kind, one, &on_device))
        return cudaErrorInvalidMemcpyDirection;
    if (!one->bytes)
        return cudaSuccess;
    if (!check_end(function, on_device.to, one->to, one) ||
        !check_end(function, on_device.from, one->from, one))
        return cudaErrorInvalidValue;
    if (overlaps(one)) {
        cudasim_blame(function, "source and destination overlap");
        return cudaErrorInvalidValue;
    }
    copy made = *one;
    made.is_summed = on_device.to && !on_device.from && !one->is_pageable &&
                     cudasim_capture_status(stream) == cudaStreamCaptureStatusNone;
    if (made.is_summed)
        made.sum = sum_of(one->from, one->bytes);
    return cudasim_enqueue(function, stream, run_copy, &made, sizeof made);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    copy one = { .to = to, .from = from, .bytes = bytes };
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = enqueue_copy(__func__, &one, kind, stream);
    return cudasim_end(error);
}

/* Uses the default stream and waits only for that. */
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    copy one = { .to = to, .from = from, .bytes = bytes, .is_pageable = true };
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error)
        error = enqueue_copy(__func__, &one, kind, NULL);
    if (!error)
        error = cudasim_wait(__func__, cudasim_stream_find(__func__, NULL), NULL);
    return cudasim_end(error);
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream)
{
    copy one = { .to = to, .bytes = bytes, .value = value };
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && bytes && !cudasim_range_is(__func__, -1, to, bytes, 1))
        error = cudaErrorInvalidValue;
    if (!error && bytes)
        error = cudasim_enqueue(__func__, stream, run_copy, &one, sizeof one);
    return cudasim_end(error);
}
