/* staging.c: copies to and from a GPU, through pinned host memory.
 *
 * An upload does not wait for the GPU's pending work. Once steps run, a large tensor (the images of
 * a batch) is copied on stream `copies` to a device buffer, the landing, while the previous step
 * computes; context->stream then moves it to its destination. The landing is allocated at the first
 * tensor of its size, so only the first step allocates. Without memory for the landing, before the
 * first run (when nothing is pending), and for small tensors, uploads go directly to their
 * destination.
 *
 * Memory that the core has allocated here (pinned.c) is copied from as it is, other memory through
 * slots of pinned memory. */
#include <stdlib.h>
#include <string.h>

#include "cudnn/runtime/memory.h"

/* A step uploads the images, the labels and a few scalars: four or five small slots. A piece is
 * more than large enough for the bus's full bandwidth. Two pieces alternate between being filled
 * and copied; two more absorb delays of the host. */
enum { SMALL_BYTES = 64 << 10, N_SMALL = 16, PIECE_BYTES = 4 << 20, N_PIECES = 4 };

/* A part of the pinned host memory. */
typedef struct slot {
    unsigned char *memory;
    cudaEvent_t copied;
    bool is_used; /* `copied` was recorded, and not waited for */
} slot;

/* Slots, taken in turn. */
typedef struct ring {
    slot slots[N_SMALL];
    uint64_t slot_bytes;
    int32_t n, next;
} ring;

struct cudnn_staging {
    unsigned char *pinned; /* the memory of all slots */
    ring small, pieces;
    unsigned char *landing; /* device memory */
    uint64_t landing_bytes;
    bool has_no_landing; /* its allocation failed */
    bool has_landed;     /* both events below are recorded */
    cudaEvent_t landed;  /* the landing is filled; on `copies` */
    cudaEvent_t left;    /* the landing may be reused; on `stream` */
};

/* ---- Created at the first copy, freed at close ---- */

static cudaError_t event_create(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDisableTiming);
}

static cudaError_t ring_make(ring *r, int32_t n, uint64_t slot_bytes, unsigned char *memory)
{
    cudaError_t error = cudaSuccess;
    *r = (ring){ .slot_bytes = slot_bytes, .n = n };
    for (int32_t i = 0; i < n && !error; i++) {
        r->slots[i].memory = memory + (uint64_t)i * slot_bytes;
        error = event_create(&r->slots[i].copied);
    }
    return error;
}

static void ring_free(ring *r)
{
    for (int32_t i = 0; i < r->n; i++)
        if (r->slots[i].copied)
            cudaEventDestroy(r->slots[i].copied);
}

void cudnn_staging_free(rn_context *context)
{
    cudnn_staging *s = context->staging;
    if (!s)
        return;
    cudaStreamSynchronize(context->copies);
    ring_free(&s->small);
    ring_free(&s->pieces);
    if (s->landed)
        cudaEventDestroy(s->landed);
    if (s->left)
        cudaEventDestroy(s->left);
    cudaFree(s->landing);
    if (s->pinned)
        cudaFreeHost(s->pinned);
    free(s);
    context->staging = NULL;
}

static rn_status staging_open(rn_context *context)
{
    const uint64_t small = (uint64_t)N_SMALL * SMALL_BYTES;
    const uint64_t pieces = (uint64_t)N_PIECES * PIECE_BYTES;
    if (context->staging)
        return RN_OK;
    cudnn_staging *s = context->staging = calloc(1, sizeof *s);
    if (!s)
        return gpu_host->fail(RN_E_NOMEM, "no memory for copies to the GPU");
    cudaError_t error = cudaHostAlloc((void **)&s->pinned, small + pieces, cudaHostAllocDefault);
    if (!error)
        error = ring_make(&s->small, N_SMALL, SMALL_BYTES, s->pinned);
    if (!error)
        error = ring_make(&s->pieces, N_PIECES, PIECE_BYTES, s->pinned + small);
    if (!error)
        error = event_create(&s->landed);
    if (!error)
        error = event_create(&s->left);
    if (error)
        cudnn_staging_free(context);
    return cudnn_cuda_check(error, "pin memory for copies to the GPU");
}

/* ---- Slots ---- */

static ring *ring_for(cudnn_staging *s, uint64_t size_bytes)
{
    return size_bytes <= SMALL_BYTES ? &s->small : &s->pieces;
}

/* Takes the least recently used slot, waiting until its copy is done. */
static rn_status slot_take(rn_context *context, ring *r, slot **taken)
{
    slot *s = *taken = &r->slots[r->next];
    r->next = (r->next + 1) % r->n;
    return s->is_used ? cudnn_wait(context, s->copied) : RN_OK;
}

static rn_status slot_copy(slot *s, void *to, const void *from, uint64_t size_bytes,
                           cudaStream_t stream)
{
    bool is_upload = from == s->memory;
    cudaError_t error =
        cudaMemcpyAsync(to, from, size_bytes,
                        is_upload ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost, stream);
    if (!error)
        error = cudaEventRecord(s->copied, stream);
    s->is_used |= !error;
    return cudnn_cuda_check(error, is_upload ? "copy to the GPU" : "copy from the GPU");
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- Uploads ---- */

/* Copies to device memory on `stream`; returns when `from` may be reused. */
static rn_status pieces_upload(rn_context *context, cudaStream_t stream, unsigned char *to,
                               const unsigned char *from, uint64_t size_bytes)
{
    ring *r = ring_for(context->staging, size_bytes);
    rn_status status = RN_OK;
    for (uint64_t done = 0; done < size_bytes && !status; done += r->slot_bytes) {
        slot *s;
        uint64_t bytes = least(size_bytes - done, r->slot_bytes);
        status = slot_take(context, r, &s);
        if (status)
            break;
        memcpy(s->memory, from + done, bytes);
        status = slot_copy(s, to + done, s->memory, bytes, stream);
    }
    return status;
}

/* Makes the landing hold size_bytes; false if there is no memory for it. */
static bool landing_grow(cudnn_staging *s, uint64_t size_bytes)
{
    if (s->landing_bytes >= size_bytes)
        return true;
    if (s->has_no_landing)
        return false;
    cudaFree(s->landing);
    s->landing = NULL;
    s->landing_bytes = 0;
    s->has_no_landing = cudaMalloc((void **)&s->landing, size_bytes) != cudaSuccess;
    if (s->has_no_landing)
        cudaGetLastError();
    else
        s->landing_bytes = size_bytes;
    return !s->has_no_landing;
}

/* Copies to device memory on `stream`, through slots or, from pinned memory, at once. */
static rn_status host_upload(rn_context *context, cudaStream_t stream, void *to, const void *from,
                             uint64_t size_bytes, bool is_pinned)
{
    if (!is_pinned)
        return pieces_upload(context, stream, to, from, size_bytes);
    return cudnn_cuda_check(cudaMemcpyAsync(to, from, size_bytes, cudaMemcpyHostToDevice, stream),
                            "copy to the GPU");
}

static rn_status landing_upload(rn_context *context, void *to, const void *from,
                                uint64_t size_bytes, bool is_pinned)
{
    cudnn_staging *s = context->staging;
    cudaError_t error = cudaSuccess;
    if (s->has_landed)
        error = cudaStreamWaitEvent(context->copies, s->left, 0);
    rn_status status = cudnn_cuda_check(error, "order copies to the GPU");
    if (status)
        return status;
    status = host_upload(context, context->copies, s->landing, from, size_bytes, is_pinned);
    if (status)
        return status;
    error = cudaEventRecord(s->landed, context->copies);
    if (!error)
        error = cudaStreamWaitEvent(context->stream, s->landed, 0);
    if (!error)
        error =
            cudaMemcpyAsync(to, s->landing, size_bytes, cudaMemcpyDeviceToDevice, context->stream);
    if (!error)
        error = cudaEventRecord(s->left, context->stream);
    s->has_landed |= !error;
    return cudnn_cuda_check(error, "copy to the GPU");
}

static rn_status upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes,
                        bool is_pinned)
{
    rn_status status = cudnn_range_check(to, size_bytes);
    if (status || size_bytes == 0)
        return status;
    status = cudnn_enter(context);
    if (status)
        return status;
    status = gpu_joint_flush(context);
    if (status)
        return status;
    status = staging_open(context);
    if (status)
        return status;
    if (size_bytes > SMALL_BYTES && context->has_run && landing_grow(context->staging, size_bytes))
        return landing_upload(context, cudnn_address(to), from, size_bytes, is_pinned);
    return host_upload(context, context->stream, cudnn_address(to), from, size_bytes, is_pinned);
}

rn_status cudnn_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    return upload(context, to, from, size_bytes, false);
}

/* A later download or wait on `stream` comes after the copy, which `stream` waits for. */
rn_status cudnn_upload_pinned(rn_context *context, rn_operand to, const void *from,
                              uint64_t size_bytes)
{
    return upload(context, to, from, size_bytes, true);
}

/* ---- Downloads ---- */

static rn_status slot_give(rn_context *context, slot *s, void *to, uint64_t size_bytes)
{
    rn_status status = cudnn_wait(context, s->copied);
    if (status)
        return status;
    s->is_used = false;
    memcpy(to, s->memory, size_bytes);
    return RN_OK;
}

/* The host copies out one piece while the GPU transfers the next. */
static rn_status pieces_download(rn_context *context, unsigned char *to, const unsigned char *from,
                                 uint64_t size_bytes)
{
    ring *r = ring_for(context->staging, size_bytes);
    slot *before = NULL;
    uint64_t done = 0, bytes = 0;
    rn_status status = RN_OK;
    while (done < size_bytes && !status) {
        slot *s;
        uint64_t before_bytes = bytes;
        bytes = least(size_bytes - done, r->slot_bytes);
        status = slot_take(context, r, &s);
        if (!status)
            status = slot_copy(s, s->memory, from + done, bytes, context->stream);
        if (!status && before)
            status = slot_give(context, before, to + done - before_bytes, before_bytes);
        before = s;
        done += bytes;
    }
    return status ? status : slot_give(context, before, to + done - bytes, bytes);
}

rn_status cudnn_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    rn_status status = cudnn_range_check(from, size_bytes);
    if (status || size_bytes == 0)
        return status;
    status = cudnn_enter(context);
    if (status)
        return status;
    status = gpu_joint_flush(context);
    if (!status)
        status = cudnn_ranks_join(context);
    if (status)
        return status;
    status = staging_open(context);
    return status ? status : pieces_download(context, to, cudnn_address(from), size_bytes);
}
